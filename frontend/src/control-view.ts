/** Templates of the buttons of a call, and of the panel that asks for more. */
import type * as LitHtml from "lit-html";

import { ICONS } from "./control-icons";
import type { Row } from "./rows";
import type { Texts } from "./texts";

/** The board's copy: another one would not render its templates. */
export type Lit = Pick<typeof LitHtml, "html" | "nothing" | "render">;

type Template = LitHtml.TemplateResult;

/** What can be done with a call, or in a row without one, and what is being done. */
export interface CallControls {
  /** Names of the actions that are offered. */
  readonly actions: readonly string[];
  /** The other party, null without a call. */
  readonly party: string | null;
  /** Whether it has a name or a number; else it stands for the kind of call. */
  readonly isKnown: boolean;
  /** Whether the party is shown, since the row has several calls. */
  readonly isNamed: boolean;
  /** Action that was pressed, until the call has changed. */
  readonly busy: string | null;
  /** Action whose panel is open. */
  readonly panel: string | null;
  /** Action whose button has the tab stop. */
  readonly tabStop: string | null;
}

export interface Failure {
  readonly text: string;
  /** Whether it stays until it is dismissed. */
  readonly stays: boolean;
}

/** What a panel sends: a number or text as typed, or the voicemail. */
export type OnConfirm = (typed: string, isVoicemail: boolean) => void;

// People who are offered as targets.
const MAX_CHOICES = 4;
// Names of the texts that are offered as replies.
const REPLIES = ["call_back", "call_later", "on_my_way"];

export function label(action: string, texts: Texts): string {
  return texts.board(`control_${action === "dial" ? "call" : action}`);
}

export class ControlView {
  constructor(
    private readonly lit: Lit,
    private readonly texts: Texts,
    private readonly name: string,
  ) {}

  /** One button for each action; always at the same place, so that none becomes another. */
  toolbar(call: CallControls, onPress: (action: string) => void): Template {
    const { html, nothing } = this.lit;
    const { actions, busy, party, isKnown, panel } = call;
    const tabStop = actions.includes(call.tabStop ?? "") ? call.tabStop : actions[0];
    const describe = (text: string) =>
      party === null
        ? this.texts.board("control_call_person", { name: this.name })
        : isKnown
          ? this.texts.board("control_with", { action: text, party })
          : `${text}, ${party}`;
    const title =
      isKnown && party !== null ? this.texts.board("control_toolbar", { party }) : party;
    return html`<div class="controls" role="toolbar" aria-label=${title ?? this.name}>
      ${call.isNamed ? html`<bdi class="with">${party}</bdi>` : nothing}
      ${Object.entries(ICONS).map(([action, path]) => {
        if (!actions.includes(action)) return nothing;
        const text = label(action, this.texts);
        return html`<button
          class="control"
          data-action=${action}
          title=${text}
          aria-label=${describe(text)}
          aria-disabled=${busy !== null}
          aria-busy=${busy === action}
          aria-expanded=${panel === action ? "true" : nothing}
          tabindex=${action === tabStop ? 0 : -1}
          @click=${({ detail }: MouseEvent) => {
            // The second click of a double click may be on another button.
            if (detail < 2) onPress(action);
          }}
        >
          <svg viewBox="0 0 24 24"><path d=${path}></path></svg>
        </button>`;
      })}
      ${
        busy === null
          ? nothing
          : html`<span class="spoken" role="status">${this.texts.board("control_sending")}</span>`
      }
    </div>`;
  }

  /** A question, or fields for where the call goes or what the caller hears. */
  panel(
    call: CallControls,
    content: Template,
    hasVoicemail: boolean,
    onConfirm: OnConfirm,
    onClose: () => void,
  ): Template {
    const { html, nothing } = this.lit;
    const action = call.panel ?? "";
    const text = label(action, this.texts);
    const button = (name: string, words: string, onClick: (() => void) | null) =>
      html`<button
        class="chip"
        type=${onClick ? "button" : "submit"}
        data-action=${name}
        aria-disabled=${call.busy !== null && name !== "cancel"}
        @click=${onClick ?? nothing}
      >
        ${words}
      </button>`;
    return html`<form
      class="panel"
      role="none"
      data-for=${action}
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const input = (event.target as HTMLElement).querySelector("input");
        onConfirm(input?.value ?? "", false);
      }}
    >
      <div role="group" aria-label=${text}>
        ${content}
        <div class="chips">
          ${button("confirm", text, null)}
          ${
            hasVoicemail
              ? button("voicemail", this.texts.board("control_voicemail"), () => {
                  onConfirm("", true);
                })
              : nothing
          }
          ${button("cancel", this.texts.board("control_cancel"), onClose)}
        </div>
      </div>
    </form>`;
  }

  question(action: string): Template {
    const key = action === "dial" ? "control_call_question" : `control_${action}_question`;
    return this.lit.html`<p>${this.texts.board(key, { name: this.name })}</p>`;
  }

  /** A field for a number, which also finds people. */
  search(found: readonly Row[], onInput: () => void, onChoose: (row: Row) => void): Template {
    const { html } = this.lit;
    const text = this.texts.board("control_search");
    return html`<input
        name="to"
        class="search"
        autocomplete="off"
        placeholder=${text}
        aria-label=${text}
        @input=${onInput}
      />
      <div class="choices">
        ${found.slice(0, MAX_CHOICES).map(
          (row) =>
            html`<button
              class="chip choice"
              type="button"
              data-extension=${row.person.extension_id}
              @click=${() => {
                onChoose(row);
              }}
            >
              <bdi>${row.person.name}</bdi> <bdi>${row.number}</bdi>
              <small>${this.#state(row)}</small>
            </button>`,
        )}
      </div>`;
  }

  /** A field for a text, and texts that fill it. */
  reply(): Template {
    const { html } = this.lit;
    const text = this.texts.board("control_reply_text");
    return html`<input
        name="text"
        class="search"
        autocomplete="off"
        placeholder=${text}
        aria-label=${text}
      />
      <div class="choices">
        ${REPLIES.map((name) => {
          const reply = this.texts.board(`control_reply_${name}`);
          return html`<button
            class="chip choice"
            type="button"
            @click=${({ currentTarget }: MouseEvent) => {
              const input = (currentTarget as HTMLButtonElement).form?.querySelector("input");
              if (!input) return;
              input.value = reply;
              input.focus();
            }}
          >
            ${reply}
          </button>`;
        })}
      </div>`;
  }

  failure({ text, stays }: Failure, onDismiss: () => void): Template {
    const { html, nothing } = this.lit;
    return html`<p class="failure" role="alert">
      ${text}
      ${
        stays
          ? html`<button class="chip" data-action="dismiss" @click=${onDismiss}>
              ${this.texts.board("control_dismiss")}
            </button>`
          : nothing
      }
    </p>`;
  }

  #state(row: Row): string {
    const [call] = row.calls;
    return call ? this.texts.status(call.status) : this.texts.availability(row);
  }
}
