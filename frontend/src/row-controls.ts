/** The buttons of a row: what is offered, what is being done, and what has failed. */
import type { CallLine } from "./calls";
import { ControlView, type CallControls, type Failure, type Lit } from "./control-view";
import { DOMAIN, loadExceptions, type HomeAssistant } from "./home-assistant";
import { targetIndex } from "./keyboard";
import type { Account } from "./roster";
import { MAX_LINES, type Row } from "./rows";
import type { Texts } from "./texts";

// An action that changes nothing that the board shows releases its buttons after this.
const RELEASE_MS = 6000;
const FAILURE_MS = 12_000;
// Error code of the frontend's library.
const CONNECTION_LOST = 3;
// Actions for which a number, a person or the voicemail is selected.
const WITH_TARGET = ["forward", "transfer"];

/** The card, as its buttons see it. */
export interface Host {
  readonly root: ShadowRoot;
  hass(): HomeAssistant;
  accounts(): readonly Account[];
  /** Return the rows that match a text. */
  search(query: string): readonly Row[];
  /** Request the roster again: what is possible may have changed. */
  reload(): void;
}

/** An error of the command, as the frontend's library reports it. */
interface CommandError {
  readonly code?: unknown;
  readonly message?: string;
  readonly translation_key?: string;
  readonly translation_domain?: string;
  readonly translation_placeholders?: Record<string, string>;
}

/** An action that was pressed. */
interface Pending {
  readonly action: string;
  readonly callBefore: string;
  isAnswered: boolean;
}

/** The buttons of a call; the element stays the same while the call lasts. */
class Line {
  readonly element = document.createElement("div");
  /** Null in a row without calls. */
  call: CallLine | null = null;
  pending: Pending | null = null;
  /** Action whose panel is open. */
  panel: string | null = null;
  /** Action whose button has the tab stop. */
  tabStop: string | null = null;

  constructor() {
    this.element.className = "line";
  }

  press(action: string): Pending {
    this.pending = { action, callBefore: JSON.stringify(this.call), isAnswered: false };
    return this.pending;
  }

  /** Release the buttons if the answer is there and the call has changed. */
  update(): void {
    const { pending } = this;
    if (pending?.isAnswered && JSON.stringify(this.call) !== pending.callBefore) {
      this.pending = null;
    }
  }
}

type Target = Readonly<Record<string, string>>;

/** The element with the buttons of all calls of a row. */
export class RowControls {
  readonly element = document.createElement("div");
  #lines: ReadonlyMap<string, Line> = new Map();
  #failures: readonly Failure[] = [];
  #row: Row | undefined;
  #texts: Texts | undefined;

  constructor(
    private readonly lit: Lit,
    private readonly host: Host,
  ) {
    this.element.className = "actions";
    this.element.addEventListener("keydown", (event) => {
      this.#handleKey(event);
    });
    this.element.addEventListener("focusin", ({ target }) => {
      const line = this.#lineOf(target);
      const { action } = (target as HTMLElement).dataset;
      if (!line || !action || !(target as Element).matches(".control")) return;
      if (line.tabStop !== action) {
        line.tabStop = action;
        this.#render();
      }
    });
  }

  /** Show the buttons of the calls that a row has now. */
  update(row: Row, texts: Texts): void {
    if (row === this.#row && texts === this.#texts) return;
    this.#row = row;
    this.#texts = texts;
    const before = this.#lines;
    const lines = new Map<string, Line>();
    for (const call of row.calls.length ? row.calls.slice(0, MAX_LINES) : [null]) {
      let key = call ? `call ${call.id}` : "";
      while (lines.has(key)) key += " ";
      const line = before.get(key) ?? new Line();
      line.call = call;
      line.update();
      lines.set(key, line);
    }
    this.#lines = lines;
    this.#render();
  }

  #render(): void {
    const [row, texts] = [this.#row, this.#texts];
    if (!row || !texts) return;
    const { html, nothing, render } = this.lit;
    const view = new ControlView(this.lit, texts, row.person.name);
    const focused = (this.element.getRootNode() as Partial<ShadowRoot>).activeElement ?? null;
    const isFocused = this.element.contains(focused);
    const elements = [...this.#lines.values()].map((line) => {
      const call = this.#describe(line, row, texts);
      if (!call.actions.includes(line.panel ?? "")) line.panel = null;
      const isEmpty = !call.actions.length;
      line.element.classList.toggle("idle", !line.call);
      render(
        isEmpty
          ? nothing
          : html`${view.toolbar(call, (action) => {
              this.#press(line, action);
            })}${call.panel === null || line.panel === null ? nothing : this.#panel(line, call, view)}`,
        line.element,
      );
      return line.element;
    });
    render(
      html`${elements}${this.#failures.map((failure) =>
        view.failure(failure, () => {
          this.#dismiss(failure);
        }),
      )}`,
      this.element,
    );
    if (!isFocused) return;
    // What is moved loses the focus; that of what is removed goes to the row.
    const next = focused?.isConnected ? focused : this.element.parentElement?.firstElementChild;
    (next as HTMLElement | undefined)?.focus();
  }

  #describe(line: Line, row: Row, texts: Texts): CallControls {
    return {
      actions: this.#actions(line.call, row),
      party: line.call && texts.party(line.call),
      isKnown: !!line.call?.party,
      isNamed: row.calls.length > 1,
      busy: line.pending?.action ?? null,
      panel: line.panel,
      tabStop: line.tabStop,
    };
  }

  /** Return the actions that the server offers for a call, or for a row without one. */
  #actions(call: CallLine | null, { person, calls, staleSince }: Row): readonly string[] {
    const account = this.host.accounts().find(({ entry_id }) => entry_id === person.entry_id);
    const control = account?.control;
    if (!control || staleSince !== null) return [];
    if (!call) {
      const isCallable = control.can_dial && person.can_dial !== false;
      return isCallable ? (control.offered.others.idle ?? []) : [];
    }
    const offered = person.control ? control.offered[person.control] : {};
    const actions =
      (call.isOutgoing ? offered[`${call.status}:outgoing`] : undefined) ??
      offered[call.status] ??
      [];
    return otherCall(call, calls) ? actions : actions.filter((action) => action !== "connect");
  }

  #panel(line: Line, call: CallControls, view: ControlView) {
    const action = line.panel ?? "";
    const hasTarget = WITH_TARGET.includes(action);
    return view.panel(
      call,
      hasTarget
        ? view.search(
            this.#found(line),
            () => {
              this.#render();
            },
            ({ person }) => {
              this.#send(line, action, { to: { extension_id: person.extension_id } });
            },
          )
        : action === "reply"
          ? view.reply()
          : view.question(action),
      hasTarget,
      (typed, isVoicemail) => {
        this.#confirm(line, action, typed, isVoicemail);
      },
      () => {
        this.#close(line);
      },
    );
  }

  /** Return the people whom the typed text finds. */
  #found(line: Line): readonly Row[] {
    const query = line.element.querySelector("input")?.value ?? "";
    const { person } = this.#row ?? {};
    if (!query.trim()) return [];
    return this.host
      .search(query)
      .filter(
        ({ person: other }) =>
          other.entry_id === person?.entry_id &&
          other.extension_id !== person.extension_id &&
          (other.can_dial !== false || other.control === "own"),
      );
  }

  #confirm(line: Line, action: string, typed: string, isVoicemail: boolean): void {
    if (action === "reply") this.#send(line, action, { text: typed });
    else if (isVoicemail) {
      this.#send(line, action, { to: { voicemail: this.#row?.person.extension_id ?? "" } });
    } else if (WITH_TARGET.includes(action)) {
      const [found, ...others] = /\p{L}/u.test(typed) ? this.#found(line) : [];
      this.#send(line, action, {
        to:
          found && !others.length
            ? { extension_id: found.person.extension_id }
            : // For a name of several people or of no one, the server says what to do.
              { number: found || !/\p{N}/u.test(typed) ? "" : typed },
      });
    } else this.#send(line, action);
  }

  #press(line: Line, action: string): void {
    if (line.pending) return;
    if (line.panel === action) this.#close(line);
    else if (this.#needsPanel(action)) {
      line.panel = action;
      this.#render();
      line.element.querySelector<HTMLElement>(".panel :is(input, button)")?.focus();
    } else if (action === "connect") {
      const other = otherCall(line.call, this.#row?.calls ?? []);
      this.#send(line, action, { to: { call: other?.sessionId ?? "" } });
    } else this.#send(line, action);
  }

  #needsPanel(action: string): boolean {
    const isOfOthers = this.#row?.person.control !== "own";
    return (
      ["dial", "reply", ...WITH_TARGET].includes(action) || (action === "hang_up" && isOfOthers)
    );
  }

  /** Close the panel; the focus returns to the button that has opened it. */
  #close(line: Line): void {
    const button = line.element.querySelector<HTMLElement>(`.control[data-action=${line.panel}]`);
    const panel = line.element.querySelector(".panel");
    const { activeElement } = this.element.getRootNode() as ShadowRoot;
    line.panel = null;
    if (panel?.contains(activeElement)) button?.focus();
    this.#render();
  }

  #send(line: Line, action: string, details: { to?: Target; text?: string } = {}): void {
    if (line.pending || !this.#row) return;
    void this.#run(line, action, {
      type: `${DOMAIN}/control`,
      entry_id: this.#row.person.entry_id,
      extension_id: this.#row.person.extension_id,
      action,
      ...(line.call?.sessionId && { call: line.call.sessionId }),
      ...details,
    });
  }

  /** Send a command; its effect is shown only once the states report it. */
  async #run(line: Line, action: string, command: Readonly<Record<string, unknown>>) {
    const pending = line.press(action);
    this.#failures = this.#failures.filter(({ stays }) => stays);
    if (line.panel && !line.element.querySelector("input")) this.#close(line);
    this.#render();
    try {
      await this.host.hass().callWS(command);
    } catch (error) {
      await this.#fail(line, error as CommandError);
      return;
    }
    if (line.panel) this.#close(line);
    pending.isAnswered = true;
    line.update();
    this.#render();
    window.setTimeout(() => {
      if (line.pending !== pending) return;
      line.pending = null;
      this.#render();
    }, RELEASE_MS);
  }

  async #fail(line: Line, error: CommandError): Promise<void> {
    line.pending = null;
    this.host.reload();
    const isLost = (error.code ?? error) === CONNECTION_LOST;
    const key = error.translation_key ?? "";
    const stays = isLost || key.endsWith("_unknown");
    if (stays && line.panel) this.#close(line);
    this.#render();
    const failure = { text: await this.#describeError(error, isLost), stays };
    this.#failures = [...this.#failures.filter(({ text }) => text !== failure.text), failure];
    this.#render();
    if (!stays) {
      window.setTimeout(() => {
        this.#dismiss(failure);
      }, FAILURE_MS);
    }
  }

  async #describeError(error: CommandError, isLost: boolean): Promise<string> {
    if (isLost) return this.#texts?.board("control_lost") ?? "";
    const { translation_domain = DOMAIN, translation_key, translation_placeholders } = error;
    const localize = await loadExceptions(this.host.hass());
    const path = `component.${translation_domain}.exceptions.${translation_key}.message`;
    const text = translation_key && localize?.(path, translation_placeholders);
    // Home Assistant's own errors have a message only.
    // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing
    return text || (error.message ?? "");
  }

  #dismiss(failure: Failure): void {
    this.#failures = this.#failures.filter((other) => other !== failure);
    this.#render();
  }

  #lineOf(target: EventTarget | null): Line | undefined {
    return [...this.#lines.values()].find(({ element }) => element.contains(target as Node));
  }

  #handleKey(event: KeyboardEvent): void {
    const line = this.#lineOf(event.target);
    const { key, altKey, ctrlKey, metaKey, repeat } = event;
    if (!line || altKey || ctrlKey || metaKey) return;
    if (key === "Escape" && line.panel) {
      event.stopPropagation();
      event.preventDefault();
      this.#close(line);
    } else if (key === "Enter" && repeat) {
      // A key that is held down would confirm its own question.
      event.preventDefault();
    } else if ((event.target as Element).matches(".control")) {
      const buttons = [...line.element.querySelectorAll<HTMLElement>(".control")];
      const isRightToLeft = getComputedStyle(this.element).direction === "rtl";
      const index = buttons.indexOf(event.target as HTMLElement);
      const target = targetIndex(key, index, buttons.length, Infinity, isRightToLeft);
      if (target === null) return;
      event.preventDefault();
      buttons[target]?.focus();
    }
  }
}

/** Return the call that a call can be connected with, null if there is none or several. */
function otherCall(call: CallLine | null, calls: readonly CallLine[]): CallLine | null {
  const [other, ...more] = calls.filter(
    (one) =>
      one !== call &&
      one.sessionId &&
      (one.status === "call_connected" || one.status === "on_hold"),
  );
  return other && !more.length ? other : null;
}
