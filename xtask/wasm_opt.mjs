// wasm-opt for the scripts that make a build smaller.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// What rustc emits for this target and all browsers since 2023 have.
const FEATURES = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((feature) => `--enable-${feature}`);

// - The stack lies at the bottom of the memory, so no object has an address below 1024.
// - A function with one caller stays a function: it is then next to those that resemble it, which
//   compresses better.
export const SMALLER = ["--low-memory-unused", "-Oz", "--one-caller-inline-max-function-size=1"];

// Functions in the order of their names: copies of generic code for several types follow one another.
export const ORDERED = ["--reorder-functions-by-name"];

/** Runs wasm-opt on a module. Returns the new module and what wasm-opt printed. */
export function wasmOpt(wasm, flags) {
  const folder = mkdtempSync(join(tmpdir(), "hsmlab-"));
  try {
    const [input, output] = [join(folder, "in.wasm"), join(folder, "out.wasm")];
    writeFileSync(input, wasm);
    const said = execFileSync("wasm-opt", [...FEATURES, ...flags, input, "-o", output], {
      encoding: "utf8",
      maxBuffer: 1 << 24,
      stdio: ["ignore", "pipe", "inherit"],
    });
    return { wasm: readFileSync(output), said };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
