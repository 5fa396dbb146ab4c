/** Calls that begin to ring, for screen readers. */
import type { CallLine } from "./calls";
import type { Row } from "./rows";
import type { Texts } from "./texts";

export interface Ring {
  readonly row: Row;
  readonly line: CallLine;
}

/** Return the calls that ring now and did not ring before; none when the board opens. */
export function newRings(before: readonly Row[], after: readonly Row[]): readonly Ring[] {
  if (!before.length) return [];
  const known = new Set(currentRings(before).map(ringId));
  return currentRings(after).filter((ring) => !known.has(ringId(ring)));
}

function currentRings(rows: readonly Row[]): readonly Ring[] {
  return rows
    .filter(({ staleSince }) => staleSince === null)
    .flatMap((row) =>
      row.calls.filter(({ status }) => status === "ringing").map((line) => ({ row, line })),
    );
}

// One call can ring at several people.
function ringId({ row, line }: Ring): string {
  return `${row.person.device_id} ${line.id}`;
}

/** Return who is called by whom. */
export function describeRings(rings: readonly Ring[], texts: Texts): string {
  return rings
    .map(({ row, line }) => `${row.person.name}: ${texts.describeCall(line, 0)}`)
    .join(". ");
}
