/** Entry point of controls.js: the buttons of rows, loaded if an account has call control. */
import type { Lit } from "./control-view";
import css from "./controls.css?inline";
import { DOMAIN, loadExceptions } from "./home-assistant";
import { RowControls, type Host } from "./row-controls";
import type { RowButtons } from "./row-list";
import type { Row } from "./rows";
import type { Texts } from "./texts";

/** The buttons of all rows of a card. */
export class Controls implements RowButtons {
  readonly #rows = new Map<string, RowControls>();
  #texts: Texts | undefined;
  #subscription: Promise<(() => Promise<void>) | undefined> | null = null;

  constructor(
    private readonly lit: Lit,
    private readonly host: Host,
  ) {
    const style = document.createElement("style");
    style.textContent = css;
    host.root.append(style);
  }

  /** Request the roster again whenever the server offers other buttons. */
  connect(): void {
    this.#subscription ??= this.host
      .hass()
      .connection.subscribeMessage(
        () => {
          this.host.reload();
        },
        { type: `${DOMAIN}/subscribe_roster` },
      )
      .catch(() => undefined);
  }

  disconnect(): void {
    void this.#subscription?.then((stop) => stop?.()).catch(() => undefined);
    this.#subscription = null;
  }

  /** Return the element with the buttons of a row. */
  view(row: Row, texts: Texts): HTMLElement {
    // After those of the board: of several texts at once, the frontend may drop some.
    if (texts !== this.#texts) void loadExceptions(this.host.hass());
    this.#texts = texts;
    const id = row.person.device_id;
    const controls = this.#rows.get(id) ?? new RowControls(this.lit, this.host);
    this.#rows.set(id, controls);
    controls.update(row, texts);
    return controls.element;
  }
}
