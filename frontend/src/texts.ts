/** Texts of the board, from the integration's translations. */
import type { CallLine, CallStatus } from "./calls";
import { describeElapsed } from "./clock";
import { DOMAIN, type HomeAssistant, type Localize } from "./home-assistant";
import type { Outage } from "./outages";
import { MAX_LINES, type Row } from "./rows";

type Values = Record<string, string | number>;

const ENTITY = `component.${DOMAIN}.entity.`;
const CALLS = `${ENTITY}event.calls.state_attributes`;

/** Return a text of the board. */
export function boardText(localize: Localize, key: string, values?: Values): string {
  return localize(`component.${DOMAIN}.common.board_${key}`, values);
}

/** Texts in the user's language; `nameOf` returns the name of an extension by its id. */
export class Texts {
  constructor(
    private readonly hass: HomeAssistant,
    private readonly nameOf: (extensionId: string) => string | undefined,
  ) {}

  board(key: string, values?: Values): string {
    return boardText(this.hass.localize, key, values);
  }

  /** Return a text of the sensors. */
  sensor(path: string): string {
    return this.hass.localize(`${ENTITY}sensor.${path}`);
  }

  status(status: CallStatus): string {
    switch (status) {
      case "dialing":
        return this.board(status);
      case "on_hold":
        return this.board("count_on_hold");
      case "parked_call":
        return this.hass.localize(`${CALLS}.event_type.state.parked`);
      case "unknown":
        return this.hass.localize("state.default.unknown");
      default:
        return this.sensor(`telephony_status.state.${status}`);
    }
  }

  availability({ availability, person, staleSince }: Row): string {
    switch (availability) {
      case "do_not_disturb":
        return this.sensor("dnd.name");
      case "meeting":
        return this.sensor("meeting_status.name");
      case "unavailable":
        // Park locations have no presence.
        if (!person.entities.presence && staleSince === null) return "";
        return this.hass.localize(
          `state.default.${staleSince === null ? "unknown" : "unavailable"}`,
        );
      default:
        return this.sensor(`presence.state.${availability}`);
    }
  }

  /** Return the note below a row: more calls, setting, message, department. */
  note({ isUnavailable, partialDnd, message, department, calls, moreCalls }: Row): string {
    return [
      moreCalls && this.board("more_calls", { count: moreCalls }),
      isUnavailable && this.board("last_known"),
      partialDnd && this.sensor(`dnd.state.${partialDnd}`),
      message,
      // What never changes makes room for calls.
      calls.length ? null : department,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  /** Return the other party, or what kind of call it is. */
  party({ party, isOutgoing }: CallLine): string {
    const type = isOutgoing ? "dialing" : "ringing";
    return party ?? this.hass.localize(`${CALLS}.event_type.state.${type}`);
  }

  /** Return which queue a call is of, and for whom it is made. */
  callDetails({ isQueueCall, queue, onBehalfOf }: CallLine): readonly string[] {
    const name = onBehalfOf && this.nameOf(onBehalfOf);
    return [
      isQueueCall ? (queue ?? this.hass.localize(`${CALLS}.queue_call.name`)) : "",
      onBehalfOf ? (name ? this.board("on_behalf_of", { name }) : this.board("on_behalf")) : "",
    ].filter(Boolean);
  }

  describeOutage({ kind, title, since, reason }: Outage): string {
    const why = reason && this.sensor(`link.state_attributes.reason.state.${reason}`);
    const what = this.board(kind, {
      account: title,
      time: since === null ? "" : this.#time(since),
    });
    return why ? `${what} ${why}.` : what;
  }

  /** Return a row as sentences for screen readers. */
  describeRow(row: Row, now: number): string {
    return [
      [row.person.name, row.number].filter(Boolean).join(", "),
      ...row.calls
        .slice(0, MAX_LINES)
        .flatMap((line) => [
          this.describeCall(line, row.staleSince ?? now),
          ...this.callDetails(line),
        ]),
      this.availability(row),
      this.note(row),
    ]
      .filter(Boolean)
      .join(". ");
  }

  /** Return what a call does, with whom and for how long. */
  describeCall({ status, party, since }: CallLine, now: number): string {
    const call =
      party && status !== "unknown" ? this.board(`say_${status}`, { party }) : this.status(status);
    const duration = since && describeElapsed(now - since, this.hass.locale.language);
    return duration ? this.board("say_for", { call, duration }) : call;
  }

  #time(time: number): string {
    const { language, time_format, time_zone } = this.hass.locale;
    return new Date(time).toLocaleString(language, {
      dateStyle: "medium",
      timeStyle: "short",
      ...(/\d/.test(time_format) && { hour12: time_format === "12" }),
      ...(time_zone === "server" && { timeZone: this.hass.config.time_zone }),
    });
  }
}
