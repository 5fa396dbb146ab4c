// Builds the files that the integration serves; with --check, compares them instead.
import { build, transform } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const FOLDER = join(import.meta.dirname, "../custom_components/ringcentral/frontend");
// Bytes of files that are loaded together. controls.js is loaded where calls are controlled.
const MAX_GZIPPED = [
  [["register.js", "switchboard.js"], 12_672],
  [["controls.js"], 6_144],
];
const LIT_LICENSE = "// lit-html: Copyright 2017 Google LLC, BSD-3-Clause\n";
// The license asks that its text comes with the built files.
const LICENSE_TEXT = "node_modules/lit-html/LICENSE";

// Properties that only the bundle has, beside those of Lit: tests/build.test.ts checks it.
const INTERNAL_NAMES = JSON.parse(
  await readFile(join(import.meta.dirname, "internal-names.json"), "utf8"),
);

/** Makes a style sheet a text, as `?inline` does in the tests. */
const inlineStyles = {
  name: "inline-styles",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.css\?inline$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace("?inline", "")),
      namespace: "styles",
    }));
    onLoad({ filter: /.*/, namespace: "styles" }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true, target: "es2022" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const isCheck = process.argv.includes("--check");
const outputFiles = [];
// Each file is shortened by itself: the cache gives what they share the same names.
let mangleCache = {};
for (const names of [["register", "switchboard"], ["controls"]]) {
  const result = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: names.map((name) => `src/${name}.ts`),
    outdir: "out",
    bundle: true,
    // Loaded by the page at run time, beside the first module.
    external: ["./switchboard.js", "./controls.js"],
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    mangleProps: new RegExp(`^(_\\$.*|${INTERNAL_NAMES.join("|")})$`),
    mangleCache,
    charset: "utf8",
    plugins: [inlineStyles],
    write: false,
  });
  outputFiles.push(...result.outputFiles);
  ({ mangleCache } = result);
}

const sizes = new Map();
let hasFailed = false;

/** Writes a file, or compares it. */
async function store(name, contents) {
  const file = join(FOLDER, name);
  if (!isCheck) {
    await writeFile(file, contents);
  } else if (!contents.equals(await readFile(file).catch(() => Buffer.alloc(0)))) {
    console.error(`${name} differs from its sources: run npm run build`);
    hasFailed = true;
  }
}

for (const { path, text } of outputFiles) {
  const { code } = await minify(text, {
    module: true,
    ecma: 2020,
    compress: { passes: 2 },
  });
  const license = code.includes("lit$") ? LIT_LICENSE : "";
  // Only templates have line breaks, which mean no more than a space in HTML.
  const contents = Buffer.from(license + code.replace(/\n\s*/g, " ") + "\n");
  const size = gzipSync(contents, { level: 9 }).length;
  sizes.set(basename(path), size);
  console.log(`${basename(path)}: ${contents.length} bytes, ${size} gzipped`);
  await store(basename(path), contents);
}
await store("LICENSE.lit-html", await readFile(join(import.meta.dirname, LICENSE_TEXT)));
for (const [names, limit] of MAX_GZIPPED) {
  const size = names.reduce((sum, name) => sum + sizes.get(name), 0);
  if (size > limit) {
    console.error(`${names.join(" and ")}: ${size} bytes gzipped exceed ${limit}`);
    hasFailed = true;
  }
}
process.exit(hasFailed ? 1 : 0);
