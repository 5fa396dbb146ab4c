// @vitest-environment node
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "src");
// They declare the data of others, whose names must stay.
const OF_OTHERS = ["home-assistant.ts", "config.ts", "roster.ts"];

const shortened = new Set(
  JSON.parse(readFileSync(join(ROOT, "internal-names.json"), "utf8")) as string[],
);

function isInternal(property: ts.Symbol | undefined): boolean {
  return !!property?.declarations?.every((declaration) => {
    const { fileName } = declaration.getSourceFile();
    return dirname(fileName) === SOURCE && !OF_OTHERS.includes(basename(fileName));
  });
}

/** Return the places where a name that the build shortens is not, or may not be, our own. */
function wrongPlaces(): string[] {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const files = ["register.ts", "switchboard.ts", "controls.ts", "css.d.ts"].map((name) =>
    join(SOURCE, name),
  );
  const program = ts.createProgram(files, { ...options, types: [] });
  const checker = program.getTypeChecker();
  const wrong: string[] = [];

  function check(node: ts.Node): void {
    if (ts.isPropertyAccessExpression(node) && shortened.has(node.name.text)) {
      if (!isInternal(checker.getSymbolAtLocation(node.name))) wrong.push(node.getText());
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = (node.propertyName ?? node.name).getText();
      const property = checker.getTypeAtLocation(node.parent).getProperty(name);
      if (shortened.has(name) && !isInternal(property)) wrong.push(node.parent.getText());
    } else if (ts.isObjectLiteralElementLike(node) && ts.isObjectLiteralExpression(node.parent)) {
      const name = node.name?.getText() ?? "";
      const property = checker.getContextualType(node.parent)?.getProperty(name);
      if (shortened.has(name) && !isInternal(property)) wrong.push(node.parent.getText());
    } else if (ts.isElementAccessExpression(node)) {
      const key = node.argumentExpression;
      if (ts.isStringLiteralLike(key) && shortened.has(key.text)) wrong.push(node.getText());
    }
    ts.forEachChild(node, check);
  }

  for (const file of program.getSourceFiles()) {
    if (dirname(file.fileName) === SOURCE) check(file);
  }
  return wrong;
}

test("only names of our own are shortened", () => {
  expect(wrongPlaces()).toEqual([]);
});
