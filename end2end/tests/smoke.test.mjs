// The shortest journey: the binary starts and serves the start page, with and without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { expectAccessible } from "../support/axe.mjs";
import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const javaScriptEnabled of [true, false]) {
  test(`the start page has a heading, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        const answer = await page.goto("/");
        assert.equal(answer.status(), 200);
        await page.getByRole("heading", { level: 1 }).waitFor();
        if (javaScriptEnabled) {
          await islandsAwake(page);
          await expectAccessible(page);
        }
      },
      { javaScriptEnabled },
    );
  });
}

test("the server reports that it is healthy", async () => {
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});
