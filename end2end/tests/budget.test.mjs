// The cost of a step page: bytes on the wire, requests, elements. The figures are printed and must be within the budgets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { STEPS, walk } from "../support/wizard.mjs";

/** Bytes on the wire of a first load, in all. */
const ALL = 150_000;
/** Bytes until the page can be read and filled: the document and the style sheet. */
const USABLE = 40_000;
const REQUESTS = 6;
/** Elements of the first step. */
const ELEMENTS = 600;

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Loads a URL for the first time; returns its requests with their bytes on the wire. */
async function firstLoad(url) {
  const loaded = [];
  let elements = 0;
  await withPage(browser, server.url, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    const requests = new Map();
    session.on("Network.responseReceived", ({ requestId, type, response }) =>
      requests.set(requestId, { type, url: response.url, encoding: response.headers["content-encoding"] ?? "" }),
    );
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) =>
      loaded.push({ ...requests.get(requestId), bytes: encodedDataLength }),
    );
    await page.goto(url, { waitUntil: "load" });
    await islandsAwake(page);
    elements = await page.evaluate(() => document.querySelectorAll("*").length);
  });
  return { loaded, elements };
}

const sum = (requests) => requests.reduce((bytes, request) => bytes + request.bytes, 0);

test("the first load of every step is within its budget", async (context) => {
  let plan;
  await withPage(browser, server.url, async (page) => (plan = await walk(page)));
  for (const step of Object.keys(STEPS)) {
    const { loaded, elements } = await firstLoad(`${plan}/${step}`);
    const all = sum(loaded);
    const usable = sum(loaded.filter(({ type }) => type === "Document" || type === "Stylesheet"));
    const line = `${step}: ${all} bytes, usable after ${usable}, ${loaded.length} requests, ${elements} elements`;
    context.diagnostic(line);
    const list = loaded.map(({ type, bytes, encoding, url }) => `${type} ${bytes} ${encoding} ${url}`).join("\n");
    assert.ok(all <= ALL, `${step}: ${all} bytes in all\n${list}`);
    assert.ok(usable > 0 && usable <= USABLE, `${step}: ${usable} bytes until usable\n${list}`);
    assert.ok(loaded.length <= REQUESTS, `${step}: ${loaded.length} requests\n${list}`);
    if (step === "product") assert.ok(elements <= ELEMENTS, `${elements} elements`);
    for (const { type, encoding, url } of loaded.filter(({ type }) => type !== "Image")) {
      assert.ok(encoding === "br" || type === "Fetch", `${url} comes compressed, not ${encoding}`);
    }
  }
});
