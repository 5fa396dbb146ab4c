/** The server's clock, and elapsed times. */
import { parseTime } from "./parse";

const JUMP_MS = 2000;

/** Clock of the server, set by its answers. */
export class ServerClock {
  #offset = 0;
  #startedAt = browserStart();

  /** Set the clock to the time in an answer that has just arrived, after `roundTrip` ms. */
  synchronize(serverTime: string, roundTrip: number): void {
    const time = parseTime(serverTime);
    if (time !== null) this.#offset = time + roundTrip / 2 - Date.now();
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  /** Return whether the browser's clock was set, or its computer slept, since the last call. */
  hasJumped(): boolean {
    const startedAt = browserStart();
    if (Math.abs(startedAt - this.#startedAt) < JUMP_MS) return false;
    this.#startedAt = startedAt;
    return true;
  }
}

// Constant, unless the clock is set or the computer sleeps.
function browserStart(): number {
  return Date.now() - performance.now();
}

/** Return an elapsed time as minutes and seconds, with hours if there are any. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const time = new Date((seconds % 3600) * 1000).toISOString().slice(14, 19);
  return hours ? `${hours}:${time}` : time.replace(/^0/, "");
}

/** Return an elapsed time in words, or null if it is less than a minute. */
export function describeElapsed(milliseconds: number, language: string): string | null {
  const minutes = Math.floor(milliseconds / 60_000);
  const options = { style: "unit", unit: "minute", unitDisplay: "long" } as const;
  return minutes > 0 ? minutes.toLocaleString(language, options) : null;
}
