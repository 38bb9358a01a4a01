// Wrong answers: errors are shown, and no entered text is lost.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import {
  ADMIN_PASSWORD,
  REFUSED_FORM,
  STEPS,
  button,
  expectArrived,
  field,
  fill,
  pressContinue,
  onPage,
  startPlan,
} from "../support/wizard.mjs";

const REFUSED = { expectedErrors: [REFUSED_FORM] };

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Wrong answers of each step by the ids of the fields, with the error of the field, in the order of the page. */
const WRONG = {
  database: {
    "database-host": ["no host!", /host name|address/],
    "database-port": ["65536", /Enter a port from 1 to 65535/],
    "database-identity-db": ["a`b; DROP DATABASE mysql", /name/],
    "database-username": ["", /Enter/],
    "database-password": ["", /Enter/],
    "database-pool-size": ["1e3", /number/],
  },
  "user-store": {
    "user-store-admin-username": ["<script>alert(1)</script>", /./],
    "user-store-admin-password": ["", /Enter/],
  },
  clustering: {
    "clustering-domain": ["two words", /./],
    "clustering-nodes-0-name": ["../etc", /./],
    "clustering-nodes-0-host": ["127.0.0.1;", /address|name/],
    "clustering-nodes-1-name": ["", /Enter/],
    "clustering-nodes-1-offset": ["-1", /Enter/],
    "clustering-nodes-1-hazelcast-port": ["0", /Enter/],
  },
  "load-balancer": {
    "load-balancer-version": ["newest", /version/],
    "load-balancer-hostname": ["10.1.2.3", /host name/],
    "load-balancer-http-port": ["80 80", /port/],
    "load-balancer-https-port": ["99999999999999999999", /port/],
  },
};

/** Expects the summary, the errors at the fields and the entered texts. */
async function expectErrors(page, title, wrong) {
  assert.ok((await page.title()).startsWith(`Error: ${title} – `), await page.title());
  const summary = page.locator(".error-summary");
  assert.match(await summary.innerText(), /^There is a problem/);
  assert.ok(await summary.evaluate((element) => element === document.querySelector("main").firstElementChild));
  assert.ok(await summary.evaluate((element) => element === document.activeElement), "focus is on the summary");
  const links = await summary.locator("a").evaluateAll((list) => list.map((link) => link.getAttribute("href")));
  assert.deepEqual(links, Object.keys(wrong).map((id) => `#${id}`), "one link per error, in the order of the page");
  const messages = await summary.locator("a").allInnerTexts();
  assert.equal(new Set(messages).size, messages.length, `each link names its field: ${messages}`);
  for (const [index, [id, [entered, error]]] of Object.entries(wrong).entries()) {
    const input = page.locator(`[id="${id}"]`);
    assert.match(messages[index], error);
    assert.equal(await input.getAttribute("aria-invalid"), "true", id);
    const described = (await input.getAttribute("aria-describedby")).split(" ");
    assert.ok(described.includes(`${id}-error`), `${id} is described by its error`);
    for (const part of described) assert.equal(await page.locator(`[id="${part}"]`).count(), 1, `#${part} exists`);
    const atField = (await page.locator(`[id="${id}-error"]`).innerText()).replace(/^Error:\s*/, "");
    assert.ok(messages[index].endsWith(atField), `the same text: ${messages[index]} / ${atField}`);
    await summary.locator("a").nth(index).click();
    assert.equal(await page.evaluate(() => document.activeElement.id), id, "the link focuses its field");
    assert.equal(await input.inputValue(), entered, `${id} keeps the entered text`);
  }
}

async function expectKept(page, wrong) {
  for (const [id, [entered]] of Object.entries(wrong)) {
    assert.equal(await page.locator(`[id="${id}"]`).inputValue(), entered, `${id} keeps the entered text`);
  }
}

for (const [step, wrong] of Object.entries(WRONG)) {
  test(`${step}: errors are shown, and wrong answers survive reload, Back and Forward`, async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        const plan = await startPlan(page);
        await page.goto(`${plan}/${step}`);
        await islandsAwake(page);
        for (const [id, [entered]] of Object.entries(wrong)) await page.locator(`[id="${id}"]`).fill(entered);
        await button(page, "Continue").click();
        await page.locator(".error-summary").waitFor();
        await expectErrors(page, STEPS[step], wrong);

        await page.goto(`${plan}/${step}`);
        await expectKept(page, wrong);
        assert.equal(await page.locator(".error-message").count(), Object.keys(wrong).length, "still shown at the fields");
        await page.reload();
        await expectKept(page, wrong);
        const state = page.locator("nav li", { has: page.locator("[aria-current=step]") }).locator(".step-state");
        assert.match(await state.innerText(), /^\d+ problems?$/);

        await page.getByRole("link", { name: "Back", exact: true }).click();
        await page.waitForURL((url) => !url.pathname.endsWith(step));
        await page.goBack();
        await page.waitForURL((url) => url.pathname.endsWith(step));
        await islandsAwake(page);
        await expectKept(page, wrong);
        // Text typed after that is still there after Back and Forward of the browser.
        const [last] = Object.keys(wrong).slice(-1);
        if (!last.endsWith("password")) {
          await page.locator(`[id="${last}"]`).fill("still wrong");
          await page.goBack();
          await islandsAwake(page);
          await page.goForward();
          await page.waitForURL((url) => url.pathname.endsWith(step));
          await expectArrived(page, `[id="${last}"]`, "still wrong");
        }
      },
      REFUSED,
    );
  });
}

test("product: an unknown version from a file is kept and reported", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "clusterwright-plan-"));
  context.after(() => rm(folder, { recursive: true }));
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      const answer = await page.request.get(`${plan}/plan.toml`);
      const file = join(folder, "plan.toml");
      await writeFile(file, (await answer.text()).replace(/version = "7[^"]*"/, 'version = "9.9.9"'));
      await page.goto("/");
      await page.locator("#open-file").setInputFiles(file);
      await button(page, "Open").click();
      await onPage(page, "Product");
      await button(page, "Continue").click();
      await page.locator(".error-summary").waitFor();
      await expectErrors(page, "Product", { "product-version": ["9.9.9", /9\.9\.9|release|version/i] });
      await fill(page, { "IS version": "7.2.0" });
      await pressContinue(page, "Database");
    },
    REFUSED,
  );
});

test("start: a file that is not a plan is rejected with every problem", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      await page.goto("/");
      const text = 'format = 1\n[product]\nverison = "7.2.0"\n[database]\nport = true\n';
      await page.locator("#open-file").setInputFiles({ name: "p.toml", mimeType: "text/plain", buffer: Buffer.from(text) });
      await button(page, "Open").click();
      await page.locator(".error-summary").waitFor();
      assert.ok((await page.title()).startsWith("Error: Start"));
      assert.ok(await page.locator(".error-summary").evaluate((element) => element === document.activeElement));
      assert.match(await page.locator("#open-error").innerText(), /p\.toml was not opened[^]*Line 3:[^]*Line 5:/);
      await page.locator(".error-summary a").first().click();
      assert.equal(await page.evaluate(() => document.activeElement.id), "open-file");
    },
    REFUSED,
  );
});

test("review: a blocked download links to every field that blocks it", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await startPlan(page);
      await page.goto(`${plan}/review`);
      await button(page, "Download configuration").click();
      await page.locator(".error-summary").waitFor();
      assert.ok((await page.title()).startsWith("Error: Review"));
      const links = page.locator(".error-summary a");
      assert.deepEqual(
        await links.evaluateAll((list) => list.map((link) => new URL(link.href).hash)),
        ["#database-password", "#user-store-admin-password"],
      );
      await links.first().click();
      await onPage(page, "Database");
      assert.equal(new URL(page.url()).hash, "#database-password");
      await field(page, "Account password").fill("Db-found-again-1");
      await button(page, "Save and return to review").click();
      await onPage(page, "Review");
    },
    REFUSED,
  );
});

test("a JDBC URL pasted into the host is split, with a notice", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await page.goto(`${plan}/database`);
    await fill(page, {
      "Database host": "jdbc:mysql://db.example.com:3307/wso2identity_db?useSSL=false&amp;user=wso2x",
      "Account password": "Db-pasted-1",
    });
    await button(page, "Continue").click();
    await page.locator(".notice", { hasText: "The JDBC URL was split" }).waitFor();
    await page.goto(`${plan}/database`);
    assert.equal(await field(page, "Database host").inputValue(), "db.example.com");
    assert.equal(await field(page, "Database port").inputValue(), "3307");
    assert.equal(await field(page, "Account").inputValue(), "wso2x");
  });
});

test("answers that look like code stay text on every page", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const hostile = `"><script>console.error("run")</script>{{7*7}}\${x}'; DROP 🎉 \u202Eabc`;
      const plan = await startPlan(page, { name: hostile.slice(0, 90) });
      await page.goto(`${plan}/database`);
      await islandsAwake(page);
      for (const label of ["Database host", "Identity database", "Account"]) await field(page, label).fill(hostile);
      await button(page, "Continue").click();
      await page.locator(".error-summary").waitFor();
      assert.equal(await field(page, "Account").inputValue(), hostile);
      for (const path of [`${plan}/review`, `${plan}/preview`, `${plan}/delete`, "/"]) {
        await page.goto(path);
        await islandsAwake(page);
        assert.equal(await page.locator("main script").count(), 0, path);
      }
    },
    REFUSED,
  );
});

test("two tabs on two steps do not overwrite each other", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    const other = await page.context().newPage();
    await page.goto(`${plan}/database`);
    await other.goto(`${plan}/user-store`);
    await Promise.all([islandsAwake(page), islandsAwake(other)]);
    await Promise.all([
      field(page, "Database host").pressSequentially("x"),
      field(other, "Super admin").pressSequentially("y"),
    ]);
    await Promise.all([page, other].map((tab) => tab.locator(".step-form:not([data-unsaved])").waitFor()));
    await fill(page, { "Database host": "db.example.com", "Account password": "Db-two-tabs-1" });
    await fill(other, { "Super admin": "first-admin", "Super admin password": ADMIN_PASSWORD });
    await pressContinue(page, "User store");
    await pressContinue(other, "Clustering");
    await page.reload();
    assert.equal(await field(page, "Super admin").inputValue(), "first-admin");
    await other.goto(`${plan}/database`);
    assert.equal(await field(other, "Database host").inputValue(), "db.example.com");
    assert.match(await other.locator("#database-password-state").innerText(), /^Set by Owner, /);
  });
});
