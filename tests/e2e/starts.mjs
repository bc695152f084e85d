// How fast worlds begin, in headless Chromium: from the click on each lab to a prompt that takes a line,
// reload of the finished first lab, and reload of a playground of 1,000 lines. Medians of several runs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { launch, ready, root, serve, steps, stored, terminal, type } from "./support.mjs";

const runs = Number(process.env.HSMLAB_RUNS ?? 5);
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const say = (name, times) =>
  console.log(`${name} ${median(times).toFixed(0)} (${times.map((time) => time.toFixed(0)).join(", ")})`);

const server = await serve();

/** From the click on a lab's card to its prompt; each run has a browser of its own. */
async function click(id) {
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(server.address);
  const card = page.locator(`a[href="#/lab/${id}"]`).last();
  await card.waitFor();
  // A learner reads before the click: the worker has loaded meanwhile.
  await page.waitForTimeout(2000);
  const start = performance.now();
  await card.click();
  await ready(page);
  const time = performance.now() - start;
  await browser.close();
  return time;
}

/** Reloads an open page until its prompt takes a line. */
async function reload(page) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    await page.waitForTimeout(1500);
    const start = performance.now();
    await page.reload();
    await ready(page);
    times.push(performance.now() - start);
  }
  return times;
}

const labs = JSON.parse(await readFile(join(root, "static/labs/index.json"), "utf8"));
for (const { id } of labs) {
  const times = [];
  for (let run = 0; run < runs; run++) times.push(await click(id));
  say(`click_${id}_ms`, times);
}

const browser = await launch();
const page = await browser.newPage();
await page.goto(`${server.address}#/lab/first-cluster`);
await ready(page);
for (const step of await steps("first-cluster.md")) {
  for (const block of step.blocks) {
    await terminal(page, block.on);
    for (const line of block.lines) await type(page, line);
  }
}
await page.waitForTimeout(3000);
say("reload_first_cluster_ms", await reload(page));

await page.goto(`${server.address}#/playground`);
await ready(page);
const kinds = ["ls -l", "echo a > f", "aws ec2 describe-vpcs", "cat f | wc -l", "aws sts get-caller-identity"];
await page.getByTestId("terminal-input").click();
for (let at = 0; at < 1000; at++) await type(page, `${kinds[at % kinds.length]} # ${at}`);
await stored(page, "playground", "# 999");
say("reload_1000_lines_ms", await reload(page));
await browser.close();
server.close();
