/** Icons of the actions, in the order of the buttons: strokes in a square of 24. */
const HANDSET = "M5 4 9 3l2 5-2 2q1 3 5 5l2-2 5 2-1 4Q5 19 5 4z";
const HUNG_UP = "M2 14q10-9 20 0l-2 4-4-2v-3q-4-1.5-8 0v3l-4 2z";
const MICROPHONE = "M9 6a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0zM5 11q0 6 7 6t7-6M12 17v4";

export const ICONS: Readonly<Record<string, string>> = {
  answer: HANDSET,
  reject: `${HANDSET}M15 4l5 5M20 4l-5 5`,
  forward: `${HANDSET}M14 6h7M18 3l3 3-3 3`,
  reply: "M4 4h16v12h-9l-5 4v-4H4zM8 9h8M8 12h5",
  hold: "M8 5v14M16 5v14",
  resume: "M8 5v14l11-7z",
  mute: `${MICROPHONE}M4 3l16 18`,
  unmute: MICROPHONE,
  transfer: "M3 8h15M14 4l4 4-4 4M21 16H6M10 12l-4 4 4 4",
  connect: "M5 20q7-4 7-16M19 20q-7-4-7-16M8 8l4-4 4 4",
  park: "M8 21V3h5a5 5 0 0 1 0 10H8",
  pick_up: "M9 5 4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3",
  hang_up: HUNG_UP,
  cancel_dial: HUNG_UP,
  dial: HANDSET,
};
