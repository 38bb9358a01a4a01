// The wizard as people use it: fields by their labels, buttons by their names, pages by their headings.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { unzip } from "./zip.mjs";

/** The steps' slugs with their titles, in order. */
export const STEPS = {
  product: "Product",
  database: "Database",
  "user-store": "User store",
  clustering: "Clustering",
  "load-balancer": "Load balancer",
};

/** A password that no rule refuses. */
export const ADMIN_PASSWORD = "Adm1n!of-the-journey";

/** Chromium's message for a page with status 422, the response to a form with wrong answers. */
export const REFUSED_FORM = /^Failed to load resource: the server responded with a status of 422/;

/** @typedef {import("playwright-core").Page} Page */

/** The input with this label. */
export const field = (/** @type {Page} */ page, label) => page.getByLabel(label, { exact: true });

/** The button with this name. */
export const button = (/** @type {Page} */ page, name) => page.getByRole("button", { name, exact: true });

/** Waits for the page with this heading. */
export async function onPage(/** @type {Page} */ page, title) {
  await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
}

/** Fills fields by their labels, including lists and radios. */
export async function fill(/** @type {Page} */ page, answers) {
  for (const [label, answer] of Object.entries(answers)) {
    const input = field(page, label);
    if (answer === true) await input.check();
    else if (await input.evaluate((element) => element.localName === "select")) await input.selectOption(answer);
    else await input.fill(answer);
  }
}

/**
 * Reloads until a field has the text that was typed before its page was left: the request of a closing page may arrive
 * after the request for the next page.
 */
export async function expectArrived(/** @type {Page} */ page, selector, value) {
  for (let tries = 0; tries < 20; tries += 1) {
    await page.reload();
    if ((await page.locator(selector).inputValue()) === value) return;
  }
  assert.equal(await page.locator(selector).inputValue(), value, "the typed text arrives");
}

/** Presses Continue and waits for the next page. */
export async function pressContinue(/** @type {Page} */ page, title) {
  await button(page, "Continue").click();
  await onPage(page, title);
}

/** Creates a plan from a preset and returns its path, such as `/plans/abc`. */
export async function startPlan(/** @type {Page} */ page, { preset = "Two nodes on one machine", name = "" } = {}) {
  await page.goto("/");
  await field(page, preset).check();
  if (name) await page.getByLabel("Name of the plan").fill(name);
  await button(page, "Create plan").click();
  await onPage(page, "Product");
  return planOf(page);
}

/** The path of the plan of a page. */
export function planOf(/** @type {Page} */ page) {
  const [, plan] = /^(\/plans\/[^/]+)\//.exec(new URL(page.url()).pathname) ?? [];
  assert.ok(plan, `${page.url()} is a plan's page`);
  return plan;
}

/** The answers of the database step. */
export const databaseAnswers = (database) => ({
  "Database host": database.host,
  "Database port": database.port,
  "Identity database": database.identity,
  "Shared database": database.shared,
  "Agent database": database.agent,
  Account: database.username,
  "Account password": database.password,
});

/** A database that nothing connects to, for journeys without live checks. */
export const UNASKED = {
  host: "127.0.0.1",
  port: "3306",
  identity: "wso2identity_db",
  shared: "wso2shared_db",
  agent: "wso2agent_db",
  username: "wso2is",
  password: "Db-never-asked-1",
};

/** Completes all steps of a new plan up to the review; returns its path. */
export async function walk(/** @type {Page} */ page, { database = UNASKED, name = "" } = {}) {
  const plan = await startPlan(page, { name });
  await pressContinue(page, "Database");
  await fill(page, databaseAnswers(database));
  await pressContinue(page, "User store");
  await fill(page, { "Super admin password": ADMIN_PASSWORD });
  await pressContinue(page, "Clustering");
  await pressContinue(page, "Load balancer");
  // The only name that every machine resolves without DNS.
  await fill(page, { Hostname: "localhost" });
  await pressContinue(page, "Review");
  return plan;
}

/** Presses the download button; returns the name, the bytes and the files of the zip. */
export async function download(/** @type {Page} */ page) {
  const [file] = await Promise.all([page.waitForEvent("download"), button(page, "Download configuration").click()]);
  const path = await file.path();
  const bytes = await readFile(path);
  return { name: file.suggestedFilename(), path, bytes, files: unzip(bytes) };
}

/** The rows of the check table: id, outcome, current value and what to do. */
export async function checkRows(/** @type {Page} */ page) {
  const rows = page.locator(".check-table tbody tr");
  return rows.evaluateAll((list) =>
    list.map((row) => {
      const text = (selector) => row.querySelector(selector)?.textContent.trim() ?? "";
      return {
        id: text(".code"),
        outcome: text(".badge"),
        current: text("[data-label='Current value']"),
        remedy: text("[data-label='What to do']"),
      };
    }),
  );
}

/** Whether a row was skipped because the plan is not complete enough to generate the files. */
export const needsFiles = (row) => row.outcome === "skipped" && row.current.startsWith("The files are generated when");

/** Waits until the checks have ended, with any outcome. */
export async function checksDone(/** @type {Page} */ page) {
  await page.waitForFunction(() => {
    const badges = [...document.querySelectorAll(".check-table .badge")].map((badge) => badge.textContent);
    const open = ["waiting", "running", "outdated", "stopped"];
    const runs = document.querySelector(".check-progress:not([hidden])");
    return !runs && badges.length > 0 && badges.every((word) => !open.includes(word));
  });
}

/** The files every bundle of the preset for one machine holds. */
export const BUNDLE_FILES = [
  "README.md",
  "plan.toml",
  "manifest.json",
  "hosts.txt",
  "topology.svg",
  "database/create.sql",
  "database/grants.sql",
  "database/load.sh",
  "database/verify.sql",
  ...["node1", "node2"].flatMap((node) => [
    `nodes/${node}/install.sh`,
    `nodes/${node}/rollback.sh`,
    `nodes/${node}/start.sh`,
    `nodes/${node}/repository/conf/deployment.toml`,
  ]),
];
