import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ACME, ALICE, BOB, call, NOW, phone, roster } from "./fake-home";
import { open } from "./page";

const loaded = vi.hoisted(() => vi.fn());
vi.mock("../src/controls", () => {
  loaded();
  throw new Error("connection lost");
});

const CONTROL = { can_dial: true, offered: { own: {}, others: { idle: ["dial"] } } };
const CONTROLLED = roster([ALICE, BOB], { accounts: [{ ...ACME, control: CONTROL }] });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  document.body.replaceChildren();
});

test("without the option, nothing is loaded and rows have no more than before", async () => {
  const page = await open(roster([ALICE, BOB]), {
    "sensor.alice_smith_telephony_status": phone([call()]),
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(loaded).not.toHaveBeenCalled();
  for (const row of page.all("li")) {
    expect([...row.children].map(({ className }) => className.split(" ")[0])).toEqual(["row"]);
  }
  expect(page.root.querySelectorAll("style")).toHaveLength(1);
  expect(page.callWS.mock.calls).toEqual([[{ type: "ringcentral/roster" }]]);
});

test("a configuration without buttons loads nothing", async () => {
  await open(CONTROLLED, {}, { hide: ["controls"] });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(loaded).not.toHaveBeenCalled();
});

test("buttons that could not be loaded leave the board as it is", async () => {
  const page = await open(CONTROLLED);
  await vi.waitFor(
    () => {
      expect(loaded).toHaveBeenCalled();
    },
    { timeout: 20_000 },
  );
  await page.change();
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones"]);
});
