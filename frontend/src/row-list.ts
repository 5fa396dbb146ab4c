/** The list of rows; renders a row only if it has changed. */
import { render } from "lit-html";

import { targetIndex } from "./keyboard";
import { rowView, type RowButton } from "./row-view";
import type { Row } from "./rows";
import type { Texts } from "./texts";

interface Item {
  readonly element: HTMLLIElement;
  readonly row: Row;
}

/** Buttons of rows, which controls.js makes. */
export interface RowButtons {
  view(row: Row, texts: Texts): HTMLElement;
  /** Be informed of changes while the card is part of a page. */
  connect(): void;
  disconnect(): void;
}

export class RowList {
  readonly element = document.createElement("ul");
  buttons: RowButtons | null = null;
  #texts: Texts | undefined;
  #items = new Map<string, Item>();

  constructor() {
    this.element.className = "rows";
    this.element.addEventListener("click", ({ target }) => {
      const entityId = rowButton(target)?.row.entityId;
      if (entityId) this.#openDetails(entityId);
    });
    this.element.addEventListener("keydown", (event) => {
      this.#moveFocus(event);
    });
  }

  /** Show rows in this order; new texts render all of them. */
  show(rows: readonly Row[], texts: Texts, now: number): void {
    const before = this.#items;
    const areSameTexts = texts === this.#texts;
    this.#texts = texts;
    this.#items = new Map();
    for (const row of rows) {
      const id = row.person.device_id;
      const item = before.get(id);
      const element = item?.element ?? document.createElement("li");
      before.delete(id);
      this.#items.set(id, { element, row });
      if (item?.row !== row || !areSameTexts) this.#render(element, row, now, texts);
    }
    // What is moved or removed loses the focus.
    let focused = (this.element.getRootNode() as ShadowRoot).activeElement;
    for (const { element } of before.values()) {
      if (element.contains(focused)) {
        const next = element.nextElementSibling ?? element.previousElementSibling;
        focused = next?.firstElementChild ?? null;
      }
      element.remove();
    }
    this.#arrange();
    (focused as HTMLElement | null)?.focus();
  }

  /** Put the elements in order; what need not move stays where it is. */
  #arrange(): void {
    let place = this.element.firstElementChild;
    for (const { element } of this.#items.values()) {
      if (element !== place && element === place?.nextElementSibling) {
        // The one before it moves further back, and is inserted there later.
        place.remove();
        place = element;
      }
      if (element === place) place = place.nextElementSibling;
      else this.element.insertBefore(element, place);
    }
  }

  /** Render the rows with running times. */
  tick(now: number): void {
    for (const { element, row } of this.#items.values()) {
      const isRunning = row.staleSince === null && row.calls.some(({ since }) => since !== null);
      if (isRunning && this.#texts) this.#render(element, row, now, this.#texts);
    }
  }

  #render(element: HTMLElement, row: Row, now: number, texts: Texts): void {
    render(rowView(row, now, texts, this.buttons?.view(row, texts)), element);
  }

  #openDetails(entityId: string): void {
    this.element.dispatchEvent(
      new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail: { entityId } }),
    );
  }

  #moveFocus(event: KeyboardEvent): void {
    // With these, the browser goes back or scrolls.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const elements = [...this.element.children];
    const current = rowButton(event.target)?.parentElement;
    const { gridTemplateColumns, direction } = getComputedStyle(this.element);
    const target = current
      ? targetIndex(
          event.key,
          elements.indexOf(current),
          elements.length,
          gridTemplateColumns.split(" ").length,
          direction === "rtl",
        )
      : null;
    if (target === null) return;
    event.preventDefault();
    elements[target]?.querySelector("button")?.focus();
  }
}

function rowButton(target: EventTarget | null): RowButton | null {
  return target instanceof Element ? target.closest<RowButton>(".row") : null;
}
