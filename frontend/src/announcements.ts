/** Calls that begin to ring, for screen readers. */
import type { CallLine } from "./calls";
import type { Row } from "./rows";
import type { Texts } from "./texts";

export interface Ring {
  readonly row: Row;
  readonly line: CallLine;
}

/** Return the calls that ring now and did not ring before; both lists are of the same people. */
export function newRings(before: readonly Row[], after: readonly Row[]): readonly Ring[] {
  if (before.length !== after.length) return [];
  return after.flatMap((row, index) => {
    const earlier = before[index];
    if (row === earlier || row.frozenAt !== null) return [];
    const known = new Set(earlier?.calls.filter(isRinging).map(({ id }) => id));
    return row.calls
      .filter((line) => isRinging(line) && !known.has(line.id))
      .map((line) => ({ row, line }));
  });
}

function isRinging({ status }: CallLine): boolean {
  return status === "ringing";
}

export function announcement(rings: readonly Ring[], texts: Texts): string {
  return rings.map(({ row, line }) => `${row.person.name}: ${texts.call(line, 0)}`).join(". ");
}
