/** The roster: the people who can be shown, and their entities. */
import type { BoardConfig } from "./config";
import { DOMAIN, type HomeAssistant } from "./home-assistant";

export interface Group {
  readonly id: string;
  readonly kind: "everyone" | "lines" | "favorites" | "site" | "department";
  /** Only sites and departments have names. */
  readonly name: string | null;
}

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
function isSelected(person: Person, { accounts, groups, people }: BoardConfig): boolean {
  if (accounts?.length && !accounts.includes(person.entry_id)) return false;
  const selected = [groups ?? [], people ?? []].flat();
  return !selected[0] || [person.device_id, ...person.groups].some((id) => selected.includes(id));
}

/** Request the roster. */
export function fetchRoster(hass: HomeAssistant): Promise<Roster> {
  return hass.callWS<Roster>({ type: `${DOMAIN}/roster` });
}
