// Times are shown in the reader's time zone with its name; without JavaScript, in the server's time zone with its name.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { fill, startPlan } from "../support/wizard.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { TZ: "America/Lima" } })]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The times on a page: their texts and their values. */
const moments = (page) =>
  page
    .locator("time[datetime]")
    .evaluateAll((list) => list.map((time) => ({ words: time.textContent, at: Date.parse(time.dateTime) })));

/** Hour and minute of a moment in a zone. */
const inZone = (at, timeZone) =>
  new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });

test("a time is shown in the reader's time zone", async () => {
  const zone = { timezoneId: "Asia/Colombo" };
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page, { name: "Times" });
      await page.goto(`${plan}/database`);
      await islandsAwake(page);
      await fill(page, { "Database host": "db.example.com" });
      // Also a time that an island writes.
      await page.locator("#saved time[data-local]", { hasText: /^\d\d:\d\d GMT\+5:30$/ }).waitFor();
      for (const address of [`${plan}/database`, `${plan}/history`, "/"]) {
        await page.goto(address);
        await page.locator("time[data-local]").first().waitFor();
        for (const { words, at } of await moments(page)) {
          assert.ok(words.endsWith(`${inZone(at, zone.timezoneId)} GMT+5:30`), `${address}: ${words}`);
        }
      }
    },
    zone,
  );
});

test("without JavaScript, a time names the server's time zone", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page, { name: "Times" });
      for (const address of [`${plan}/database`, `${plan}/history`, "/"]) {
        await page.goto(address);
        const shown = await moments(page);
        assert.ok(shown.length > 0, address);
        for (const { words, at } of shown) {
          assert.ok(words.includes(`${inZone(at, "America/Lima")} -05`), `${address}: ${words}`);
        }
      }
    },
    { javaScriptEnabled: false, timezoneId: "Asia/Colombo" },
  );
});
