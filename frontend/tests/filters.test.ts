import { expect, test } from "vitest";

import { Board } from "../src/board";
import { countRows, visibleRows } from "../src/filters";
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

test("a person with two calls counts twice, a dialing one is on the phone", () => {
  expect(countRows(rows(BUSY))).toEqual({
    ringing: 1,
    call_connected: 1,
    on_hold: 1,
    available: 1,
  });
});

test("rows that are not current do not count", () => {
  const unavailable = {
    "sensor.alice_smith_telephony_status": state("unavailable"),
    "sensor.alice_smith_presence": state("unavailable"),
    "sensor.alice_smith_dnd": state("unavailable"),
  };
  expect(countRows(rows(unavailable))?.available).toBe(2);
});

test("without a current row there are no counts", () => {
  const board = new Board();
  board.setPeople([ALICE], {});
  board.update({}, [], NOW);
  expect(countRows(board.rows)).toBeNull();
});

test("a person who does not accept calls is not free", () => {
  const dnd = { "sensor.alice_smith_dnd": state("do_not_accept_any_calls") };
  expect(names(rows(dnd), "available", "", false)).toEqual(["Bob Jones", "Zoë Müller"]);
});

test("a filter shows the rows in its state", () => {
  expect(names(rows(BUSY), "call_connected", "", false)).toEqual(["Zoë Müller"]);
  expect(names(rows(BUSY), "on_hold", "", false)).toEqual(["Bob Jones"]);
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
