/** A page with a card. */
import { vi } from "vitest";

import { SwitchboardCard } from "../src/card";
import type { HomeAssistant } from "../src/home-assistant";
import type { Roster } from "../src/roster";
import "../src/switchboard";
import { ALICE, BOB, fakeHass, idleStates, roster } from "./fake-home";

/** A card in a page whose Home Assistant the test changes. */
export class Page {
  readonly card = new SwitchboardCard();
  readonly callWS = vi.fn<(message: Readonly<Record<string, unknown>>) => Promise<unknown>>();
  hass: HomeAssistant;

  constructor(answer: Roster | Error, states: HomeAssistant["states"], config: object = {}) {
    this.answer(answer);
    this.hass = fakeHass(states, { callWS: this.callWS as HomeAssistant["callWS"] });
    this.card.setConfig({ type: "custom:ringcentral-switchboard", ...config });
    document.body.append(this.card);
  }

  answer(answer: Roster | Error): void {
    this.callWS.mockImplementation(() =>
      answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
    );
  }

  async change(values: Partial<HomeAssistant> = {}): Promise<void> {
    this.hass = { ...this.hass, ...values };
    this.card.hass = this.hass;
    await vi.advanceTimersByTimeAsync(0);
  }

  async changeStates(states: HomeAssistant["states"]): Promise<void> {
    await this.change({ states: { ...this.hass.states, ...states } });
  }

  get root(): ShadowRoot {
    if (!this.card.shadowRoot) throw new Error("The card has no content");
    return this.card.shadowRoot;
  }

  all(selector: string): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(selector)];
  }

  texts(selector: string): string[] {
    return this.all(selector).map(({ textContent }) => textContent.replace(/\s+/g, " ").trim());
  }

  /** What a screen reader says of the rows. */
  sentences(): string[] {
    return this.texts(".row .spoken");
  }
}

/** Return a page with idle people, and the states of others. */
export async function open(
  answer: Roster | Error = roster([ALICE, BOB]),
  states: HomeAssistant["states"] = {},
  config: object = {},
  values: Partial<HomeAssistant> = {},
): Promise<Page> {
  const people = answer instanceof Error ? [] : answer.people;
  const page = new Page(answer, { ...idleStates(people), ...states }, config);
  await page.change(values);
  return page;
}
