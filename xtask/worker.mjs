// Makes the worker's wasm smaller and cuts it into two files: what a world needs until its first prompt, and
// the rest, which is fetched after that prompt:
//   node xtask/worker.mjs FOLDER_OF_WASM_BINDGEN FOLDER_OF_TRUNK
//
// What comes first is not listed anywhere. This script runs the worker with the requests below and notes which
// functions they call. In the first file, each other function is replaced by a few instructions that call it
// through the function table; the first such call waits until the second file is there. Both files share one
// memory and one table, so every call, callback and trait object works as before.
//
// The result depends on the input only, so two builds have the same.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import binaryen from "binaryen";
import { minify } from "terser";

import { ORDERED, SMALLER, wasmOpt } from "./wasm_opt.mjs";

const [from, to] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));

// Where wasm-bindgen's script says what the wasm imports.
const IMPORTS = '"./worker_bg.js": import0,';

const UNUSED = "--remove-unused-module-elements";

/** The module after wasm-opt. The names stay until the cut. */
const named = (wasm, flags) => wasmOpt(wasm, [...flags, "-g"]).wasm;

/** The module, with accessors of what the cut needs. */
function read(wasm) {
  const module = binaryen.readBinary(wasm);
  const each = (count, get) => Array.from({ length: count }, (_, at) => get(at));
  module.functions = each(module.getNumFunctions(), (at) => binaryen.getFunctionInfo(module.getFunctionByIndex(at)));
  module.globals = each(module.getNumGlobals(), (at) => binaryen.getGlobalInfo(module.getGlobalByIndex(at)));
  module.exported = each(module.getNumExports(), (at) => binaryen.getExportInfo(module.getExportByIndex(at)));
  module.tables = each(module.getNumTables(), (at) => binaryen.getTableInfo(module.getTableByIndex(at)));
  module.elements = each(module.getNumElementSegments(), (at) =>
    binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(at)),
  );
  for (const segment of module.elements) segment.offset = binaryen.getExpressionInfo(segment.offset).value;
  return module;
}

/** What the page asks of a learner's first worlds until the prompt, and what is typed first: the first lab's
    commands up to its first check. */
function requests() {
  const lab = readFileSync(join(root, "static/labs/first-cluster.md"), "utf8");
  const [, ...opening] = lab.split("```check")[0].split(/^```sh\n/m);
  const lines = opening.flatMap((block) => block.split("\n```")[0].split("\n"));
  const line = (text) => ({ type: "line", terminal: 1, text });
  const said = [
    { type: "complete", terminal: 1, text: "ec", cursor: 2 },
    { type: "tick", ms: 1000 },
    ...["", "echo hello > greeting", "ls", "cat greeting", "help", "no-such-command"].map(line),
    { type: "save" },
  ];
  const start = { type: "start", seed: Array(32).fill(0) };
  return [
    [{ ...start, lab: null }, ...said],
    [{ ...start, lab }, ...said, ...lines.map(line)],
  ];
}

/** The names of the functions that the requests call. */
function called(wasm, script) {
  const module = read(wasm);
  const { exported } = module;
  const own = module.functions.filter(({ module }) => !module);
  const noted = "hsmlab_noted";
  module.addFunctionImport(noted, "hsmlab", "noted", binaryen.i32, binaryen.none);
  own.forEach((func, at) => {
    const note = module.call(noted, [module.i32.const(at)], binaryen.none);
    const body = module.block(null, [note, func.body], func.results);
    binaryen.Function.setBody(module.getFunction(func.name), body);
  });
  const bytes = module.emitBinary();
  module.dispose();
  const names = new Set();
  const seen = new Uint8Array(own.length);
  const said = [];
  const scope = {
    TextDecoder,
    TextEncoder,
    WebAssembly,
    console,
    postMessage: (text) => said.push(text),
    hsmlabParts: { noted: (at) => (seen[at] = 1) },
  };
  scope.self = scope;
  vm.createContext(scope);
  vm.runInContext(script.replace(IMPORTS, `${IMPORTS} "hsmlab": globalThis.hsmlabParts,`), scope);
  scope.module = new WebAssembly.Module(bytes);
  vm.runInContext("wasm_bindgen.initSync({ module })", scope);
  for (const session of requests()) {
    for (const request of session) {
      said.length = 0;
      scope.onmessage({ data: JSON.stringify(request) });
      const answer = said.join("\n");
      if (!answer.startsWith('{"events":') || answer.includes('"type":"failed"')) {
        throw new Error(`the worker answers ${JSON.stringify(request).slice(0, 200)} with ${answer.slice(0, 400)}`);
      }
    }
  }
  own.forEach(({ name }, at) => seen[at] && names.add(name));
  // What JavaScript calls stays, and what has a table of its own.
  for (const { kind, value } of exported) if (kind === binaryen.ExternalFunction) names.add(value);
  for (const { name } of own) if (/externref/.test(name)) names.add(name);
  return names;
}

/** The name by which the second file imports a thing of the first: short, and unlike wasm-bindgen's. */
const short = (at) => `-${at.toString(36)}`;

/** What the second file shares with the first, by kind: all but functions. */
function shared(module) {
  const tables = new Set(module.elements.map(({ table }) => table));
  if (tables.size !== 1) throw new Error(`functions are in ${tables.size} tables`);
  return { table: [...tables][0], globals: module.globals.filter(({ mutable }) => mutable) };
}

/** The place in the table of each function of the second file: the one that it has already, or a new one at the
    end for those that are wanted. */
function places(wasm, later, wanted) {
  const module = read(wasm);
  const { table } = shared(module);
  const { initial } = module.tables.find(({ name }) => name === table);
  const at = new Map();
  let next = initial;
  const standing = new Map();
  for (const { data, offset } of module.elements) {
    data.forEach((name, index) => {
      if (!later.has(name)) return;
      if (!at.has(name)) at.set(name, offset + index);
      standing.set(offset + index, name);
    });
  }
  for (const name of later) {
    if (at.has(name) || !wanted.has(name)) continue;
    at.set(name, next);
    standing.set(next, name);
    next++;
  }
  module.dispose();
  return { at, standing, size: next };
}

/** The second file: the functions of `later`, which put themselves into the table. */
function second(wasm, later, { standing, size }) {
  const module = read(wasm);
  const { table, globals } = shared(module);
  const names = new Map();
  const name = (kind, inner) => names.set(`${kind} ${inner}`, short(names.size)).get(`${kind} ${inner}`);
  for (const { name } of module.exported) module.removeExport(name);
  for (const { name } of module.elements) module.removeElementSegment(name);
  for (const func of module.functions) {
    if (later.has(func.name)) continue;
    module.removeFunction(func.name);
    module.addFunctionImport(func.name, "m", name("function", func.name), func.params, func.results);
  }
  for (const global of globals) {
    module.removeGlobal(global.name);
    module.addGlobalImport(global.name, "m", name("global", global.name), global.type, true);
  }
  const memory = "0";
  module.setMemory(1, -1, null, [], false, false, memory);
  module.addMemoryImport(memory, "m", name("memory", memory), false);
  module.removeTable(table);
  module.addTable(table, size, size);
  module.addTableImport(table, "m", name("table", table));
  const rows = [...standing].sort(([a], [b]) => a - b);
  for (let from = 0; from < rows.length; ) {
    let until = from + 1;
    while (until < rows.length && rows[until][0] === rows[until - 1][0] + 1) until++;
    const run = rows.slice(from, until);
    const start = module.i32.const(run[0][0]);
    module.addActiveElementSegment(table, `e${from}`, run.map(([, name]) => name), start);
    from = until;
  }
  if (!module.validate()) throw new Error("the second file is not valid");
  const bytes = named(module.emitBinary(), [UNUSED]);
  module.dispose();
  const used = new Set(WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ name }) => name));
  return { bytes, exports: [...names].filter(([, short]) => used.has(short)) };
}

// Beyond any table.
const NOWHERE = 0x7fff_ffff;

/** The first file: `later`'s functions wait for the second file, then call it. */
function first(wasm, later, { at, size }, exports) {
  const module = read(wasm);
  const { table } = shared(module);
  const { i32, none } = binaryen;
  module.addFunctionImport("fetch second", "parts", "fetch", none, none);
  module.addGlobal("second is here", i32, true, module.i32.const(0));
  // Returns its argument, a place in the table, when the function for it has come.
  const ask = module.if(
    module.i32.eqz(module.global.get("second is here", i32)),
    module.block(null, [
      module.call("fetch second", [], none),
      module.global.set("second is here", module.i32.const(1)),
    ]),
  );
  module.addFunction("wait for", i32, i32, [], module.block(null, [ask, module.local.get(0, i32)], i32));
  for (const { name, params, results } of module.functions) {
    if (!later.has(name)) continue;
    module.removeFunction(name);
    const given = binaryen.expandType(params).map((type, index) => module.local.get(index, type));
    const place = module.call("wait for", [module.i32.const(at.get(name) ?? NOWHERE)], i32);
    module.addFunction(name, params, results, [], module.call_indirect(table, place, given, params, results));
  }
  module.removeTable(table);
  module.addTable(table, size, size);
  for (const [what, short] of exports) {
    const [kind, inner] = [what.slice(0, what.indexOf(" ")), what.slice(what.indexOf(" ") + 1)];
    if (kind === "function") module.addFunctionExport(inner, short);
    else if (kind === "global") module.addGlobalExport(inner, short);
    else if (kind === "memory") module.addMemoryExport(inner, short);
    else module.addTableExport(inner, short);
  }
  if (!module.validate()) throw new Error("the first file is not valid");
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** The names of a module's own functions. */
function own(wasm) {
  const module = read(wasm);
  const names = module.functions.filter(({ module }) => !module).map(({ name }) => name);
  module.dispose();
  return names;
}

/** The places in the table that a first file calls when the second has come. */
function placesOf(wasm) {
  const module = read(wasm);
  const is = (expression, id) => binaryen.getExpressionId(expression) === id;
  const found = [];
  for (const { module: imported, body } of module.functions) {
    if (imported || !is(body, binaryen.CallIndirectId)) continue;
    const { target } = binaryen.getExpressionInfo(body);
    if (!is(target, binaryen.CallId)) continue;
    const { operands } = binaryen.getExpressionInfo(target);
    if (operands.length !== 1 || !is(operands[0], binaryen.ConstId)) continue;
    found.push(binaryen.getExpressionInfo(operands[0]).value);
  }
  module.dispose();
  return found;
}

const script = readFileSync(join(from, "worker.js"), "utf8");
if (!script.includes(IMPORTS)) throw new Error(`worker.js does not say ${IMPORTS}`);
const whole = named(readFileSync(join(from, "worker_bg.wasm")), [...SMALLER, ...ORDERED]);
const now = called(whole, script);
const later = new Set(own(whole).filter((name) => !now.has(name)));
// Only what the first file calls needs a place in the table.
const everything = places(whole, later, later);
const trial = named(first(whole, later, everything, []), [UNUSED]);
const wanted = placesOf(trial).map((at) => everything.standing.get(at));
const place = places(whole, later, new Set(wanted));
const rest = second(whole, later, place);
const main = named(first(whole, later, place, rest.exports), [UNUSED, ...ORDERED]);
if (placesOf(main).some((at) => !place.standing.has(at))) throw new Error("a function has no place in the table");
const STRIP = ["--strip-debug", "--strip-producers"];
writeFileSync(join(to, "worker_bg.wasm"), wasmOpt(main, STRIP).wasm);
writeFileSync(join(to, "worker_rest.wasm"), wasmOpt(rest.bytes, [UNUSED, ...STRIP]).wasm);
const linked = script.replace(IMPORTS, `${IMPORTS} "parts": self.hsmlabParts,`);
const small = await minify(linked, { compress: { passes: 3 }, mangle: true });
writeFileSync(join(to, "worker.js"), small.code);
const all = now.size + later.size;
console.log(`Of the worker's ${all} functions, ${now.size} come first; they call ${wanted.length} of the rest.`);
