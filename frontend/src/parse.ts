/** Times and texts in states and attributes. */

/** Return a time in milliseconds since 1970, or null if it is none. */
export function parseTime(value: unknown): number | null {
  return Date.parse(String(value)) || null;
}

/** Return a text, or null if it is none or empty. */
export function parseText(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value : null;
}
