/** A Home Assistant as the board sees it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { EntityState, HomeAssistant } from "../src/home-assistant";
import type { Account, Person, Roster } from "../src/roster";

const TRANSLATIONS = join(
  import.meta.dirname,
  "../../custom_components/ringcentral/translations/en.json",
);

/** The beginning of every test by the server's clock. */
export const NOW = Date.parse("2026-11-29T10:00:00Z");

export function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

export function state(
  value: string,
  attributes: Record<string, unknown> = {},
  changedAt = ago(60),
): EntityState {
  return { state: value, attributes, last_changed: changedAt, last_updated: changedAt };
}

export function call(values: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "1",
    telephony_session_id: "s-1",
    direction: "inbound",
    telephony_status: "call_connected",
    from: "+16505550123",
    from_name: "Ann Caller",
    to: "101",
    to_name: "Alice Smith",
    start_time: ago(300),
    since: ago(65),
    queue_call: false,
    on_behalf_of: null,
    ...values,
  };
}

export function person(name: string, number: string | null, values: Partial<Person> = {}): Person {
  const id = name.toLowerCase().replace(/\W+/g, "_");
  return {
    entry_id: "acme",
    extension_id: `ext-${id}`,
    device_id: `dev-${id}`,
    name,
    number,
    department: null,
    groups: [],
    line: null,
    entities: {
      telephony_status: `sensor.${id}_telephony_status`,
      presence: `sensor.${id}_presence`,
      dnd: `sensor.${id}_dnd`,
    },
    ...values,
  };
}

export const ACME: Account = {
  entry_id: "acme",
  title: "Acme",
  is_loaded: true,
  entities: {
    connection: "binary_sensor.acme_connection",
    link: "sensor.acme_link",
    last_loss: "sensor.acme_last_loss",
  },
  groups: [
    { id: "everyone", kind: "everyone", name: null },
    { id: "lines", kind: "lines", name: null },
    { id: "department:Sales", kind: "department", name: "Sales" },
  ],
};

export const ALICE = person("Alice Smith", "101");
export const BOB = person("Bob Jones", "102");

export function roster(people: readonly Person[], values: Partial<Roster> = {}): Roster {
  return {
    server_time: new Date(NOW).toISOString(),
    is_restricted: false,
    accounts: [ACME],
    people,
    ...values,
  };
}

/** Return the states of people that are available and not on a call. */
export function idleStates(people: readonly Person[]): Record<string, EntityState> {
  const states: Record<string, EntityState> = {
    "binary_sensor.acme_connection": state("on"),
    "sensor.acme_link": state("push", { reason: null }),
  };
  for (const { entities } of people) {
    if (entities.telephony_status) states[entities.telephony_status] = phone([]);
    if (entities.presence) states[entities.presence] = state("available");
    if (entities.dnd) states[entities.dnd] = state("take_all_calls");
  }
  return states;
}

/** Return a telephony status with calls. */
export function phone(calls: readonly unknown[], value = "no_call"): EntityState {
  return state(value, { active_calls: calls });
}

/** Return the texts of the integration by key, and those that Home Assistant has itself. */
export function englishTexts(): ReadonlyMap<string, string> {
  const texts = new Map([
    ["ui.common.loading", "Loading"],
    ["state.default.unknown", "Unknown"],
    ["state.default.unavailable", "Unavailable"],
    ...Object.entries(BOARD_TEXTS).map(
      ([key, text]) => [`component.ringcentral.common.board_${key}`, text] as const,
    ),
  ]);
  const add = (path: string, value: unknown) => {
    if (typeof value === "string") texts.set(path, value);
    else for (const [key, inner] of Object.entries(value as object)) add(`${path}.${key}`, inner);
  };
  const translations: unknown = JSON.parse(readFileSync(TRANSLATIONS, "utf8"));
  add("component.ringcentral", translations);
  return texts;
}

// Until the translations have them.
const BOARD_TEXTS: Readonly<Record<string, string>> = {
  title: "Phones",
  description: "Everybody's phone at a glance: who is free, who is on a call and with whom.",
  people: "Extensions",
  dialing: "Dialing",
  filter: "Filter by state",
  count_ringing: "Ringing",
  count_call_connected: "On the phone",
  count_on_hold: "On hold",
  count_available: "Free",
  search: "Search by name, number or department",
  show_all: "Show all",
  last_known: "Last known",
  more_calls: "More calls: {count}",
  on_behalf_of: "On behalf of {name}",
  on_behalf: "On behalf of another person",
  say_ringing: "Ringing: call from {party}",
  say_dialing: "Dialing {party}",
  say_call_connected: "On a call with {party}",
  say_on_hold: "Call with {party} on hold",
  say_parked_call: "Call with {party} parked",
  say_for: "{call} for {duration}",
  page_disconnected:
    "No connection to Home Assistant since {time}. The board shows the last known state.",
  account_down: "{account}: no updates since {time}. The board shows the last known state.",
  account_not_connected: "{account} is not connected. The board shows the last known state.",
  account_delayed: "{account}: calls and presence are shown up to a minute late.",
  waiting: "The RingCentral integration does not answer yet.",
  empty: "No extensions to show.",
  empty_selection: "None of the people selected for this card can be shown.",
  restricted:
    "Your user is not allowed to see these extensions. Ask an administrator of Home Assistant.",
  no_match: "No extension matches.",
  edit_title: "Title",
  edit_accounts: "Accounts",
  edit_groups: "Groups, sites and departments",
  edit_people: "People",
  edit_people_hint: "Leave this and the groups empty to show everybody.",
  edit_order: "Order",
  edit_order_number: "Extension number",
  edit_order_name: "Name",
  edit_order_line: "My monitored lines (HUD)",
  edit_calls_first: "People on calls first",
  edit_calls_first_hint: "Rows move when calls begin and end.",
  edit_columns: "Most columns",
  edit_columns_hint: "Leave empty for as many as fit.",
  edit_hide: "Hide",
  edit_hide_counts: "Counts",
  edit_hide_search: "Search (on boards with more than 20 extensions)",
  edit_hide_numbers: "Extension numbers",
  edit_hide_departments: "Departments",
  edit_hide_messages: "Status messages",
};

/** Return a Home Assistant with these states. */
export function fakeHass(
  states: Readonly<Record<string, EntityState | undefined>>,
  values: Partial<HomeAssistant> = {},
): HomeAssistant {
  const texts = englishTexts();
  return {
    states,
    entities: {},
    devices: {},
    connected: true,
    language: "en",
    locale: { language: "en", time_format: "24", time_zone: "server" },
    config: { time_zone: "UTC" },
    localize: (key, placeholders = {}) =>
      (texts.get(key) ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(placeholders[name])),
    loadBackendTranslation: () => Promise.resolve(),
    callWS: () => Promise.reject(new Error("unknown command")),
    ...values,
  };
}
