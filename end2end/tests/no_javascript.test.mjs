// The whole wizard without JavaScript, with forms only.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchBrowser, withPage } from "../support/browser.mjs";
import { ownDatabases } from "../support/database.mjs";
import { startServer } from "../support/server.mjs";
import {
  ADMIN_PASSWORD,
  BUNDLE_FILES,
  REFUSED_FORM,
  button,
  checkRows,
  databaseAnswers,
  download,
  field,
  fill,
  pressContinue,
  needsFiles,
  onPage,
  planOf,
  startPlan,
  walk,
} from "../support/wizard.mjs";

const OFF = { javaScriptEnabled: false };

let browser;
let server;
let database;

before(async () => {
  [browser, server, database] = await Promise.all([launchBrowser(), startServer(), ownDatabases("MARIADB")]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

const values = (page, column) =>
  page.locator(`.node-table tbody input[name$='.${column}']`).evaluateAll((list) => list.map((input) => input.value));

test("from the start page to the zip and back into the wizard", async (context) => {
  if (!database) return context.skip("no MariaDB");
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page, { name: "Without scripts" });
      await fill(page, { "IS version": "7.3.0" });
      await pressContinue(page, "Database");
      await fill(page, databaseAnswers(database));
      await button(page, "Test connection").click();
      await page.locator(".check-table tbody tr").first().waitFor({ state: "attached" });
      const rows = await checkRows(page);
      assert.deepEqual(rows.filter((row) => !["passed", "warning"].includes(row.outcome) && !needsFiles(row)), []);
      for (const id of ["DB-01", "DB-05", "DB-11", "DB-17"]) assert.ok(rows.some((row) => row.id === id), id);
      assert.equal(new URL(page.url()).hash, "#checks", "the page opens at the results");
      assert.match(
        await page.locator("#database-password-state").innerText(),
        /^Set by Owner, (.* )?\d\d:\d\d \S+, works from this server\. Leave the field empty to keep it\.$/,
      );

      await fill(page, { "Account password": "a wrong password" });
      await button(page, "Test connection").click();
      await page.locator("#check-DB-05").waitFor();
      const failed = (await checkRows(page)).filter((row) => row.outcome === "failed");
      assert.deepEqual(failed.map((row) => row.id), ["DB-05"]);
      assert.ok(failed[0].remedy.length > 10);
      await fill(page, { "Account password": database.password });
      await button(page, "Check again DB-05").click();
      await page.locator("#check-DB-05 .badge", { hasText: "passed" }).waitFor({ state: "attached" });
      await button(page, "Test connection").click();

      await pressContinue(page, "User store");
      await fill(page, { "Super admin password": ADMIN_PASSWORD });
      await pressContinue(page, "Clustering");
      await pressContinue(page, "Load balancer");
      await fill(page, { Hostname: "localhost", "IP hash": true });
      await pressContinue(page, "Review");
      await page.getByRole("link", { name: "Change identity database" }).click();
      await onPage(page, "Database");
      await button(page, "Save and return to review").click();
      await onPage(page, "Review");

      const { files, path, name } = await download(page);
      assert.equal(name, "clusterwright-without-scripts.zip");
      for (const file of BUNDLE_FILES) assert.ok(files.has(file), `${file} is in the zip`);
      const deployment = files.get("nodes/node2/repository/conf/deployment.toml").toString();
      assert.ok(deployment.includes(database.password) && deployment.includes(ADMIN_PASSWORD));

      await page.goto("/");
      await page.locator("#open-file").setInputFiles(path);
      await button(page, "Open").click();
      await onPage(page, "Product");
      assert.notEqual(planOf(page), plan);
      await pressContinue(page, "Database");
      assert.equal(await field(page, "Identity database").inputValue(), database.identity);
    },
    OFF,
  );
});

test("nodes are added, moved, removed and pasted by buttons of the form", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      await page.goto(`${plan}/clustering`);
      await button(page, "Add node").click();
      assert.deepEqual(await values(page, "name"), ["node1", "node2", "node3"]);
      await button(page, "Move node 3 up").click();
      assert.deepEqual(await values(page, "name"), ["node1", "node3", "node2"]);
      await button(page, "Move node 1 down").click();
      assert.deepEqual(await values(page, "name"), ["node3", "node1", "node2"]);
      await button(page, "Remove node 1").click();
      assert.deepEqual(await values(page, "name"), ["node1", "node2"]);
      await page.getByText("Paste a list of nodes").click();
      await page.getByLabel("Nodes, one per line").fill("alpha 127.0.0.1 0 4000\nbeta 127.0.0.1 1 4001");
      await button(page, "Replace nodes").click();
      assert.deepEqual(await values(page, "name"), ["alpha", "beta"]);
      await pressContinue(page, "Load balancer");
    },
    OFF,
  );
});

test("fields that belong to an answer appear after Update fields", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      await page.goto(`${plan}/user-store`);
      assert.ok(await field(page, "Connection URL").isHidden());
      await field(page, "LDAP directory").check();
      await button(page, "Update fields for User store").click();
      await field(page, "Connection URL").waitFor();
      assert.ok(await field(page, "LDAP directory").isChecked());
    },
    OFF,
  );
});

test("wrong answers are shown with their errors, and no button without a function is shown", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      await page.goto(`${plan}/database`);
      await fill(page, { "Database port": "65536" });
      await button(page, "Continue").click();
      await page.locator(".error-summary").waitFor();
      assert.ok((await page.title()).startsWith("Error: "));
      assert.equal(await field(page, "Database port").inputValue(), "65536");
      await page.getByRole("link", { name: "Enter a port from 1 to 65535" }).click();
      assert.equal(new URL(page.url()).hash, "#database-port");
      for (const name of [/^Show /, /^Copy/, /^Cancel/]) assert.equal(await page.getByRole("button", { name }).count(), 0);
    },
    { ...OFF, expectedErrors: [REFUSED_FORM] },
  );
});

test("Save and go back keeps the entered answers", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      await page.goto(`${plan}/database`);
      await fill(page, { "Database host": "not yet right!" });
      await button(page, "Save and go back").click();
      await onPage(page, "Product");
      await page.goto(`${plan}/database`);
      assert.equal(await field(page, "Database host").inputValue(), "not yet right!");
      await page.goto(`${plan}/database?return=review`);
      await button(page, "Save and go back").click();
      await onPage(page, "Review");
      await page.goto(`${plan}/product`);
      await button(page, "Save and go back").click();
      await onPage(page, "Set up a WSO2 Identity Server cluster");
    },
    OFF,
  );
});

test("the preview has separate pages", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      await walk(page);
      await page.getByRole("link", { name: "Preview files" }).click();
      await onPage(page, "Files of the download");
      await page.getByRole("link", { name: "nodes/node1/repository/conf/deployment.toml" }).click();
      await page.locator("#file-text", { hasText: "[clustering]" }).waitFor();
      assert.ok(!(await page.content()).includes(ADMIN_PASSWORD));
    },
    OFF,
  );
});
