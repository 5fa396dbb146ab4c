/** What the board shows of a person, made of the states of the entities. */
import { callLines, type CallLine } from "./calls";
import { isShown, type BoardConfig } from "./config";
import type { EntityState } from "./home-assistant";
import type { Outage } from "./outages";
import { parseText, parseTime } from "./parse";
import type { Person } from "./roster";

/** What a person's dot and word show. */
export type Availability =
  "available" | "busy" | "offline" | "do_not_disturb" | "meeting" | "unavailable";

export interface Row {
  readonly person: Person;
  /** Entity whose details the row opens. */
  readonly entityId: string;
  /** When the content was last current, in milliseconds; null while it is. */
  readonly staleSince: number | null;
  /** Whether it is stale without an outage. */
  readonly isUnavailable: boolean;
  readonly availability: Availability;
  /** State of do not disturb if only some calls are accepted. */
  readonly partialDnd: string | null;
  /** Null if the configuration hides it, like the next two. */
  readonly number: string | null;
  readonly department: string | null;
  readonly message: string | null;
  readonly calls: readonly CallLine[];
  /** How many calls have no line; the platform lists some of them only. */
  readonly moreCalls: number;
}

/** The last known states of a person's entities. */
export interface PersonStates {
  readonly phone: EntityState | undefined;
  readonly presence: EntityState | undefined;
  readonly dnd: EntityState | undefined;
}

// More would hide the other rows.
export const MAX_LINES = 6;

const DO_NOT_DISTURB = "do_not_accept_any_calls";

export function makeRow(
  person: Person,
  known: PersonStates,
  outageAt: number | null,
  unavailableAt: number | null,
  config: BoardConfig,
): Row {
  const { telephony_status, presence, dnd } = person.entities;
  const dndState = known.dnd?.state ?? "";
  const calls = callLines(known.phone);
  const total = Number(known.phone?.attributes.total_active_calls) || 0;
  return {
    person,
    entityId: telephony_status ?? presence ?? dnd ?? "",
    staleSince: outageAt ?? unavailableAt,
    isUnavailable: outageAt === null && unavailableAt !== null,
    availability: availability(known),
    partialDnd: dndState.includes("department") ? dndState : null,
    number: isShown(config, "numbers") ? person.number : null,
    department: isShown(config, "departments") ? person.department : null,
    message: isShown(config, "messages") ? parseText(known.presence?.attributes.message) : null,
    calls,
    // A small total may still contain a call that has ended.
    moreCalls: calls.length > MAX_LINES ? Math.max(calls.length, total) - MAX_LINES : 0,
  };
}

/** Return since when an outage concerns a person, or null. */
export function outageSince(
  { entry_id }: Person,
  outages: readonly Outage[],
  now: number,
): number | null {
  const outage = outages.find(
    ({ kind, entryId }) => kind !== "account_delayed" && (entryId ?? entry_id) === entry_id,
  );
  return outage ? (outage.since ?? now) : null;
}

/** Return since when all of a person's states are unavailable, or null. */
export function unavailableSince(
  states: readonly (EntityState | undefined)[],
  now: number,
): number | null {
  if (states.some(isAvailable)) return null;
  return Math.min(...states.map((state) => parseTime(state?.last_changed) ?? now));
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
