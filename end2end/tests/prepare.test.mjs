// The preparation of the databases from the Database step: form, planned changes, confirmation, progress and checks.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { expectAccessible } from "../support/axe.mjs";
import { launchBrowser, withPage } from "../support/browser.mjs";
import { ownDatabases } from "../support/database.mjs";
import { database as administrated, startServer } from "../support/server.mjs";
import { REFUSED_FORM, button, checkRows, databaseAnswers, field, fill, pressContinue, onPage, startPlan } from "../support/wizard.mjs";

const VERSION = "7.3.0";
const BESIDE = fileURLToPath(new URL("../../../shared/wso2/dbscripts", import.meta.url));
const SCRIPTS = join(process.env.CLUSTERWRIGHT_DBSCRIPTS ?? BESIDE, VERSION);

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Fills the steps Product and Database and goes to the page. */
async function toForm(page, database) {
  const plan = await startPlan(page, { name: "Databases" });
  await fill(page, { "IS version": VERSION });
  await pressContinue(page, "Database");
  await fill(page, databaseAnswers(database));
  await button(page, "Prepare the databases").click();
  await onPage(page, "Prepare the databases");
  return plan;
}

const ask = (password) => ({
  "Administrator password": password,
  "Folder on this server": SCRIPTS,
});

/** The page in both themes and on a small screen. */
async function looksRight(page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    // Wait until the transition to the other theme has ended.
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 320, height: 720 });
  const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
  assert.ok(!(scrollWidth > clientWidth), `${page.url()} overflows at 320 px`);
  await page.setViewportSize({ width: 1280, height: 720 });
}

for (const javaScriptEnabled of [true, false]) {
  test(`databases are prepared ${javaScriptEnabled ? "with" : "without"} JavaScript`, async (context) => {
    const database = await ownDatabases("MARIADB");
    if (!database) return context.skip("no MariaDB");
    if (!existsSync(SCRIPTS)) {
      await database.drop();
      return context.skip(`WSO2's scripts are not at ${SCRIPTS}`);
    }
    const root = administrated("MARIADB").password;
    try {
      await withPage(
        browser,
        server.url,
        async (page) => {
          const plan = await toForm(page, database);
          if (javaScriptEnabled) await looksRight(page);

          await fill(page, ask("not the password"));
          await button(page, "Review changes").click();
          await page.locator(".error-summary").waitFor();
          assert.ok((await page.title()).startsWith("Error: "));
          await page.getByRole("link", { name: /cannot log in/ }).click();
          assert.equal(new URL(page.url()).hash, "#prepare-password");
          assert.equal(await field(page, "Administrator password").inputValue(), "", "a password is never sent back");
          assert.equal(await field(page, "Folder on this server").inputValue(), SCRIPTS);
          if (javaScriptEnabled) await looksRight(page);

          await fill(page, ask(root));
          await button(page, "Review changes").click();
          await onPage(page, "Review database changes");
          await page.getByText("the database is empty; run identity/mysql.sql").waitFor();
          if (javaScriptEnabled) await looksRight(page);

          await button(page, "Prepare the databases").click();
          // The page of the result is loaded automatically, also without JavaScript.
          await onPage(page, "The databases are prepared");
          assert.equal(await page.getByRole("progressbar", { name: /: complete$/ }).count(), 3);
          const lines = await page.locator(".run-log li").allInnerTexts();
          assert.ok(lines.includes(`${database.identity}: identity/mysql.sql, 251 of 251 statements`), lines.join("\n"));
          await page.goto(`${plan}/prepare`);
          await page.getByText("Done at").waitFor();
          if (javaScriptEnabled) await looksRight(page);
          assert.ok(!(await page.content()).includes(root));

          await page.getByRole("link", { name: "Go to the checks of the Database step" }).click();
          await onPage(page, "Database");
          await button(page, "Test connection").click();
          await page.locator("#check-DB-14 .badge", { hasText: "passed" }).waitFor({ state: "attached" });
          const wrong = (await checkRows(page)).filter((row) => row.outcome === "failed");
          assert.deepEqual(wrong, []);
        },
        { javaScriptEnabled, expectedErrors: [REFUSED_FORM] },
      );
    } finally {
      await database.drop();
    }
  });
}
