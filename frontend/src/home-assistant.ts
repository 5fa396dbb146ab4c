/** The parts of Home Assistant's frontend that the board uses. */

export interface EntityState {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly last_changed: string;
}

export type States = Readonly<Record<string, EntityState | undefined>>;

export type Localize = (key: string, values?: Record<string, string | number>) => string;

export interface HomeAssistant {
  readonly states: States;
  readonly entities: Readonly<Record<string, { readonly platform?: string } | undefined>>;
  readonly devices: Readonly<Record<string, unknown>>;
  readonly services?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  readonly connected: boolean;
  readonly language: string;
  readonly locale: {
    readonly language: string;
    readonly time_format: "language" | "system" | "12" | "24";
    readonly time_zone: "local" | "server";
  };
  readonly config: { readonly time_zone: string };
  readonly localize: Localize;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
  readonly connection: {
    subscribeMessage(
      onEvent: () => void,
      message: Readonly<Record<string, unknown>>,
    ): Promise<() => Promise<void>>;
  };
  callWS<Answer>(message: Readonly<Record<string, unknown>>): Promise<Answer>;
}

export const DOMAIN = "ringcentral";

/** Return the frontend's root object, which the editor and the picker do not pass on. */
export function pageHass(): HomeAssistant | undefined {
  const root = document.querySelector<HTMLElement & { hass?: HomeAssistant }>("home-assistant");
  return root?.hass;
}

/** Load the integration's texts in the user's language; without them they are empty. */
export async function loadTexts(hass: HomeAssistant): Promise<void> {
  // One after the other: of several at once, the frontend may drop one.
  for (const category of ["common", "entity", "selector"]) {
    await hass.loadBackendTranslation(category, DOMAIN).catch(() => undefined);
  }
}

/** Load the texts of errors, and return how to read them. */
export function loadExceptions(hass: HomeAssistant): Promise<Localize | undefined> {
  return hass.loadBackendTranslation("exceptions", DOMAIN).catch(() => undefined);
}
