/** Icons of calls and presence: strokes in a square of 24. */
import { html, type TemplateResult } from "lit-html";

import type { CallStatus } from "./calls";
import type { Availability } from "./rows";

const HANDSET = "M5 4 9 3l2 5-2 2q1 3 5 5l2-2 5 2-1 4Q5 19 5 4z";

const ICONS: Readonly<Record<CallStatus | Availability | "incoming" | "outgoing", string>> = {
  ringing: `${HANDSET}M14 3q6 1 7 7M14 7q2 0 3 3`,
  dialing: `${HANDSET}M14 10l7-7M15 3h6v6`,
  call_connected: HANDSET,
  on_hold: "M8 5v14M16 5v14",
  parked_call: "M8 21V3h5a5 5 0 0 1 0 10H8",
  unknown: HANDSET,
  available: "M5 12l5 5 9-10",
  busy: "M12 6v7l4 3",
  offline: "",
  do_not_disturb: "M6 12h12",
  meeting: "M3 7h11v10H3zM14 11l7-4v10l-7-4",
  unavailable: "M4 4l16 16M20 4 4 20",
  incoming: "M19 5 6 18M6 8v10h10",
  outgoing: "M5 19 18 6M8 6h10v10",
};

export function icon(name: keyof typeof ICONS): TemplateResult {
  return html`<svg viewBox="0 0 24 24"><path d=${ICONS[name]}></path></svg>`;
}
