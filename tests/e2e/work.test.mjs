// No work is lost: two tabs on one lab, imports good and bad, a browser that stores nothing.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inspect, launch, ready, screen, serve, stored, type } from "./support.mjs";

let server, browser;

before(async () => {
  server = await serve();
});

after(() => server?.close());

/** A test with its own browser, in which nothing is stored yet. */
function fresh(name, run, prepare) {
  test(name, async () => {
    browser = await launch({ prepare });
    browser.setDefaultTimeout(30_000);
    try {
      await run();
    } finally {
      await browser.close();
    }
  });
}

const playground = () => `${server.address}#/playground`;

async function open(address = playground()) {
  const page = await browser.newPage();
  await page.goto(address);
  return page;
}

const stopped = (page, title) => page.getByRole("dialog", { name: title });

/** Returns a command's output, without anything that was on the screen before. */
async function prints(page, line) {
  await type(page, "clear");
  await type(page, line);
  return screen(page);
}

async function menu(page, name) {
  await page.getByTestId("menu").click();
  await page.getByRole("menuitem", { name }).click();
}

async function choose(page, name, text) {
  await page.getByTestId("import").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
}

async function exported(page) {
  const download = page.waitForEvent("download");
  await menu(page, "Export your work");
  return readFile(await (await download).path(), "utf8");
}

const without = {
  "Web Locks": () => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
  nothing: () => {},
};

for (const [what, remove] of Object.entries(without)) {
  fresh(`without ${what}: a second tab takes over all work of the first, and the first takes it back`, async () => {
    await browser.addInitScript(remove);
    const first = await open();
    await type(first, "touch one");
    const second = await open();
    await stopped(second, "This lab is open in another tab").waitFor();
    if (what === "nothing") await inspect(second, "open-elsewhere");
    // The first tab continues, and its last line is newer than its last save.
    await type(first, "touch two");
    await second.getByRole("button", { name: "Take over here" }).click();
    await ready(second);
    assert.match(await prints(second, "ls"), /one[\s\S]*two/);
    await stopped(first, "This lab continues in another tab").waitFor();
    if (what === "nothing") await inspect(first, "continues-elsewhere");
    await type(second, "touch three");
    await first.getByRole("button", { name: "Take it back" }).click();
    await ready(first);
    assert.match(await prints(first, "ls"), /one[\s\S]*three[\s\S]*two/);
    await stopped(second, "This lab continues in another tab").waitFor();
    assert.equal(await second.getByRole("link", { name: "All labs" }).getAttribute("href"), "#/");
  });
}

fresh("a tab that waits continues once the other is closed", async () => {
  const first = await open();
  await type(first, "touch one");
  await stored(first, "playground", "touch one");
  const second = await open();
  await stopped(second, "This lab is open in another tab").waitFor();
  await first.close();
  await ready(second);
  assert.match(await prints(second, "ls"), /one/);
});

fresh("leaving a lab saves the latest work, and the next screen finds it", async () => {
  const page = await open();
  await type(page, "touch last");
  await page.goto(`${server.address}#/`);
  await page.getByTestId("playground").click();
  assert.match(await prints(page, "ls"), /last/);
});

fresh("a tab that does not answer loses the lab and writes nothing more", async () => {
  const first = await open();
  await type(first, "touch one");
  await stored(first, "playground", "touch one");
  first.workers()[0].evaluate(() => { for (;;); }).catch(() => {});
  await first.getByTestId("terminal-input").fill("touch lost");
  await first.getByTestId("terminal-input").press("Enter");
  const second = await open();
  await second.getByRole("button", { name: "Take over here" }).click();
  await stopped(second, "The other tab does not answer").waitFor();
  await inspect(second, "does-not-answer");
  await second.getByRole("button", { name: "Take over anyway" }).click();
  await ready(second);
  assert.match(await prints(second, "ls"), /one/);
  await stopped(first, "This lab continues in another tab").waitFor();
});

fresh("without locks and channels an older save is still refused, and its work can be exported", async () => {
  await browser.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
    delete window.BroadcastChannel;
  });
  const first = await open();
  await ready(first);
  const second = await open();
  await ready(second);
  await type(first, "touch newer");
  await stored(first, "playground", "touch newer");
  await second.getByTestId("terminal-input").fill("touch older");
  await second.getByTestId("terminal-input").press("Enter");
  await stopped(second, "This lab continues in another tab").waitFor();
  await inspect(second, "refused");
  const download = second.waitForEvent("download");
  await second.getByRole("button", { name: "Export this tab's work" }).click();
  assert.match(await readFile(await (await download).path(), "utf8"), /touch older/);
  await first.reload();
  const files = await prints(first, "ls");
  assert.ok(files.includes("newer") && !files.includes("older"), files);
});

fresh("an import asks, is stored at once, and can be undone", async () => {
  const page = await open();
  await type(page, "touch imported");
  const file = await exported(page);
  await menu(page, "Start over…");
  await page.getByTestId("confirm-yes").click();
  await page.locator('.lab[data-phase="running"]').waitFor();
  await ready(page);
  assert.doesNotMatch(await prints(page, "ls"), /imported/);
  await type(page, "touch precious");

  await choose(page, "mine.json", file);
  await page.getByRole("dialog", { name: "Replace your work?" }).waitFor();
  await inspect(page, "replace");
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.match(await prints(page, "ls"), /precious/);

  await choose(page, "mine.json", file);
  await page.getByTestId("confirm-yes").click();
  await page.getByText("mine.json is imported.").waitFor();
  await inspect(page, "imported");
  await page.waitForTimeout(100);
  await page.reload();
  await ready(page);
  const files = await prints(page, "ls");
  assert.ok(files.includes("imported") && !files.includes("precious"), files);

  for (const [here, gone] of [["precious", "imported"], ["imported", "precious"]]) {
    await menu(page, "Bring back the earlier work…");
    await page.getByTestId("confirm-yes").click();
    await page.getByText("The earlier work is back.").waitFor();
    const files = await prints(page, "ls");
    assert.ok(files.includes(here) && !files.includes(gone), files);
  }
});

fresh("a save that cannot be imported leaves the work untouched, and reports the error and its place", async () => {
  const page = await open();
  await type(page, "touch precious");
  const good = JSON.parse(await exported(page));
  const world = JSON.parse(good.save);
  const entry = { type: "line", terminal: "one", text: "ls" };
  const cases = [
    ["no JSON", "{broken", /not a save of HSM Lab.*position 1/],
    ["no save", "[1, 2]", /not a save of HSM Lab/],
    ["a newer format", JSON.stringify({ ...good, format: 99 }), /format 99/],
    ["no screens", JSON.stringify({ ...good, screens: undefined }), /damaged at “screens”/],
    ["another lab", JSON.stringify({ ...good, lab: "quorum" }), /belongs to another lab: quorum/],
    ["no world", JSON.stringify({ ...good, save: "{broken" }), /line 1 column 2/],
    ["a bad entry", JSON.stringify({ ...good, save: JSON.stringify({ ...world, journal: [entry] }) }), /line 1 column \d+/],
    ["another lab's world", JSON.stringify({ ...good, save: JSON.stringify({ ...world, lab: "quorum" }) }), /the lab was not provided/],
  ];
  for (const [name, text, words] of cases) {
    await choose(page, `${name}.json`, text);
    // The file is rejected immediately, or after a trial that the learner agreed to.
    const notice = page.getByTestId("notice");
    const yes = page.getByTestId("confirm-yes");
    await notice.or(yes).first().waitFor();
    if (await yes.isVisible()) await yes.click();
    await notice.waitFor();
    const said = await notice.innerText();
    assert.match(said, words, name);
    assert.match(said, /Your work in this lab is unchanged/, name);
    if (name === "a bad entry") await inspect(page, "not-imported");
    assert.match(await prints(page, "ls"), /precious/, name);
  }
  await stored(page, "playground", "touch precious");
  await page.reload();
  assert.match(await prints(page, "ls"), /precious/);
});

/** The badge, which no notice hides, and the file behind it. */
async function lasts(page, why) {
  const badge = page.getByTestId("not-saved");
  await badge.waitFor();
  for (const line of ["touch precious", "nonsense", "ls"]) await type(page, line);
  assert.ok(await badge.isVisible());
  await badge.click();
  const box = page.getByRole("dialog", { name: "Not saved" });
  assert.match(await box.innerText(), why);
  await inspect(page, "not-saved");
  const download = page.waitForEvent("download");
  await box.getByRole("button", { name: "Export your work" }).click();
  return readFile(await (await download).path(), "utf8");
}

fresh(
  "a browser that may not store anything says so as long as it does not, and the work can be exported",
  async () => {
    const page = await open();
    await ready(page);
    const file = await lasts(page, /does not save your work: .*(denied|forbid)/);
    await menu(page, "Start over…");
    await page.getByTestId("confirm-yes").click();
    await ready(page);
    assert.doesNotMatch(await prints(page, "ls"), /precious/);
    await choose(page, "mine.json", file);
    await page.getByTestId("confirm-yes").or(page.getByText("mine.json is imported.")).first().waitFor();
    if (await page.getByTestId("confirm-yes").isVisible()) await page.getByTestId("confirm-yes").click();
    await page.getByText("mine.json is imported.").waitFor();
    assert.match(await prints(page, "ls"), /precious/);
  },
  (profile) => {
    // The setting written by "Block all cookies" in the browser.
    mkdirSync(join(profile, "Default"));
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
    writeFileSync(join(profile, "Default/Preferences"), JSON.stringify(settings));
  },
);

fresh("a full storage is reported until there is room again; then the work is stored", async () => {
  const page = await open();
  await ready(page);
  const quota = (quotaSize) =>
    page.context().newCDPSession(page).then((session) =>
      session.send("Storage.overrideQuotaForOrigin", { origin: new URL(server.address).origin, quotaSize }));
  await quota(1);
  await type(page, "touch first");
  await lasts(page, /full/);
  // Another tab would not get this work, so this one keeps the lab, and both report it.
  const other = await open();
  await other.getByRole("button", { name: "Take over here" }).click();
  await stopped(other, "The other tab cannot save your work").waitFor();
  await inspect(other, "cannot-save");
  await other.close();
  await quota(undefined);
  await type(page, "touch later");
  await page.getByTestId("not-saved").waitFor({ state: "detached" });
  await page.reload();
  assert.match(await prints(page, "ls"), /first[\s\S]*later[\s\S]*precious/);
});
