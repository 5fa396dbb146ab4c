/** Template of a row. */
import { html, nothing, type TemplateResult } from "lit/html.js";

import type { CallLine } from "./calls";
import { formatElapsed } from "./clock";
import { icon } from "./icons";
import type { Row } from "./rows";
import type { Texts } from "./texts";

export interface RowButton extends HTMLButtonElement {
  row: Row;
}

// More would hide the other rows.
const MAX_LINES = 6;

export function rowView(row: Row, now: number, texts: Texts): TemplateResult {
  const { person, number, calls, availability, frozenAt } = row;
  const [call] = calls;
  const word = texts.availability(row);
  const more = calls.length - MAX_LINES;
  // Rows that are not current have no color.
  const state = (current: string) => (frozenAt === null ? current : "");
  return html`<button
    type="button"
    class=${call ? "row on-call" : "row"}
    data-state=${state(call?.status ?? availability)}
    aria-label=${texts.row(row, now)}
    .row=${row}
  >
    <span class="disc">${icon(call?.status ?? availability)}</span>
    <span class="first">
      <bdi class="name" title=${person.name}>${person.name}</bdi>
      ${number ? html`<bdi class="number">${number}</bdi>` : nothing}
      ${
        word
          ? html`<span class="presence" data-state=${state(availability)}
              ><span class="dot">${icon(availability)}</span>${word}</span
            >`
          : nothing
      }
    </span>
    ${calls.slice(0, MAX_LINES).map((line) => callView(line, state(line.status), frozenAt, texts))}
    ${more > 0 ? noteView(texts.board("more_calls", { count: more })) : nothing}
    ${noteView(texts.note(row))}
  </button>`;
}

function callView(
  line: CallLine,
  state: string,
  frozenAt: number | null,
  texts: Texts,
): TemplateResult {
  const { isOutgoing, since, status } = line;
  const party = texts.party(line);
  return html`<span class="call" data-state=${state}>
    ${icon(isOutgoing ? "outgoing" : "incoming")}
    <bdi class="party" title=${party}>${party}</bdi>
    ${texts.callDetails(line).map((detail) => html`<bdi class="detail">${detail}</bdi>`)}
    <span class="when"
      >${texts.status(status)} ${since === null ? nothing : timeView(since, frozenAt)}</span
    >
  </span>`;
}

/** The time of a call; a running one is set by the list each second, without rendering. */
function timeView(since: number, frozenAt: number | null): TemplateResult {
  return frozenAt === null
    ? html`<time data-since=${since}></time>`
    : html`<time>${formatElapsed(frozenAt - since)}</time>`;
}

function noteView(text: string): TemplateResult | typeof nothing {
  return text ? html`<bdi class="note" title=${text}>${text}</bdi>` : nothing;
}
