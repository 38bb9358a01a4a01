// The system's Chromium. A page fails its test after an error in the console, an exception in a script, or a request to
// another host.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium without a window. Close it after the tests. */
export function launchBrowser() {
  const executablePath = process.env.CLUSTERWRIGHT_CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/**
 * Runs a journey in a new profile and always closes it.
 * @param {import("playwright-core").Browser} browser
 * @param {string} url the base of relative URLs, and the only permitted host
 * @param {(page: import("playwright-core").Page) => Promise<void>} journey
 * @param {import("playwright-core").BrowserContextOptions & {expectedErrors?: RegExp[]}} options for the profile, e.g.
 *   `javaScriptEnabled: false` or `colorScheme: "dark"`. `expectedErrors` names console errors that belong to the
 *   journey: Chromium reports every answer with status 4xx as one.
 */
export async function withPage(browser, url, journey, { expectedErrors = [], ...options } = {}) {
  const context = await browser.newContext({ baseURL: url, ...options });
  const problems = [];
  const host = new URL(url).host;
  context.on("request", (request) => {
    const address = new URL(request.url());
    if (address.protocol.startsWith("http") && address.host !== host) problems.push(`request to ${address.href}`);
  });
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !expectedErrors.some((known) => known.test(text))) {
      problems.push(`console: ${text} (${message.location().url})`);
    }
  });
  context.on("weberror", (error) => problems.push(`exception: ${error.error().stack}`));
  try {
    await journey(await context.newPage());
    assert.deepEqual(problems, [], "the browser had something to report");
  } catch (error) {
    if (problems.length > 0 && error.code !== "ERR_ASSERTION") {
      error.message += `\nthe browser reported:\n${problems.join("\n")}`;
    }
    throw error;
  } finally {
    await context.close();
  }
}

/** Waits until the islands of a page work. Pages without islands are ready at once. */
export async function islandsAwake(page) {
  await page.waitForFunction(
    () => !document.querySelector("leptos-island") || document.documentElement.dataset.islands === "awake",
  );
}
