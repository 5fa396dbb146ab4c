/** Outages of the page's and of the accounts' connections. */
import type { States } from "./home-assistant";
import { parseText, parseTime } from "./parse";
import type { Account } from "./roster";

export interface Outage {
  /** Also the key of the text. */
  readonly kind: "page_disconnected" | "account_down" | "account_not_connected" | "account_delayed";
  /** Of the account; null if the page has lost its connection. */
  readonly entryId: string | null;
  readonly title: string;
  readonly since: number | null;
  /** Attribute `reason` of the sensor `link`. */
  readonly reason: string | null;
}

/** Return the outages; `disconnectedAt` is when the page has lost its connection. */
export function findOutages(
  accounts: readonly Account[],
  states: States,
  disconnectedAt: number | null,
): readonly Outage[] {
  // Without a connection, nothing is known of the accounts.
  if (disconnectedAt === null) return accounts.flatMap((account) => accountOutage(account, states));
  return [
    {
      kind: "page_disconnected",
      entryId: null,
      title: "",
      since: disconnectedAt,
      reason: null,
    },
  ];
}

function accountOutage(
  { entry_id, title, is_loaded, entities }: Account,
  states: States,
): Outage[] {
  const connection = states[entities.connection ?? ""];
  const link = states[entities.link ?? ""];
  // A user may be allowed to read only one of the two, or none.
  const isDown = connection
    ? connection.state !== "on"
    : link
      ? link.state === "down" || link.state === "unavailable"
      : !is_loaded;
  if (!isDown && link?.state !== "polling") return [];
  const since =
    parseTime(states[entities.last_loss ?? ""]?.state) ??
    parseTime((connection ?? link)?.last_changed);
  const downKind = since === null ? "account_not_connected" : "account_down";
  return [
    {
      kind: isDown ? downKind : "account_delayed",
      entryId: entry_id,
      title,
      since,
      reason: parseText(link?.attributes.reason),
    },
  ];
}
