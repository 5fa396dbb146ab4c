// RingCentral's client for call control, unchanged, with its SDK and subscriptions. It
// reads commands from standard input and tells on standard output what happens, a line of
// JSON each. Arguments: server, client id, client secret, JWT, event filters.
import { createInterface } from "node:readline";
import ringcentral from "@ringcentral/sdk";
import subscribing from "@ringcentral/subscriptions";
import controlling from "ringcentral-call-control";

const [server, clientId, clientSecret, jwt, ...eventFilters] = process.argv.slice(2);
const tell = (what, details = {}) =>
  console.log(JSON.stringify({ what, ...details }));
const describe = (session) => ({
  id: session.id,
  sessionId: session.sessionId,
  origin: session.origin.type,
  party: session.party,
  others: session.otherParties.map((party) => party.status.code),
});

const sdk = new ringcentral.SDK({ server, clientId, clientSecret });
const platform = sdk.platform();
await platform.login({ jwt });

const control = new controlling.RingCentralCallControl({ sdk });
await new Promise((resolve) => control.once("initialized", resolve));
const follow = (session) => {
  for (const event of ["status", "muted"])
    session.on(event, () => tell("status", describe(session)));
};
control.sessions.forEach(follow);
control.on("new", (session) => {
  follow(session);
  tell("new", describe(session));
});

const subscription = new subscribing.Subscriptions({ sdk }).createSubscription();
subscription.setEventFilters(eventFilters);
subscription.on(subscription.events.notification, (event) =>
  control.onNotificationEvent(event),
);
await subscription.register();
tell("ready", {
  extensionId: control.extensionId,
  devices: control.devices.map((device) => device.id),
  sessions: control.sessions.map(describe),
});

const run = async ({ session, method, args = [] }) => {
  if (method === "sessions") return control.sessions.map(describe);
  if (method !== "createCall") return control.sessionsMap.get(session)[method](...args);
  const created = await control.createCall(...args);
  follow(created);
  return describe(created);
};
const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  const command = JSON.parse(line);
  try {
    tell("done", { result: (await run(command)) ?? null });
  } catch (error) {
    tell("failed", { status: error.response?.status ?? null, error: String(error) });
  }
}
await platform.logout();
tell("signedOut");
process.exit(0);
