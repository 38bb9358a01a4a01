// The server stops and starts again: no entered answer is lost.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import {
  ADMIN_PASSWORD,
  button,
  checkRows,
  checksDone,
  download,
  expectArrived,
  field,
  fill,
  pressContinue,
  onPage,
  startPlan,
  walk,
} from "../support/wizard.mjs";

/** Chromium's messages while the server is down. */
const SERVER_DOWN = { expectedErrors: [/net::ERR_CONNECTION_REFUSED|net::ERR_INCOMPLETE_CHUNKED_ENCODING|net::ERR_CONNECTION_RESET|net::ERR_EMPTY_RESPONSE/] };

let browser;

before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

/** Runs a journey on a server that can be stopped and started at the same address, on the same data. */
async function withRestarts(context, journey) {
  const dataDir = await mkdtemp(join(tmpdir(), "clusterwright-restart-"));
  context.after(() => rm(dataDir, { recursive: true, force: true }));
  let server = await startServer({ dataDir });
  const { url } = server;
  const stop = () => server.stop();
  const start = async () => (server = await startServer({ dataDir, port: Number(new URL(url).port) }));
  try {
    await withPage(browser, url, (page) => journey(page, { stop, start }), SERVER_DOWN);
  } finally {
    await server.stop();
  }
}

test("a reload after a restart continues with the same answers and the same zip", async (context) => {
  await withRestarts(context, async (page, server) => {
    const plan = await walk(page, { name: "Restarted" });
    const before = await download(page);
    await page.goto(`${plan}/database`);
    await islandsAwake(page);
    await fill(page, { "Database host": "no host!" });
    await page.locator(".step-form:not([data-unsaved])").waitFor();
    await server.stop();
    await server.start();
    await page.reload();
    assert.equal(await field(page, "Database host").inputValue(), "no host!", "wrong answers too");
    assert.match(await page.locator("#database-password-state").innerText(), /^Set by Owner, /);
    await fill(page, { "Database host": "127.0.0.1" });
    await pressContinue(page, "User store");
    await page.goto(`${plan}/review`);
    const after = await download(page);
    assert.ok(before.bytes.equals(after.bytes), "answers, secrets and keys are the same");
  });
});

test("answers typed while the server is down are saved after its start", async (context) => {
  await withRestarts(context, async (page, server) => {
    await startPlan(page);
    await pressContinue(page, "Database");
    await goOnToUserStore(page);
    await islandsAwake(page);
    await server.stop();
    await fill(page, { "Super admin": "typed-while-away", "Super admin password": ADMIN_PASSWORD });
    await page.locator("#saved, .saved", { hasText: "Not saved yet" }).first().waitFor();
    await server.start();
    await page.locator("#saved, .saved", { hasText: /^Saved/ }).first().waitFor();
    await expectArrived(page, "#user-store-admin-username", "typed-while-away");
    assert.match(await page.locator("#user-store-admin-password-state").innerText(), /^Set by Owner, /);
    await pressContinue(page, "Clustering");
  });
});

test("check results survive a restart, and checks run again", async (context) => {
  await withRestarts(context, async (page, server) => {
    const plan = await walk(page);
    await page.goto(`${plan}/clustering`);
    await islandsAwake(page);
    await button(page, "Run checks").click();
    await checksDone(page);
    const rows = (await checkRows(page)).length;
    await server.stop();
    await server.start();
    await page.reload();
    await islandsAwake(page);
    assert.equal((await checkRows(page)).length, rows, "the results are kept");
    await button(page, "Run checks").click();
    await checksDone(page);
    assert.equal((await checkRows(page)).length, rows);
    await page.getByRole("link", { name: "Back", exact: true }).click();
    await onPage(page, "User store");
  });
});

async function goOnToUserStore(page) {
  await fill(page, { "Account password": "Db-restart-1" });
  await pressContinue(page, "User store");
}
