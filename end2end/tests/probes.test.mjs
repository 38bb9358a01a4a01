// Reports of node probes appear while the page is open, without an action or a reload.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { startPlan, walk } from "../support/wizard.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the reachability matrix grows as reports arrive", () =>
  withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await walk(page);
    await page.goto(`${plan}/clustering`);
    await islandsAwake(page);
    assert.equal(await page.locator(".probe-table").count(), 0);
    const commands = await page.locator(".probe-commands code").allTextContents();
    const addresses = commands.map((command) => /--send (\S+)/.exec(command)[1]);
    assert.equal(addresses.length, 2);
    const names = addresses.map((address) => new URL(address).pathname.split("/").pop());
    await page.evaluate(() => (window.sameDocument = true));

    const sendReport = async (at) => {
      const script = await (await fetch(addresses[at])).text();
      const id = /^plan='([^']+)'/m.exec(script)[1];
      const [own, other] = [names[at], names[1 - at]];
      const report = `clusterwright-probe | 1\nplan | ${id}\nnode | ${own}\nreached | 2\nreach | ${other} | hazelcast | 4001 | ok | 0.42 | 7 | 0 | ${other}\nend | 1\n`;
      const taken = await fetch(addresses[at], { method: "POST", body: report, headers: { "content-type": "text/plain" } });
      assert.equal(taken.status, 200, await taken.text());
    };
    await sendReport(0);
    await page.locator(".probe-table").getByText("0.4 ms, clock 7 ms ahead").waitFor();
    assert.equal(await page.getByText("no report yet").count(), 1);
    await sendReport(1);
    await page.waitForFunction(() => document.querySelectorAll(".probe-said").length === 2 && !document.body.textContent.includes("no report yet"));
    assert.equal(await page.locator(".probe-said", { hasText: "reported at" }).count(), 2);
    assert.ok(await page.evaluate(() => window.sameDocument), "without a reload");
  }));
