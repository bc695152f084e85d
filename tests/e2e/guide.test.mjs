// The guidance for learners: the target of Insert, a diagram of the current state, and the end of a lab.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { complaints, launch, ready, screen, serious, serve, steps, terminal, type } from "./support.mjs";

const widths = [
  [1280, 800],
  [820, 1180],
  [390, 844],
];
const windows = [];
let server, browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  // Also those that a failed test left open.
  for (const each of [browser, ...windows]) await each?.close();
  server?.close();
});

const launched = `VPC=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
SUBNET=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.1.0/24 --availability-zone us-east-1a --query Subnet.SubnetId --output text)
IGW=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
aws ec2 attach-internet-gateway --internet-gateway-id $IGW --vpc-id $VPC
RTB=$(aws ec2 describe-route-tables --filters Name=vpc-id,Values=$VPC --query 'RouteTables[0].RouteTableId' --output text)
aws ec2 create-route --route-table-id $RTB --destination-cidr-block 0.0.0.0/0 --gateway-id $IGW
OWN=$(aws ec2 create-security-group --group-name client --description "SSH" --vpc-id $VPC --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id $OWN --protocol tcp --port 22 --cidr 0.0.0.0/0
IMAGE=$(aws ec2 describe-images --owners amazon --filters 'Name=name,Values=al2023-ami-2023*-x86_64' --query 'Images[0].ImageId' --output text)
INSTANCE=$(aws ec2 run-instances --image-id $IMAGE --instance-type t3.micro --subnet-id $SUBNET --security-group-ids $OWN --associate-public-ip-address --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=client-1}]' --query 'Instances[0].InstanceId' --output text)`;

// A lab of two steps, so that its end is near.
const small = `+++
format = 1
id = "first-cluster"
title = "Small"
+++
## One {#one}
\`\`\`sh
echo at-cloudshell
cat > note.txt <<EOF
two
lines
EOF
wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023/cloudhsm-cli-latest.amzn2023.x86_64.rpm
aws ec2 describe-security-groups --filters 'Name=group-name,Values=cloudhsm-*' --query 'SecurityGroups[].GroupId' --output text
\`\`\`

\`\`\`sh on=client-1
echo at-client > done.txt
\`\`\`

\`\`\`sh on=client-1
openssl genrsa -aes128 -out k.pem 1024
#? Enter PEM pass phrase: Pass-Phrase-1
#? Verifying - Enter PEM pass phrase: Pass-Phrase-1
\`\`\`

\`\`\`check
run = "cat done.txt"
on = "client-1"
contains = "at-client"
\`\`\`

\`\`\`hint
Insert it.
\`\`\`

## Two {#two}
\`\`\`sh
touch end
\`\`\`

\`\`\`check
run = "ls end"
status = 0
\`\`\`

## The end {#outro}
That was it.
`;

/** The small lab in place of the first one, in a browser with its own storage. */
async function openSmall(size = [1280, 800]) {
  const context = await launch();
  windows.push(context);
  const page = await context.newPage();
  await page.setViewportSize({ width: size[0], height: size[1] });
  await page.route("**/labs/first-cluster.md", (route) => route.fulfill({ body: small }));
  await page.goto(`${server.address}#/lab/first-cluster`);
  await page.locator(".lab[data-phase=running]").waitFor();
  return page;
}

const row = (page, text) => page.locator(".code-row").filter({ hasText: text }).getByTestId("insert");
const line = (page) => page.getByTestId("terminal-input").inputValue();
const front = (page) => page.locator('.term-tab[aria-selected="true"]').innerText();
const notice = (page) => page.getByTestId("notice").innerText();

/** Waits until text is on the line of the front terminal: a newly opened one appears a moment later. */
function inserted(page, text) {
  return page.waitForFunction((text) => {
    const lines = document.querySelectorAll('[data-testid="terminal-input"]');
    return lines.length === 1 && lines[0].value.includes(text);
  }, text);
}

/** On a phone, the instructions are a separate screen. */
async function instructions(page) {
  const tab = page.locator(".modes button").first();
  if (await tab.isVisible()) await tab.click();
}

test("Insert goes to the host of its block, opens its terminal, or says why it cannot", async () => {
  for (const size of widths) {
    const page = await openSmall(size);
    const errors = complaints(page);
    const heads = await page.getByTestId("code-host").allInnerTexts();
    assert.deepEqual(heads, ["on CloudShell", "on client-1", "on client-1"], `${size}`);

    // The instance does not exist, then is not running: nothing is inserted anywhere.
    await instructions(page);
    await row(page, "at-client").click();
    assert.match(await notice(page), /There is no client-1 yet/);
    await row(page, "echo at-cloudshell").click();
    assert.equal(await line(page), "echo at-cloudshell");
    await page.getByTestId("terminal-input").fill("");
    // Paused, so that the instance keeps its state.
    if (size[0] > 760) await page.getByRole("button", { name: /pause/i }).first().click();
    for (const each of launched.split("\n")) await type(page, each);
    if (size[0] > 760) {
      await row(page, "at-client").click();
      assert.match(await notice(page), /client-1 is not running yet/);
      assert.equal(await line(page), "");
    }
    await type(page, "wait");

    await instructions(page);
    await row(page, "at-client").click();
    await inserted(page, "at-client");
    assert.equal((await front(page)).trim(), "client-1");
    assert.match(await notice(page), /Opened a terminal on client-1/);
    await page.getByTestId("terminal-input").fill("");

    await instructions(page);
    await row(page, "echo at-cloudshell").click();
    assert.equal((await front(page)).trim(), "CloudShell");
    assert.match(await notice(page), /This is for CloudShell/);
    await page.getByTestId("terminal-input").press("Enter");
    await ready(page);
    assert.match(await screen(page), /^at-cloudshell$/m);
    await instructions(page);
    await page.locator(".code-row.ran").filter({ hasText: "echo at-cloudshell" }).waitFor();

    // A here-document is one row and is inserted as a whole.
    assert.equal(await page.locator(".code-row").filter({ hasText: "note.txt" }).count(), 1);
    await row(page, "note.txt").click();
    await page.getByTestId("terminal-input").press("Enter");
    await ready(page);
    await type(page, "cat note.txt");
    assert.match(await screen(page), /^two\nlines$/m);
    assert.deepEqual(errors, []);
    await page.context().close();
  }
});

test("an answer is inserted only at its question, and no block of questions as a whole", async () => {
  const page = await openSmall();
  for (const each of launched.split("\n")) await type(page, each);
  await type(page, "wait");
  const block = page.locator(".code").filter({ hasText: "genrsa" });
  assert.equal(await block.getByTestId("insert-all").count(), 0);
  assert.equal(await page.locator(".code").first().getByTestId("insert-all").count(), 1);
  const answers = block.locator(".code-row.answer");
  assert.equal(await answers.first().locator(".asked").innerText(), "Enter PEM pass phrase:");
  await row(page, "genrsa").click();
  await inserted(page, "genrsa");
  await page.getByTestId("terminal-input").fill("");
  await answers.first().getByTestId("insert").click();
  assert.match(await notice(page), /client-1 does not ask “Enter PEM pass phrase:” now/);
  assert.equal(await line(page), "", "a password never comes to a shell's prompt");
  await row(page, "genrsa").click();
  await page.getByTestId("terminal-input").press("Enter");
  for (const [index, prompt] of ["Enter PEM pass phrase:", "Verifying - Enter PEM pass phrase:"].entries()) {
    await page.waitForFunction(
      (prompt) => document.querySelector('[data-testid="terminal-prompt"]')?.textContent.trim() === prompt,
      prompt,
    );
    await answers.nth(index).getByTestId("insert").click();
    assert.equal(await line(page), "Pass-Phrase-1");
    await page.getByTestId("terminal-input").press("Enter");
  }
  await ready(page);
  await type(page, "cat k.pem");
  assert.match(await screen(page), /BEGIN ENCRYPTED PRIVATE KEY|ENCRYPTED/);
  assert.doesNotMatch(await screen(page), /Pass-Phrase-1/);
  await page.context().close();
});

test("commands break only at blanks, at every width", async () => {
  for (const size of widths) {
    const page = await openSmall(size);
    await instructions(page);
    const words = await page.locator(".code-row .word").evaluateAll((all) =>
      all.map((word) => [word.textContent, word.getClientRects().length]),
    );
    assert.ok(words.some(([text]) => text === "--filters"));
    assert.deepEqual(words.filter(([, lines]) => lines !== 1), [], `${size}`);
    // Each row's Insert is large enough to click and belongs to one command.
    const count = await page.locator(".code-row").count();
    assert.equal(count, await page.getByTestId("insert").count());
    // A row scrolls only if one of its words is longer than the column; it never widens the page.
    const wide = await page.locator(".code-row").evaluateAll((all) =>
      all
        .filter((one) => one.scrollWidth > one.clientWidth)
        .map((one) => Math.max(...[...one.querySelectorAll(".word")].map((word) => word.getBoundingClientRect().width)) / one.clientWidth),
    );
    assert.ok(wide.length > 0 && wide.every((share) => share > 0.6), `${size}: ${wide}`);
    const pane = page.locator(".steps");
    assert.ok(await pane.evaluate((one) => one.scrollWidth <= one.clientWidth), `${size}: the instructions are cut`);
    const step = await page.locator(".step[data-state=current]").boundingBox();
    for (const box of await page.getByTestId("insert").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()))) {
      assert.ok(box.right <= step.x + step.width + 1 && box.width > 20, `${size}: ${JSON.stringify(box)}`);
    }
    await page.context().close();
  }
});

test("after the last step there is a summary, which a reload keeps, and a link to the next lab", async () => {
  for (const size of widths) {
    const page = await openSmall(size);
    for (const each of launched.split("\n")) await type(page, each);
    await type(page, "wait");
    await instructions(page);
    await page.getByRole("button", { name: "Hint 1 of 1" }).click();
    await page.locator(".hint").waitFor();
    await row(page, "at-client").click();
    await inserted(page, "at-client");
    await page.getByTestId("terminal-input").press("Enter");
    await page.locator('[data-testid="step-two"][data-state="current"]').waitFor({ state: "attached" });
    await terminal(page, "CloudShell");
    await type(page, "touch end");
    await instructions(page);
    const figures = page.getByTestId("figures");
    await figures.waitFor();
    const read = async () => (await figures.innerText()).replace(/\n+/g, " ");
    // 10 lines and wait in CloudShell, one on client-1, and the last one.
    assert.match(await read(), /Commands typed 13/);
    assert.match(await read(), /Hints used 1 of 1/);
    assert.match(await read(), /Simulated time \d+ (s|min)/);
    const [before] = /Simulated time \d+ (s|min)/.exec(await read());
    const next = page.getByTestId("next-lab");
    assert.match(await next.innerText(), /^Next lab: /);
    assert.deepEqual(await serious(page), [], `${size}`);
    await page.waitForTimeout(1500);
    await page.reload();
    await page.locator(".lab[data-phase=running]").waitFor();
    await instructions(page);
    await figures.waitFor();
    assert.match(await read(), /Commands typed 13/);
    assert.match(await read(), /Hints used 1 of 1/);
    assert.ok((await read()).includes(before), `${await read()} has ${before}`);

    await page.getByTestId("again").click();
    await page.getByTestId("confirm-yes").click();
    await page.locator('[data-testid="step-one"][data-state="current"]').waitFor({ state: "attached" });
    await page.context().close();
  }
});

test("the next lab is the one that follows in the catalogue", async () => {
  const page = await openSmall();
  const [, second] = JSON.parse(await readFile(new URL("../../static/labs/index.json", import.meta.url)));
  for (const each of launched.split("\n")) await type(page, each);
  await type(page, "wait");
  await row(page, "at-client").click();
  await inserted(page, "at-client");
  await page.getByTestId("terminal-input").press("Enter");
  await ready(page);
  await terminal(page, "CloudShell");
  await type(page, "touch end");
  await page.getByTestId("next-lab").click();
  await page.waitForFunction((id) => location.hash === `#/lab/${id}`, second.id);
  await page.getByRole("heading", { level: 1, name: second.title }).waitFor();
  await page.context().close();
});

test("the diagram shows the current paths, programs and traffic", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  const way = page.locator(".way");
  const says = (words) =>
    page.waitForFunction((words) => document.querySelector(".way")?.textContent.includes(words), words);
  for (const step of (await steps("first-cluster.md")).slice(0, 8)) {
    for (const block of step.blocks) {
      await terminal(page, block.on);
      for (const each of block.lines) await type(page, each);
    }
  }
  await says("TCP 2223 ok");
  assert.equal(await way.getAttribute("data-state"), "open");
  await terminal(page, "CloudShell");
  await type(page, "aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN");
  await says("TCP 2223 was ok");
  assert.equal(await way.getAttribute("data-state"), "past");
  assert.match(await way.getAttribute("aria-label"), /was ok \d\d:\d\d to .*\. Now: /);
  await type(page, "aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN $HSM_SG");
  await says("TCP 2223 ok");

  const instance = page.locator('[role="button"][aria-label^="Instance client-1"]');
  assert.doesNotMatch(await instance.getAttribute("aria-label"), /runs/);
  await terminal(page, "client-1");
  await type(page, "/opt/cloudhsm/bin/cloudhsm-cli interactive");
  await page.waitForFunction(() => document.querySelector('[aria-label^="Instance client-1"]')?.ariaLabel.includes("runs cloudhsm-cli"));
  await type(page, "quit");
  await page.waitForFunction(() => !document.querySelector('[aria-label^="Instance client-1"]')?.ariaLabel.includes("runs"));

  // The bar stays as it is while traffic comes and goes: the button is always there.
  const button = page.getByTestId("traffic-wide-only");
  assert.equal(await button.locator(".dot").count(), 0, "nothing flows");
  await page.close();
});

test("the Traffic dot is there while requests flow, and the bar does not move", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.address}#/lab/failover`);
  await ready(page);
  const button = page.getByTestId("traffic-wide-only");
  const places = () =>
    page.locator(".bar > *, .bar .panels button").evaluateAll((all) =>
      all.map((one) => [one.getBoundingClientRect().x, one.getBoundingClientRect().width]).map(String),
    );
  // The clock's digits do not change its width.
  const before = await places();
  assert.equal(await button.locator(".dot").count(), 0);
  await terminal(page, "client-1");
  await type(page, "hsm-load --pin alice:Alice-Pass-1 --key-label load-key --operation aes-gcm-encrypt --rate 200");
  await button.locator(".dot").waitFor();
  assert.deepEqual(await places(), before);
  await page.getByTestId("interrupt").click();
  await ready(page);
  await button.locator(".dot").waitFor({ state: "detached" });
  await button.waitFor();
  assert.deepEqual(await places(), before);
  await page.close();
});
