/** Filters of rows by state and by text, and the number of rows in a state. */
import type { Person } from "./roster";
import { isFree, type Row } from "./rows";

export const FILTERS = ["ringing", "call_connected", "on_hold", "available"] as const;
export type Filter = (typeof FILTERS)[number];

/** Return whether a row is in a state; a person with two calls may be in two. */
export function matchesFilter(row: Row, filter: Filter): boolean {
  if (filter === "available") return isFree(row);
  // Who dials or holds a call is on the phone, as in the sensors of groups.
  const isOnThePhone = filter === "call_connected";
  return row.calls.some(
    ({ status }) =>
      status === filter || (isOnThePhone && (status === "dialing" || status === "on_hold")),
  );
}

/** Return the rows in a state: the current ones, or all if none is current. */
function filterRows(rows: readonly Row[], filter: Filter): readonly Row[] {
  const isAnyCurrent = rows.some(isCurrent);
  return rows.filter((row) => matchesFilter(row, filter) && (!isAnyCurrent || isCurrent(row)));
}

/** Return how many current rows are in a state, or null if no row is current. */
export function countRows(rows: readonly Row[], filter: Filter): number | null {
  return rows.some(isCurrent) ? filterRows(rows, filter).length : null;
}

function isCurrent({ staleSince }: Row): boolean {
  return staleSince === null;
}

/** Return the rows that match filter and query, those with calls first if wanted. */
export function visibleRows(
  rows: readonly Row[],
  filter: Filter | null,
  query: string,
  isCallsFirst: boolean,
): readonly Row[] {
  const words = normalize(query).split(" ").filter(Boolean);
  let visible = filter ? filterRows(rows, filter) : rows;
  if (words.length) visible = visible.filter(({ person }) => matchesSearch(person, words));
  if (!isCallsFirst) return visible;
  // The sort is stable.
  return visible.toSorted((a, b) => Number(b.calls.length > 0) - Number(a.calls.length > 0));
}

/** Return whether name, number and department contain all words. */
function matchesSearch({ name, number, department }: Person, words: readonly string[]): boolean {
  const text = normalize(`${name} ${number ?? ""} ${department ?? ""}`);
  return words.every((word) => text.includes(word));
}

/** Return a text in upper case and without accents. */
function normalize(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toUpperCase();
}
