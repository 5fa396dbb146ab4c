import { beforeAll, expect, test } from "vitest";

import { fakeHass } from "./fake-home";

interface Strategy {
  getConfigElement(): Promise<HTMLElement & { schema: readonly object[] }>;
  generate(config: object, hass: unknown): Promise<unknown>;
  getCreateSuggestions(): unknown;
}

interface Entry {
  readonly type: string;
  readonly strategyType?: string;
  readonly name: string;
  readonly description: string;
  getEntitySuggestion?(hass: unknown, entityId: string): unknown;
}

const page = window as unknown as { customCards?: Entry[]; customStrategies?: Entry[] };
const hass = fakeHass({}, { entities: { "sensor.a": { platform: "ringcentral" }, "light.b": {} } });

const strategy = (kind: string) =>
  customElements.get(`ll-strategy-${kind}-ringcentral`) as unknown as Strategy;

beforeAll(async () => {
  // The frontend defines its root element some time after the module was loaded.
  const registered = import("../src/register");
  expect(page.customCards).toBeUndefined();
  customElements.define("home-assistant", class extends HTMLElement {});
  document.body.append(document.createElement("home-assistant"));
  await registered;
});

test("the card is defined after the strategies", () => {
  expect(customElements.get("ringcentral-switchboard")).toBeDefined();
});

test("the dashboard is one view with the card", async () => {
  expect(await strategy("dashboard").generate({ type: "custom:ringcentral" }, hass)).toEqual({
    views: [
      {
        type: "sections",
        title: "Phones",
        max_columns: 4,
        sections: [
          { type: "grid", column_span: 4, cards: [{ type: "custom:ringcentral-switchboard" }] },
        ],
      },
    ],
  });
});

test("the section passes the options of the card on", async () => {
  expect(
    await strategy("section").generate({ type: "custom:ringcentral", columns: 2 }, hass),
  ).toMatchObject({ cards: [{ type: "custom:ringcentral-switchboard", columns: 2 }] });
});

test.each(["dashboard", "section"])("the %s has a form", async (kind) => {
  const form = await strategy(kind).getConfigElement();
  expect(form.localName).toBe("ha-form");
  expect(form.schema).toContainEqual({ name: "title", selector: { text: {} } });
});

test("dashboard, section and card are offered once", () => {
  expect(page.customStrategies?.map(({ strategyType }) => strategyType)).toEqual([
    "dashboard",
    "section",
  ]);
  expect(page.customCards).toHaveLength(1);
  expect(strategy("dashboard").getCreateSuggestions()).toMatchObject({ title: "Phones" });
});

test("the description is in the user's language once the texts are there", () => {
  const root = document.querySelector<HTMLElement & { hass?: unknown }>("home-assistant");
  if (!root) throw new Error("The page has no root");
  expect(page.customCards?.[0]?.description).toContain("at a glance");
  root.hass = { ...hass, localize: (key: string) => `translated ${key}` };
  expect(page.customCards?.[0]?.description).toMatch(/^translated .*board_description$/);
  root.hass = { ...hass, localize: () => "" };
  expect(page.customCards?.[0]?.description).toContain("at a glance");
});

test("the card is suggested for our entities only", () => {
  const suggest = (id: string) => page.customCards?.[0]?.getEntitySuggestion?.(hass, id);
  expect(suggest("sensor.a")).toEqual({ config: { type: "custom:ringcentral-switchboard" } });
  expect(suggest("light.b")).toBeNull();
  expect(suggest("sensor.gone")).toBeNull();
});

test("another file of the same page defines nothing twice", async () => {
  const again = "../src/register?again";
  await import(/* @vite-ignore */ again);
  expect(page.customCards).toHaveLength(1);
});
