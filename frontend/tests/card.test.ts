import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { HomeAssistant } from "../src/home-assistant";
import type { Person } from "../src/roster";
import { RowList } from "../src/row-list";
import { Texts } from "../src/texts";
import { SwitchboardCard } from "../src/card";
import {
  ACME,
  ago,
  ALICE,
  BOB,
  call,
  idleStates,
  NOW,
  person,
  phone,
  roster,
  state,
} from "./fake-home";
import { open, Page } from "./page";

const ALICE_PHONE = "sensor.alice_smith_telephony_status";
const ALICE_PRESENCE = "sensor.alice_smith_presence";
const BOB_PHONE = "sensor.bob_jones_telephony_status";
const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

test("idle people have name, number and presence", async () => {
  const page = await open();
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones"]);
  expect(page.texts(".number")).toEqual(["101", "102"]);
  expect(page.texts(".presence")).toEqual(["Available", "Available"]);
  expect(page.texts(".call")).toEqual([]);
});

test("states of a large board that change in quick succession are shown together", async () => {
  const people = Array.from({ length: 1000 }, (_, index) => person(`Person ${index}`, `${index}`));
  const page = await open(roster(people));
  await vi.runOnlyPendingTimersAsync();
  const counts = () => page.texts(".chip b")[0];
  const ring = (index: number) =>
    page.changeStates({
      [people[index]?.entities.telephony_status ?? ""]: phone([
        call({ telephony_status: "ringing" }),
      ]),
    });

  await ring(0);
  expect(counts()).toBe("1");
  await ring(1);
  await ring(2);
  expect(counts()).toBe("1");
  await vi.advanceTimersByTimeAsync(200);
  expect(counts()).toBe("3");
});

test("two calls are two lines, the ringing one first", async () => {
  const page = await open(roster([ALICE]), {
    [ALICE_PHONE]: phone([
      call({ telephony_session_id: "1", telephony_status: "on_hold" }),
      call({
        telephony_session_id: "2",
        telephony_status: "ringing",
        from_name: null,
        since: ago(4),
      }),
    ]),
  });
  expect(page.texts(".call")).toEqual(["+16505550123 Ringing 0:04", "Ann Caller On hold 1:05"]);
  expect(page.all(".row")[0]?.dataset.state).toBe("ringing");
});

test("dialing and ringing differ in word, icon and color", async () => {
  const page = await open(roster([ALICE, BOB]), {
    [ALICE_PHONE]: phone([call({ telephony_status: "ringing" })]),
    [BOB_PHONE]: phone([
      call({ telephony_status: "ringing", direction: "outbound", to_name: "Carl" }),
    ]),
  });
  expect(page.texts(".call")).toEqual(["Ann Caller Ringing 1:05", "Carl Dialing 1:05"]);
  expect(page.all(".row").map(({ dataset }) => dataset.state)).toEqual(["ringing", "dialing"]);
  const icons = page.all(".disc path").map((path) => path.getAttribute("d"));
  expect(new Set(icons).size).toBe(2);
});

test("each state of a call has an icon and a word of its own", async () => {
  const statuses = ["ringing", "call_connected", "on_hold", "parked_call"];
  const page = await open(roster([ALICE]));
  const seen = new Set<string>();
  for (const telephony_status of statuses) {
    await page.changeStates({ [ALICE_PHONE]: phone([call({ telephony_status })]) });
    seen.add(page.all(".disc path")[0]?.getAttribute("d") ?? "");
    seen.add(page.texts(".call")[0] ?? "");
  }
  expect(seen.size).toBe(2 * statuses.length);
});

test("times run without an event, by the server's clock", async () => {
  vi.setSystemTime(NOW + HOUR_MS);
  const page = await open(roster([ALICE]), { [ALICE_PHONE]: phone([call()]) });
  expect(page.texts("time")).toEqual(["1:05"]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(page.texts("time")).toEqual(["1:08"]);
});

test("a clock that is set asks for the server's time again", async () => {
  const page = await open(roster([ALICE]), { [ALICE_PHONE]: phone([call()]) });
  await vi.advanceTimersByTimeAsync(5000);
  vi.setSystemTime(NOW - HOUR_MS);
  page.answer(roster([ALICE], { server_time: new Date(NOW + 6000).toISOString() }));
  await vi.advanceTimersByTimeAsync(1001);
  expect(page.callWS).toHaveBeenCalledTimes(2);
  expect(page.texts("time")).toEqual(["1:11"]);
});

test("a call whose time is not known has none", async () => {
  const page = await open(roster([ALICE]), { [ALICE_PHONE]: phone([call({ since: null })]) });
  expect(page.texts(".call")).toEqual(["Ann Caller On a call"]);
});

test("queue calls and calls on behalf of others say so", async () => {
  const page = await open(roster([ALICE, BOB]), {
    [ALICE_PHONE]: phone([
      call({
        queue_call: true,
        call_info: { primary: { type: "queue_name", value: "Support" } },
        on_behalf_of: BOB.extension_id,
      }),
    ]),
    [BOB_PHONE]: phone([call({ queue_call: true, on_behalf_of: "elsewhere" })]),
  });
  expect(page.texts(".detail")).toEqual([
    "Support",
    "On behalf of Bob Jones",
    "Queue call",
    "On behalf of another person",
  ]);
  expect(page.sentences()[1]).toBe(
    "Bob Jones, 102. On a call with Ann Caller for 1 minute. Queue call. On behalf of another person. Available",
  );
});

test("do not disturb, meeting and message are seen", async () => {
  const page = await open(roster([ALICE, BOB]), {
    "sensor.alice_smith_dnd": state("do_not_accept_any_calls"),
    "sensor.bob_jones_dnd": state("take_department_calls_only"),
    "sensor.bob_jones_presence": state("busy", {
      meeting_status: "connected",
      message: "Until noon",
    }),
  });
  expect(page.texts(".presence")).toEqual(["Do not disturb", "Meeting"]);
  expect(page.texts(".note")).toEqual(["Only queue calls ring · Until noon"]);
});

test("a message stays during a call, the department makes room", async () => {
  const carl = person("Carl", "7", { department: "Sales" });
  const presence = state("busy", { message: "Until noon" });
  const page = await open(roster([carl]), { "sensor.carl_presence": presence });
  expect(page.texts(".note")).toEqual(["Until noon · Sales"]);
  await page.changeStates({ "sensor.carl_telephony_status": phone([call()]) });
  expect(page.texts(".note")).toEqual(["Until noon"]);
});

test("a caller who is hidden by the privacy level is an incoming call", async () => {
  const page = await open(roster([ALICE]), {
    [ALICE_PHONE]: phone([call({ from: null, from_name: null })]),
  });
  expect(page.texts(".party")).toEqual(["Incoming call"]);
});

test.each([" \t", "\u200b\u2060", "\u3164\u115f", "\u2800"])(
  "a caller whose name shows nothing (%j) has a number",
  async (name) => {
    const calls = phone([call({ from_name: name })]);
    const page = await open(roster([ALICE]), { [ALICE_PHONE]: calls });
    expect(page.texts(".party")).toEqual(["+16505550123"]);
  },
);

test("a screen reader gets a sentence, with the duration of the call", async () => {
  const page = await open(roster([ALICE]), {
    [ALICE_PHONE]: phone([call({ since: ago(170) })]),
    [ALICE_PRESENCE]: state("busy"),
  });
  expect(page.sentences()).toEqual([
    "Alice Smith, 101. On a call with Ann Caller for 2 minutes. Busy",
  ]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(page.sentences()).toEqual([
    "Alice Smith, 101. On a call with Ann Caller for 3 minutes. Busy",
  ]);
});

test("a call that begins to ring is announced once", async () => {
  const page = await open();
  expect(page.texts("[aria-live]")).toEqual([""]);
  const ringing = call({ telephony_status: "ringing", since: ago(0) });
  await page.changeStates({ [BOB_PHONE]: phone([ringing]) });
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ann Caller"]);
  await page.changeStates({ [ALICE_PHONE]: phone([call()]) });
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ann Caller"]);
});

test("a second call of the same caller is announced, too", async () => {
  const page = await open();
  const ringing = (id: string) =>
    phone([call({ telephony_session_id: id, telephony_status: "ringing" })]);
  await page.changeStates({ [BOB_PHONE]: ringing("s-1") });
  const first = page.all("[aria-live]")[0]?.lastChild;
  await page.changeStates({ [BOB_PHONE]: phone([]) });
  expect(page.all("[aria-live]")[0]?.lastChild).toBe(first);
  await page.changeStates({ [BOB_PHONE]: ringing("s-2") });
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ann Caller"]);
  expect(page.all("[aria-live]")[0]?.lastChild).not.toBe(first);
});

test("a call that goes on ringing is not announced again", async () => {
  const page = await open();
  const ringing = (name: string) => phone([call({ telephony_status: "ringing", from_name: name })]);
  await page.changeStates({ [ALICE_PHONE]: ringing("Ann") });
  await page.changeStates({ [BOB_PHONE]: ringing("Ben") });
  await page.changeStates({ [ALICE_PRESENCE]: state("busy") });
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ben"]);
});

test("a call that begins to ring as a new roster arrives is announced, one before it is not", async () => {
  const ringing = (id: string) =>
    phone([call({ telephony_session_id: id, telephony_status: "ringing" })]);
  const page = await open(roster([ALICE, BOB]), {
    [ALICE_PHONE]: ringing("s-1"),
    "sensor.reception": ringing("s-2"),
  });
  const entities = { ...BOB.entities, telephony_status: "sensor.reception" };
  page.answer(roster([person("Carl", "100"), ALICE, { ...BOB, entities }]));
  await page.change({ devices: {} });
  await vi.advanceTimersByTimeAsync(2000);
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ann Caller"]);
});

test("a call at somebody who is new to the board is announced", async () => {
  const page = await open(roster([ALICE]), {
    [BOB_PHONE]: phone([call({ telephony_status: "ringing" })]),
  });
  page.answer(roster([ALICE, BOB]));
  await page.change({ devices: {} });
  await vi.advanceTimersByTimeAsync(2000);
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ann Caller"]);
});

test("a call that rings when the board opens is not announced", async () => {
  const page = await open(roster([ALICE]), {
    [ALICE_PHONE]: phone([call({ telephony_status: "ringing" })]),
  });
  expect(page.texts("[aria-live]")).toEqual([""]);
});

test("a call that began to ring during an outage is announced at its end", async () => {
  const page = await open();
  await page.changeStates({ "binary_sensor.acme_connection": state("off") });
  await page.changeStates({ [BOB_PHONE]: phone([call({ telephony_status: "ringing" })]) });
  expect(page.texts("[aria-live]")).toEqual([""]);
  await page.changeStates({ "binary_sensor.acme_connection": state("on") });
  expect(page.texts("[aria-live]")).toEqual(["Bob Jones: Ringing: call from Ann Caller"]);
});

test("a foreign state renders nothing, a changed one its row", async () => {
  const page = await open();
  const rows = page.all(".row");
  const observed: Node[] = [];
  const observer = new MutationObserver((records) => {
    observed.push(...records.map(({ target }) => target));
  });
  observer.observe(page.root, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
  await page.changeStates({ "light.kitchen": state("on") });
  expect(observed).toEqual([]);
  await page.changeStates({ [BOB_PHONE]: phone([call()]) });
  observer.disconnect();
  expect(observed.some((node) => rows[1]?.contains(node))).toBe(true);
  expect(observed.some((node) => rows[0]?.contains(node))).toBe(false);
  expect(page.all(".row")).toEqual(rows);
});

function people(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => person(`Person ${index}`, `${index}`));
}

test("rows that need no rendering cost no rendering, however many there are", async () => {
  const page = await open(roster(people(100)));
  await vi.advanceTimersByTimeAsync(100);
  const rendered = vi.spyOn(Texts.prototype, "describeRow");
  await page.changeStates({ "sensor.person_90_telephony_status": phone([call()]) });
  expect(rendered).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(3000);
  expect(rendered).toHaveBeenCalledTimes(4);
});

test("the first rows of a large board are there before the others are made", async () => {
  const rendered = vi.spyOn(Texts.prototype, "describeRow");
  const page = await open(roster(people(100)));
  expect(page.all(".row")).toHaveLength(60);
  await vi.advanceTimersByTimeAsync(100);
  expect(page.texts(".name")).toEqual(people(100).map(({ name }) => name));
  expect(rendered).toHaveBeenCalledTimes(100);
});

test("a change of a state that the board does not show costs one comparison of each row", async () => {
  const page = await open(roster(people(100)));
  await vi.advanceTimersByTimeAsync(100);
  const reads = new Map<unknown, number>();
  const states = new Proxy<HomeAssistant["states"]>(
    { ...page.hass.states, "light.kitchen": state("on") },
    {
      get(target, key: string) {
        reads.set(key, (reads.get(key) ?? 0) + 1);
        return target[key];
      },
    },
  );
  const shown = vi.spyOn(RowList.prototype, "show");
  await page.change({ states });
  // Three of each person, and two of the account.
  expect(reads.size).toBe(302);
  expect(Math.max(...reads.values())).toBe(1);
  expect(shown).not.toHaveBeenCalled();
});

test("chips count, and filter the rows", async () => {
  const page = await open(roster([ALICE, BOB]), { [BOB_PHONE]: phone([call()]) });
  expect(page.texts(".chip")).toEqual(["Ringing 0", "On the phone 1", "On hold 0", "Free 1"]);
  page.all(".chip")[1]?.click();
  await page.change();
  expect(page.texts(".name")).toEqual(["Bob Jones"]);
  expect(page.all(".chip").map((chip) => chip.getAttribute("aria-pressed"))).toEqual([
    "false",
    "true",
    "false",
    "false",
  ]);
  page.all(".chip")[1]?.click();
  await page.change();
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones"]);
});

const SUPPORT = "dev-support";
const MEMBER = person("Alice Smith", "101", { groups: [SUPPORT] });
const SUPPORT_STATES = {
  "sensor.support_people_free": state("2"),
  "sensor.support_missed": state("4"),
};

test("selected groups show what their sensors count, as it changes", async () => {
  const page = await open(roster([MEMBER, BOB]), SUPPORT_STATES, { groups: [SUPPORT] });
  expect(page.texts(".name")).toEqual(["Alice Smith"]);
  expect(page.texts(".group > *")).toEqual(["Support", "Free 2", "Missed calls today 4"]);
  const row = page.all(".row")[0];
  await page.changeStates({ "sensor.support_people_free": state("1") });
  expect(page.texts(".group > *")).toEqual(["Support", "Free 1", "Missed calls today 4"]);
  expect(page.all(".row")[0]).toBe(row);
});

test.each([{}, { groups: ["lines"] }, { groups: [SUPPORT], hide: ["counts"] }])(
  "a group that is not selected, or whose counts are hidden, has no line: %o",
  async (config) => {
    const member = { ...MEMBER, groups: ["lines", SUPPORT] };
    const page = await open(roster([member]), SUPPORT_STATES, config);
    expect(page.texts(".name")).toEqual(["Alice Smith"]);
    expect(page.texts(".group")).toEqual([]);
  },
);

test("a group shows no number that is not current", async () => {
  const page = await open(
    roster([MEMBER]),
    { ...SUPPORT_STATES, "sensor.support_people_free": state("unavailable") },
    { people: [SUPPORT] },
  );
  expect(page.texts(".group > *")).toEqual(["Support", "Free –", "Missed calls today 4"]);
  await page.change({ connected: false });
  expect(page.texts(".group > *")).toEqual(["Support", "Free –", "Missed calls today –"]);
  await page.change({ connected: true });
  expect(page.texts(".group > *")).toEqual(["Support", "Free –", "Missed calls today 4"]);
});

test("a filter without matches says so, and can be ended", async () => {
  const page = await open();
  page.all(".chip")[0]?.click();
  await page.change();
  expect(page.texts(".empty")).toEqual(["No extension matches. Show all"]);
  page.all(".empty button")[0]?.click();
  await page.change();
  expect(page.texts(".name")).toHaveLength(2);
});

test("what a new configuration hides does not filter the rows any more", async () => {
  const page = await open();
  page.all(".chip")[0]?.click();
  await page.change();
  expect(page.texts(".name")).toEqual([]);
  page.card.setConfig({ type: "custom:ringcentral-switchboard", hide: ["counts"] });
  await page.change();
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones"]);
});

test("only larger boards have a search", async () => {
  const many = Array.from({ length: 30 }, (_, index) => person(`Person ${index}`, `2${index}`));
  expect((await open()).all(".search")).toHaveLength(0);
  expect((await open(roster(many), {}, { hide: ["search"] })).all(".search")).toHaveLength(0);
  const page = await open(roster(many));
  const search = page.all(".search")[0] as HTMLInputElement;
  search.value = "person 17";
  search.dispatchEvent(new Event("input"));
  await page.change();
  expect(page.texts(".name")).toEqual(["Person 17"]);
});

test("rows keep their place, or those on calls come first", async () => {
  const calls = { [BOB_PHONE]: phone([call()]) };
  expect((await open(roster([ALICE, BOB]), calls)).texts(".name")[0]).toBe("Alice Smith");
  const page = await open(roster([ALICE, BOB]), calls, { calls_first: true });
  expect(page.texts(".name")).toEqual(["Bob Jones", "Alice Smith"]);
  await page.changeStates({ [BOB_PHONE]: phone([]) });
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones"]);
});

test.each([BOB_PHONE, ALICE_PHONE])(
  "the focus stays while %s moves a row to the front and back",
  async (phoneId) => {
    const carl = person("Carl", "103");
    const dora = person("Dora", "104");
    const page = await open(roster([ALICE, BOB, carl, dora]), {}, { calls_first: true });
    const focused = page.all(".row")[2];
    focused?.focus();
    await page.changeStates({ "sensor.dora_telephony_status": phone([call()]) });
    await page.changeStates({ [phoneId]: phone([call()]) });
    await page.changeStates({ "sensor.dora_telephony_status": phone([]) });
    await page.changeStates({ [phoneId]: phone([]) });
    expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones", "Carl", "Dora"]);
    expect(page.root.activeElement).toBe(focused);
  },
);

test("rows that go away leave the others where they are", async () => {
  const page = await open(roster([ALICE, BOB]), { [ALICE_PHONE]: phone([call()]) });
  page.all(".chip")[3]?.click();
  await page.change();
  const bob = page.all(".row")[0];
  expect(page.texts(".name")).toEqual(["Bob Jones"]);
  page.all(".chip")[3]?.click();
  await page.change();
  expect(page.texts(".name")).toEqual(["Alice Smith", "Bob Jones"]);
  expect(page.all(".row")[1]).toBe(bob);
});

test("the focus goes from a row that goes away to the next one", async () => {
  const page = await open(roster([ALICE, BOB, person("Carl", "103")]));
  page.all(".chip")[3]?.click();
  await page.change();
  page.all(".row")[1]?.focus();
  await page.changeStates({ [BOB_PHONE]: phone([call()]) });
  expect(page.texts(".name")).toEqual(["Alice Smith", "Carl"]);
  expect(page.root.activeElement).toBe(page.all(".row")[1]);
  await page.changeStates({ "sensor.carl_telephony_status": phone([call()]) });
  expect(page.root.activeElement).toBe(page.all(".row")[0]);
});

test("a row that moves keeps the focus", async () => {
  const carl = person("Carl", "103");
  const page = await open(roster([ALICE, BOB, carl]), {}, { calls_first: true });
  const row = page.all(".row")[2];
  row?.focus();
  // Unlike a browser, the document of the tests leaves the focus where it is.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { insertBefore } = Node.prototype;
  vi.spyOn(Node.prototype, "insertBefore").mockImplementation(function (this: Node, node, place) {
    if (node.contains(row ?? null)) row?.blur();
    return insertBefore.call(this, node, place);
  });
  await page.changeStates({ "sensor.carl_telephony_status": phone([call()]) });
  expect(page.all(".row")[0]).toBe(row);
  expect(page.root.activeElement).toBe(row);
});

test("a row opens the details of its entity", async () => {
  const page = await open();
  const opened = vi.fn();
  document.body.addEventListener("hass-more-info", (event) => {
    opened((event as CustomEvent).detail);
  });
  page.all(".row .name")[1]?.click();
  expect(opened).toHaveBeenCalledExactlyOnceWith({ entityId: BOB_PHONE });
});

test("keys move the focus between rows", async () => {
  const page = await open();
  const [first, second] = page.all(".row");
  first?.focus();
  const key = (name: string) =>
    page.root.activeElement?.dispatchEvent(
      new KeyboardEvent("keydown", { key: name, bubbles: true }),
    );
  key("ArrowDown");
  expect(page.root.activeElement).toBe(second);
  key("Home");
  expect(page.root.activeElement).toBe(first);
});

test("keys of the browser do not move the focus", async () => {
  const page = await open();
  page.all(".row")[1]?.focus();
  const event = new KeyboardEvent("keydown", {
    key: "ArrowLeft",
    altKey: true,
    bubbles: true,
    cancelable: true,
  });
  page.root.activeElement?.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(false);
  expect(page.root.activeElement).toBe(page.all(".row")[1]);
});

test("the lost page says since when; rows lose color, keep content, and stand still", async () => {
  const page = await open(roster([ALICE]), { [ALICE_PHONE]: phone([call()]) });
  await page.change({ connected: false });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(page.texts(".outage")).toEqual([
    "No connection to Home Assistant since Nov 29, 2026, 10:00. " +
      "The board shows the last known state.",
  ]);
  expect(page.all(".row")[0]?.dataset.state).toBe("");
  expect(page.texts(".call")).toEqual(["Ann Caller On a call 1:05"]);
  expect(page.texts(".chip b")).toEqual(["–", "–", "–", "–"]);
  await page.change({ connected: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(page.texts(".outage")).toEqual([]);
  expect(page.all(".row")[0]?.dataset.state).toBe("call_connected");
  expect(page.callWS).toHaveBeenCalledTimes(2);
});

test("an account that is down says why", async () => {
  const page = await open();
  await page.changeStates({
    "binary_sensor.acme_connection": state("off"),
    "sensor.acme_link": state("down", { reason: "cannot_connect" }),
  });
  expect(page.texts(".outage")).toEqual([
    "Acme: no updates since Nov 29, 2026, 09:59. The board shows the last known state. " +
      "Server not reachable.",
  ]);
});

test("a row that is not current without an outage says so", async () => {
  const page = await open(roster([ALICE]), { [ALICE_PHONE]: phone([call()]) });
  const unavailable = state("unavailable", {}, ago(-10));
  await page.changeStates({
    [ALICE_PHONE]: unavailable,
    [ALICE_PRESENCE]: unavailable,
    "sensor.alice_smith_dnd": unavailable,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(page.texts(".note")).toEqual(["Last known"]);
  expect(page.texts(".call")).toEqual(["Ann Caller On a call 1:15"]);
});

test("the roster is requested once, and again when devices or entities change", async () => {
  const page = await open();
  await page.changeStates({ [BOB_PHONE]: phone([call()]) });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(page.callWS).toHaveBeenCalledExactlyOnceWith({ type: "ringcentral/roster" });
  page.answer(roster([{ ...ALICE, name: "Alice Jones" }]));
  await page.change({ devices: {} });
  expect(page.callWS).toHaveBeenCalledTimes(2);
  expect(page.texts(".name")).toEqual(["Alice Jones"]);
});

test("many changes of the registry are one request", async () => {
  const page = await open();
  for (let i = 0; i < 50; i++) await page.change({ entities: {} });
  await vi.advanceTimersByTimeAsync(2000);
  expect(page.callWS).toHaveBeenCalledTimes(2);
});

test("an integration that does not answer yet is asked again", async () => {
  const page = await open(new Error("unknown command"));
  expect(page.texts(".empty")).toEqual(["The RingCentral integration does not answer yet."]);
  page.answer(roster([ALICE]));
  await page.changeStates(idleStates([ALICE]));
  await vi.advanceTimersByTimeAsync(5000);
  expect(page.texts(".name")).toEqual(["Alice Smith"]);
});

test("an account that is loaded later has no outage at once, then all of its people", async () => {
  const page = await open(roster([ALICE], { accounts: [{ ...ACME, is_loaded: false }] }), {
    "binary_sensor.acme_connection": state("unavailable"),
  });
  expect(page.texts(".outage")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(4000);
  page.answer(roster([{ ...ALICE, department: "Sales" }]));
  await page.changeStates({ "binary_sensor.acme_connection": state("on") });
  expect(page.texts(".outage")).toEqual([]);
  expect(page.texts(".note")).toEqual(["Sales"]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(page.callWS).toHaveBeenCalledTimes(2);
});

test("an account whose connection may not be read is asked for until it is loaded", async () => {
  const account = { ...ACME, is_loaded: false, entities: {} };
  const page = await open(roster([ALICE], { accounts: [account] }));
  expect(page.texts(".outage")).toEqual([
    "Acme is not connected. The board shows the last known state.",
  ]);
  page.answer(roster([ALICE], { accounts: [{ ...account, is_loaded: true }] }));
  await vi.advanceTimersByTimeAsync(5000);
  expect(page.texts(".outage")).toEqual([]);
});

test("a card that was removed asks and ticks no more", async () => {
  const page = await open(new Error("unknown command"));
  page.card.remove();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(page.callWS).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer after the card was removed is not followed by a request", async () => {
  const page = new Page(roster([]), {});
  let reject: (error: Error) => void = vi.fn();
  page.callWS.mockImplementation(
    () =>
      new Promise((_, fail) => {
        reject = fail;
      }),
  );
  await page.change();
  page.card.remove();
  reject(new Error("connection lost"));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(page.callWS).toHaveBeenCalledTimes(1);
});

test("an account that is deleted while the board is open leaves no rows", async () => {
  const page = await open();
  page.answer(roster([], { accounts: [] }));
  await page.change({ devices: {}, entities: {}, states: {} });
  await vi.advanceTimersByTimeAsync(2000);
  expect(page.texts(".empty")).toEqual(["No extensions to show."]);
});

test("a card whose people are all gone says so", async () => {
  const page = await open(roster([ALICE]), {}, { people: ["gone"] });
  expect(page.texts(".empty")).toEqual(["None of the people selected for this card can be shown."]);
});

test("a user who may not read anything learns whom to ask", async () => {
  const page = await open(roster([], { is_restricted: true }));
  expect(page.texts(".empty")[0]).toContain("Ask an administrator");
});

test.each([
  "N".repeat(80),
  "<img src=x onerror=alert(1)>",
  '👩‍💻 Zoë & "Bob" {count} ${1}',
  "‮עברית",
])("a name is text, whatever is in it: %s", async (name) => {
  const page = await open(roster([{ ...ALICE, name }]), {
    [ALICE_PHONE]: phone([call({ from_name: name, on_behalf_of: ALICE.extension_id })]),
  });
  expect(page.all(".name")[0]?.textContent).toBe(name);
  expect(page.all(".party")[0]?.textContent).toBe(name);
  expect(page.all("img")).toEqual([]);
  expect(page.sentences()[0]).toContain(name);
});

test.each([25, 7])("of 25 calls, %d of them listed, six are lines and read", async (length) => {
  const calls = Array.from({ length }, (_, index) => call({ telephony_session_id: `s-${index}` }));
  const { attributes, ...rest } = phone(calls);
  const page = await open(roster([ALICE]), {
    [ALICE_PHONE]: { ...rest, attributes: { ...attributes, total_active_calls: 25 } },
  });
  expect(page.texts(".call")).toHaveLength(6);
  expect(page.texts(".note")).toEqual(["More calls: 19"]);
  expect(page.sentences()[0]?.split("On a call")).toHaveLength(7);
  expect(page.sentences()[0]).toContain("More calls: 19");
});

test("a total that still counts an ended call adds none", async () => {
  const { attributes, ...rest } = phone([call()]);
  const page = await open(roster([ALICE]), {
    [ALICE_PHONE]: { ...rest, attributes: { ...attributes, total_active_calls: 2 } },
  });
  expect(page.texts(".note")).toEqual([]);
});

test("renamed entities are found by the next roster", async () => {
  const page = await open(roster([ALICE]));
  const entities = { ...ALICE.entities, telephony_status: "sensor.reception" };
  page.answer(roster([{ ...ALICE, entities }], { server_time: ago(-2) }));
  await page.change({
    entities: {},
    states: { ...idleStates([ALICE]), "sensor.reception": phone([call()]) },
  });
  await vi.advanceTimersByTimeAsync(2000);
  expect(page.texts(".call")).toEqual(["Ann Caller On a call 1:07"]);
});

test("a park location has calls and no presence", async () => {
  const park = person("Park 1", "801", {
    entities: { telephony_status: "sensor.park_1_telephony_status" },
  });
  const page = await open(roster([park]), {
    "sensor.park_1_telephony_status": phone([call({ telephony_status: "parked_call" })]),
  });
  expect(page.texts(".presence")).toEqual([]);
  expect(page.texts(".call")).toEqual(["Ann Caller Parked 1:05"]);
});

test("another language renders all texts again", async () => {
  const page = await open();
  await page.change({ language: "de", localize: (key) => key.split(".").at(-1) ?? "" });
  expect(page.texts(".presence")).toEqual(["available", "available"]);
});

test("two cards of one page stand beside each other", async () => {
  const first = await open(roster([ALICE, BOB]), {}, { people: [ALICE.device_id] });
  const second = await open(roster([ALICE, BOB]), {}, { people: [BOB.device_id], title: "Sales" });
  expect(first.texts(".name")).toEqual(["Alice Smith"]);
  expect(second.texts(".name")).toEqual(["Bob Jones"]);
  expect((second.all("ha-card")[0] as { header?: string }).header).toBe("Sales");
});

test("counts, numbers and messages can be hidden", async () => {
  const page = await open(
    roster([ALICE]),
    { [ALICE_PRESENCE]: state("busy", { message: "Until noon" }) },
    { hide: ["counts", "numbers", "messages"] },
  );
  expect(page.all(".chip, .number, .note")).toEqual([]);
});

test.each(["accounts", "groups", "people", "hide"])("%s must be a list", (name) => {
  const card = new SwitchboardCard();
  expect(() => {
    card.setConfig({ [name]: "all" });
  }).toThrow(name);
});
