import { expect, test } from "vitest";

import { Board } from "../src/board";
import type { Outage } from "../src/outages";
import type { Person } from "../src/roster";
import { ago, ALICE, BOB, call, idleStates, NOW, person, phone, state } from "./fake-home";

const ALICE_PHONE = "sensor.alice_smith_telephony_status";
const ALICE_PRESENCE = "sensor.alice_smith_presence";
const ALICE_DND = "sensor.alice_smith_dnd";

const PAGE_OUTAGE: Outage = {
  kind: "page_disconnected",
  entryId: null,
  title: "",
  since: NOW - 30_000,
  reason: null,
};

function boardOf(people: readonly Person[], states: Parameters<Board["update"]>[0]): Board {
  const board = new Board();
  board.setPeople(people, {});
  board.update(states, [], NOW);
  return board;
}

const alice = (changes: Parameters<Board["update"]>[0]) =>
  boardOf([ALICE], { ...idleStates([ALICE]), ...changes }).rows[0];

test("only the row of a changed state is replaced", () => {
  const states = idleStates([ALICE, BOB]);
  const board = boardOf([ALICE, BOB], states);
  const before = board.rows;
  expect(board.update({ ...states, "light.kitchen": state("on") }, [], NOW)).toBe(false);
  expect(board.rows).toBe(before);
  expect(board.update({ ...states, [ALICE_PHONE]: phone([call()]) }, [], NOW)).toBe(true);
  expect(board.rows[0]).not.toBe(before[0]);
  expect(board.rows[1]).toBe(before[1]);
});

test("do not disturb and meetings come before the presence", () => {
  expect(alice({})?.availability).toBe("available");
  const meeting = state("busy", { meeting_status: "connected", message: "Until noon" });
  expect(alice({ [ALICE_PRESENCE]: meeting })).toMatchObject({
    availability: "meeting",
    message: "Until noon",
  });
  expect(
    alice({ [ALICE_PRESENCE]: meeting, [ALICE_DND]: state("do_not_accept_any_calls") }),
  ).toMatchObject({ availability: "do_not_disturb", partialDnd: null });
});

test("queue calls that are not accepted leave a person available", () => {
  expect(alice({ [ALICE_DND]: state("do_not_accept_department_calls") })).toMatchObject({
    availability: "available",
    partialDnd: "do_not_accept_department_calls",
  });
});

test("an unknown presence is not available", () => {
  expect(alice({ [ALICE_PRESENCE]: state("unknown") })?.availability).toBe("unavailable");
});

test("what the configuration hides is not in the row", () => {
  const board = new Board();
  const carl = person("Carl", "7", { department: "Sales" });
  board.setPeople([carl], { hide: ["numbers", "departments", "messages"] });
  board.update(
    { ...idleStates([carl]), "sensor.carl_presence": state("busy", { message: "Away" }) },
    [],
    NOW,
  );
  expect(board.rows[0]).toMatchObject({ number: null, department: null, message: null });
});

test("a row keeps its content while its entities are not available", () => {
  const states = { ...idleStates([ALICE]), [ALICE_PHONE]: phone([call()]) };
  const board = boardOf([ALICE], states);
  const unavailable = state("unavailable", {}, ago(10));
  board.update(
    { [ALICE_PHONE]: unavailable, [ALICE_PRESENCE]: unavailable, [ALICE_DND]: unavailable },
    [],
    NOW,
  );
  expect(board.rows[0]).toMatchObject({
    staleSince: NOW - 10_000,
    availability: "available",
    calls: [{ party: "Ann Caller" }],
  });
  board.update(states, [], NOW);
  expect(board.rows[0]?.staleSince).toBeNull();
});

test("a row whose states were never seen is not current", () => {
  expect(boardOf([ALICE], {}).rows[0]).toMatchObject({
    staleSince: NOW,
    availability: "unavailable",
    calls: [],
  });
});

test("disabled entities leave the others", () => {
  const carl = person("Carl", "7", { entities: { presence: "sensor.carl_presence" } });
  const row = boardOf([carl], { "sensor.carl_presence": state("offline") }).rows[0];
  expect(row).toMatchObject({
    entityId: "sensor.carl_presence",
    staleSince: null,
    availability: "offline",
  });
});

test("an outage makes the rows stale that it concerns", () => {
  const other = person("Carl", "7", { entry_id: "other" });
  const states = idleStates([ALICE, other]);
  const board = boardOf([ALICE, other], states);
  const down: Outage = { ...PAGE_OUTAGE, kind: "account_down", entryId: "other" };
  expect(board.update(states, [down], NOW)).toBe(true);
  expect(board.rows.map(({ staleSince }) => staleSince)).toEqual([null, NOW - 30_000]);
  board.update(states, [PAGE_OUTAGE], NOW);
  expect(board.rows.map(({ staleSince }) => staleSince)).toEqual([NOW - 30_000, NOW - 30_000]);
  expect(board.update(states, [], NOW)).toBe(true);
  expect(board.rows.map(({ staleSince }) => staleSince)).toEqual([null, null]);
});

test("a delay does not make rows stale", () => {
  const delay: Outage = { ...PAGE_OUTAGE, kind: "account_delayed", entryId: "acme" };
  const board = boardOf([ALICE], idleStates([ALICE]));
  board.update(idleStates([ALICE]), [delay], NOW);
  expect(board.rows[0]?.staleSince).toBeNull();
});
