// The whole lab in a real browser, as a learner types it, with a reload half-way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { complaints, ready, screen, serious, stage, steps, terminal, type } from "./support.mjs";

const { server, browser } = await stage();

test("a newcomer does the whole lab, and continues where they were after a reload", async () => {
  const page = await browser.newPage();
  const errors = complaints(page);
  await page.goto(server.address);
  assert.deepEqual(await serious(page), [], "accessibility of the home page");
  await page.getByTestId("start").first().click();
  await ready(page);
  const list = await steps("first-cluster.md");
  for (const [index, step] of list.entries()) {
    for (const block of step.blocks) {
      await terminal(page, block.on);
      for (const line of block.lines) await type(page, line);
    }
    const state = page.getByTestId(`step-${step.id}`);
    await page
      .waitForFunction(
        (id) => document.querySelector(`[data-testid="step-${id}"]`)?.dataset.state === "done",
        step.id,
        { timeout: 60_000 },
      )
      .catch(async () => {
        assert.fail(`step ${step.id} is ${await state.getAttribute("data-state")}\n${await screen(page)}`);
      });
    if (index === Math.floor(list.length / 2)) {
      // The page saves automatically, a moment after each change.
      await page.waitForTimeout(2500);
      await page.reload();
      await ready(page);
      assert.equal(await page.getByTestId(`step-${step.id}`).getAttribute("data-state"), "done", "after the reload");
    }
  }
  assert.deepEqual(await serious(page), [], "accessibility of the lab");
  assert.deepEqual(errors, [], "errors of the page");
  await page.close();
});

test("faults are started by hand, shown on the diagram, and ended by hand", async () => {
  const page = await browser.newPage();
  const errors = complaints(page);
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  // A cluster with one HSM, as in the first lab.
  for (const step of (await steps("first-cluster.md")).slice(0, 3)) {
    for (const block of step.blocks) for (const line of block.lines) await type(page, line);
  }
  const hsms = page.locator('[role="button"][aria-label^="HSM "]');
  await hsms.first().waitFor();
  const first = /hsm-\w+/.exec(await hsms.first().getAttribute("aria-label"))[0];
  const hsm = page.locator(`[role="button"][aria-label^="HSM ${first}"]`);
  const says = async (words) => {
    await page.locator(`[aria-label*="${first}"][aria-label*="${words}"]`).first().waitFor();
  };

  await page.getByTestId("faults-wide-only").click();
  const panel = page.getByTestId("faults");
  await panel.waitFor();
  assert.deepEqual(await serious(page), [], "accessibility of the faults");
  await panel.getByRole("button", { name: `Cut the network of ${first}` }).click();
  await says("cut off");
  await panel.getByRole("button", { name: `End: Cut the network of ${first}` }).click();
  await says("active");
  await panel.getByRole("button", { name: "Lose the zone us-east-1a" }).click();
  await says("its zone is lost");
  await page.getByRole("button", { name: "Zone us-east-1a, lost" }).waitFor();
  assert.deepEqual(await serious(page), [], "accessibility of a lost zone");
  await panel.getByRole("button", { name: "End: Lose the zone us-east-1a" }).click();
  await says("active");

  // Faults that cannot be undone ask for confirmation; the inspector offers them too.
  await hsm.press("Enter");
  const wrong = page.getByTestId("can-go-wrong");
  await wrong.getByRole("button", { name: `Fail the hardware of ${first}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await says("active");
  await wrong.getByRole("button", { name: `Fail the hardware of ${first}` }).click();
  await page.getByTestId("confirm-yes").click();
  await says("failed");
  await type(page, "wait");
  await page.waitForFunction(
    (first) => {
      const names = [...document.querySelectorAll('[role="button"][aria-label^="HSM "]')];
      const labels = names.map((part) => part.getAttribute("aria-label"));
      return labels.length === 1 && !labels[0].includes(first) && labels[0].includes("active");
    },
    first,
    { timeout: 60_000 },
  );
  assert.deepEqual(errors, [], "errors of the page");
  await page.close();
});

test("an application runs while an HSM fails: the traffic shows it, and Ctrl-C ends it", async () => {
  const page = await browser.newPage();
  const errors = complaints(page);
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  // The first lab up to its users, a second HSM, and the library on client-1.
  for (const step of (await steps("first-cluster.md")).slice(0, 10)) {
    for (const block of step.blocks) {
      await terminal(page, block.on);
      for (const line of block.lines) await type(page, line);
    }
  }
  await terminal(page, "CloudShell");
  for (const line of [
    "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b",
    "wait",
    "ssh -i lab.pem ec2-user@$IP wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023/cloudhsm-pkcs11-latest.amzn2023.x86_64.rpm",
    "ssh -i lab.pem ec2-user@$IP sudo yum install -y ./cloudhsm-pkcs11-latest.amzn2023.x86_64.rpm",
    "ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-pkcs11 -a $HSM_IP",
  ]) {
    await type(page, line);
  }
  await terminal(page, "client-1");
  await type(page, "hsm-load --new --operation hmac --rate 200 --pin alice:Alice-Pass-1");
  const stop = page.getByTestId("interrupt");
  await stop.waitFor().catch(async () => assert.fail(await screen(page)));
  await page.getByTestId("traffic-wide-only").click();
  const panel = page.getByTestId("traffic");
  await panel.getByText("requests a second").waitFor();
  await page.locator(".stream").first().waitFor({ state: "attached" });
  assert.deepEqual(await serious(page), [], "accessibility of the traffic");

  await page.getByTestId("faults-wide-only").click();
  await page.getByTestId("faults").getByRole("button", { name: /Fail the hardware of/ }).first().click();
  await page.getByTestId("confirm-yes").click();
  await page.getByTestId("traffic-wide-only").click();
  await panel.locator(".mark-line.bad").first().waitFor({ state: "attached" });
  await panel.getByTestId("traffic-table").click();
  await panel.getByRole("region", { name: "Traffic as a table" }).waitFor();
  await stop.click();
  await page.waitForFunction(
    () => document.querySelector('[data-testid="terminal-prompt"]')?.textContent.includes("$"),
    undefined,
    { timeout: 30_000 },
  );
  assert.match(await screen(page), /Total/);
  assert.deepEqual(errors, [], "errors of the page");
  await page.close();
});

test("bad input is answered, and nothing is lost", async () => {
  const page = await browser.newPage();
  const errors = complaints(page);
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  for (const [line, answer] of [
    ["nonsense", "command not found"],
    ["aws cloudhsmv2 describe-cluster", "Maybe you meant"],
    ["aws cloudhsmv2 create-hsm --cluster-id x", "the following arguments are required: --availability-zone"],
    ["aws ec2 create-vpc --cidr-block 10.0.0.0/99", "InvalidParameterValue"],
    ["aws cloudhsmv2 initialize-cluster --cluster-id cluster-aaaaaaaaaaa --signed-cert file://no.crt --trust-anchor file://no.crt", "No such file or directory"],
    ["cat <<EOF", ""],
    ["it is still here", ""],
    ["EOF", "it is still here"],
  ]) {
    await type(page, line);
    assert.ok((await screen(page)).includes(answer), `${line}: ${await screen(page)}`);
  }
  assert.deepEqual(errors, []);
  await page.close();
});

test("an unreadable save is kept as a backup, and the lab starts", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.address}#/lab/first-cluster`);
  await ready(page);
  await type(page, "echo hello");
  await page.waitForTimeout(2500);
  await page.evaluate(
    () =>
      new Promise((done, failed) => {
        const open = indexedDB.open("hsmlab");
        open.onerror = failed;
        open.onsuccess = () => {
          const store = open.result.transaction("saves", "readwrite").objectStore("saves");
          const cursor = store.openCursor();
          cursor.onsuccess = () => {
            const at = cursor.result;
            if (!at) return done();
            const value = at.value;
            const broken = typeof value === "string" ? "{broken" : { ...value, save: "{broken" };
            at.update(broken);
            at.continue();
          };
        };
      }),
  );
  await page.reload();
  await ready(page);
  await type(page, "echo again");
  assert.ok((await screen(page)).includes("again"));
  await page.close();
});
