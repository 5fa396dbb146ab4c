import { expect, test, vi } from "vitest";

import { loadTexts, type HomeAssistant } from "../src/home-assistant";
import type { Outage } from "../src/outages";
import { Texts } from "../src/texts";
import { fakeHass, NOW } from "./fake-home";

const OUTAGE: Outage = {
  kind: "account_down",
  entryId: "acme",
  title: "Acme",
  since: NOW,
  reason: null,
};

const texts = (locale: Partial<HomeAssistant["locale"]>, outage: Partial<Outage> = {}) => {
  const hass = fakeHass({});
  const changed = { ...hass, locale: { ...hass.locale, ...locale } };
  return new Texts(
    { ...changed, config: { time_zone: "Asia/Tokyo" } },
    () => undefined,
  ).describeOutage({
    ...OUTAGE,
    ...outage,
  });
};

test("the time of an outage has the format and the zone of the user", () => {
  expect(texts({ time_format: "24" })).toContain("19:00");
  expect(texts({ time_format: "12" })).toMatch(/7:00\sPM/);
  expect(texts({ time_format: "language", language: "de" })).toContain("29.11.2026, 19:00");
});

test("an outage without a time has a text without it", () => {
  expect(texts({}, { kind: "account_not_connected", since: null })).toBe(
    "Acme is not connected. The board shows the last known state.",
  );
});

test("a reason of a later version is left out", () => {
  expect(texts({}, { reason: "solar_flare" })).toMatch(/last known state\.$/);
});

test("categories are loaded one after the other, since the frontend may drop one of several", async () => {
  const events: string[] = [];
  const loadBackendTranslation = vi.fn(async (category: string) => {
    events.push(`request ${category}`);
    await Promise.resolve();
    events.push(`answer ${category}`);
    if (category === "entity") throw new Error("not found");
    return () => "";
  });
  await loadTexts(fakeHass({}, { loadBackendTranslation }));
  expect(events).toEqual([
    ...["request common", "answer common"],
    ...["request entity", "answer entity"],
    ...["request selector", "answer selector"],
  ]);
});
