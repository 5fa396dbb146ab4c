/** The calls of an extension, as lines of its row. */
import type { EntityState } from "./home-assistant";
import { parseText, parseTime } from "./parse";

// The most urgent first.
const STATUSES = [
  "ringing",
  "dialing",
  "call_connected",
  "on_hold",
  "parked_call",
  "unknown",
] as const;
export type CallStatus = (typeof STATUSES)[number];

export interface CallLine {
  readonly id: string;
  /** Id of the telephony session, null if it is hidden. */
  readonly sessionId: string | null;
  readonly status: CallStatus;
  readonly isOutgoing: boolean;
  /** Name or number, null if withheld or hidden by the privacy level. */
  readonly party: string | null;
  /** When the call came into its status, in milliseconds; null if not known. */
  readonly since: number | null;
  readonly isQueueCall: boolean;
  readonly queue: string | null;
  /** Extension id of the owner for whom the call is made. */
  readonly onBehalfOf: string | null;
}

type Json = Readonly<Record<string, unknown>>;

/** Return the calls in a telephony status, the most urgent first, then the oldest. */
export function callLines(phone: EntityState | undefined): readonly CallLine[] {
  const calls = phone?.attributes.active_calls;
  const lines = (Array.isArray(calls) ? calls : [])
    .filter((call): call is Json => isJson(call) && call.telephony_status !== "no_call")
    .map(callLine);
  // Calls that the user may not see are only in the status.
  if (!lines.length && callStatus(phone?.state, false) !== "unknown") {
    lines.push(callLine({ telephony_status: phone?.state }));
  }
  return lines.sort(
    (a, b) =>
      STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
      (a.since ?? Infinity) - (b.since ?? Infinity),
  );
}

function callLine(call: Json): CallLine {
  const isOutgoing = call.direction === "outbound";
  const sessionId = parseText(call.telephony_session_id);
  return {
    // The platform's id of a call changes during it.
    id: sessionId ?? parseText(call.id) ?? "",
    sessionId,
    status: callStatus(call.telephony_status, isOutgoing),
    isOutgoing,
    party: isOutgoing
      ? (parseText(call.to_name) ?? parseText(call.to))
      : (parseText(call.from_name) ?? parseText(call.from)),
    since: parseTime(call.since),
    isQueueCall: call.queue_call === true,
    queue: queueName(call.call_info),
    onBehalfOf: parseText(call.on_behalf_of),
  };
}

// The platform says ringing while an extension dials, too.
function callStatus(status: unknown, isOutgoing: boolean): CallStatus {
  if (status === "ringing" && isOutgoing) return "dialing";
  return STATUSES.find((known) => known === status) ?? "unknown";
}

function queueName(callInfo: unknown): string | null {
  const lines = isJson(callInfo) ? [callInfo.primary, callInfo.additional] : [];
  return parseText(lines.filter(isJson).find(({ type }) => type === "queue_name")?.value);
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}
