/** Configuration of the card. */

export const CARD = "ringcentral-switchboard";
export const CARD_TYPE = `custom:${CARD}`;

export const ORDERS = ["number", "name", "line"] as const;
export const PARTS = [
  "counts",
  "search",
  "numbers",
  "departments",
  "messages",
  "controls",
] as const;

export interface BoardConfig {
  readonly title?: string;
  /** Ids of config entries; null if YAML has the name only, like the next two. */
  readonly accounts?: readonly string[] | null;
  /** Ids of groups in the roster. */
  readonly groups?: readonly string[] | null;
  /** Ids of devices. */
  readonly people?: readonly string[] | null;
  readonly order?: (typeof ORDERS)[number];
  readonly calls_first?: boolean;
  /** Maximum number of columns; without it, as many as fit. */
  readonly columns?: number;
  readonly hide?: readonly Part[];
}

export type Part = (typeof PARTS)[number];

const LISTS = ["accounts", "groups", "people", "hide"] as const;

/** Throw an error, which the dashboard shows, if a configuration can't be used. */
export function assertConfig(config: unknown): asserts config is BoardConfig {
  for (const name of LISTS) {
    if (!Array.isArray((config as BoardConfig)[name] ?? [])) throw new Error(`${name}: not a list`);
  }
}

export function isShown({ hide }: BoardConfig, part: Part): boolean {
  return !hide?.includes(part);
}
