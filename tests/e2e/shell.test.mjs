// Input that people type and paste into the page's terminal: lines that continue, input up to Ctrl-D,
// scripts, programs by their path.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { alone, ready, screen, serve, terminal, type } from "./support.mjs";

const server = await serve();
after(() => server.close());

/** Pastes text into the front terminal and waits until all of its complete lines have run. */
async function paste(page, text) {
  await page.getByTestId("terminal-input").evaluate((field, text) => {
    field.focus();
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await ready(page);
}

async function press(page, keys) {
  await page.getByTestId("terminal-input").press(keys);
  await ready(page);
}

/** Waits until the screen matches a pattern. */
async function shows(page, what) {
  const end = Date.now() + 30_000;
  for (;;) {
    const text = await screen(page);
    if (what.test(text)) return;
    if (Date.now() > end) assert.fail(`${what} is not on the screen:\n${text}`);
    await page.waitForTimeout(50);
  }
}

const EXAMPLE = `aws ec2 describe-vpcs \\
  --filters Name=is-default,Values=true \\
  --query 'Vpcs[].CidrBlock' \\
  --output text
`;

test("an AWS example of several lines is one command, pasted and typed", async (t) => {
  const { page, errors } = await alone(t, server, "playground");
  await paste(page, EXAMPLE);
  await shows(page, /172\.31\.0\.0\/16/);
  await type(page, "clear");
  for (const line of EXAMPLE.trimEnd().split("\n")) await type(page, line);
  await shows(page, /172\.31\.0\.0\/16/);
  assert.doesNotMatch(await screen(page), /command not found/);
  assert.deepEqual(errors, []);
});

test("a pasted certificate arrives whole, and Ctrl-D ends it", async (t) => {
  const { page, errors } = await alone(t, server, "playground");
  const pem = `-----BEGIN CERTIFICATE-----\n${"QUJD".repeat(16)}\n${"REVG".repeat(16)}\n-----END CERTIFICATE-----\n`;
  for (const command of ["cat > pasted.crt", "tee pasted.crt"]) {
    await type(page, command);
    await paste(page, pem);
    await shows(page, /END CERTIFICATE/);
    await press(page, "Control+d");
    await type(page, "clear");
    await type(page, "wc -c < pasted.crt");
    await shows(page, new RegExp(`^${pem.length}$`, "m"));
  }
  await type(page, "read -p 'Cluster? ' CID");
  await type(page, "cluster-abc");
  await type(page, 'echo "[$CID]"');
  await shows(page, /\[cluster-abc\]/);
  assert.deepEqual(errors, []);
});

test("grep -i, help, history, scripts", async (t) => {
  const { page, errors } = await alone(t, server, "playground");
  await paste(page, "cat > hello.sh <<'X'\n#!/bin/bash\necho \"hello $1\"\nX\nchmod +x hello.sh\n");
  await shows(page, /chmod \+x hello\.sh/);
  await type(page, "./hello.sh there; bash hello.sh again");
  await shows(page, /hello there\nhello again/);
  await type(page, "echo An ERROR | grep -i error");
  await shows(page, /^An ERROR$/m);
  await type(page, "clear");
  await type(page, "history | tail -2");
  await shows(page, /clear\n.*history \| tail -2/);
  await type(page, "clear");
  await type(page, "help");
  await shows(page, /explain/);
  assert.match(await screen(page), /^hsmlab: /m);
  assert.deepEqual(errors, []);
});

test("a tool runs by its relative path, and a file crosses ssh", async (t) => {
  const { page, errors } = await alone(t, server, "lab/applications");
  await terminal(page, "client-1");
  await type(page, "cd /opt/cloudhsm/bin");
  await type(page, "./cloudhsm-cli user list | head -2");
  await shows(page, /error_code/);
  await terminal(page, "CloudShell");
  await type(
    page,
    "IP=$(aws ec2 describe-instances --filters Name=tag:Name,Values=client-1 --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)",
  );
  await type(page, "cat customerCA.crt | ssh -i lab.pem ec2-user@$IP 'sudo tee /tmp/a.crt > /dev/null'");
  await type(page, "SENT=$(sha256sum < customerCA.crt); CAME=$(ssh -i lab.pem ec2-user@$IP 'cat /tmp/a.crt' | sha256sum)");
  await type(page, '[ "$SENT" = "$CAME" ] && echo the same');
  await shows(page, /^the same$/m);
  assert.deepEqual(errors, []);
});
