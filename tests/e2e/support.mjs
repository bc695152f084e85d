// A static server for dist/, a browser, and a learner's hands for the lab screen.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../../", import.meta.url));

const types = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** The served folder: dist/ of this tree, or the folder that HSMLAB_DIST names. */
const dist = process.env.HSMLAB_DIST ?? join(root, "dist");

/** Serves dist/ below `/some/path/`, like a course site; returns the address. Files whose names match
    the last argument of `refuse` are not found. */
export async function serve() {
  const below = "/some/path/";
  let refused = /^$/;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    if (!path.startsWith(below)) return response.writeHead(404).end();
    const name = normalize(path.slice(below.length) || "index.html");
    if (name.startsWith("..")) return response.writeHead(403).end();
    if (refused.test(name)) return response.writeHead(404).end();
    try {
      const bytes = await readFile(join(dist, name));
      response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `http://127.0.0.1:${server.address().port}${below}`,
    refuse: (names = /^$/) => (refused = names),
    close: () => server.close(),
  };
}

/** Starts the system's Chromium; `fontSize` is the text size in its settings, in pixels, and `prepare` gets
    the profile's folder before. */
export async function launch({ fontSize, prepare = () => {} } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "hsmlab-"));
  prepare(profile);
  if (fontSize) {
    const webprefs = { default_font_size: fontSize, default_fixed_font_size: fontSize };
    await mkdir(join(profile, "Default"), { recursive: true });
    await writeFile(join(profile, "Default", "Preferences"), JSON.stringify({ webkit: { webprefs } }));
  }
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** The lab served, and a browser that all tests of a file share; both end with the file. */
export async function stage() {
  const server = await serve();
  const browser = await launch();
  after(async () => {
    await browser.close();
    server.close();
  });
  return { server, browser };
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The problems on the page that axe rates serious or critical. */
export async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations
    .filter((found) => found.impact === "serious" || found.impact === "critical")
    .map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/** Waits until the page is drawn and no transition is running. */
function settled(page) {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
}

/** Checks a state that a learner meets: axe at a phone's and a desk's width, nothing cut off; and, where
    HSMLAB_SHOTS names a folder, a picture of it at both widths in both themes. */
export async function inspect(page, name) {
  const before = page.viewportSize();
  for (const size of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
    await page.setViewportSize(size);
    for (const theme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await settled(page);
      const found = await serious(page);
      if (process.env.HSMLAB_SHOTS) {
        await page.screenshot({ path: join(process.env.HSMLAB_SHOTS, `${name}-${size.width}-${theme}.png`) });
      }
      assert.deepEqual(found, [], `accessibility of ${name} at ${size.width} px, ${theme}`);
    }
    // The bar and the overlays: no control is outside the window.
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll("header, dialog, .popup, .notice, .first, .prose-page")]
        .flatMap((box) => [...box.querySelectorAll("button, a")])
        .filter((part) => part.checkVisibility())
        .map((part) => [part.innerText || part.ariaLabel, part.getBoundingClientRect()])
        .filter(([, { left, right }]) => left < 0 || right > innerWidth)
        .map(([words]) => words));
    assert.deepEqual(outside, [], `cut off in ${name} at ${size.width} px`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
}

/** Collects the page's exceptions and logged errors. */
export function complaints(page) {
  const list = [];
  page.on("pageerror", (error) => list.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") list.push(message.text());
  });
  return list;
}

/** Waits until the front terminal accepts a line. */
export async function ready(page) {
  const input = '.lab[data-phase="running"] .term-line[data-busy="false"] [data-testid="terminal-input"]';
  await page.waitForSelector(input, { timeout: 60_000 });
}

/** Types one line into the front terminal and waits until it has run. */
export async function type(page, line) {
  await ready(page);
  const input = page.getByTestId("terminal-input");
  await input.fill(line);
  await input.press("Enter");
  await ready(page);
}

/** Waits until the browser holds a save of a lab that contains all of these words. */
export async function stored(page, lab, ...words) {
  const read = (lab) =>
    new Promise((done, failed) => {
      const open = indexedDB.open("hsmlab");
      open.onerror = failed;
      open.onsuccess = () => {
        const get = open.result.transaction("saves").objectStore("saves").get(lab);
        get.onsuccess = () => {
          open.result.close();
          done(get.result ?? "");
        };
      };
    });
  const end = Date.now() + 30_000;
  for (;;) {
    const save = await page.evaluate(read, lab);
    if (words.every((word) => save.includes(word))) return;
    if (Date.now() > end) assert.fail(`${words} are not in the save of ${lab}: ${save}`);
  }
}

/** An open lab (`playground`, `lab/quorum`) in its own browser, without saved work to restore. */
export async function alone(t, server, place) {
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const errors = complaints(page);
  await page.goto(`${server.address}#/${place}`);
  await ready(page);
  return { page, errors };
}

/** The text on the front terminal's screen. */
export function screen(page) {
  return page.getByTestId("terminal-output").innerText();
}

/** Brings the terminal of a host to the front, and opens it if there is none. */
export async function terminal(page, title) {
  const tabs = page.locator('[data-testid^="terminal-tab-"]');
  const tab = tabs.filter({ hasText: title });
  if ((await tab.count()) > 0) {
    await tab.first().click();
  } else {
    const count = await tabs.count();
    await page.getByRole("button", { name: "New terminal" }).click();
    await page.getByRole("menuitem", { name: title }).first().click();
    await tabs.nth(count).waitFor();
  }
  await ready(page);
}

/** Returns the text to type for a line of a lab: for `#? Enter password: Pass-1` the answer. */
function typed(line) {
  if (!line.startsWith("#? ")) return line;
  return /[:?]\s*$/.test(line) ? "" : /^.*[:?] (.*)$/.exec(line)[1];
}

/** The commands of a lab file's steps: `{ id, on, lines }`, in order. */
export async function steps(file) {
  const text = await readFile(join(root, "static/labs", file), "utf8");
  const list = [];
  for (const part of text.split(/^## /m).slice(1)) {
    const id = /\{#([a-z0-9-]+)\}/.exec(part)?.[1];
    if (!id || id === "outro") continue;
    const blocks = [...part.matchAll(/^```(sh|powershell|solution)([^\n]*)\n([\s\S]*?)^```/gm)]
      .filter(([, , info]) => !info.includes("example"))
      .map(([, , info, body]) => ({
        on: /on=(\S+)/.exec(info)?.[1] ?? "CloudShell",
        lines: body.trimEnd().split("\n").map(typed),
      }));
    list.push({ id, blocks });
  }
  return list;
}
