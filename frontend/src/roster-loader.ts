/** Requests of the roster: not too often, and again until all accounts are loaded. */
import type { HomeAssistant } from "./home-assistant";
import { fetchRoster, type Roster } from "./roster";

const MIN_INTERVAL_MS = 2000;
const RETRY_MS = 5000;
const MAX_RETRY_MS = 60_000;

/** Receives the roster, or null after an error, and how long it took. */
type OnAnswer = (roster: Roster | null, roundTrip: number) => void;

export class RosterLoader {
  #timer = 0;
  #notBefore = 0;
  #retryIn = RETRY_MS;
  readonly #onAnswer: OnAnswer;

  constructor(onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer;
  }

  /** Request the roster soon. */
  request(hass: HomeAssistant, delay = 0): void {
    window.clearTimeout(this.#timer);
    const wait = Math.max(delay, this.#notBefore - performance.now());
    this.#timer = window.setTimeout(() => void this.#run(hass), wait);
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
  }

  async #run(hass: HomeAssistant): Promise<void> {
    const timer = this.#timer;
    const startedAt = performance.now();
    this.#notBefore = startedAt + MIN_INTERVAL_MS;
    const roster = await fetchRoster(hass).catch(() => null);
    const isStopped = !this.#timer;
    if (isStopped) return;
    this.#onAnswer(roster, performance.now() - startedAt);
    if (roster?.accounts.every(({ is_loaded }) => is_loaded)) {
      this.#retryIn = RETRY_MS;
    } else if (timer === this.#timer) {
      // No other request is planned.
      this.request(hass, this.#retryIn);
      this.#retryIn = Math.min(2 * this.#retryIn, MAX_RETRY_MS);
    }
  }
}
