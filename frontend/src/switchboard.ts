/** Entry point of switchboard.js: defines the card, and makes the strategies' form. */
import { SwitchboardCard } from "./card";
import { CARD } from "./config";

export { makeConfigElement } from "./editor";

// A page that stays open over an update loads the file of the new version, too.
if (!customElements.get(CARD)) customElements.define(CARD, SwitchboardCard);
