import { expect, test } from "vitest";

import { Board } from "../src/board";
import { countRows, FILTERS, visibleRows } from "../src/filters";
import { ALICE, BOB, call, idleStates, NOW, person, phone, state } from "./fake-home";

const CARL = person("Zoë Müller", "200", { department: "Sales North" });

function rows(changes: Record<string, ReturnType<typeof state>> = {}) {
  const board = new Board();
  board.setPeople([ALICE, BOB, CARL], {});
  board.update({ ...idleStates([ALICE, BOB, CARL]), ...changes }, [], NOW);
  return board.rows;
}

const BUSY = {
  "sensor.bob_jones_telephony_status": phone([
    call({ telephony_session_id: "1", telephony_status: "on_hold" }),
    call({ telephony_session_id: "2", telephony_status: "ringing" }),
  ]),
  "sensor.zo_m_ller_telephony_status": phone([
    call({ telephony_status: "ringing", direction: "outbound" }),
  ]),
};

const names = (...args: Parameters<typeof visibleRows>) =>
  visibleRows(...args).map(({ person: { name } }) => name);

test("a person counts in each state of the calls", () => {
  const all = rows(BUSY);
  expect(FILTERS.map((filter) => countRows(all, filter))).toEqual([1, 2, 1, 1]);
});

test.each([
  ["who dials", { telephony_status: "ringing", direction: "outbound" }, [0, 1, 0, 0]],
  ["whose call is connected", { telephony_status: "call_connected" }, [0, 1, 0, 0]],
  ["who holds a call", { telephony_status: "on_hold" }, [0, 1, 1, 0]],
  ["whose phone rings", { telephony_status: "ringing" }, [1, 0, 0, 0]],
  ["whose call is parked", { telephony_status: "parked_call" }, [0, 0, 0, 0]],
])("a person %s is counted as by the sensors of groups", (_, values, counts) => {
  const board = new Board();
  board.setPeople([ALICE], {});
  const sensor = "sensor.alice_smith_telephony_status";
  board.update({ ...idleStates([ALICE]), [sensor]: phone([call(values)]) }, [], NOW);
  expect(FILTERS.map((filter) => countRows(board.rows, filter))).toEqual(counts);
});

test("rows that are not current are not counted, and not shown by a filter", () => {
  const unavailable = {
    "sensor.alice_smith_telephony_status": state("unavailable"),
    "sensor.alice_smith_presence": state("unavailable"),
    "sensor.alice_smith_dnd": state("unavailable"),
  };
  const all = rows(unavailable);
  expect(countRows(all, "available")).toBe(2);
  expect(names(all, "available", "", false)).toEqual(["Bob Jones", "Zoë Müller"]);
});

test("without a current row there are no counts", () => {
  const board = new Board();
  board.setPeople([ALICE], {});
  board.update({}, [], NOW);
  expect(countRows(board.rows, "available")).toBeNull();
});

test("a person who does not accept calls is not free", () => {
  const dnd = { "sensor.alice_smith_dnd": state("do_not_accept_any_calls") };
  expect(names(rows(dnd), "available", "", false)).toEqual(["Bob Jones", "Zoë Müller"]);
});

test("a filter shows the rows in its state", () => {
  expect(names(rows(BUSY), "call_connected", "", false)).toEqual(["Bob Jones", "Zoë Müller"]);
  expect(names(rows(BUSY), "on_hold", "", false)).toEqual(["Bob Jones"]);
});

test("a search finds ß as ss", () => {
  const board = new Board();
  board.setPeople([person("Anna Weiß", "201")], {});
  board.update({}, [], NOW);
  expect(names(board.rows, null, "weiss", false)).toEqual(["Anna Weiß"]);
});

test.each(["zoe", "MÜLLER", "200", "sales north", "north zoe", "  zoe  "])(
  "a search finds name, number and department: %s",
  (query) => {
    expect(names(rows(), null, query, false)).toEqual(["Zoë Müller"]);
  },
);

test("a search that finds nothing shows nothing", () => {
  expect(names(rows(), null, "zoe smith", false)).toEqual([]);
});

test("people on calls come first only if wanted, and keep their order", () => {
  expect(names(rows(BUSY), null, "", false)).toEqual(["Alice Smith", "Bob Jones", "Zoë Müller"]);
  expect(names(rows(BUSY), null, "", true)).toEqual(["Bob Jones", "Zoë Müller", "Alice Smith"]);
});
