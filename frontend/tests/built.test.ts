import { expect, test, vi } from "vitest";

import "../../custom_components/ringcentral/frontend/switchboard.js";
import { ACME, ALICE, call, fakeHass, idleStates, phone, roster } from "./fake-home";

test("the built files fit together, though names in them are shortened", async () => {
  const offered = { own: { call_connected: ["transfer"] }, others: {} };
  const account = { ...ACME, control: { can_dial: true, offered } };
  const sent: unknown[] = [];
  const callWS = (message: Readonly<Record<string, unknown>>): Promise<never> => {
    sent.push(message);
    const people = [{ ...ALICE, control: "own" as const }];
    return Promise.resolve(roster(people, { accounts: [account] }) as never);
  };
  const card = document.createElement("ringcentral-switchboard") as HTMLElement & {
    hass: unknown;
    setConfig(config: unknown): void;
  };
  card.setConfig({});
  document.body.append(card);
  const states = {
    ...idleStates([ALICE]),
    "sensor.alice_smith_telephony_status": phone([call()]),
  };
  card.hass = fakeHass(states, { callWS });
  const find = (selector: string) =>
    vi.waitFor(
      () => {
        const found = card.shadowRoot?.querySelector<HTMLElement>(selector);
        if (!found) throw new Error(`The card has no ${selector}`);
        return found;
      },
      { timeout: 20_000 },
    );
  (await find("[data-action=transfer]")).click();
  (await find("[data-action=voicemail]")).click();
  expect(sent.at(-1)).toEqual({
    type: "ringcentral/control",
    entry_id: "acme",
    extension_id: ALICE.extension_id,
    action: "transfer",
    call: "s-1",
    to: { voicemail: ALICE.extension_id },
  });
});
