/** What the board shows of a person, made of the states of the entities. */
import { callLines, parseText, parseTime, type CallLine } from "./calls";
import { isShown, type BoardConfig } from "./config";
import type { EntityState } from "./home-assistant";
import type { Outage } from "./outages";
import type { Person } from "./roster";

/** What a person's dot and word show. */
export type Availability =
  "available" | "busy" | "offline" | "do_not_disturb" | "meeting" | "unavailable";

export interface Row {
  readonly person: Person;
  /** Entity whose details the row opens. */
  readonly entityId: string;
  /** When the content was last current, in milliseconds; null while it is current. */
  readonly frozenAt: number | null;
  readonly availability: Availability;
  /** State of do not disturb if only some calls are accepted. */
  readonly partialDnd: string | null;
  /** Null if the configuration hides it, like the next two. */
  readonly number: string | null;
  readonly department: string | null;
  readonly message: string | null;
  readonly calls: readonly CallLine[];
}

/** The last known states of a person's entities. */
export interface PersonStates {
  readonly phone: EntityState | undefined;
  readonly presence: EntityState | undefined;
  readonly dnd: EntityState | undefined;
}

const DO_NOT_DISTURB = "do_not_accept_any_calls";
export function makeRow(
  person: Person,
  known: PersonStates,
  frozenAt: number | null,
  config: BoardConfig,
): Row {
  const { telephony_status, presence, dnd } = person.entities;
  const dndState = known.dnd?.state ?? "";
  return {
    person,
    entityId: telephony_status ?? presence ?? dnd ?? "",
    frozenAt,
    availability: availability(known),
    partialDnd: dndState.includes("department") ? dndState : null,
    number: isShown(config, "numbers") ? person.number : null,
    department: isShown(config, "departments") ? person.department : null,
    message: isShown(config, "messages") ? parseText(known.presence?.attributes.message) : null,
    calls: callLines(known.phone),
  };
}

/** Return when a person's content was last current, or null if it is current. */
export function frozenSince(
  person: Person,
  states: readonly (EntityState | undefined)[],
  outages: readonly Outage[],
  now: number,
): number | null {
  const times = outages
    .filter(
      ({ text, entryId }) =>
        text !== "account_delayed" && (entryId ?? person.entry_id) === person.entry_id,
    )
    .map(({ since }) => since ?? now);
  // All entities of a person become unavailable at once.
  if (!states.some(isAvailable)) {
    times.push(...states.map((state) => parseTime(state?.last_changed) ?? now));
  }
  return times.length ? Math.min(...times) : null;
}

export function isAvailable(state: EntityState | undefined): state is EntityState {
  return state !== undefined && state.state !== "unavailable";
}

/** Return whether a person can take a call. */
export function isFree({ availability, calls }: Row): boolean {
  return availability === "available" && calls.length === 0;
}

function availability({ presence, dnd }: PersonStates): Availability {
  if (dnd?.state === DO_NOT_DISTURB) return "do_not_disturb";
  if (presence?.attributes.meeting_status === "connected") return "meeting";
  const state = presence?.state;
  return state === "available" || state === "busy" || state === "offline" ? state : "unavailable";
}
