// Two people on one plan, in two browsers: they see each other, and neither overwrites the answers of the other.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { button, field, fill, pressContinue, onPage, startPlan } from "../support/wizard.mjs";

/** Chromium's message for a save with a conflict. */
const CONFLICT = { expectedErrors: [/^Failed to load resource: the server responded with a status of 409/] };
const OFF = { javaScriptEnabled: false };

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Runs a journey of two people, each in a separate profile. */
const withTwo = (journey, options = {}) =>
  withPage(browser, server.url, (ann) => withPage(browser, server.url, (kasun) => journey(ann, kasun), { ...CONFLICT, ...options }), {
    ...CONFLICT,
    ...options,
  });

/** Opens a page of the plan and waits for its islands. */
async function open(page, address) {
  await page.goto(address);
  await islandsAwake(page);
}

/** Waits until the answers are saved. */
const saved = (page) => page.locator(".step-form:not([data-unsaved])").waitFor();
const status = (page, text) => page.locator("#saved", { hasText: text }).waitFor();
/** The value of a field after its page is loaded. */
async function valueOf(page, address, label) {
  await page.goto(address);
  return field(page, label).inputValue();
}

test("two people on different steps see each other and do not conflict", async () => {
  await withTwo(async (ann, kasun) => {
    const plan = await startPlan(ann, { name: "Together" });
    await open(ann, `${plan}/database`);
    await open(kasun, `${plan}/load-balancer`);
    await ann.locator("#here", { hasText: "Owner is here, on Load balancer." }).waitFor();
    await kasun.locator("#here", { hasText: "Owner is here, on Database." }).waitFor();
    await Promise.all([
      field(ann, "Database host").pressSequentially("1.example.com", { delay: 20 }),
      field(kasun, "Hostname").fill("login.example.com"),
    ]);
    await Promise.all([saved(ann), saved(kasun)]);
    await Promise.all([status(ann, /^Saved \d\d:\d\d \S+$/), status(kasun, /^Saved \d\d:\d\d \S+$/)]);
    await kasun.locator("#changed", { hasText: /^Owner changed Database host at \d\d:\d\d \S+\./ }).waitFor();
    await kasun.locator("#changed").getByRole("link", { name: "Show" }).click();
    await onPage(kasun, "Database");
    assert.match(await field(kasun, "Database host").inputValue(), /1\.example\.com/);
    await ann.locator("#here", { hasText: "Owner is here, on Database." }).waitFor();
    await kasun.goto("/");
    await ann.waitForFunction(() => document.getElementById("here")?.textContent === "");
    assert.equal(await valueOf(kasun, `${plan}/load-balancer`, "Hostname"), "login.example.com");
  });
});

test("autosave does not undo what others saved on the same step", async () => {
  await withTwo(async (ann, kasun) => {
    const plan = await startPlan(ann);
    const database = `${plan}/database`;
    await open(ann, database);
    await open(kasun, database);
    await fill(kasun, { "Database host": "theirs.example.com" });
    await status(kasun, /^Saved/);
    for (const port of ["3301", "3302", "3303"]) {
      await fill(ann, { "Database port": port });
      await saved(ann);
      await status(ann, /^Saved/);
    }
    // The whole form is sent, and comes back: a password is missing.
    await pressContinue(ann);
    await ann.getByRole("heading", { name: "There is a problem" }).waitFor();
    assert.equal(await field(ann, "Database host").inputValue(), "theirs.example.com");
    assert.equal(await valueOf(ann, database, "Database host"), "theirs.example.com");
    assert.equal(await valueOf(ann, database, "Database port"), "3303");
  }, { expectedErrors: [/^Failed to load resource: the server responded with a status of 422/] });
});

for (const [choice, expected] of [
  ["Keep yours", "mine.example.com"],
  ["Keep theirs", "theirs.example.com"],
  ["Show both", "theirs.example.com"],
]) {
  test(`a conflict in one field asks for a choice: ${choice.toLowerCase()}`, async () => {
    await withTwo(async (ann, kasun) => {
      const plan = await startPlan(ann);
      const database = `${plan}/database`;
      await open(ann, database);
      await open(kasun, database);
      await fill(kasun, { "Database host": "theirs.example.com" });
      await status(kasun, /^Saved/);
      await fill(ann, { "Database host": "mine.example.com", "Database port": "3399" });
      await status(ann, /Owner changed Database host at \d\d:\d\d \S+, in another window\./);
      await button(ann, "Resolve conflict").click();
      await onPage(ann, "Someone else changed the same answer");
      await ann.getByLabel(choice).check();
      await button(ann, "Save choice").click();
      await onPage(ann, "Database");
      if (choice === "Show both") {
        await ann.locator(".notice", { hasText: "the saved value is “theirs.example.com”; you entered “mine.example.com”" }).waitFor();
      }
      assert.equal(await valueOf(kasun, database, "Database host"), expected);
      assert.equal(await valueOf(kasun, database, "Database port"), "3399", "changes without a conflict are saved");
    });
  });
}

test("without JavaScript, a conflict also asks for a choice", async () => {
  await withTwo(async (ann, kasun) => {
    const plan = await startPlan(ann);
    const database = `${plan}/database`;
    await ann.goto(database);
    await kasun.goto(database);
    await fill(kasun, { "Database host": "theirs.example.com", "Account password": "Db-canary-kasun" });
    await button(kasun, "Save").click();
    await fill(ann, { "Database host": "mine.example.com", "Account password": "Db-canary-ann" });
    await button(ann, "Continue").click();
    await onPage(ann, "Someone else changed the same answer");
    const html = await ann.content();
    assert.ok(!html.includes("canary"), "no password is sent back");
    await ann.getByLabel("Keep yours").check();
    await field(ann, "Account password").fill("Db-canary-ann");
    await button(ann, "Save choice").click();
    await onPage(ann, "User store");
    assert.equal(await valueOf(kasun, database, "Database host"), "mine.example.com");
  }, OFF);
});

for (const [name, options] of [
  ["with JavaScript", {}],
  ["without JavaScript", OFF],
]) {
  test(`changes are undone, redone, named, compared and restored, ${name}`, async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        const plan = await startPlan(page);
        const database = `${plan}/database`;
        const save = async (answers) => {
          await page.goto(database);
          if (options === OFF) {
            await fill(page, answers);
            // The page before has the same heading.
            await Promise.all([page.waitForEvent("load"), button(page, "Save").click()]);
            await page.locator(".notice", { hasText: "Your answers are saved." }).waitFor();
          } else {
            await islandsAwake(page);
            await fill(page, answers);
            await saved(page);
            // The button appears without a reload.
            await button(page, "Undo last change of this step").waitFor();
          }
        };
        await save({ "Database host": "one.example.com" });
        await save({ "Database port": "3307" });
        await button(page, "Undo last change of this step").click();
        await page.locator(".notice", { hasText: "Undone: Database port is “3306” again." }).waitFor();
        assert.equal(await field(page, "Database port").inputValue(), "3306");
        await button(page, "Redo").click();
        await page.locator(".notice", { hasText: "Redone: Database port is “3307” again." }).waitFor();
        await page.getByRole("link", { name: "History", exact: true }).click();
        await onPage(page, "History");
        const line = page.locator(".history-line", { hasText: "one.example.com" }).first();
        await line.getByText("Name", { exact: false }).first().click();
        await line.getByLabel(/^Name of version/).fill("Before the move");
        await line.getByRole("button", { name: "Save name" }).click();
        await page.locator(".version-name", { hasText: "Before the move" }).waitFor();
        await page.getByRole("button", { name: "Undo Database host", exact: true }).click();
        await page.locator(".notice", { hasText: "Undone: Database host is “127.0.0.1” again." }).waitFor();
        await page.getByRole("link", { name: /^Compare with version/ }).first().click();
        await page.getByRole("heading", { name: /^From version \d+ to version \d+$/ }).waitFor();
        const named = page.locator(".history-line", { has: page.locator(".version-name") });
        await named.getByRole("button", { name: /^Restore/ }).click();
        await page.locator(".notice", { hasText: /Restored the answers of version \d+ as version/ }).waitFor();
        await page.goto(database);
        assert.equal(await field(page, "Database host").inputValue(), "one.example.com");
      },
      options,
    );
  });
}

test("answers of one window are in the other after a reload, and a page does not conflict with itself", async () => {
  await withTwo(async (ann, kasun) => {
    const plan = await startPlan(ann);
    await pressContinue(ann, "Database");
    await islandsAwake(ann);
    for (const text of ["a.example.com", "ab.example.com", "abc.example.com"]) {
      await fill(ann, { "Database host": text });
      await saved(ann);
    }
    assert.equal(await valueOf(kasun, `${plan}/database`, "Database host"), "abc.example.com");
    await status(ann, /^Saved/);
  });
});
