import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import { configs as lit } from "eslint-plugin-lit";
import typescript from "typescript-eslint";

// Each module may import modules of later lines only: what is shown comes before its data.
const LAYERS = [
  ["register", "switchboard", "controls"],
  ["card"],
  ["editor", "head-view", "row-list", "row-controls"],
  ["row-view", "control-view", "announcements"],
  ["icons", "control-icons", "keyboard", "texts"],
  ["board", "filters", "roster-loader"],
  ["rows"],
  ["calls", "clock", "outages"],
  ["parse", "roster"],
  ["config", "home-assistant"],
];

function importRule(files, modules) {
  const group = modules.map((name) => `./${name}`);
  const message = "Imports point one way: see LAYERS in eslint.config.js.";
  return {
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
  };
}

export default defineConfig(
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  { files: ["src/**/*.ts"], ...lit["flat/recommended"] },
  // A module without a line may import none.
  importRule(["src/**/*.ts"], ["*"]),
  LAYERS.map((layer, index) =>
    importRule(
      layer.map((name) => `src/${name}.ts`),
      LAYERS.slice(0, index + 1).flat(),
    ),
  ),
  {
    files: ["*.{js,mjs}"],
    languageOptions: { globals: { process: "readonly", Buffer: "readonly", console: "readonly" } },
  },
);
