/** Entry point of switchboard.js, which register.js loads: defines the card. */
import { SwitchboardCard } from "./card";
import { CARD } from "./config";

// A page that stays open over an update loads the file of the new version, too.
if (!customElements.get(CARD)) customElements.define(CARD, SwitchboardCard);
