import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { HomeAssistant } from "../src/home-assistant";
import type { Offered, Person, Roster } from "../src/roster";
import { ACME, ago, ALICE, BOB, call, NOW, person, phone, roster, state } from "./fake-home";
import { open, type Page } from "./page";

const ME: Person = { ...ALICE, control: "own", can_dial: false };
const COLLEAGUE: Person = { ...BOB, control: "others" };
const CARL: Person = { ...person("Carl Long", "103"), control: "others" };
const MY_PHONE = "sensor.alice_smith_telephony_status";
const BOBS_PHONE = "sensor.bob_jones_telephony_status";

const OWN: Offered = {
  ringing: ["answer", "reject", "forward", "reply"],
  dialing: ["hang_up"],
  call_connected: ["hold", "mute", "unmute", "transfer", "park", "hang_up"],
  "call_connected:outgoing": ["hold", "mute", "unmute", "transfer", "hang_up"],
  on_hold: ["resume", "transfer", "connect", "park", "hang_up"],
  parked_call: ["pick_up"],
};
const OTHERS: Offered = {
  idle: ["dial"],
  ringing: ["reject", "forward"],
  call_connected: ["hold", "transfer", "hang_up"],
  parked_call: ["pick_up"],
};
const CONTROL = { can_dial: true, offered: { own: OWN, others: OTHERS } };
const RINGING = call({ telephony_status: "ringing" });
const HELD = call({ telephony_status: "on_hold" });

const ERROR = {
  code: "home_assistant_error",
  message: "english words of the server",
  translation_key: "rate_limited",
  translation_domain: "ringcentral",
  translation_placeholders: { seconds: "7" },
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

function controlled(people: readonly Person[], control = CONTROL): Roster {
  return roster(people, { accounts: [{ ...ACME, control }] });
}

/** A page whose commands are answered by the test. */
class Desk {
  /** Commands sent, without their type. */
  readonly sent: unknown[] = [];
  answer: () => Promise<unknown> = () => Promise.resolve({ result: "done", call: "s-1" });
  readonly #page: Page;

  constructor(page: Page, answer: Roster) {
    this.#page = page;
    this.offer(answer);
  }

  offer(answer: Roster): void {
    this.#page.callWS.mockImplementation(({ type, ...command }) => {
      if (type === "ringcentral/roster") return Promise.resolve(answer);
      expect(type).toBe("ringcentral/control");
      this.sent.push(command);
      return this.answer();
    });
  }

  async press(action: string, index = 0): Promise<void> {
    this.#page.all(`[data-action=${action}]`)[index]?.click();
    await settle();
  }

  /** Type into the field of the panel. */
  async type(text: string): Promise<void> {
    const input = this.#page.all(".panel input")[0] as HTMLInputElement;
    input.value = text;
    input.dispatchEvent(new Event("input"));
    await settle();
  }

  async submit(): Promise<void> {
    this.#page.all(".panel")[0]?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settle();
  }
}

function settle(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0);
}

async function openDesk(
  calls: readonly Record<string, unknown>[] = [call()],
  people: readonly Person[] = [ME],
  values: {
    states?: HomeAssistant["states"];
    config?: object;
    answer?: Roster;
    home?: Partial<HomeAssistant>;
  } = {},
): Promise<[Page, Desk]> {
  const answer = values.answer ?? controlled(people);
  const states = { [MY_PHONE]: phone(calls), ...values.states };
  const page = await open(answer, states, values.config, values.home);
  const desk = new Desk(page, answer);
  // The card has requested it, too.
  await import("../src/controls");
  await page.change();
  return [page, desk];
}

/** Return an answer that fails as the library of the frontend reports it. */
function failing(error: object): () => Promise<unknown> {
  return () => Promise.reject(Object.assign(new Error(), error));
}

function actions(page: Page, row = 0): string[] {
  const buttons = page.all("li")[row]?.querySelectorAll<HTMLElement>(".control") ?? [];
  return [...buttons].map(({ dataset }) => dataset.action ?? "");
}

function blocked(page: Page): string[] {
  return page.all(".control[aria-disabled=true]").map(({ dataset }) => dataset.action ?? "");
}

function key(page: Page, name: string, values: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", {
    key: name,
    bubbles: true,
    composed: true,
    cancelable: true,
    ...values,
  });
  page.root.activeElement?.dispatchEvent(event);
  return event;
}

function focusedAction(page: Page): string | undefined {
  return (page.root.activeElement as HTMLElement | null)?.dataset.action;
}

test.each([
  ["ringing", RINGING, OWN.ringing],
  ["incoming", call(), OWN.call_connected],
  ["outgoing", call({ direction: "outbound" }), OWN["call_connected:outgoing"]],
  ["dialing", call({ telephony_status: "ringing", direction: "outbound" }), OWN.dialing],
  ["parked", call({ telephony_status: "parked_call" }), OWN.parked_call],
  ["unknown", call({ telephony_status: "tomorrow" }), []],
])("the buttons of a call that is %s are those that the server offers", async (_, one, offered) => {
  const [page] = await openDesk([one]);
  expect(actions(page)).toEqual(offered);
});

test("calls of others have the buttons for those of others, idle rows one to call", async () => {
  const [page] = await openDesk([call()], [ME, COLLEAGUE, CARL], {
    states: { [BOBS_PHONE]: phone([call()]) },
  });
  expect(actions(page, 0)).toEqual(OWN.call_connected);
  expect(actions(page, 1)).toEqual(OTHERS.call_connected);
  expect(actions(page, 2)).toEqual(["dial"]);
});

test("an action of a later version has no button", async () => {
  const offered = { own: { call_connected: ["levitate", "hold"] }, others: {} };
  const answer = controlled([ME], { can_dial: true, offered });
  const [page] = await openDesk([call()], [ME], { answer });
  expect(actions(page)).toEqual(["hold"]);
});

test.each([
  ["the own extension", { ...ME }, CONTROL],
  ["an emergency number", { ...COLLEAGUE, can_dial: false }, CONTROL],
  ["anybody without the permission", COLLEAGUE, { ...CONTROL, can_dial: false }],
])("%s has no button to call", async (_, one, control) => {
  const [page] = await openDesk([], [one], { answer: controlled([one], control) });
  expect(actions(page)).toEqual([]);
});

test("a call without the id of its session is meant by its extension only", async () => {
  const [, desk] = await openDesk([call({ telephony_session_id: null })]);
  await desk.press("hold");
  expect(desk.sent).toEqual([{ entry_id: "acme", extension_id: ME.extension_id, action: "hold" }]);
});

test("a person whose calls the user may not control can be called, but no more", async () => {
  const states = { [BOBS_PHONE]: phone([]) };
  const [page] = await openDesk([], [BOB], { states });
  expect(actions(page)).toEqual(["dial"]);
  await page.changeStates({ [BOBS_PHONE]: phone([call()]) });
  expect(actions(page)).toEqual([]);
});

test.each([
  ["the page is disconnected", { connected: false }],
  [
    "the account is down",
    { states: { [MY_PHONE]: phone([call()]), "binary_sensor.acme_connection": state("off") } },
  ],
])("there are no buttons while %s", async (_, values) => {
  const [page] = await openDesk();
  expect(actions(page)).not.toEqual([]);
  await page.change(values);
  expect(page.texts(".call")).toHaveLength(1);
  expect(actions(page)).toEqual([]);
  await page.change({ connected: true });
  await page.changeStates({ "binary_sensor.acme_connection": state("on") });
  expect(actions(page)).not.toEqual([]);
});

test("the buttons come and go with the option, while the board is open", async () => {
  const [page, desk] = await openDesk();
  desk.offer(roster([ALICE]));
  await page.change({ services: { ringcentral: {} } });
  desk.offer(controlled([ME]));
  await page.change({ services: { ringcentral: { dial: {} } } });
  await vi.advanceTimersByTimeAsync(2000);
  expect(actions(page)).toEqual(OWN.call_connected);
  desk.offer(roster([ALICE]));
  await page.change({ services: { ringcentral: {} } });
  await vi.advanceTimersByTimeAsync(2000);
  expect(actions(page)).toEqual([]);
});

test("the roster is read again when the server says so, until the card is removed", async () => {
  const stop = vi.fn();
  const subscribeMessage = vi.fn<HomeAssistant["connection"]["subscribeMessage"]>(() =>
    Promise.resolve(stop),
  );
  const [page, desk] = await openDesk([call()], [ME], {
    home: { connection: { subscribeMessage } },
  });
  expect(subscribeMessage).toHaveBeenCalledOnce();
  expect(subscribeMessage.mock.calls[0]?.[1]).toEqual({ type: "ringcentral/subscribe_roster" });
  desk.offer(controlled([ME], { ...CONTROL, offered: { own: {}, others: {} } }));
  subscribeMessage.mock.calls[0]?.[0]();
  await vi.advanceTimersByTimeAsync(2000);
  expect(actions(page)).toEqual([]);
  page.card.remove();
  await settle();
  expect(stop).toHaveBeenCalledOnce();
  document.body.append(page.card);
  await settle();
  expect(subscribeMessage).toHaveBeenCalledTimes(2);
});

test("a configuration that hides the buttons takes them away, and gives them back", async () => {
  const [page] = await openDesk();
  page.card.setConfig({ hide: ["controls"] });
  await settle();
  expect(page.all(".control, .actions")).toEqual([]);
  page.card.setConfig({});
  await settle();
  expect(actions(page)).toEqual(OWN.call_connected);
});

test("each button has a name of its own, which says whose call it is", async () => {
  const [page] = await openDesk([
    call(),
    { ...HELD, telephony_session_id: "s-2", from_name: "Ben" },
  ]);
  const names = page.all(".control").map((button) => button.getAttribute("aria-label"));
  expect(names).toContain("Hold: call with Ann Caller");
  expect(names).toContain("Resume: call with Ben");
  expect(new Set(names).size).toBe(names.length);
  expect(page.all(".control").map(({ title }) => title)).toContain("Connect both calls");
  expect(page.texts(".with")).toEqual(["Ann Caller", "Ben"]);
});

test("buttons for a call whose other party is not known say which kind of call it is", async () => {
  const [page] = await openDesk([call({ from: null, from_name: null })]);
  const label = (selector: string) => page.all(selector)[0]?.getAttribute("aria-label");
  expect(label("[data-action=hold]")).toBe("Hold, Incoming call");
  expect(label("[role=toolbar]")).toBe("Incoming call");
});

test("a pressed button sends one command, and the row stays until its state changes", async () => {
  const [page, desk] = await openDesk();
  const before = page.all(".row")[0]?.outerHTML;
  await desk.press("hold");
  expect(desk.sent).toEqual([
    { entry_id: "acme", extension_id: ME.extension_id, action: "hold", call: "s-1" },
  ]);
  expect(page.all(".row")[0]?.outerHTML).toBe(before);
  expect(actions(page)).toEqual(OWN.call_connected);
  expect(blocked(page)).toEqual(OWN.call_connected);
  expect(page.all("[aria-busy=true]").map(({ title }) => title)).toEqual(["Hold"]);
  await page.changeStates({ [MY_PHONE]: phone([HELD]) });
  expect(page.texts(".when")[0]).toContain("On hold");
  expect(actions(page)).toEqual(["resume", "transfer", "park", "hang_up"]);
  expect(blocked(page)).toEqual([]);
});

test("two clicks make one request, and so do clicks on two buttons", async () => {
  const [page, desk] = await openDesk();
  const [hold, hangUp] = ["hold", "hang_up"].map((name) => page.all(`[data-action=${name}]`)[0]);
  hold?.click();
  hold?.click();
  hangUp?.click();
  await settle();
  await desk.press("hang_up");
  expect(desk.sent).toHaveLength(1);
});

test("while an action is under way, no panel of its call opens, and an open one sends nothing", async () => {
  const [page, desk] = await openDesk([call()], [ME, COLLEAGUE]);
  await desk.press("transfer");
  await desk.type("bob");
  await desk.press("mute");
  page.all(".choice")[0]?.click();
  await desk.submit();
  await desk.press("cancel");
  await desk.press("transfer");
  expect(page.all(".panel")).toEqual([]);
  expect(desk.sent).toMatchObject([{ action: "mute" }]);
});

test("the second click of a double click does not press the next button", async () => {
  const [page, desk] = await openDesk();
  await desk.press("hold");
  await page.changeStates({ [MY_PHONE]: phone([HELD]) });
  page.all("[data-action=resume]")[0]?.dispatchEvent(new MouseEvent("click", { detail: 2 }));
  await settle();
  expect(desk.sent).toHaveLength(1);
});

test("a state that is there before the answer does not release the buttons before it", async () => {
  const [page, desk] = await openDesk();
  let resolve: (answer: unknown) => void = vi.fn();
  desk.answer = () =>
    new Promise((done) => {
      resolve = done;
    });
  await desk.press("hold");
  await page.changeStates({ [MY_PHONE]: phone([HELD]) });
  expect(blocked(page)).toEqual(actions(page));
  resolve({ result: "done", call: "s-1" });
  await settle();
  expect(blocked(page)).toEqual([]);
});

test("an action that changes nothing that is shown releases the buttons after six seconds", async () => {
  const [page, desk] = await openDesk();
  await desk.press("mute");
  await vi.advanceTimersByTimeAsync(5900);
  expect(blocked(page)).toHaveLength(6);
  await vi.advanceTimersByTimeAsync(200);
  expect(blocked(page)).toEqual([]);
});

test("the six seconds of one action do not release the next one", async () => {
  const [page, desk] = await openDesk();
  await desk.press("hold");
  await page.changeStates({ [MY_PHONE]: phone([HELD]) });
  await vi.advanceTimersByTimeAsync(4000);
  await desk.press("resume");
  await vi.advanceTimersByTimeAsync(4000);
  expect(blocked(page)).not.toEqual([]);
});

test("another call of the row stays usable meanwhile", async () => {
  const [page, desk] = await openDesk([call(), { ...HELD, telephony_session_id: "s-2" }]);
  await desk.press("hold");
  expect(blocked(page)).toEqual(OWN.call_connected);
  await desk.press("resume");
  expect(desk.sent).toHaveLength(2);
});

test("an error is said in the user's language for some seconds, and the roster read again", async () => {
  const [page, desk] = await openDesk();
  desk.answer = failing(ERROR);
  await desk.press("hold");
  expect(page.texts("[role=alert]")).toEqual([
    "Too many requests. Wait 7 seconds, then try again.",
  ]);
  expect(blocked(page)).toEqual([]);
  desk.offer(controlled([ME], { ...CONTROL, offered: { own: {}, others: {} } }));
  await vi.advanceTimersByTimeAsync(2000);
  expect(actions(page)).toEqual([]);
  expect(page.texts("[role=alert]")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(page.texts("[role=alert]")).toEqual([]);
});

test.each([
  ["has no text yet", { ...ERROR, translation_key: "of_tomorrow" }],
  ["is Home Assistant's own", { code: "unauthorized", message: ERROR.message }],
])("an error that %s is said in the server's words", async (_, error) => {
  const [page, desk] = await openDesk();
  desk.answer = failing(error);
  await desk.press("hold");
  expect(page.texts("[role=alert]")).toEqual([ERROR.message]);
});

test("without the texts of errors, the server's words are shown", async () => {
  const [page, desk] = await openDesk();
  const loadBackendTranslation = () => Promise.reject(new Error("not found"));
  await page.change({ loadBackendTranslation });
  desk.answer = failing(ERROR);
  await desk.press("hold");
  expect(page.texts("[role=alert]")).toEqual([ERROR.message]);
});

const UNKNOWN = "it is not known whether this was done";

test.each([
  ["RingCentral's answer was lost", failing({ ...ERROR, translation_key: "action_unknown" })],
  ["the connection was lost", failing({ code: 3, message: "Connection lost" })],
])("when %s, this stays until it is dismissed, and nothing is sent again", async (_, answer) => {
  const [page, desk] = await openDesk();
  desk.answer = answer;
  await desk.press("hold");
  await vi.advanceTimersByTimeAsync(60_000);
  await page.changeStates({ [MY_PHONE]: phone([]) });
  expect(page.texts("[role=alert]")).toEqual([expect.stringContaining(UNKNOWN)]);
  expect(desk.sent).toHaveLength(1);
  await desk.press("dismiss");
  expect(page.texts("[role=alert]")).toEqual([]);
});

test("what is not known is said once, however often it is pressed", async () => {
  const [page, desk] = await openDesk();
  for (const action of ["hold", "mute", "hold"]) {
    desk.answer = failing({ ...ERROR, translation_key: "action_unknown" });
    await desk.press(action);
  }
  expect(desk.sent).toHaveLength(3);
  expect(page.texts("[role=alert]")).toEqual([expect.stringContaining(UNKNOWN)]);
});

test("what is not known of dialing says that the phone may ring", async () => {
  const [page, desk] = await openDesk([], [COLLEAGUE]);
  desk.answer = failing({ ...ERROR, translation_key: "dial_unknown" });
  await desk.press("dial");
  await desk.submit();
  expect(page.texts("[role=alert]")).toEqual([
    expect.stringContaining("your phone may still ring"),
  ]);
});

test("to call asks first", async () => {
  const [page, desk] = await openDesk([], [COLLEAGUE]);
  await desk.press("dial");
  expect(page.texts(".panel p")).toEqual(["Call Bob Jones? Your phone rings first."]);
  await desk.press("cancel");
  expect(page.all(".panel")).toEqual([]);
  expect(desk.sent).toEqual([]);
  await desk.press("dial");
  await desk.submit();
  expect(desk.sent).toEqual([
    { entry_id: "acme", extension_id: COLLEAGUE.extension_id, action: "dial" },
  ]);
  expect(page.all(".panel")).toEqual([]);
  expect(blocked(page)).toEqual(["dial"]);
});

test("to hang up asks first for calls of others, own ones end at once", async () => {
  const states = { [BOBS_PHONE]: phone([call()]) };
  const [page, desk] = await openDesk([call()], [ME, COLLEAGUE], { states });
  await desk.press("hang_up", 0);
  expect(desk.sent).toHaveLength(1);
  await desk.press("hang_up", 1);
  expect(page.texts(".panel p")).toEqual(["Hang up this call of Bob Jones?"]);
  expect(desk.sent).toHaveLength(1);
  await desk.submit();
  expect(desk.sent[1]).toMatchObject({ extension_id: COLLEAGUE.extension_id, action: "hang_up" });
});

test("a call is transferred to a person who is found and selected", async () => {
  const elsewhere = { ...person("Bobby", "900"), entry_id: "other" };
  const park = { ...person("Bob's park", "801"), can_dial: false };
  const people = [ME, COLLEAGUE, CARL, elsewhere, park];
  const [page, desk] = await openDesk([call()], people, {
    states: { [BOBS_PHONE]: phone([call()]) },
  });
  await desk.press("transfer");
  expect(page.texts(".choice")).toEqual([]);
  await desk.type("bob");
  expect(page.texts(".choice")).toEqual(["Bob Jones 102 On a call"]);
  page.all(".choice")[0]?.click();
  await settle();
  expect(desk.sent).toEqual([
    {
      entry_id: "acme",
      extension_id: ME.extension_id,
      action: "transfer",
      call: "s-1",
      to: { extension_id: COLLEAGUE.extension_id },
    },
  ]);
  expect(page.all(".panel")).toEqual([]);
});

test.each([
  ["+1 (650) 555-0123", { number: "+1 (650) 555-0123" }],
  // One person's number contains it, which may not be meant.
  ["03", { number: "03" }],
  ["carl", { extension_id: CARL.extension_id }],
  // Two people, or no one: the server says that one must be selected.
  ["o", { number: "" }],
  ["nobody", { number: "" }],
  // It may be a number with letters, which the server explains.
  ["tel:105", { number: "tel:105" }],
  ["\u0661\u0660\u0665", { number: "\u0661\u0660\u0665" }],
])("what is typed (%s) and submitted is a number, or the only person found", async (typed, to) => {
  const [, desk] = await openDesk([call()], [ME, COLLEAGUE, CARL]);
  await desk.press("transfer");
  await desk.type(typed);
  await desk.submit();
  expect(desk.sent).toMatchObject([{ action: "transfer", to }]);
});

test("a ringing call is sent to the voicemail of the person whom it calls", async () => {
  const states = { [BOBS_PHONE]: phone([RINGING]) };
  const [, desk] = await openDesk([], [COLLEAGUE], { states });
  await desk.press("forward");
  await desk.press("voicemail");
  expect(desk.sent).toMatchObject([
    { action: "forward", to: { voicemail: COLLEAGUE.extension_id } },
  ]);
});

test("a reply is typed, or one of the texts", async () => {
  const [page, desk] = await openDesk([RINGING]);
  await desk.press("reply");
  page.all(".choice")[0]?.click();
  await settle();
  await desk.submit();
  expect(desk.sent).toMatchObject([{ action: "reply", text: "I'll call you back." }]);
});

test("a number that is rejected can be corrected", async () => {
  const [page, desk] = await openDesk();
  desk.answer = failing({ ...ERROR, translation_key: "number_letters" });
  await desk.press("transfer");
  await desk.type("12x");
  await desk.submit();
  expect(page.texts("[role=alert]")).toHaveLength(1);
  expect((page.all(".panel input")[0] as HTMLInputElement).value).toBe("12x");
  desk.answer = () => Promise.resolve({ result: "done", call: "s-1" });
  await desk.type("123");
  await desk.submit();
  expect(desk.sent).toHaveLength(2);
  expect(page.all(".panel, [role=alert]")).toEqual([]);
});

test("what is typed stays while times run and states change", async () => {
  const [page, desk] = await openDesk();
  await desk.press("transfer");
  await desk.type("12");
  const input = page.all(".panel input")[0];
  await vi.advanceTimersByTimeAsync(3000);
  await page.changeStates({ "sensor.alice_smith_presence": state("busy") });
  expect(page.all(".panel input")[0]).toBe(input);
  expect((input as HTMLInputElement).value).toBe("12");
  expect(page.root.activeElement).toBe(input);
});

test("a panel whose call is over closes, and gives the focus to the row", async () => {
  const [page, desk] = await openDesk([RINGING]);
  await desk.press("forward");
  expect(page.root.activeElement?.localName).toBe("input");
  await page.changeStates({ [MY_PHONE]: phone([call()]) });
  expect(page.all(".panel")).toEqual([]);
  expect(page.root.activeElement).toBe(page.all(".row")[0]);
});

test("two own calls can be connected, one or three can't", async () => {
  const second = { ...HELD, telephony_session_id: "s-2" };
  const [page, desk] = await openDesk([HELD]);
  expect(actions(page)).not.toContain("connect");
  await page.changeStates({ [MY_PHONE]: phone([call(), second]) });
  await desk.press("connect");
  expect(desk.sent).toMatchObject([{ action: "connect", call: "s-2", to: { call: "s-1" } }]);
  await page.changeStates({
    [MY_PHONE]: phone([call(), second, { ...HELD, telephony_session_id: "s-3" }]),
  });
  expect(page.all("[data-action=connect]")).toEqual([]);
});

test("a button never becomes that of another call or action", async () => {
  const second = { ...call(), telephony_session_id: "s-2", since: ago(10) };
  const [page] = await openDesk([call(), second]);
  const of = (index: number) => [
    ...(page.all(".controls")[index]?.querySelectorAll("button") ?? []),
  ];
  const [first, others] = [of(0), of(1)];
  await page.changeStates({ [MY_PHONE]: phone([second]) });
  expect(of(0)).toEqual(others);
  expect(first.some((button) => button.isConnected)).toBe(false);
  const hold = page.all("[data-action=hold]")[0];
  await page.changeStates({ [MY_PHONE]: phone([{ ...second, telephony_status: "on_hold" }]) });
  expect(hold?.isConnected).toBe(false);
});

test("two entries of one call have buttons each", async () => {
  const [page] = await openDesk([call(), call()]);
  expect(page.all(".controls")).toHaveLength(2);
});

test("arrow keys move between the buttons of a call, which are one tab stop", async () => {
  const [page] = await openDesk();
  const stops = () => page.all(".control[tabindex='0']").map(({ dataset }) => dataset.action);
  expect(stops()).toEqual(["hold"]);
  page.all("[data-action=hold]")[0]?.focus();
  expect(key(page, "ArrowRight").defaultPrevented).toBe(true);
  expect(focusedAction(page)).toBe("mute");
  expect(stops()).toEqual(["mute"]);
  key(page, "End");
  expect(focusedAction(page)).toBe("hang_up");
  key(page, "ArrowRight");
  expect(focusedAction(page)).toBe("hang_up");
  key(page, "Home");
  expect(focusedAction(page)).toBe("hold");
  expect(key(page, "ArrowDown").defaultPrevented).toBe(false);
  expect(key(page, "ArrowRight", { altKey: true }).defaultPrevented).toBe(false);
  expect(focusedAction(page)).toBe("hold");
});

test("arrow keys still move between rows", async () => {
  const [page] = await openDesk([call()], [ME, COLLEAGUE]);
  page.all(".row")[0]?.focus();
  key(page, "ArrowDown");
  expect(page.root.activeElement).toBe(page.all(".row")[1]);
});

test("Escape closes a panel, and the focus returns to its button", async () => {
  const [page, desk] = await openDesk();
  const closed = vi.fn();
  document.body.addEventListener("keydown", closed);
  page.all("[data-action=transfer]")[0]?.focus();
  await desk.press("transfer");
  expect(page.root.activeElement?.localName).toBe("input");
  key(page, "Escape");
  expect(page.all(".panel")).toEqual([]);
  expect(focusedAction(page)).toBe("transfer");
  expect(closed).not.toHaveBeenCalled();
  key(page, "Escape");
  expect(closed).toHaveBeenCalledOnce();
  document.body.removeEventListener("keydown", closed);
});

test("a key that is held down does not confirm what it has opened", async () => {
  const [page, desk] = await openDesk([], [COLLEAGUE]);
  await desk.press("dial");
  expect(key(page, "Enter", { repeat: true }).defaultPrevented).toBe(true);
  expect(key(page, "Enter").defaultPrevented).toBe(false);
});

test("a focused button that goes gives the focus to its row", async () => {
  const [page, desk] = await openDesk([call()], [ME, COLLEAGUE]);
  page.all("[data-action=hold]")[0]?.focus();
  await desk.press("hold");
  expect(focusedAction(page)).toBe("hold");
  await page.changeStates({ [MY_PHONE]: phone([HELD]) });
  expect(page.root.activeElement).toBe(page.all(".row")[0]);
});

test("a focused button of an outage gives the focus to its row", async () => {
  const [page] = await openDesk();
  page.all("[data-action=hold]")[0]?.focus();
  await page.change({ connected: false });
  expect(page.root.activeElement).toBe(page.all(".row")[0]);
});

test("a row that moves keeps the focus in its buttons, and the open panel", async () => {
  const states = { [BOBS_PHONE]: phone([]) };
  const [page, desk] = await openDesk([], [ME, COLLEAGUE, CARL], {
    states,
    config: { calls_first: true },
  });
  await page.changeStates({ "sensor.carl_long_telephony_status": phone([call()]) });
  await desk.press("transfer");
  await desk.type("12");
  const input = page.root.activeElement;
  await page.changeStates({ [MY_PHONE]: phone([call()]), [BOBS_PHONE]: phone([call()]) });
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones", "Carl Long"]);
  await page.changeStates({ [MY_PHONE]: phone([]), [BOBS_PHONE]: phone([]) });
  expect(page.texts(".name")[0]).toBe("Carl Long");
  expect(page.root.activeElement).toBe(input);
  expect((input as HTMLInputElement).value).toBe("12");
});

test("a click on a button does not open the details of the row", async () => {
  const [page, desk] = await openDesk();
  const opened = vi.fn();
  page.card.addEventListener("hass-more-info", opened);
  await desk.press("hold");
  expect(opened).not.toHaveBeenCalled();
});

test("another language names the buttons again", async () => {
  const [page] = await openDesk();
  const localize = (name: string) => name.split(".").at(-1) ?? "";
  await page.change({ language: "de", localize });
  expect(page.all(".control")[0]?.title).toBe("board_control_hold");
});

test("times that run do not render the buttons again", async () => {
  const [page] = await openDesk();
  const changed = vi.fn();
  const observer = new MutationObserver(changed);
  const actionsElement = page.all(".actions")[0];
  if (!actionsElement) throw new Error("The row has no buttons");
  observer.observe(actionsElement, { subtree: true, childList: true, attributes: true });
  await vi.advanceTimersByTimeAsync(3000);
  observer.disconnect();
  expect(page.texts("time")).toEqual(["1:08"]);
  expect(changed).not.toHaveBeenCalled();
});
