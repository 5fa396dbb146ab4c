import { afterEach, expect, test } from "vitest";

import { makeConfigElement, makeConfigForm, type ConfigForm } from "../src/editor";
import type { HomeAssistant } from "../src/home-assistant";
import { ACME, ALICE, fakeHass, roster } from "./fake-home";

afterEach(() => {
  document.body.replaceChildren();
});

function openPage(hass: HomeAssistant): void {
  const root = document.createElement("home-assistant");
  document.body.append(Object.assign(root, { hass }));
}

function answering(answer: unknown): HomeAssistant {
  return fakeHass({}, { callWS: () => Promise.resolve(answer as never) });
}

const field = (form: Awaited<ReturnType<typeof makeConfigForm>>, name: string) =>
  form.schema.find((item) => item.name === name);

test("the form offers the groups of the selection, with names", async () => {
  openPage(answering(roster([ALICE])));
  const form = await makeConfigForm();
  expect(field(form, "groups")?.selector).toMatchObject({
    select: {
      options: [
        { value: "dev-support", label: "Support" },
        { value: "everyone", label: "Everyone in the company" },
        { value: "lines", label: "My monitored lines (HUD)" },
        { value: "department:Sales", label: "Sales" },
      ],
    },
  });
});

test("one account is no choice, two are", async () => {
  openPage(answering(roster([ALICE])));
  expect(field(await makeConfigForm(), "accounts")).toBeUndefined();
  document.body.replaceChildren();
  const other = { ...ACME, entry_id: "other", title: "Other" };
  openPage(answering(roster([ALICE], { accounts: [ACME, other] })));
  expect(field(await makeConfigForm(), "accounts")?.selector).toMatchObject({
    select: {
      options: [
        { value: "acme", label: "Acme" },
        { value: "other", label: "Other" },
      ],
    },
  });
});

test.each([
  ["without an answer", fakeHass({})],
  ["without a page", undefined],
])("%s, people can be selected", async (_, hass) => {
  if (hass) openPage(hass);
  const form = await makeConfigForm();
  expect(field(form, "people")?.selector).toEqual({
    device: { multiple: true, filter: { integration: "ringcentral" } },
  });
});

test("each field has a label, some a hint", async () => {
  openPage(answering(roster([ALICE])));
  const form = await makeConfigForm();
  const fields = form.schema.flatMap((item) => item.schema ?? [item]);
  for (const item of fields) expect(form.computeLabel(item)).not.toBe("");
  expect(form.computeHelper({ name: "columns" })).toContain("as many as fit");
  expect(form.computeHelper({ name: "title" })).toBe("");
});

test("the strategies' form shows their options, and reports what is changed", async () => {
  openPage(answering(roster([ALICE])));
  const form = (await makeConfigElement()) as HTMLElement &
    ConfigForm & { data?: unknown; setConfig(config: unknown): void };
  expect(form.schema).toEqual((await makeConfigForm()).schema);
  form.setConfig({ type: "custom:ringcentral", columns: 2 });
  expect(form.data).toEqual({ type: "custom:ringcentral", columns: 2 });
  const changed: unknown[] = [];
  form.addEventListener("config-changed", ({ detail }: CustomEventInit) => changed.push(detail));
  form.dispatchEvent(new CustomEvent("value-changed", { detail: { value: { columns: 3 } } }));
  expect(changed).toEqual([{ config: { columns: 3 } }]);
  expect(() => {
    form.setConfig({ people: "Alice" });
  }).toThrow("people: not a list");
});
