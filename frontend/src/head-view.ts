/** Templates above the rows: outages, counts and search. */
import { html, nothing, type TemplateResult } from "lit-html";

import { countRows, FILTERS, type Filter } from "./filters";
import { icon } from "./icons";
import type { Outage } from "./outages";
import type { GroupLine } from "./roster";
import type { Row } from "./rows";
import type { Texts } from "./texts";

export function outagesView(outages: readonly Outage[], texts: Texts): readonly TemplateResult[] {
  return outages.map(
    (outage) =>
      html`<p class="outage" role="alert" data-kind=${outage.kind}>
        ${icon("unavailable")}<bdi>${texts.describeOutage(outage)}</bdi>
      </p>`,
  );
}

/** Chips that show how many rows each state has, and filter by it. */
export function countsView(
  rows: readonly Row[],
  selected: Filter | null,
  texts: Texts,
  onSelect: (filter: Filter | null) => void,
): TemplateResult {
  return html`<div class="chips" role="group" aria-label=${texts.board("filter")}>
    ${FILTERS.map((filter) => {
      const count = countRows(rows, filter);
      return html`<button
        class="chip"
        data-state=${count ? filter : ""}
        aria-pressed=${filter === selected}
        @click=${() => {
          onSelect(filter === selected ? null : filter);
        }}
      >
        <span class="dot">${icon(filter)}</span>
        <span>${texts.board(`count_${filter}`)}</span>
        <b>${count ?? "–"}</b>
      </button>`;
    })}
  </div>`;
}

/** A line for each group: its name, and what its sensors show. */
export function groupsView(lines: readonly GroupLine[], texts: Texts): readonly TemplateResult[] {
  return lines.map(
    ([name, values]) =>
      html`<div class="head group">
        <b><bdi>${name}</bdi></b>
        ${values.map(([key, value]) => html`<span>${texts.sensor(`${key}.name`)} <b>${value}</b></span>`)}
      </div>`,
  );
}

export function searchView(
  query: string,
  texts: Texts,
  onInput: (query: string) => void,
): TemplateResult {
  const label = texts.board("search");
  return html`<input
    type="search"
    class="search"
    placeholder=${label}
    aria-label=${label}
    .value=${query}
    @input=${(event: InputEvent) => {
      onInput((event.target as HTMLInputElement).value);
    }}
  />`;
}

/** A sentence instead of rows, with a button that ends filter and search if there is one. */
export function emptyView(text: string, texts: Texts, onShowAll?: () => void): TemplateResult {
  return html`<p class="empty" role="status">
    ${text}
    ${
      onShowAll
        ? html`<button class="chip" @click=${onShowAll}>${texts.board("show_all")}</button>`
        : nothing
    }
  </p>`;
}
