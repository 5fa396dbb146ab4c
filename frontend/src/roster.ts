/** The roster: the people who can be shown, and their entities. */
import type { BoardConfig } from "./config";
import { DOMAIN, type HomeAssistant, type States } from "./home-assistant";

export interface Group {
  readonly id: string;
  readonly kind: "everyone" | "lines" | "favorites" | "site" | "department" | "group";
  /** Groups of the selection other than sites and departments have no name. */
  readonly name: string | null;
  /** Sensors that a group that the user has added shows, by translation key. */
  readonly entities?: Readonly<Record<string, string>>;
}

/** Actions by the status of a call, `idle` without one; `:outgoing` calls may have others. */
export type Offered = Readonly<Record<string, readonly string[]>>;

export interface Account {
  readonly entry_id: string;
  readonly title: string;
  readonly is_loaded: boolean;
  readonly entities: {
    readonly connection?: string;
    readonly link?: string;
    readonly last_loss?: string;
  };
  readonly groups: readonly Group[];
  /** What can be done with calls; only where calls are controlled. */
  readonly control?: {
    readonly can_dial: boolean;
    readonly offered: Readonly<Record<"own" | "others", Offered>>;
  };
}

export interface Person {
  readonly entry_id: string;
  readonly extension_id: string;
  readonly device_id: string;
  readonly name: string;
  readonly number: string | null;
  readonly department: string | null;
  readonly groups: readonly string[];
  /** Place in the user's list of monitored lines. */
  readonly line: number | null;
  readonly entities: {
    readonly telephony_status?: string;
    readonly presence?: string;
    readonly dnd?: string;
  };
  /** Which actions of the account apply to the person's calls. */
  readonly control?: "own" | "others";
  /** False if the person can't be called. */
  readonly can_dial?: boolean;
}

/** Answer of the integration's module frontend/roster.py. */
export interface Roster {
  readonly server_time: string;
  /** Whether something was left out because the user may not read it. */
  readonly is_restricted: boolean;
  readonly accounts: readonly Account[];
  readonly people: readonly Person[];
}

/** Return the people that a configuration selects, in its order. */
export function selectPeople(
  people: readonly Person[],
  config: BoardConfig,
  language: string,
): readonly Person[] {
  const selected = people.filter((person) => isSelected(person, config));
  if (config.order === "name") {
    const { compare } = new Intl.Collator(language, { numeric: true });
    selected.sort((a, b) => compare(a.name, b.name));
  } else if (config.order === "line") {
    selected.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
  }
  // The roster is sorted by number.
  return selected;
}

/** Return whether a person is selected; fields without values select everyone. */
function isSelected(person: Person, config: BoardConfig): boolean {
  const { accounts } = config;
  if (accounts?.length && !accounts.includes(person.entry_id)) return false;
  const selected = selectedIds(config);
  return !selected[0] || [person.device_id, ...person.groups].some((id) => selected.includes(id));
}

function selectedIds({ groups, people }: BoardConfig): readonly string[] {
  return [groups ?? [], people ?? []].flat();
}

/** Name of a group, and the values of its sensors by translation key. */
export type GroupLine = readonly [string | null, readonly (readonly [string, string])[]];

/** Return what the sensors of the selected groups show. */
export function groupLines(
  accounts: readonly Account[],
  config: BoardConfig,
  states: States,
): readonly GroupLine[] {
  const selected = selectedIds(config);
  return accounts
    .flatMap(({ groups }) => groups)
    .filter(({ id, entities }) => entities && selected.includes(id))
    .map(({ name, entities = {} }) => [
      name,
      Object.entries(entities).map(([key, id]) => {
        const value = states[id]?.state ?? "";
        return [key, /\d/.test(value) ? value : "–"];
      }),
    ]);
}

/** Request the roster. */
export function fetchRoster(hass: HomeAssistant): Promise<Roster> {
  return hass.callWS<Roster>({ type: `${DOMAIN}/roster` });
}
