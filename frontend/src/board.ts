/** The rows of all people, kept up to date with the states. */
import type { BoardConfig } from "./config";
import type { EntityState, States } from "./home-assistant";
import type { Outage } from "./outages";
import type { Person } from "./roster";
import { isAvailable, makeRow, outageSince, unavailableSince, type Row } from "./rows";

export class Board {
  rows: readonly Row[] = [];
  #people: readonly Person[] = [];
  #config: BoardConfig = {};
  #states: States = {};
  /** Null if all rows must be replaced. */
  #outages: string | null = null;
  readonly #lastStates = new Map<string, EntityState>();

  /** Set the people and what is shown of them; the next update replaces all rows. */
  setPeople(people: readonly Person[], config: BoardConfig): void {
    this.#people = people;
    this.#config = config;
    this.#outages = null;
  }

  /** Replace the rows whose states or outages have changed; return whether there are any. */
  update(states: States, outages: readonly Outage[], now: number): boolean {
    const before = this.#states;
    const outagesBefore = this.#outages;
    this.#states = states;
    this.#outages = JSON.stringify(outages);
    const isSameOutage = this.#outages === outagesBefore;
    const rows = this.#people.map((person, index) => {
      const row = this.rows[index];
      const { telephony_status = "", presence = "", dnd = "" } = person.entities;
      return row &&
        isSameOutage &&
        states[telephony_status] === before[telephony_status] &&
        states[presence] === before[presence] &&
        states[dnd] === before[dnd]
        ? row
        : this.#makeRow(person, outages, now);
    });
    const isChanged =
      rows.length !== this.rows.length || rows.some((row, index) => row !== this.rows[index]);
    if (isChanged) this.rows = rows;
    return isChanged;
  }

  #makeRow(person: Person, outages: readonly Outage[], now: number): Row {
    const { telephony_status, presence, dnd } = person.entities;
    const states = [telephony_status, presence, dnd].map((id = "") => this.#states[id]);
    return makeRow(
      person,
      {
        phone: this.#lastState(telephony_status),
        presence: this.#lastState(presence),
        dnd: this.#lastState(dnd),
      },
      outageSince(person, outages, now),
      unavailableSince(states, now),
      this.#config,
    );
  }

  /** Return the last available state of an entity. */
  #lastState(id = ""): EntityState | undefined {
    const state = this.#states[id];
    if (isAvailable(state)) this.#lastStates.set(id, state);
    return this.#lastStates.get(id);
  }
}
