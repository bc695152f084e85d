// Failures of the worker, the page or a lab's file are reported. The work is kept, and the learner can
// continue.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect, launch, ready, screen, serve, stored, type } from "./support.mjs";

let server, browser;

before(async () => {
  server = await serve();
});

after(() => server?.close());

/** A test with its own browser. */
function fresh(name, run) {
  test(name, async () => {
    browser = await launch();
    browser.setDefaultTimeout(30_000);
    // The page's workers, so that a test can end one like a crash: without a message to the page.
    await browser.addInitScript(() => {
      window.workers = [];
      window.Worker = class extends Worker {
        constructor(...given) {
          super(...given);
          window.workers.push(this);
        }
      };
    });
    try {
      await run();
    } finally {
      server.refuse();
      await browser.close();
    }
  });
}

async function open(hash = "#/playground") {
  const page = await browser.newPage();
  await page.goto(`${server.address}${hash}`);
  return page;
}

const stopped = (page, title) => page.getByRole("dialog", { name: title });

/** A world with a file in it, saved in the browser. */
async function world(file) {
  const page = await open();
  await type(page, `touch ${file}`);
  await stored(page, "playground", `touch ${file}`);
  return page;
}

async function has(page, file) {
  await type(page, "clear");
  await type(page, "ls");
  assert.ok((await screen(page)).includes(file), await screen(page));
}

async function submit(page, line) {
  const input = page.getByTestId("terminal-input");
  await input.fill(line);
  await input.press("Enter");
}

const kill = (page) => page.evaluate(() => window.workers.at(-1).terminate());

fresh("an idle worker that ends is reported and restarted with all work", async () => {
  const page = await world("idle");
  await kill(page);
  await stopped(page, "The lab has stopped").waitFor();
  await inspect(page, "worker-ended");
  await page.getByRole("button", { name: "Restart from the last command" }).click();
  await has(page, "idle");
});

fresh("a worker that ends during a command is reported and restarted with the work before it", async () => {
  const page = await world("busy");
  await submit(page, "openssl genrsa -out big.pem 4096");
  await kill(page);
  await stopped(page, "The lab has stopped").waitFor();
  await page.getByRole("button", { name: "Restart from the last command" }).click();
  await has(page, "busy");
  assert.ok(!(await screen(page)).includes("big.pem"));
});

fresh("without Web Locks an idle worker that ends is detected when it stops answering", async () => {
  const page = await browser.newPage();
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  // While the clock runs, the page queries the world four times a second.
  await page.getByTestId("pause").click();
  await kill(page);
  await stopped(page, "The lab has stopped").waitFor();
});

fresh("a worker that does not answer can be stopped by the learner", async () => {
  const page = await world("hung");
  page.workers().at(-1).evaluate(() => { for (;;); }).catch(() => {});
  await submit(page, "echo never");
  await page.getByTestId("working").waitFor();
  await inspect(page, "still-working");
  await page.getByRole("button", { name: "Restart from the last command" }).click();
  await has(page, "hung");
  assert.equal(await page.getByTestId("working").count(), 0);
});

fresh("a long command is not reported as a failure", async () => {
  const page = await open();
  await type(page, "openssl genrsa -out long.pem 4096");
  assert.equal(await page.getByTestId("stopped").count(), 0);
  assert.equal(await page.getByTestId("working").count(), 0);
  await has(page, "long.pem");
});

for (const [file, name] of [
  ["worker_bg.wasm", /^worker-\w+_bg\.wasm$/],
  ["worker.js", /^worker-\w+\.js$/],
  ["start_worker.js", /^start_worker-\w+\.js$/],
]) {
  fresh(`${file} cannot be fetched: said, and tried again`, async () => {
    server.refuse(name);
    const page = await open();
    const dialog = stopped(page, "The lab could not be loaded");
    await dialog.waitFor();
    if (file === "worker_bg.wasm") {
      await inspect(page, "worker-not-loaded");
      assert.match(await dialog.innerText(), /worker-\w+_bg\.wasm.*404/);
    }
    assert.ok(!(await page.locator("body").innerText()).includes("1970"));
    server.refuse();
    await page.getByRole("button", { name: "Try again" }).click();
    await ready(page);
    });
}

// The worker's second file: xtask/worker.mjs.
const rest = /^worker_rest-\w+\.wasm$/;

async function refusedRest(page) {
  const dialog = stopped(page, "The lab could not be loaded");
  await dialog.waitFor();
  assert.match(await dialog.innerText(), /worker_rest-\w+\.wasm could not be fetched: status 404/);
  return dialog;
}

fresh("the first prompt needs no second part; a command that needs it says so and is possible again", async () => {
  server.refuse(rest);
  const page = await open();
  await ready(page);
  await type(page, "echo first > kept");
  await stored(page, "playground", "echo first > kept");
  await submit(page, "openssl version");
  await refusedRest(page);
  await inspect(page, "worker-rest-not-loaded");
  server.refuse();
  await page.getByRole("button", { name: "Try again" }).click();
  await ready(page);
  await type(page, "openssl version");
  assert.match(await screen(page), /OpenSSL 3/);
  await has(page, "kept");
});

fresh("a saved world that needs the second part is opened when the part can be fetched again", async () => {
  const page = await world("later");
  server.refuse(rest);
  await page.reload();
  await refusedRest(page);
  server.refuse();
  await page.getByRole("button", { name: "Try again" }).click();
  await has(page, "later");
});

fresh("the second part is fetched once, after the first prompt, without a command", async () => {
  const page = await browser.newPage();
  const fetched = [];
  page.on("request", (request) => fetched.push(new URL(request.url()).pathname.split("/").pop()));
  const came = page.waitForResponse((response) => rest.test(response.url().split("/").pop()));
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  await came;
  await type(page, "openssl version");
  assert.match(await screen(page), /OpenSSL 3/);
  assert.equal(fetched.filter((name) => rest.test(name)).length, 1);
});

for (const [what, name] of [["wasm", /^app.*\.wasm$/], ["script", /^app.*\.js$/]]) {
  fresh(`the page's ${what} cannot be fetched: said, and tried again`, async () => {
    server.refuse(name);
    const page = await open();
    await page.getByRole("heading", { name: "HSM Lab could not be loaded" }).waitFor();
    await inspect(page, `page-${what}-not-loaded`);
    server.refuse();
    await page.getByRole("button", { name: "Try again" }).click();
    await ready(page);
    assert.match(page.url(), /#\/playground$/);
    });
}

fresh("a page that loads for long offers to try again, and continues when it is there", async () => {
  const page = await browser.newPage();
  await page.clock.install();
  let go;
  const gone = new Promise((done) => (go = done));
  await page.route(/app.*\.wasm$/, async (route) => {
    await gone;
    await route.continue();
  });
  await page.goto(`${server.address}#/playground`, { waitUntil: "commit" });
  await page.getByText("HSM Lab is loading…").waitFor();
  await page.clock.fastForward(16_000);
  await page.getByRole("heading", { name: "HSM Lab is still loading…" }).waitFor();
  await inspect(page, "page-slow");
  go();
  await page.getByTestId("clock").waitFor();
});

fresh("a lab that does not exist: other labs are offered, and no empty world", async () => {
  const page = await open("#/lab/first-clutser");
  await page.getByRole("heading", { name: "There is no lab at this address" }).waitFor();
  await inspect(page, "unknown-lab");
  assert.equal(await page.title(), "No such lab – HSM Lab");
  assert.equal(await page.getByTestId("terminal-input").count(), 0);
  const cards = page.locator(".card a");
  assert.equal(await cards.first().getAttribute("href"), "#/lab/first-cluster");
  await cards.first().click();
  await ready(page);
});

for (const file of ["labs/first-cluster.md", "labs/index.json"]) {
  fresh(`${file} cannot be fetched: said, and tried again`, async () => {
    server.refuse(new RegExp(`^${file}$`));
    const page = await open("#/lab/first-cluster");
    const dialog = stopped(page, "The lab could not be opened");
    await dialog.waitFor();
    assert.ok((await dialog.innerText()).includes(`${file} could not be fetched: status 404`));
    if (file.endsWith("md")) await inspect(page, "lab-file");
    server.refuse();
    await page.getByRole("button", { name: "Try again" }).click();
    await ready(page);
    });
}
