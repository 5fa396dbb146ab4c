/** Times and texts in states and attributes. */

/** Return a time in milliseconds since 1970, or null if it is none. */
export function parseTime(value: unknown): number | null {
  return Date.parse(String(value)) || null;
}

// No space, nor a letter without a shape.
const VISIBLE = /[^\s\p{DI}\u2800]/u;

/** Return a text, or null if it is none or shows nothing. */
export function parseText(value: unknown): string | null {
  return typeof value === "string" && VISIBLE.test(value) ? value : null;
}
