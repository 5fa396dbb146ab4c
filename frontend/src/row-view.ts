/** Template of a row. */
import { html, nothing, type TemplateResult } from "lit-html";

import type { CallLine } from "./calls";
import { formatElapsed } from "./clock";
import { icon } from "./icons";
import { MAX_LINES, type Row } from "./rows";
import type { Texts } from "./texts";

export interface RowButton extends HTMLButtonElement {
  row: Row;
}

/** Template of a row, with the element of its buttons if there is one. */
export function rowView(row: Row, now: number, texts: Texts, controls: unknown): TemplateResult {
  const { person, number, calls, availability, staleSince } = row;
  const [call] = calls;
  const word = texts.availability(row);
  // Rows that are not current have no color.
  const state = (current: string) => (staleSince === null ? current : "");
  return html`<button
      class=${call ? "row on-call" : "row"}
      data-state=${state(call?.status ?? availability)}
      .row=${row}
    >
      <span class="disc">${icon(call?.status ?? availability)}</span>
      <span class="spoken" .textContent=${texts.describeRow(row, now)}></span>
      <span class="body" aria-hidden="true">
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
        ${calls.slice(0, MAX_LINES).map((line) => callView(line, state(line.status), staleSince ?? now, texts))}
        ${noteView(texts.note(row))}
      </span></button
    >${controls}`;
}

function callView(line: CallLine, state: string, now: number, texts: Texts): TemplateResult {
  const { isOutgoing, since, status } = line;
  return html`<span class="call" data-state=${state}>
      ${icon(isOutgoing ? "outgoing" : "incoming")}
      <bdi class="party">${texts.party(line)}</bdi>
      <span class="when">
        ${texts.status(status)}
        ${since === null ? nothing : html`<time>${formatElapsed(now - since)}</time>`}
      </span></span
    >${texts.callDetails(line).map((detail) => html`<bdi class="detail">${detail}</bdi>`)}`;
}

function noteView(text: string): TemplateResult | typeof nothing {
  return text ? html`<bdi class="note">${text}</bdi>` : nothing;
}
