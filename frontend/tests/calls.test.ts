import { expect, test } from "vitest";

import { callLines } from "../src/calls";
import { ago, call, NOW, phone, state } from "./fake-home";

const one = (values: Record<string, unknown>) => callLines(phone([call(values)]))[0];

test("no calls without a state", () => {
  expect(callLines(undefined)).toEqual([]);
});

test.each([null, "text", 5, { length: 1 }, [null, "text", 7]])(
  "calls of another kind are ignored: %j",
  (calls) => {
    expect(callLines(state("no_call", { active_calls: calls }))).toEqual([]);
  },
);

test("an incoming call shows the caller", () => {
  expect(one({})).toMatchObject({
    status: "call_connected",
    isOutgoing: false,
    party: "Ann Caller",
    since: NOW - 65_000,
  });
});

test("an outgoing call shows the called party", () => {
  const line = one({ direction: "outbound", to_name: null, to: "+16505550199" });
  expect(line).toMatchObject({ isOutgoing: true, party: "+16505550199" });
});

test("ringing is dialing for the calling extension", () => {
  expect(one({ telephony_status: "ringing" })?.status).toBe("ringing");
  expect(one({ telephony_status: "ringing", direction: "outbound" })?.status).toBe("dialing");
});

test("names and numbers that are not shown leave no party", () => {
  expect(one({ from: null, from_name: "" })?.party).toBeNull();
});

test("the time since the call's beginning does not stand for an unknown one", () => {
  expect(one({ since: null })?.since).toBeNull();
  expect(one({ since: "yesterday" })?.since).toBeNull();
});

test("the ringing call comes first, then the oldest", () => {
  const calls = [
    call({ telephony_session_id: "held", telephony_status: "on_hold" }),
    call({ telephony_session_id: "new", since: ago(5) }),
    call({ telephony_session_id: "unknown time", since: null }),
    call({ telephony_session_id: "old", since: ago(500) }),
    call({ telephony_session_id: "ringing", telephony_status: "ringing" }),
  ];
  expect(callLines(phone(calls)).map(({ id }) => id)).toEqual([
    "ringing",
    "old",
    "new",
    "unknown time",
    "held",
  ]);
});

test("a call that has ended is no line", () => {
  expect(callLines(phone([call({ telephony_status: "no_call" })]))).toEqual([]);
});

test("a status of a later version is a call all the same", () => {
  expect(one({ telephony_status: null })?.status).toBe("unknown");
});

test("a busy phone without calls to see is one line", () => {
  expect(callLines(phone([], "call_connected"))).toMatchObject([
    { status: "call_connected", party: null, since: null },
  ]);
  expect(callLines(phone([], "unknown"))).toEqual([]);
});

test("a queue call has the name of the queue", () => {
  const call_info = {
    primary: { type: "caller_id_name", value: "Ann" },
    additional: { type: "queue_name", value: "Support" },
  };
  expect(one({ queue_call: true, call_info })).toMatchObject({
    isQueueCall: true,
    queue: "Support",
  });
  expect(one({ queue_call: true })).toMatchObject({ isQueueCall: true, queue: null });
});
