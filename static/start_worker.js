// Loads the simulated world's wasm into the Web Worker, and reports a failure to the page. Messages are
// JSON text, as core/protocol/src/message.rs describes them.
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

// A build puts hashes into these names.
const [script, program] = ["./worker.js", "./worker_bg.wasm"];

async function start() {
  importScripts(script);
  const wasm = await fetch(program);
  if (!wasm.ok) throw new Error(`${program.slice(2)} could not be fetched: status ${wasm.status}`);
  await wasm_bindgen({ module_or_path: wasm });
}
start().catch(fail);
