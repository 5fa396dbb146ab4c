import { expect, test } from "vitest";

import { findOutages } from "../src/outages";
import { ACME, ago, idleStates, NOW, state } from "./fake-home";

const CONNECTION = "binary_sensor.acme_connection";
const LINK = "sensor.acme_link";

test("no outage while live updates arrive", () => {
  expect(findOutages([ACME], idleStates([]), null)).toEqual([]);
});

test("a page without a connection says nothing of the accounts", () => {
  const states = { [CONNECTION]: state("off") };
  expect(findOutages([ACME], states, NOW)).toMatchObject([
    { kind: "page_disconnected", since: NOW },
  ]);
});

test("an account that is down says since when and why", () => {
  const states = {
    [CONNECTION]: state("off", {}, ago(20)),
    [LINK]: state("down", { reason: "cannot_connect" }, ago(20)),
    "sensor.acme_last_loss": state(ago(90)),
  };
  expect(findOutages([ACME], states, null)).toEqual([
    {
      kind: "account_down",
      entryId: "acme",
      title: "Acme",
      since: NOW - 90_000,
      reason: "cannot_connect",
    },
  ]);
});

test("without the time of the loss, that of the connection counts", () => {
  const states = { [CONNECTION]: state("unavailable", {}, ago(20)) };
  expect(findOutages([ACME], states, null)).toMatchObject([
    { kind: "account_down", since: NOW - 20_000, reason: null },
  ]);
});

test("an account that is not loaded is down", () => {
  const account = { ...ACME, is_loaded: false };
  expect(findOutages([account], {}, null)).toMatchObject([
    { kind: "account_not_connected", since: null },
  ]);
});

test("an account that was loaded since the roster was read has no outage", () => {
  const account = { ...ACME, is_loaded: false };
  expect(findOutages([account], idleStates([]), null)).toEqual([]);
});

test("a user who may read the updates only sees the outage", () => {
  const account = { ...ACME, entities: { link: LINK } };
  for (const value of ["down", "unavailable"]) {
    expect(findOutages([account], { [LINK]: state(value) }, null)).toHaveLength(1);
  }
  expect(findOutages([account], { [LINK]: state("recovering") }, null)).toEqual([]);
});

test("polling is a delay", () => {
  const states = { ...idleStates([]), [LINK]: state("polling", { reason: "permission_missing" }) };
  expect(findOutages([ACME], states, null)).toMatchObject([
    { kind: "account_delayed", reason: "permission_missing" },
  ]);
});

test("a user who may not read the account's entities sees no outage", () => {
  expect(findOutages([{ ...ACME, entities: {} }], {}, null)).toEqual([]);
});
