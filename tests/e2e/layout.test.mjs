// No width and no text size cuts a screen: nothing is wider than the window, and every control is visible
// or can be scrolled into view.
import assert from "node:assert/strict";
import { test } from "node:test";
import { complaints, launch, ready, stage, terminal } from "./support.mjs";

const widths = [320, 390, 600, 761, 820, 1000, 1180, 1280, 1306, 1440, 1920, 2560];
/** The terminal's least height, in rows. */
const ROWS_MIN = 8;

const { server, browser } = await stage();

/** The controls that are cut off: no scrolling brings them into the window. */
function cut(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    const found = [];
    if (root.scrollWidth !== root.clientWidth) found.push(`the page: ${root.scrollWidth} of ${root.clientWidth}`);
    const scrolls = (overflow) => overflow === "auto" || overflow === "scroll";
    const pageScrolls = !document.querySelector(".lab");
    const usable = "button, a[href], select, input, textarea, summary, h1, [tabindex='0'], [role=tabpanel], .clock";
    for (const element of document.querySelectorAll(usable)) {
      if (!element.checkVisibility() || element.closest(".visually-hidden, .popup-under")) continue;
      const rect = element.getBoundingClientRect();
      if (rect.width === 0) continue;
      let { left, right, top, bottom } = rect;
      let how = getComputedStyle(element).position;
      const name = element.getAttribute("aria-label") ?? (element.textContent.trim() || element.className);
      const report = (why) => found.push(`${name.slice(0, 40)}: ${why} (${Math.round(left)}–${Math.round(right)}, ${Math.round(top)}–${Math.round(bottom)})`);
      for (let around = element.parentElement; around && how !== "fixed"; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (how === "absolute" && style.position === "static") continue;
        how = style.position;
        const box = around.getBoundingClientRect();
        if (scrolls(style.overflowX)) [left, right] = [box.left, box.right];
        else if (style.overflowX !== "visible" && (left < box.left - 1 || right > box.right + 1)) {
          report(`cut by ${around.className}`);
          break;
        }
        if (scrolls(style.overflowY)) [top, bottom] = [box.top, box.bottom];
        else if (style.overflowY !== "visible" && (top < box.top - 1 || bottom > box.bottom + 1)) {
          report(`cut by ${around.className}`);
          break;
        }
      }
      if (left < -1 || right > root.clientWidth + 1) report("outside of the window");
      if (!pageScrolls && (top < -1 || bottom > root.clientHeight + 1)) report("below the window");
    }
    for (const scroller of document.querySelectorAll(".term-body, .steps, .side, .outline")) {
      if (!scroller.checkVisibility()) continue;
      if (scroller.scrollWidth > scroller.clientWidth) found.push(`${scroller.className}: ${scroller.scrollWidth} of ${scroller.clientWidth}`);
    }
    return found;
  });
}

/** The number of rows that fit in the front terminal. */
function rows(page) {
  return page.evaluate(() => {
    const body = document.querySelector(".term-body:not([hidden])");
    return body.clientHeight / document.querySelector(".term-line").getBoundingClientRect().height;
  });
}

async function whole(page, what) {
  // Two frames: for container queries, then for resize observers.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
  });
  assert.deepEqual(await cut(page), [], what);
}

/** Opens and closes everything on a lab screen, at the current window size. */
async function everything(page, at) {
  const phone = await page.getByTestId("mode-lab").isVisible();
  if (phone) await page.getByTestId("mode-lab").click();
  await whole(page, `${at}: lab`);
  const close = () => page.getByRole("button", { name: "Close", exact: true }).click();
  for (const panel of ["faults", "traffic"]) {
    await page.locator(`[data-testid^="${panel}-"]:visible`).click();
    await page.locator(".side").waitFor();
    await whole(page, `${at}: ${panel}`);
    if (panel === "traffic") {
      await page.getByTestId("traffic-table").click();
      await whole(page, `${at}: traffic as a table`);
      await page.getByTestId("traffic-table").click();
    }
    await close();
  }
  await page.locator('[role="button"][aria-label^="HSM "]').first().press("Enter");
  await page.locator(".side").waitFor();
  await whole(page, `${at}: inspector`);
  await close();
  await page.getByRole("button", { name: "Console" }).click();
  await page.locator(".side .choices").waitFor();
  await whole(page, `${at}: console`);
  await close();
  const outline = page.getByRole("button", { name: "Outline" });
  await outline.click();
  await whole(page, `${at}: outline`);
  await outline.click();
  for (const menu of [page.getByTestId("menu"), page.getByRole("button", { name: "New terminal" })]) {
    await menu.click();
    await page.locator(".popup").waitFor();
    await whole(page, `${at}: a menu`);
    await page.keyboard.press("Escape");
  }
  if (phone) {
    for (const mode of ["steps", "terminal", "time"]) {
      await page.getByTestId(`mode-${mode}`).click();
      await whole(page, `${at}: ${mode}`);
    }
    await page.getByTestId("mode-lab").click();
  }
  assert.ok((await rows(page)) >= ROWS_MIN, `${at}: ${await rows(page)} rows`);
}

/** A lab in progress: an application sends requests to an HSM, so there is traffic. */
async function inProgress(browser) {
  const page = await browser.newPage();
  const errors = complaints(page);
  await page.goto(`${server.address}#/lab/failover`);
  await ready(page);
  await terminal(page, "client-1");
  await page
    .getByTestId("terminal-input")
    .fill("hsm-load --pin alice:Alice-Pass-1 --key-label load-key --operation aes-gcm-encrypt");
  await page.getByTestId("terminal-input").press("Enter");
  await page.locator('[data-testid^="traffic-"]:visible').waitFor();
  return { page, errors };
}

test("no width from 320 to 2560 cuts a lab in progress", async () => {
  const { page, errors } = await inProgress(browser);
  for (const width of widths) {
    const height = width < 761 ? 780 : width === 820 ? 1180 : 800;
    await page.setViewportSize({ width, height });
    await everything(page, `${width} x ${height}`);
  }
  // 1280 x 800 and 1920 x 1080 at a zoom of 200 %, 1280 x 800 at 150 %, a phone on its side.
  for (const [width, height] of [[640, 400], [960, 540], [853, 533], [740, 360]]) {
    await page.setViewportSize({ width, height });
    await everything(page, `${width} x ${height}`);
  }
  assert.deepEqual(errors, []);
  await page.close();
});

test("no width cuts the pages other than labs", async () => {
  const page = await browser.newPage();
  for (const address of ["", "#/help", "#/nowhere"]) {
    await page.goto(`${server.address}${address}`);
    await page.locator("h1").waitFor();
    if (!address) await page.locator(".card").first().waitFor();
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      await whole(page, `${address} at ${width}`);
      assert.ok(await page.getByRole("link", { name: "Help" }).isVisible(), `Help at ${width}`);
    }
  }
  await page.close();
});

test("a playground without instructions is not cut either", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.address}#/playground`);
  await ready(page);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    await whole(page, `playground at ${width}`);
    assert.ok((await rows(page)) >= ROWS_MIN, `${width}: ${await rows(page)} rows`);
  }
  await page.close();
});

test("the browser's text size scales the page, and nothing is cut off", async () => {
  const large = await launch({ fontSize: 32 });
  try {
    const { page, errors } = await inProgress(large);
    const size = (selector) => page.locator(selector).first().evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
    assert.equal(await size("body"), 28, "text is twice as large");
    assert.equal(await size(".term-body"), 26, "and so is the terminal's");
    for (const [width, height] of [[1280, 800], [1920, 1080], [820, 1180], [2560, 1300]]) {
      await page.setViewportSize({ width, height });
      await everything(page, `text at 200 %, ${width} x ${height}`);
    }
    assert.deepEqual(errors, []);
  } finally {
    await large.close();
  }
});
