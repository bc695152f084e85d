// Loads the simulated world's wasm into the Web Worker, and reports a failure to the page. Messages are
// JSON text, read by web/src/bridge/message.rs.
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

async function start() {
  importScripts("./worker.js");
  const wasm = await fetch("./worker_bg.wasm");
  if (!wasm.ok) throw new Error(`worker_bg.wasm could not be fetched: status ${wasm.status}`);
  await wasm_bindgen({ module_or_path: wasm });
}
start().catch(fail);
