import { expect, test } from "vitest";

import { selectPeople } from "../src/roster";
import { ALICE, BOB, person } from "./fake-home";

const CARL = person("Carl Zeiss", "99", {
  entry_id: "other",
  groups: ["lines", "department:Sales"],
  line: 1,
});
// A group has the id of its device.
const SUPPORT = "dev-support";
const DORA = person("Öre Dora", null, { groups: ["lines"], line: 0 });
const PEOPLE = [CARL, ALICE, BOB, DORA];

const names = (config: Parameters<typeof selectPeople>[1]) =>
  selectPeople(PEOPLE, config, "sv").map(({ name }) => name);

test("everybody in the order of the roster", () => {
  expect(selectPeople(PEOPLE, {}, "en")).toEqual(PEOPLE);
  // YAML with a name only.
  const empty = { accounts: null, groups: null, people: null };
  expect(selectPeople(PEOPLE, empty, "en")).toEqual(PEOPLE);
});

test("an account limits groups and people", () => {
  expect(names({ accounts: ["acme"] })).toEqual(["Alice Smith", "Bob Jones", "Öre Dora"]);
  expect(names({ accounts: ["other"], groups: ["lines"], people: [ALICE.device_id] })).toEqual([
    "Carl Zeiss",
  ]);
});

test("groups and people add up", () => {
  expect(names({ groups: ["department:Sales"], people: [BOB.device_id] })).toEqual([
    "Carl Zeiss",
    "Bob Jones",
  ]);
});

test("a group can be selected in both fields", () => {
  const erik = person("Erik", "7", { groups: [SUPPORT] });
  for (const config of [{ groups: [SUPPORT] }, { people: [SUPPORT] }]) {
    expect(selectPeople([...PEOPLE, erik], config, "sv")).toEqual([erik]);
  }
});

test("empty fields select everybody", () => {
  expect(names({ accounts: [], groups: [], people: [] })).toHaveLength(4);
});

test("people who are gone are not shown", () => {
  expect(names({ people: ["gone"] })).toEqual([]);
});

test("names are sorted by the user's language", () => {
  expect(names({ order: "name" })).toEqual(["Alice Smith", "Bob Jones", "Carl Zeiss", "Öre Dora"]);
});

test("monitored lines come in their order, the others after them", () => {
  expect(names({ order: "line" })).toEqual(["Öre Dora", "Carl Zeiss", "Alice Smith", "Bob Jones"]);
});
