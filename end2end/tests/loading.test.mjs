// Pages whose islands do not load, because the page is left too early or the files are missing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { STEPS, startPlan } from "../support/wizard.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const file of ["hydrate", "hydrate_bg"]) {
  test(`a page that is left while ${file} is loading reports no errors`, async () => {
    await withPage(browser, server.url, async (page) => {
      const plan = await startPlan(page);
      await islandsAwake(page);
      // The files of the next pages never come until the page is left.
      await page.route(new RegExp(`/${file}[.-]`), () => {});
      for (const step of Object.keys(STEPS)) {
        const asked = page.waitForRequest(new RegExp(`/${file}[.-]`));
        await page.goto(`${plan}/${step}`, { waitUntil: "commit" });
        await asked;
      }
      await page.goto("/healthz");
    });
  });
}

test("pages that are left at once report no errors", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    for (let times = 0; times < 6; times += 1) {
      for (const step of Object.keys(STEPS)) await page.goto(`${plan}/${step}`, { waitUntil: "domcontentloaded" });
    }
    await page.goto("/healthz");
  });
});

test("a page whose islands do not load reports it in the console and still works", async () => {
  const messages = [];
  const expectedErrors = [/live parts/, /Failed to load resource/];
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      await islandsAwake(page);
      page.on("console", (message) => messages.push(message.text()));
      await page.route(/\/hydrate_bg[.-]/, (route) => route.abort());
      const reported = page.waitForEvent("console", (message) => message.text().includes("live parts"));
      await page.goto(`${plan}/product`);
      await reported;
      await page.getByRole("button", { name: "Continue", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Database", exact: true }).waitFor();
    },
    { expectedErrors },
  );
  assert.ok(messages.some((text) => text.startsWith("This page works without its live parts")), messages.join("\n"));
});
