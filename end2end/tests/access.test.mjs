// Signing in: with built-in TLS, without JavaScript, and behind a real nginx with a path prefix.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { expectAccessible } from "../support/axe.mjs";
import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startNginx } from "../support/nginx.mjs";
import { startServer } from "../support/server.mjs";
import { REFUSED_FORM, button, onPage } from "../support/wizard.mjs";

const TOKEN = "Access-canary-0123456789";

let browser;

before(async () => {
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
});

async function signIn(page, token) {
  await page.getByLabel("Access token").fill(token);
  await page.getByLabel("Your name").fill("Kasun");
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("over built-in TLS: wrong token, correct token, name and sign-out", async () => {
  const server = await startServer({ args: ["--listen", "0.0.0.0"], env: { CLUSTERWRIGHT_ACCESS_TOKEN: TOKEN } });
  const options = { ignoreHTTPSErrors: true, viewport: { width: 320, height: 640 }, expectedErrors: [REFUSED_FORM] };
  try {
    assert.match(server.url, /^https:/);
    const journey = async (page) => {
      await page.goto("/checks");
      await page.goto("/?from=mail");
      await page.waitForURL(/\/login\?to=/);
      await expectAccessible(page);
      await signIn(page, "wrong");
      assert.match(await page.title(), /^Error: /);
      assert.equal(await page.getByLabel("Access token").inputValue(), "");
      assert.equal(await page.getByLabel("Your name").inputValue(), "Kasun");
      await expectAccessible(page);
      const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
      assert.ok(fits, "nothing is wider than 320 pixels");
      await signIn(page, TOKEN);
      await page.waitForURL(/\/\?from=mail$/);
      const [cookie] = await page.context().cookies();
      assert.deepEqual(
        [cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite],
        ["__Host-clusterwright_owner", true, true, "Strict"],
      );
      await expectAccessible(page);
      await page.getByRole("link", { name: "Account" }).click();
      assert.equal(await page.getByLabel("Your name").inputValue(), "Kasun");
      await expectAccessible(page);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL("**/login");
      await page.goto("/");
      await page.waitForURL(/\/login\?to=/);
    };
    await withPage(browser, server.url, journey, options);
  } finally {
    await server.stop();
  }
});

test("without JavaScript", async () => {
  const server = await startServer({ env: { CLUSTERWRIGHT_ACCESS_TOKEN: TOKEN } });
  const journey = async (page) => {
    await page.goto("/");
    await signIn(page, TOKEN);
    const warning = page.locator(".session-end");
    assert.ok(!(await warning.isVisible()), "no warning twelve hours before the end");
    assert.equal(await warning.evaluate((element) => getComputedStyle(element).position), "absolute", "and it takes no space");
    // Ten minutes before the end, as the style sheet counts.
    await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
    assert.match(await warning.innerText(), /^Your session ends at \d\d:\d\d \S+ if you are inactive until then\./);
    await Promise.all([page.waitForEvent("load"), warning.getByRole("link", { name: "Stay signed in" }).click()]);
    assert.ok(!(await warning.isVisible()));
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/login");
  };
  try {
    await withPage(browser, server.url, journey, { javaScriptEnabled: false });
  } finally {
    await server.stop();
  }
});

test("behind nginx with a path prefix: every URL has the prefix, also in islands", async (context) => {
  const server = await startServer({
    env: {
      CLUSTERWRIGHT_ACCESS_TOKEN: TOKEN,
      CLUSTERWRIGHT_PREFIX: "/tools/cw",
      CLUSTERWRIGHT_TRUSTED_PROXIES: '["127.0.0.1"]',
    },
  });
  const nginx = await startNginx([server.url], { path: "/tools/cw/", tls: false });
  if (!nginx) {
    await server.stop();
    return context.skip("no nginx");
  }
  const journey = async (page) => {
    await page.goto("/tools/cw/");
    await page.waitForURL(/\/tools\/cw\/login\?to=\/tools\/cw\/$/);
    await signIn(page, TOKEN);
    await page.waitForURL("**/tools/cw/");
    const [cookie] = await page.context().cookies();
    assert.equal(cookie.path, "/tools/cw/");
    await button(page, "Create plan").click();
    await onPage(page, "Product");
    assert.match(new URL(page.url()).pathname, /^\/tools\/cw\/plans\/[^/]+\/product$/);
    await islandsAwake(page);
    const saved = page.waitForResponse((answer) => answer.url().endsWith("/draft"));
    await page.locator("input[name=title]").fill("Behind nginx");
    assert.match((await saved).url(), /\/tools\/cw\/plans\/[^/]+\/draft$/);
  };
  try {
    await withPage(browser, nginx.url, journey);
  } finally {
    await nginx.stop();
    await server.stop();
  }
});
