// The terminal: the changes of one command in the page, a screen reader's output, and scrolling.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { alone, ready, serve, type } from "./support.mjs";

let server;

before(async () => {
  server = await serve();
});

after(() => server?.close());

/** A playground in its own browser. */
const playground = (t) => alone(t, server, "playground");

/** Waits for frames, so that everything after a command has been drawn. */
const settled = (page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
  });

/** Runs the line that is in the input field without moving the focus, and waits for its end. */
async function runUnfocused(page, line) {
  await page.evaluate((line) => {
    const field = document.querySelector('[data-testid="terminal-input"]');
    field.value = line;
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  }, line);
  await ready(page);
  await settled(page);
}

/** The changes of the terminals' part of the page that one line makes. */
async function changes(page, line) {
  await settled(page);
  await page.evaluate(() => {
    window.records = 0;
    window.watch = new MutationObserver((records) => (window.records += records.length));
    const everything = { attributes: true, characterData: true, childList: true, subtree: true };
    window.watch.observe(document.querySelector(".terminals"), everything);
  });
  await type(page, line);
  await settled(page);
  return page.evaluate(() => {
    window.watch.disconnect();
    return window.records;
  });
}

/** Records the live regions of the front terminal, like a screen reader. */
async function listen(page) {
  await page.evaluate(() => {
    const log = document.querySelector('[data-testid="terminal-output"]');
    const status = document.querySelector('[data-testid="terminal-status"]');
    window.heard = { rows: [], removed: 0, status: [], live: log.getAttribute("aria-live") };
    new MutationObserver((records) => {
      for (const record of records) {
        window.heard.removed += record.removedNodes.length;
        for (const node of record.addedNodes) {
          const rows = node.matches(".term-row") ? [node] : [...node.querySelectorAll(".term-row")];
          window.heard.rows.push(...(rows.length > 0 ? rows : [node]).map((row) => row.textContent));
        }
      }
    }).observe(log, { childList: true, subtree: true });
    new MutationObserver(() => {
      if (status.textContent) window.heard.status.push(status.textContent);
    }).observe(status, { childList: true, characterData: true, subtree: true });
  });
}

test("one line changes as little on a full screen as on a fresh one", async (t) => {
  const { page, errors } = await playground(t);
  // The first line of a page also fills the history.
  await type(page, "echo first");
  const fresh = await changes(page, "echo hello");
  assert.ok(fresh > 0 && fresh < 40, `${fresh} changes on a fresh screen`);
  await type(page, "seq 1 2000");
  assert.ok((await page.locator(".term-row").count()) > 2000);
  assert.equal(await changes(page, "echo hello"), fresh, "after 2,000 rows");
  await type(page, "seq 1 3500");
  await type(page, "echo over");
  assert.equal(await changes(page, "echo hello"), fresh, "on a screen that drops its oldest rows");
  assert.deepEqual(errors, []);
});

for (const filled of [0, 2000]) {
  test(`a screen reader hears each row once and in order, after ${filled} rows`, async (t) => {
    const { page, errors } = await playground(t);
    if (filled > 0) await type(page, `seq 1 ${filled}`);
    const prompt = await page.getByTestId("terminal-prompt").textContent();
    await listen(page);
    for (const line of ["echo one", "cat no-such-file", "seq 5 8", "echo one"]) await type(page, line);
    await settled(page);
    const heard = await page.evaluate(() => window.heard);
    assert.equal(heard.live, "polite");
    assert.deepEqual(heard.rows, [
      `${prompt}echo one`,
      "one",
      `${prompt}cat no-such-file`,
      "cat: no-such-file: No such file or directory",
      `${prompt}seq 5 8`,
      "5",
      "6",
      "7",
      "8",
      `${prompt}echo one`,
      "one",
    ]);
    assert.equal(heard.removed, 0);
    assert.deepEqual(heard.status, ["Done.", "Failed: exit status 1.", "Done.", "Done."]);
    assert.deepEqual(errors, []);
    });
}

test("many rows at once arrive in order, also after a chunk has begun", async (t) => {
  const { page } = await playground(t);
  await type(page, "echo begun");
  await listen(page);
  await type(page, "seq 1 300");
  await settled(page);
  const rows = await page.evaluate(() => window.heard.rows.slice(1));
  assert.deepEqual(rows, Array.from({ length: 300 }, (_, at) => String(at + 1)));
  // A continued line is one row.
  await type(page, "printf one; printf two");
  const last = page.getByTestId("terminal-output").locator(".term-row").last();
  assert.match(await last.textContent(), /^onetwo/);
});

test("rows keep their nodes, and a selection in them survives new output", async (t) => {
  const { page, errors } = await playground(t);
  await type(page, "echo remarkable");
  await type(page, "seq 1 100");
  await page.evaluate(() => (window.nodes = [...document.querySelectorAll(".term-row")]));
  await page.getByTestId("terminal-output").getByText("37", { exact: true }).dblclick();
  const selected = () => page.evaluate(() => getSelection().toString());
  assert.equal((await selected()).trim(), "37");
  const before = await selected();
  await runUnfocused(page, "echo new");
  await runUnfocused(page, "seq 1 200");
  assert.equal(await selected(), before, "the selection");
  const same = await page.evaluate(() => {
    const now = document.querySelectorAll(".term-row");
    return now.length > window.nodes.length && window.nodes.every((node, at) => node === now[at]);
  });
  assert.ok(same, "the nodes");
  // Typing goes to the input line even while text is selected.
  await page.keyboard.type("echo typed");
  assert.equal(await page.getByTestId("terminal-input").inputValue(), "echo typed");
  assert.deepEqual(errors, []);
});

test("the terminal scrolls to new output, unless the reader has scrolled back", async (t) => {
  const { page } = await playground(t);
  const inSight = () =>
    page.evaluate(() => {
      const body = document.querySelector(".term-body:not([hidden])").getBoundingClientRect();
      const line = document.querySelector(".term-body:not([hidden]) .term-line").getBoundingClientRect();
      return line.bottom <= body.bottom + 1 && line.top >= body.top;
    });
  await type(page, "seq 1 1000");
  await settled(page);
  assert.ok(await inSight(), "after many rows");
  await page.setViewportSize({ width: 1000, height: 560 });
  await settled(page);
  assert.ok(await inSight(), "in a smaller window");
  await page.locator(".term-body:not([hidden])").hover();
  await page.mouse.wheel(0, -3000);
  await page.waitForFunction(() => {
    const body = document.querySelector(".term-body:not([hidden])");
    return body.scrollHeight - body.scrollTop - body.clientHeight > 1000;
  });
  await settled(page);
  await runUnfocused(page, "seq 1 50");
  assert.ok(!(await inSight()), "a reader who scrolled back stays there");
  await page.mouse.wheel(0, 100_000);
  await page.waitForFunction(() => {
    const body = document.querySelector(".term-body:not([hidden])");
    return body.scrollHeight - body.scrollTop - body.clientHeight < 2;
  });
  await runUnfocused(page, "seq 1 50");
  assert.ok(await inSight(), "the end is followed again");
});

test("the input line grows with its text, and shrinks after it", async (t) => {
  const { page } = await playground(t);
  const input = page.getByTestId("terminal-input");
  const height = async () => (await input.boundingBox()).height;
  const one = await height();
  await input.fill("echo one \\\n  two \\\n  three");
  const three = await height();
  assert.ok(Math.abs(three - 3 * one) < 2, `${three} for three lines of ${one}`);
  await input.fill(`echo ${"long ".repeat(100)}`);
  assert.ok((await height()) >= 2 * one, "a long line wraps");
  await input.fill("echo");
  assert.equal(await height(), one);
});
