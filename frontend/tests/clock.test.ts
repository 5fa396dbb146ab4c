import { beforeEach, expect, test, vi } from "vitest";

import { describeElapsed, formatElapsed, ServerClock } from "../src/clock";
import { NOW } from "./fake-home";

const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

test.each([
  [-5000, "0:00"],
  [0, "0:00"],
  [999, "0:00"],
  [65_000, "1:05"],
  [600_000, "10:00"],
  [HOUR_MS - 1, "59:59"],
  [HOUR_MS, "1:00:00"],
  [30 * HOUR_MS + 61_000, "30:01:01"],
])("%d ms are %s", (milliseconds, text) => {
  expect(formatElapsed(milliseconds)).toBe(text);
});

test("less than a minute is not worth a word", () => {
  expect(describeElapsed(59_000, "en")).toBeNull();
});

test("minutes are said in the user's language", () => {
  expect(describeElapsed(60_000, "en")).toBe("1 minute");
  expect(describeElapsed(185_000, "de")).toBe("3 Minuten");
});

test("the server's time counts, with half of the request's duration", () => {
  const clock = new ServerClock();
  clock.synchronize(new Date(NOW + HOUR_MS).toISOString(), 200);
  vi.advanceTimersByTime(5000);
  expect(clock.now()).toBe(NOW + HOUR_MS + 100 + 5000);
});

test("a time that is none leaves the clock as it is", () => {
  const clock = new ServerClock();
  clock.synchronize("soon", 200);
  expect(clock.now()).toBe(NOW);
});

test("a clock that is set has jumped once", () => {
  const clock = new ServerClock();
  vi.advanceTimersByTime(60_000);
  expect(clock.hasJumped()).toBe(false);
  vi.setSystemTime(NOW - HOUR_MS);
  expect(clock.hasJumped()).toBe(true);
  expect(clock.hasJumped()).toBe(false);
});
