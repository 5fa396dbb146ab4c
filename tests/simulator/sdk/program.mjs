// RingCentral's JavaScript SDK, unchanged: tells on standard output, a line of JSON each,
// what happens to it. Arguments: server, client id, client secret, JWT, event filters.
import RingCentral from "@rc-ex/core";
import WebSocketExtension, { Events } from "@rc-ex/ws";

const [server, clientId, clientSecret, jwt, ...eventFilters] = process.argv.slice(2);
const tell = (what, details = {}) =>
  console.log(JSON.stringify({ what, ...details }));

const rc = new RingCentral({ server, clientId, clientSecret });
const token = await rc.authorize({ jwt });
const extension = await rc.restapi().account().extension().get();
tell("signedIn", { ownerId: token.owner_id, name: extension.name });

const sockets = new WebSocketExtension({
  autoRecover: { enabled: true, checkInterval: () => 100 },
});
await rc.installExtension(sockets);
sockets.eventEmitter.on(Events.autoRecoverSuccess, () => tell("recovered"));
sockets.eventEmitter.on(Events.autoRecoverFailed, () => tell("notRecovered"));

const subscription = await sockets.subscribe(eventFilters, (event) =>
  tell("event", { event }),
);
tell("subscribed", { id: subscription.subscriptionInfo.id });

process.stdin.resume();
process.stdin.on("end", async () => {
  await sockets.revoke();
  await rc.revoke();
  tell("revoked");
  process.exit(0);
});
