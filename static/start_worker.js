// Loads the simulated world's wasm into the Web Worker, and reports a failure to the page. Messages are
// JSON text, as core/protocol/src/message.rs describes them.
//
// A build cuts the wasm into two files (xtask/worker.mjs): what a first world needs until its prompt, and the
// rest. The rest is fetched in the background. A command that needs it before it has come waits for it.
const say = (message) => postMessage(JSON.stringify(message));
const fail = (error) => say({ unloaded: String(error?.message ?? error) });

// The browser releases this lock whenever the worker ends. The page waits for the lock.
const life = `hsmlab.worker.${Date.now()}.${Math.random()}`;
navigator.locks
  ?.request(life, () => {
    say({ lives: life });
    return new Promise(() => {});
  })
  // A browser that stores nothing for this page gives it no locks either.
  .catch(() => {});

// A build puts hashes into these names. One for development has a single wasm, and an empty name for the rest.
const [script, program, rest] = ["./worker.js", "./worker_bg.wasm", "./worker_rest.wasm"];

// How long after the first file the rest is fetched if no world begins, in ms: on a slow line the page is still
// loading then, so at least twice as long as the first file took.
const PATIENCE = 2_000;
// How often a file is requested before the failure is reported.
const TRIES = 3;

let first; // What the first file exports.
let here = rest === ""; // The rest is in.
let coming; // A promise of the rest.

const failed = (file, why) => new Error(`${file.slice(2)} could not be fetched: ${why}`);

async function fetched(file, options) {
  const answer = await fetch(file, options);
  if (!answer.ok) throw failed(file, `status ${answer.status}`);
  return answer;
}

/** Puts the rest's functions into the function table that both files share. */
function enter(module) {
  if (here) return;
  new WebAssembly.Instance(module, { m: first });
  here = true;
}

/** Fetches the rest in the background; if that fails, it is fetched when it is needed. */
function ahead() {
  coming ??= fetched(rest, { priority: "low" })
    .then((answer) => answer.arrayBuffer())
    .then((bytes) => WebAssembly.compile(bytes))
    .then(enter)
    .catch(() => (coming = undefined));
  return coming;
}

/** Fetches the rest within the call: code of the world calls this, and cannot continue without it. */
function now() {
  let why;
  for (let tries = 0; tries < TRIES && !here; tries++) {
    try {
      const request = new XMLHttpRequest();
      request.open("GET", rest, false);
      request.responseType = "arraybuffer";
      request.send();
      if (request.status !== 200) throw new Error(`status ${request.status}`);
      enter(new WebAssembly.Module(request.response));
    } catch (error) {
      why = error.message;
    }
  }
  if (here) return;
  // The page ends this worker, and a new one repeats the work up to the last command.
  const error = failed(rest, why);
  fail(error);
  throw error;
}
self.hsmlabParts = { fetch: now };

/** True for a request that will need the rest: a world with a past. */
const needsRest = (text) => text.startsWith('{"type":"restore"') || text.includes('"worlds":{"');

/** Passes messages on to the world; a request that needs the rest waits for it, and so do those after it. */
function listen() {
  const hear = self.onmessage;
  const waiting = [];
  const passOn = () => {
    while (waiting.length > 0) hear(waiting.shift());
  };
  self.onmessage = (event) => {
    if (event.data === "ping") return hear(event);
    if (!here && waiting.length === 0 && needsRest(event.data)) {
      // A timer, so that an error within the world reaches the page.
      ahead().finally(() => setTimeout(passOn));
    } else if (waiting.length === 0) {
      hear(event);
      if (!here && event.data.startsWith('{"type":"start"')) setTimeout(ahead);
      return;
    }
    waiting.push(event);
  };
  if (!here) setTimeout(ahead, Math.max(PATIENCE, 2 * performance.now()));
}

async function start() {
  importScripts(script);
  first = await wasm_bindgen({ module_or_path: await fetched(program) });
  listen();
}
start().catch(fail);
