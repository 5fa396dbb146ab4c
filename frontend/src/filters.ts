/** Filters of rows by state and by text, and the number of rows in each state. */
import type { Person } from "./roster";
import { isFree, type Row } from "./rows";

export const FILTERS = ["ringing", "call_connected", "on_hold", "available"] as const;
export type Filter = (typeof FILTERS)[number];

/** Return whether a row is in a state; a person with two calls may be in two. */
export function matchesFilter(row: Row, filter: Filter): boolean {
  if (filter === "available") return isFree(row);
  return row.calls.some(
    ({ status }) => status === filter || (filter === "call_connected" && status === "dialing"),
  );
}

/** Return how many current rows are in each state, or null if no row is current. */
export function countRows(rows: readonly Row[]): Readonly<Record<Filter, number>> | null {
  const current = rows.filter(({ staleSince }) => staleSince === null);
  if (current.length === 0) return null;
  const counts = { ringing: 0, call_connected: 0, on_hold: 0, available: 0 };
  for (const row of current)
    for (const filter of FILTERS) if (matchesFilter(row, filter)) counts[filter]++;
  return counts;
}

/** Return the rows that match filter and query, those with calls first if wanted. */
export function visibleRows(
  rows: readonly Row[],
  filter: Filter | null,
  query: string,
  isCallsFirst: boolean,
): readonly Row[] {
  const words = normalize(query).split(" ").filter(Boolean);
  let visible = filter ? rows.filter((row) => matchesFilter(row, filter)) : rows;
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

/** Return a text in lower case and without accents. */
function normalize(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}
