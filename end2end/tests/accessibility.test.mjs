// Every page in every state, in light and dark: axe finds nothing, every input has a label, and nothing overflows at
// 320 pixels.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { expectAccessible } from "../support/axe.mjs";
import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { silentServer } from "../support/silent.mjs";
import { REFUSED_FORM, STEPS, button, checksDone, field, onPage, startPlan, walk } from "../support/wizard.mjs";

/** A page that does not exist has the status 404, which Chromium reports, too. */
const NOT_FOUND = /^Failed to load resource: the server responded with a status of 404/;

let browser;
let server;
/** The URLs of a new plan and of a complete and checked one. */
let fresh;
let complete;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  await withPage(browser, server.url, async (page) => {
    complete = await walk(page, { name: "A plan with a long name that does not fit beside the mark of the program" });
    fresh = await startPlan(page);
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Submits a step with wrong answers. */
const refused = (step, wrong) => async (page) => {
  await page.goto(`${fresh}/${step}`);
  await islandsAwake(page);
  for (const [label, text] of Object.entries(wrong)) await page.getByLabel(label).first().fill(text);
  await button(page, "Continue").click();
  await page.locator(".error-summary").waitFor();
};

/** Runs the checks of a page: some pass, some fail, some are skipped. */
const checked = (path) => async (page) => {
  await page.goto(path());
  await islandsAwake(page);
  await page.getByRole("button", { name: /^(Test connection|Run checks)$/ }).click();
  await checksDone(page);
};

const opened = (path) => async (page) => {
  await page.goto(path());
  await islandsAwake(page);
};

/** Each state of each page, with the steps to reach it. */
const STATES = {
  "start, with plans": opened(() => "/"),
  "start, with a file that is not a plan": async (page) => {
    await page.goto("/");
    const file = { name: "plan.toml", mimeType: "text/plain", buffer: Buffer.from("format = 1\nx = \n") };
    await page.locator("#open-file").setInputFiles(file);
    await button(page, "Open").click();
    await page.locator(".error-summary").waitFor();
  },
  ...Object.fromEntries(Object.keys(STEPS).map((step) => [`${step}, empty`, opened(() => `${fresh}/${step}`)])),
  ...Object.fromEntries(Object.keys(STEPS).map((step) => [`${step}, filled`, opened(() => `${complete}/${step}`)])),
  "database, wrong": refused("database", { "Database port": "0", "Database host": "no host!" }),
  "user-store, wrong": refused("user-store", { "Super admin password": "admin" }),
  "clustering, wrong": refused("clustering", { "Address of node 1": "no host", "Port offset of node 2": "-1" }),
  "load-balancer, wrong": refused("load-balancer", { Hostname: "127.0.0.1", "HTTPS port": "0" }),
  "user-store, LDAP": async (page) => {
    await opened(() => `${fresh}/user-store`)(page);
    await field(page, "LDAP directory").check();
    await field(page, "Connection URL").waitFor();
  },
  "clustering, AWS and a list to paste": async (page) => {
    await opened(() => `${fresh}/clustering`)(page);
    await field(page, "AWS EC2").check();
    await page.getByText("Paste a list of nodes").click();
    await button(page, "Add node").click();
  },
  "load-balancer, certificate provided": async (page) => {
    await opened(() => `${fresh}/load-balancer`)(page);
    await field(page, "Provided").check();
    await field(page, "Certificate chain").waitFor();
  },
  "review, empty": opened(() => `${fresh}/review`),
  "review, refused": async (page) => {
    await opened(() => `${fresh}/review`)(page);
    await button(page, "Download configuration").click();
    await page.locator(".error-summary").waitFor();
  },
  "review, complete": opened(() => `${complete}/review`),
  "review, from a Change link": opened(() => `${complete}/database?return=review#database-host`),
  "database, checked": checked(() => `${complete}/database`),
  "clustering, checked": checked(() => `${complete}/clustering`),
  "load-balancer, checked": checked(() => `${complete}/load-balancer`),
  "review, checked": checked(() => `${complete}/review`),
  "files, empty": opened(() => `${fresh}/preview`),
  "files, complete": opened(() => `${complete}/preview`),
  "files, one": opened(() => `${complete}/preview/nodes/node1/repository/conf/deployment.toml`),
  "prepare, before the steps are complete": opened(() => `${fresh}/prepare`),
  "prepare, empty": opened(() => `${complete}/prepare`),
  "prepare, wrong": async (page) => {
    await opened(() => `${complete}/prepare`)(page);
    await button(page, "Review changes").click();
    await page.locator(".error-summary").waitFor();
  },
  delete: opened(() => `${fresh}/delete`),
  "not found": opened(() => "/nothing-here"),
};

async function expectLabels(page) {
  const without = await page.evaluate(() =>
    [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
      .filter((input) => ![...input.labels].some((label) => label.textContent.trim()))
      .map((input) => input.outerHTML),
  );
  assert.deepEqual(without, [], `${page.url()}: inputs without a label`);
}

async function expectNoOverflow(page, state) {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const beyond = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return scrollWidth > clientWidth ? { scrollWidth, beyond: beyond.slice(0, 5).map((e) => e.outerHTML.slice(0, 120)) } : null;
  });
  assert.equal(wide, null, `${state} overflows at 320 px: ${JSON.stringify(wide)}`);
}

test("these tests find faults", async () => {
  await withPage(browser, server.url, async (page) => {
    await opened(() => `${fresh}/database`)(page);
    await page.evaluate(() => document.querySelector("label[for=database-host]").remove());
    await assert.rejects(expectLabels(page), /database-host/);
    await assert.rejects(expectAccessible(page), /label/);
    await opened(() => `${fresh}/product`)(page);
    await page.setViewportSize({ width: 320, height: 720 });
    await page.evaluate(() => {
      document.querySelector(".intro").textContent = "x".repeat(100);
      document.querySelector(".intro").style.cssText = "white-space: nowrap; overflow: visible; color: #888; background: #777";
    });
    await assert.rejects(expectNoOverflow(page, "product"), /320/);
    await assert.rejects(expectAccessible(page), /contrast/);
  });
});

test("database, while checks run", async () => {
  const silent = await silentServer();
  try {
    await withPage(browser, server.url, async (page) => {
      const plan = await startPlan(page);
      await page.goto(`${plan}/database`);
      await islandsAwake(page);
      await field(page, "Database port").fill(String(silent.port));
      await field(page, "Account password").fill("Db-never-asked-2");
      await button(page, "Test connection").click();
      await page.locator(".badge", { hasText: "running" }).first().waitFor();
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await expectAccessible(page);
      }
      await page.setViewportSize({ width: 320, height: 720 });
      await expectNoOverflow(page, "checking");
    });
  } finally {
    silent.close();
  }
});

const expectedErrors = [REFUSED_FORM, NOT_FOUND];

test("the start page without plans", async () => {
  const empty = await startServer();
  try {
    for (const colorScheme of ["light", "dark"]) {
      await withPage(
        browser,
        empty.url,
        async (page) => {
          await page.goto("/");
          await onPage(page, "Set up a WSO2 Identity Server cluster");
          await expectAccessible(page);
          await expectLabels(page);
          await page.setViewportSize({ width: 320, height: 640 });
          await expectNoOverflow(page, "start");
        },
        { colorScheme },
      );
    }
  } finally {
    await empty.stop();
  }
});

for (const [state, reach] of Object.entries(STATES)) {
  test(state, async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        await page.emulateMedia({ colorScheme: "light" });
        await reach(page);
        await expectLabels(page);
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 720 });
          for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
            await expectAccessible(page);
          }
        }
        await expectNoOverflow(page, state);
      },
      { expectedErrors },
    );
  });
}
