/** The form that edits the card, the dashboard and the section. */
import { assertConfig, ORDERS, PARTS, type BoardConfig } from "./config";
import { DOMAIN, loadTexts, pageHass, type Localize } from "./home-assistant";
import { fetchRoster, type Roster } from "./roster";
import { boardText } from "./texts";

interface Field {
  readonly name: string;
  readonly type?: "grid";
  readonly schema?: readonly Field[];
  readonly selector?: Readonly<Record<string, unknown>>;
}

interface Option {
  readonly value: string;
  readonly label: string;
}

/** A form of Home Assistant's card editor. */
export interface ConfigForm {
  readonly schema: readonly Field[];
  readonly assertConfig: typeof assertConfig;
  computeLabel(field: Field): string;
  computeHelper(field: Field): string;
}

/** Return the form with the accounts and groups of the roster. */
export async function makeConfigForm(): Promise<ConfigForm> {
  const hass = pageHass();
  if (hass) await loadTexts(hass);
  // Without an answer, people can be selected all the same.
  const roster = hass && (await fetchRoster(hass).catch(() => undefined));
  // Loading the texts has replaced the object.
  const localize = pageHass()?.localize ?? (() => "");
  return {
    schema: schema(roster, localize),
    assertConfig,
    computeLabel: ({ name }) => boardText(localize, `edit_${name}`),
    // Fields without a hint have no such text.
    computeHelper: ({ name }) => boardText(localize, `edit_${name}_hint`),
  };
}

/** Return the form as an element, which the editors of strategies want. */
export async function makeConfigElement(): Promise<HTMLElement> {
  const form = document.createElement("ha-form");
  form.addEventListener("value-changed", (event) => {
    const { value: config } = (event as CustomEvent<{ value: BoardConfig }>).detail;
    form.dispatchEvent(new CustomEvent("config-changed", { detail: { config } }));
  });
  return Object.assign(form, await makeConfigForm(), {
    setConfig: (data: unknown) => {
      assertConfig(data);
      Object.assign(form, { data });
    },
  });
}

function schema(roster: Roster | undefined, localize: Localize): readonly Field[] {
  const accounts = (roster?.accounts ?? []).map(({ entry_id, title }) => ({
    value: entry_id,
    label: title,
  }));
  const groups = groupOptions(roster, localize);
  const texts = (prefix: string, values: readonly string[]) =>
    values.map((value) => ({ value, label: boardText(localize, `${prefix}_${value}`) }));
  return [
    { name: "title", selector: { text: {} } },
    ...(accounts.length > 1 ? [selectField("accounts", accounts)] : []),
    ...(groups.length > 0 ? [selectField("groups", groups)] : []),
    { name: "people", selector: { device: { multiple: true, filter: { integration: DOMAIN } } } },
    {
      name: "",
      type: "grid",
      schema: [
        {
          name: "order",
          selector: { select: { mode: "dropdown", options: texts("edit_order", ORDERS) } },
        },
        { name: "columns", selector: { number: { min: 1, max: 12, mode: "box" } } },
      ],
    },
    { name: "calls_first", selector: { boolean: {} } },
    {
      name: "hide",
      selector: { select: { multiple: true, mode: "list", options: texts("edit_hide", PARTS) } },
    },
  ];
}

function selectField(name: string, options: readonly Option[]): Field {
  return { name, selector: { select: { multiple: true, mode: "dropdown", options } } };
}

/** Return the groups of all accounts, each id once. */
function groupOptions(roster: Roster | undefined, localize: Localize): readonly Option[] {
  const options = new Map<string, Option>();
  for (const { id, kind, name } of (roster?.accounts ?? []).flatMap(({ groups }) => groups)) {
    const label = name ?? localize(`component.${DOMAIN}.selector.monitor_groups.options.${kind}`);
    options.set(id, { value: id, label });
  }
  return [...options.values()];
}
