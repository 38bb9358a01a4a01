// Pages are updated after a save without a reload: the drawing, and the status of a password. People are not reported to
// themselves.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { button, download, field, startPlan, walk } from "../support/wizard.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens a page of the plan, waits for its islands, and marks it to detect a reload. */
async function open(page, address) {
  await page.goto(address);
  await islandsAwake(page);
  await page.evaluate(() => (window.sameDocument = true));
}

const isSame = (page) => page.evaluate(() => window.sameDocument === true);

test("the drawing follows the answers, and focus stays where it is", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await open(page, `${plan}/clustering`);
    const address = page.locator("[name='nodes.0.host']");
    await address.fill("10.7.7.7");
    await page.locator(".topology-drawing", { hasText: "10.7.7.7" }).waitFor();
    assert.ok(await address.evaluate((input) => input === document.activeElement), "focus stays in the field");
    await page.getByText("The drawing as text").click();
    await address.fill("10.8.8.8");
    await page.locator(".topology details[open] li", { hasText: "10.8.8.8" }).waitFor();
    assert.ok(await isSame(page), "without a reload");
  });
});

test("a saved password is reported at its field, and can be forgotten", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await open(page, `${plan}/database`);
    const state = page.locator("#database-password-state");
    assert.equal(await state.innerText(), "Not set.");
    assert.equal(await button(page, "Undo last change of this step").count(), 0, "nothing to undo");
    await field(page, "Account password").fill("Db-told-at-once-1");
    await page.locator("#database-password-state", { hasText: /^Set by Owner, \d\d:\d\d \S+\. Leave/ }).waitFor();
    await button(page, "Forget the account password").waitFor();
    assert.ok(await isSame(page), "without a reload");
  });
});

test("people are not reported to themselves after quick reloads", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await open(page, `${plan}/database`);
    for (let times = 0; times < 5; times += 1) {
      const subscribed = page.waitForRequest(/changes\/events.*&tab=[0-9a-f]+$/);
      await page.reload();
      await subscribed;
      await islandsAwake(page);
      await page.waitForTimeout(300);
      assert.equal(await page.locator("#here").innerText(), "");
    }
  });
});

test("the file of a preview page is copied", async () => {
  const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await walk(page);
      await page.goto(`${plan}/preview/hosts.txt`);
      await islandsAwake(page);
      await button(page, "Copy the file").click();
      await page.getByText("Copied", { exact: true }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, await page.locator("#file-text").textContent());
    },
    clipboard,
  );
});

test("after the first download, the review shows the keys and that the cluster runs, without a reload", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await walk(page);
    await open(page, `${plan}/review`);
    const keys = page.locator("#review-keys");
    assert.match(await keys.innerText(), /The first download with passwords and keys creates the keys/);
    await download(page);
    await keys.getByText("Expires", { exact: false }).first().waitFor();
    await page.locator("#review-answers .summary-row", { hasText: "Cluster" }).getByText("Running").waitFor();
    assert.ok(await isSame(page), "without a reload");
  });
});
