// Makes the page's wasm and JavaScript smaller, and puts them in the place of those that Trunk made:
//   node xtask/page.mjs FOLDER_OF_WASM_BINDGEN FOLDER_OF_TRUNK
// The result depends on the input only, so two builds have the same. README.md, "Figures", has the sizes.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { minify } from "terser";

import { ORDERED, SMALLER, wasmOpt } from "./wasm_opt.mjs";

const [from, to] = process.argv.slice(2);

// Short names between wasm and JavaScript. The pass prints the old and the new ones.
const RENAMED = ["--minify-imports-and-exports-and-modules"];

/** The script with the short names. Each must be found as often as wasm-bindgen writes it. */
function renamed(script, { imports, exports }) {
  const module = imports[0][0];
  const short = new Map();
  for (const [place, name, now] of imports) {
    if (place !== module) throw new Error(`${name} is of another module: ${place}`);
    short.set(name, now);
  }
  const missing = new Set(short.keys());
  let text = script.replace(/^ {8}(\w+): function\(/gm, (line, name) => {
    const now = short.get(name);
    missing.delete(name);
    // wasm-opt may have dropped the use of an import: so goes its function's name, not its body.
    return now === undefined ? line : `        ${JSON.stringify(now)}: function(`;
  });
  text = text.replace(/^ {8}(\w+): (?!function\()/gm, (line, name) => {
    const now = short.get(name);
    missing.delete(name);
    return now === undefined ? line : `        ${JSON.stringify(now)}: `;
  });
  if (missing.size > 0) throw new Error(`the script lacks ${[...missing].join(", ")}`);
  const outside = new Map(exports);
  text = text.replace(/\bwasm\.(\w+)/g, (use, name) => {
    const now = outside.get(name);
    if (now === undefined) throw new Error(`the wasm does not export ${name}`);
    return `wasm[${JSON.stringify(now)}]`;
  });
  if (!text.includes(`"${module}": import0`)) throw new Error(`the script does not name ${module}`);
  return text.replace(`"${module}": import0`, `"a": import0`);
}

/** Puts `bytes` in the place of the only file that `pattern` fits, under a name with their hash. */
function replace(pattern, bytes) {
  const found = readdirSync(to).filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${pattern} fits ${found.length} files of ${to}`);
  const [old] = found;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const name = old.replace(/-[0-9a-f]+/, `-${hash}`);
  const sums = [readFileSync(join(to, old)), bytes].map(
    (content) => `sha384-${createHash("sha384").update(content).digest("base64")}`,
  );
  const page = join(to, "index.html");
  const html = readFileSync(page, "utf8");
  if (!html.includes(old)) throw new Error(`index.html does not name ${old}`);
  if (!html.includes(sums[0])) throw new Error(`index.html has no checksum of ${old}`);
  writeFileSync(page, html.replaceAll(old, name).replaceAll(...sums));
  rmSync(join(to, old));
  writeFileSync(join(to, name), bytes);
}

const { wasm, said } = wasmOpt(readFileSync(join(from, "app_bg.wasm")), [...SMALLER, ...ORDERED, ...RENAMED]);
const script = renamed(readFileSync(join(from, "app.js"), "utf8"), JSON.parse(said));
const small = await minify(script, { module: true, compress: { passes: 3 }, mangle: true });
replace(/^app-[0-9a-f]+_bg\.wasm$/, wasm);
replace(/^app-[0-9a-f]+\.js$/, Buffer.from(small.code));
