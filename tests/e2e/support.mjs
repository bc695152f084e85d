// A static server for dist/, a browser, and a learner's hands for the lab screen.
import { createServer } from "node:http";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
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

/** The folder that is served: dist/ of this tree, or HSMLAB_DIST. */
const dist = process.env.HSMLAB_DIST ?? join(root, "dist");

/** Serves dist/ below `/some/path/`, as a course site would; gives the address. */
export async function serve() {
  const below = "/some/path/";
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    if (!path.startsWith(below)) return response.writeHead(404).end();
    const name = normalize(path.slice(below.length) || "index.html");
    if (name.startsWith("..")) return response.writeHead(403).end();
    try {
      const bytes = await readFile(join(dist, name));
      response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}${below}`, close: () => server.close() };
}

/** Starts the system's Chromium; `fontSize` is the text size in its settings, in pixels. */
export async function launch({ fontSize } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "hsmlab-"));
  if (fontSize) {
    const webprefs = { default_font_size: fontSize, default_fixed_font_size: fontSize };
    await mkdir(join(profile, "Default"));
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

/** Notes what the page should not do: throw, or log an error. */
export function complaints(page) {
  const list = [];
  page.on("pageerror", (error) => list.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") list.push(message.text());
  });
  return list;
}

/** Waits until the front terminal can take a line. */
export async function ready(page) {
  await page.waitForSelector('.term-line[data-busy="false"] [data-testid="terminal-input"]', { timeout: 120_000 });
}

/** Types one line into the front terminal and waits until it has been carried out. */
export async function type(page, line) {
  await ready(page);
  const input = page.getByTestId("terminal-input");
  await input.fill(line);
  await input.press("Enter");
  await ready(page);
}

/** What stands on the front terminal's screen. */
export function screen(page) {
  return page.getByTestId("terminal-output").innerText();
}

/** Brings the terminal of a host to the front, opening it where there is none. */
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

/** What is typed for a line of a lab: of `#? Enter password: Pass-1` the answer. */
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
