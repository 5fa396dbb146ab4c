/** The card: who is on the phone, with whom and since when. */
import { html, nothing, render, type TemplateResult } from "lit-html";

import { describeRings, newRings } from "./announcements";
import { Board } from "./board";
import css from "./card.css?inline";
import { ServerClock } from "./clock";
import { assertConfig, isShown, type BoardConfig } from "./config";
import { makeConfigForm } from "./editor";
import { visibleRows, type Filter } from "./filters";
import { countsView, emptyView, groupsView, outagesView, searchView } from "./head-view";
import { DOMAIN, loadTexts, type HomeAssistant } from "./home-assistant";
import { findOutages, type Outage } from "./outages";
import { groupLines, selectPeople, type Account, type GroupLine, type Roster } from "./roster";
import { RosterLoader } from "./roster-loader";
import type { Host } from "./row-controls";
import { RowList, type RowButtons } from "./row-list";
import { Texts } from "./texts";

const TICK_MS = 1000;
// Time between updates: layout takes longer, the more rows there are.
const UPDATE_MS_PER_ROW = 0.2;
const ROWS_WITHOUT_SEARCH = 20;
// Large boards are rendered in steps of so many rows: the first are painted soon.
const ROWS_AT_ONCE = 60;
// More at once would only delay what the screen reader says.
const MAX_ANNOUNCED = 3;

/** Whether an action tells that calls can be controlled; it comes and goes with the option. */
function hasControl(hass: HomeAssistant | undefined): boolean {
  return !!hass?.services?.[DOMAIN]?.dial;
}

type Content = HTMLElement & { header?: string };

export class SwitchboardCard extends HTMLElement {
  static getConfigForm = makeConfigForm;
  static getStubConfig = () => ({});

  #config: BoardConfig | undefined;
  #hass: HomeAssistant | undefined;
  #roster: Roster | undefined;
  #accounts: readonly Account[] = [];
  #groupLines: readonly GroupLine[] = [];
  #texts: Texts | undefined;
  #outages: readonly Outage[] = [];
  #disconnectedAt: number | null = null;
  #areTextsLoaded = false;
  #hasRequestFailed = false;
  #filter: Filter | null = null;
  #query = "";
  #announcement = new Text();
  #isRenderDue = false;
  #maxRows = ROWS_AT_ONCE;
  #timer = 0;
  #nextUpdateAt = 0;
  #isUpdateDue = false;
  #areControlsRequested = false;
  #controls: RowButtons | null = null;
  readonly #board = new Board();
  readonly #clock = new ServerClock();
  readonly #list = new RowList();
  readonly #loader = new RosterLoader((roster, roundTrip) => {
    this.#handleRoster(roster, roundTrip);
  });
  readonly #root: ShadowRoot;
  readonly #content: Content;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.innerHTML = `<style>${css}</style><ha-card></ha-card>`;
    this.#content = this.#root.lastChild as Content;
  }

  setConfig(config: unknown): void {
    assertConfig(config);
    this.#config = config;
    // What narrows the rows may be hidden now.
    this.#setFilter(null, "");
    this.#selectPeople();
  }

  /** Set by Home Assistant after each change of any state. */
  set hass(hass: HomeAssistant) {
    const before = this.#hass;
    this.#hass = hass;
    if (before?.language !== hass.language) void this.#loadTexts(hass);
    else if (before.localize !== hass.localize || before.locale !== hass.locale) this.#setTexts();
    if (hass.connected) this.#disconnectedAt = null;
    else this.#disconnectedAt ??= this.#clock.now();
    const isReconnected = hass.connected && before?.connected === false;
    if (
      isReconnected ||
      hass.entities !== before?.entities ||
      hass.devices !== before.devices ||
      hasControl(hass) !== hasControl(before)
    ) {
      this.#loader.request(hass);
    }
    const wait = this.#nextUpdateAt - performance.now();
    if (wait <= 0) this.#updateRows();
    else if (!this.#isUpdateDue) {
      this.#isUpdateDue = true;
      window.setTimeout(() => {
        this.#updateRows();
      }, wait);
    }
  }

  getCardSize(): number {
    return 2 + this.#board.rows.length;
  }

  getGridOptions(): Readonly<Record<string, string | number>> {
    return { columns: "full", min_columns: 6, rows: "auto" };
  }

  connectedCallback(): void {
    this.#timer = window.setInterval(() => {
      this.#tick();
    }, TICK_MS);
    if (this.#hass) this.#loader.request(this.#hass);
    this.#controls?.connect();
  }

  disconnectedCallback(): void {
    window.clearInterval(this.#timer);
    this.#loader.stop();
    this.#controls?.disconnect();
  }

  async #loadTexts(hass: HomeAssistant): Promise<void> {
    await loadTexts(hass);
    this.#areTextsLoaded = true;
    this.#setTexts();
  }

  #handleRoster(roster: Roster | null, roundTrip: number): void {
    this.#hasRequestFailed = !roster;
    if (!roster) {
      this.#requestRender();
      return;
    }
    this.#roster = roster;
    this.#clock.synchronize(roster.server_time, roundTrip);
    this.#selectPeople();
  }

  #selectPeople(): void {
    if (this.#config && this.#roster && this.#hass) {
      const { accounts, people } = this.#roster;
      const selected = selectPeople(people, this.#config, this.#hass.locale.language);
      const entryIds = new Set(selected.map(({ entry_id }) => entry_id));
      this.#accounts = accounts.filter(({ entry_id }) => entryIds.has(entry_id));
      this.#board.setPeople(selected, this.#config);
      const isControlled = isShown(this.#config, "controls");
      this.#list.buttons = isControlled ? this.#controls : null;
      if (isControlled && this.#accounts.some(({ control }) => control))
        this.#loadControls(this.#hass);
      this.#updateRows();
    }
    this.#setTexts();
  }

  /** Load the buttons of the calls, once. */
  #loadControls(hass: HomeAssistant): void {
    if (this.#areControlsRequested) return;
    this.#areControlsRequested = true;
    void import("./controls.js").then(
      ({ Controls }) => {
        this.#controls = new Controls({ html, nothing, render }, this.#host(hass));
        if (this.isConnected) this.#controls.connect();
        this.#selectPeople();
      },
      () => {
        this.#areControlsRequested = false;
      },
    );
  }

  #host(hass: HomeAssistant): Host {
    return {
      root: this.#root,
      hass: () => this.#hass ?? hass,
      accounts: () => this.#accounts,
      search: (query) => visibleRows(this.#board.rows, null, query, false),
      reload: () => {
        this.#loader.request(this.#hass ?? hass);
      },
    };
  }

  /** Replace the texts, which renders all rows. */
  #setTexts(): void {
    if (!this.#config || !this.#hass || !this.#areTextsLoaded) return;
    const people = this.#roster?.people ?? [];
    const names = new Map(people.map(({ extension_id, name }) => [extension_id, name]));
    this.#texts = new Texts(this.#hass, (id) => names.get(id));
    this.#requestRender();
  }

  #updateRows(): void {
    const [hass, config] = [this.#hass, this.#config];
    if (!hass || !config) return;
    const { rows: before } = this.#board;
    const linesBefore = JSON.stringify(this.#groupLines);
    this.#isUpdateDue = false;
    this.#nextUpdateAt = performance.now() + before.length * UPDATE_MS_PER_ROW;
    this.#updateOutages(hass);
    this.#groupLines = groupLines(this.#accounts, config, hass.connected ? hass.states : {});
    const isSame = JSON.stringify(this.#groupLines) === linesBefore;
    if (!this.#board.update(hass.states, this.#outages, this.#clock.now()) && isSame) return;
    const rings = newRings(before, this.#board.rows);
    if (rings.length && this.#texts) {
      // Screen readers say a new node, even if its text is that of the last one.
      this.#announcement = new Text(describeRings(rings.slice(0, MAX_ANNOUNCED), this.#texts));
    }
    this.#requestRender();
  }

  #updateOutages(hass: HomeAssistant): void {
    const outages = findOutages(this.#accounts, hass.states, this.#disconnectedAt);
    // Department, groups and lines are known once the account is loaded.
    if (outages.length < this.#outages.length) this.#loader.request(hass);
    this.#outages = outages;
  }

  /** Render once after all changes of this task. */
  #requestRender(): void {
    if (this.#isRenderDue) return;
    this.#isRenderDue = true;
    queueMicrotask(() => {
      this.#isRenderDue = false;
      this.#render();
    });
  }

  #tick(): void {
    if (this.#hass && this.#clock.hasJumped()) this.#loader.request(this.#hass);
    this.#list.tick(this.#clock.now());
  }

  #render(): void {
    const [config, texts] = [this.#config, this.#texts];
    if (!config || !texts) return;
    const { rows } = this.#board;
    const now = this.#clock.now();
    this.#content.header = config.title ?? "";
    // Legible from afar where there is room for all rows.
    const size = 8 / Math.sqrt(rows.length);
    const view = html`<div class="board" style="--size: ${size}cqi">
      ${outagesView(this.#outages, texts)}
      <div class="head">
        ${
          isShown(config, "counts") && rows.length
            ? countsView(rows, this.#filter, texts, (filter) => {
                this.#setFilter(filter, this.#query);
              })
            : nothing
        }
        ${
          isShown(config, "search") && (rows.length > ROWS_WITHOUT_SEARCH || this.#query)
            ? searchView(this.#query, texts, (query) => {
                this.#setFilter(this.#filter, query);
              })
            : nothing
        }
      </div>
      ${isShown(config, "counts") ? groupsView(this.#groupLines, texts) : nothing}
      ${this.#rowsView(config, texts, now)}
      <p class="spoken" aria-live="polite">${this.#announcement}</p>
    </div>`;
    render(view, this.#content);
  }

  #rowsView(config: BoardConfig, texts: Texts, now: number): TemplateResult | HTMLElement {
    const { rows } = this.#board;
    if (!this.#roster) {
      return emptyView(this.#hasRequestFailed ? texts.board("waiting") : "", texts);
    }
    if (rows.length === 0) {
      const { people, is_restricted } = this.#roster;
      const reason = people.length ? "empty_selection" : is_restricted ? "restricted" : "empty";
      return emptyView(texts.board(reason), texts);
    }
    const visible = visibleRows(rows, this.#filter, this.#query, config.calls_first ?? false);
    if (visible.length === 0) {
      return emptyView(texts.board("no_match"), texts, () => {
        this.#setFilter(null, "");
      });
    }
    const { element } = this.#list;
    element.setAttribute("aria-label", texts.board("people"));
    element.style.setProperty("--columns", String(config.columns ?? ""));
    this.#list.show(visible.slice(0, this.#maxRows), texts, now);
    if (visible.length > this.#maxRows) {
      this.#maxRows += ROWS_AT_ONCE;
      window.setTimeout(() => {
        this.#render();
      });
    }
    return element;
  }

  #setFilter(filter: Filter | null, query: string): void {
    this.#filter = filter;
    this.#query = query;
    this.#requestRender();
  }
}
