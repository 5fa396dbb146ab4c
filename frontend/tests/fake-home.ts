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
  return { state: value, attributes, last_changed: changedAt };
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
    {
      id: "dev-support",
      kind: "group",
      name: "Support",
      entities: {
        people_free: "sensor.support_people_free",
        missed_today: "sensor.support_missed",
      },
    },
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
function englishTexts(): ReadonlyMap<string, string> {
  const texts = new Map([
    ["state.default.unknown", "Unknown"],
    ["state.default.unavailable", "Unavailable"],
  ]);
  const add = (path: string, value: unknown) => {
    if (typeof value === "string") texts.set(path, value);
    else for (const [key, inner] of Object.entries(value as object)) add(`${path}.${key}`, inner);
  };
  const translations: unknown = JSON.parse(readFileSync(TRANSLATIONS, "utf8"));
  add("component.ringcentral", translations);
  return texts;
}

const TEXTS = englishTexts();

function localize(key: string, values: Readonly<Record<string, unknown>> = {}): string {
  const text = TEXTS.get(key) ?? "";
  // Only fields of the form may be without a text: that of the hint.
  if (!text && /board_(?!edit_.*_hint)/.test(key)) throw new Error(`${key} has no text`);
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** Return a Home Assistant with these states. */
export function fakeHass(
  states: Readonly<Record<string, EntityState | undefined>>,
  values: Partial<HomeAssistant> = {},
): HomeAssistant {
  return {
    states,
    entities: {},
    devices: {},
    connected: true,
    language: "en",
    locale: { language: "en", time_format: "24", time_zone: "server" },
    config: { time_zone: "UTC" },
    localize,
    loadBackendTranslation: () => Promise.resolve(localize),
    connection: { subscribeMessage: () => Promise.reject(new Error("unknown command")) },
    callWS: () => Promise.reject(new Error("unknown command")),
    ...values,
  };
}
