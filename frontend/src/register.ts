/** Entry point of register.js, which every page loads: offers the dashboard and the card. */
import { CARD, CARD_TYPE, type BoardConfig } from "./config";
import { DOMAIN, pageHass, type HomeAssistant } from "./home-assistant";

const NAME = "RingCentral switchboard";
const DESCRIPTION = "Everybody's phone at a glance: who is free, who is on a call and with whom.";
const TITLE = "Phones";

interface Page {
  customCards?: object[];
  customStrategies?: object[];
}

/** Return a text in the user's language if the texts are loaded, else in English. */
function text(key: string, english: string): string {
  // Without the texts, Home Assistant returns an empty one.
  // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing
  return pageHass()?.localize(`component.${DOMAIN}.common.board_${key}`) || english;
}

/** Return an item of a picker, with its name and description. */
function offer(details: object): object {
  return {
    name: NAME,
    ...details,
    // Read whenever the picker opens.
    get description() {
      return text("description", DESCRIPTION);
    },
  };
}

function section(config: BoardConfig): object {
  const card = { ...config, type: CARD_TYPE };
  return { type: "grid", column_span: 4, cards: [card] };
}

class Strategy extends HTMLElement {
  // A new dashboard at each change of a registry would lose filter, search and focus.
  static registryDependencies = [];

  static async getConfigElement(): Promise<HTMLElement> {
    const { makeConfigElement } = await import("./switchboard.js");
    return makeConfigElement();
  }
}

class DashboardStrategy extends Strategy {
  static getCreateSuggestions(): object {
    return { title: text("title", TITLE), icon: "mdi:phone" };
  }

  /** Return a dashboard; the strategy takes the options of the card. */
  static async generate(config: BoardConfig, hass: HomeAssistant): Promise<object> {
    await hass.loadBackendTranslation("common", DOMAIN).catch(() => undefined);
    const title = config.title ?? text("title", TITLE);
    const view = { type: "sections", title, max_columns: 4 };
    return { views: [{ ...view, sections: [section(config)] }] };
  }
}

class SectionStrategy extends Strategy {
  static generate(config: BoardConfig): Promise<object> {
    return Promise.resolve(section(config));
  }
}

function register(): void {
  // A page that stays open over an update loads the file of the new version, too.
  if (customElements.get(`ll-strategy-dashboard-${DOMAIN}`)) return;
  customElements.define(`ll-strategy-dashboard-${DOMAIN}`, DashboardStrategy);
  customElements.define(`ll-strategy-section-${DOMAIN}`, SectionStrategy);
  const page = window as Page;
  (page.customStrategies ??= []).push(
    offer({ type: DOMAIN, strategyType: "dashboard" }),
    offer({ type: DOMAIN, strategyType: "section" }),
  );
  (page.customCards ??= []).push(
    offer({
      type: CARD,
      preview: true,
      getEntitySuggestion: ({ entities }: HomeAssistant, entityId: string) =>
        entities[entityId]?.platform === DOMAIN ? { config: { type: CARD_TYPE } } : null,
    }),
  );
}

// The frontend replaces the registry of elements when it starts.
await customElements.whenDefined("home-assistant");
register();
await import("./switchboard.js");
