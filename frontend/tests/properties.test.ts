import fc from "fast-check";
import { expect, test } from "vitest";

import { Board } from "../src/board";
import { callLines } from "../src/calls";
import { formatElapsed } from "../src/clock";
import { countRows, FILTERS, matchesFilter, visibleRows } from "../src/filters";
import { targetIndex } from "../src/keyboard";
import { RowList } from "../src/row-list";
import { Texts } from "../src/texts";
import { call, fakeHass, idleStates, NOW, person, phone, state } from "./fake-home";

// The same examples in each run.
fc.configureGlobal({ seed: 1 });

const PEOPLE = Array.from({ length: 8 }, (_, index) => person(`Person ${index}`, `${index}`));

const callStatus = fc.constantFrom("ringing", "call_connected", "on_hold", "parked_call", "later");
const calls = fc.array(
  fc
    .record({
      telephony_status: callStatus,
      direction: fc.constantFrom("inbound", "outbound", null),
      since: fc.option(
        fc
          .date({ min: new Date(NOW - 86_400_000), max: new Date(NOW), noInvalidDate: true })
          .map((date) => date.toISOString()),
      ),
      telephony_session_id: fc.option(fc.string()),
    })
    .map(call),
  { maxLength: 5 },
);

/** Rows of people with any calls and presences. */
const rows = fc
  .tuple(...PEOPLE.map(() => fc.tuple(calls, fc.constantFrom("available", "busy", "unavailable"))))
  .map((each) => {
    const states = idleStates(PEOPLE);
    for (const [index, [theirCalls, presence]] of each.entries()) {
      const { telephony_status = "", presence: id = "" } = PEOPLE[index]?.entities ?? {};
      states[telephony_status] = phone(theirCalls);
      states[id] = state(presence);
    }
    const board = new Board();
    board.setPeople(PEOPLE, {});
    board.update(states, [], NOW);
    return board.rows;
  });

test("whatever the attribute is, there are lines or none", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (active_calls, value) => {
      for (const { party, since } of callLines(state(value, { active_calls }))) {
        expect(party === null || typeof party === "string").toBe(true);
        expect(since === null || Number.isFinite(since)).toBe(true);
      }
    }),
  );
});

test("each live call is a line, whatever their order", () => {
  fc.assert(
    fc.property(calls, (values) => {
      const lines = callLines(phone(values));
      expect(lines).toHaveLength(values.length);
      const backwards = callLines(phone([...values].reverse()));
      expect(backwards.map(({ status }) => status)).toEqual(lines.map(({ status }) => status));
      expect(backwards.map(({ since }) => since)).toEqual(lines.map(({ since }) => since));
    }),
  );
});

test("each filter shows as many rows as it counts", () => {
  fc.assert(
    fc.property(rows, (all) => {
      for (const filter of FILTERS) {
        const visible = visibleRows(all, filter, "", true);
        expect(visible).toHaveLength(countRows(all, filter) ?? 0);
        expect(visible.every((row) => matchesFilter(row, filter))).toBe(true);
      }
    }),
  );
});

test("with those on calls first, all rows are there, and keep their order otherwise", () => {
  fc.assert(
    fc.property(rows, (all) => {
      const sorted = visibleRows(all, null, "", true);
      const isOnCall = ({ calls: { length } }: (typeof all)[number]) => length > 0;
      expect(sorted).toEqual([...all.filter(isOnCall), ...all.filter((row) => !isOnCall(row))]);
    }),
  );
});

test("the list has the rows in their order after any change", () => {
  const shuffled = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]);
  fc.assert(
    fc.property(rows, shuffled, shuffled, (all, first, second) => {
      const list = new RowList();
      const texts = new Texts(fakeHass({}), () => undefined);
      for (const order of [first, second]) {
        const shown = order.flatMap((index) => all[index] ?? []);
        list.show(shown, texts, NOW);
        const names = [...list.element.querySelectorAll(".name")].map((name) => name.textContent);
        expect(names).toEqual(shown.map((row) => row.person.name));
      }
    }),
    { numRuns: 20 },
  );
});

test("an elapsed time has two digits for seconds, and the same value", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), (milliseconds) => {
      const text = formatElapsed(milliseconds);
      expect(text).toMatch(/^(\d+:)?[0-5]?\d:[0-5]\d$/);
      const seconds = text.split(":").reduce((total, part) => total * 60 + Number(part), 0);
      expect(seconds).toBe(Math.floor(milliseconds / 1000));
    }),
  );
});

test("the focus never leaves the rows", () => {
  const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "a"];
  fc.assert(
    fc.property(
      fc.constantFrom(...keys),
      fc.nat(50),
      fc.nat(50),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (key, index, more, columns, isRightToLeft) => {
        const count = index + 1 + more;
        const target = targetIndex(key, index, count, columns, isRightToLeft);
        expect(target === null || (target >= 0 && target < count && target !== index)).toBe(true);
      },
    ),
  );
});
