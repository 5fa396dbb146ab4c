import { expect, test } from "vitest";

import { targetIndex } from "../src/keyboard";

// Ten rows in three columns, from the fifth one.
test.each([
  ["ArrowDown", false, 7],
  ["ArrowUp", false, 1],
  ["ArrowRight", false, 5],
  ["ArrowLeft", false, 3],
  ["ArrowRight", true, 3],
  ["ArrowLeft", true, 5],
  ["Home", false, 0],
  ["End", false, 9],
  ["Tab", false, null],
  ["toString", false, null],
])("%s, right to left: %s", (key, isRightToLeft, target) => {
  expect(targetIndex(key, 4, 10, 3, isRightToLeft)).toBe(target);
});

test("the focus stays at the edges", () => {
  expect(targetIndex("ArrowUp", 2, 10, 3, false)).toBeNull();
  expect(targetIndex("ArrowDown", 8, 10, 3, false)).toBeNull();
  expect(targetIndex("Home", 0, 10, 3, false)).toBeNull();
});
