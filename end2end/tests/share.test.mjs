// A shared plan: the owner creates links, the DBA edits one step in another browser, a reviewer views the plan.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { expectAccessible } from "../support/axe.mjs";
import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { REFUSED_FORM, button, field, onPage, walk } from "../support/wizard.mjs";

/** Chromium's messages for a link that does not work, and for a page that a link does not permit. */
const NOT_FOUND = /^Failed to load resource: the server responded with a status of 404/;
const FORBIDDEN = /^Failed to load resource: the server responded with a status of 403/;

/** The password of the DBA, which must appear nowhere. */
const TYPED = "Typed-by-the-dba-9";

let browser;
let server;
let plan;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  await withPage(browser, server.url, async (page) => {
    plan = await walk(page, { name: "Shared cluster" });
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Creates a link on the page Share; returns its path. */
async function createLink(page, right, answers = {}) {
  await page.goto(`${plan}/share`);
  await onPage(page, "Share");
  await field(page, right).check();
  for (const [id, answer] of Object.entries(answers)) {
    const input = page.locator(`#link-${id}`);
    if (await input.evaluate((element) => element.localName === "select")) await input.selectOption(answer);
    else await input.fill(answer);
  }
  await button(page, "Create link").click();
  await page.getByRole("heading", { name: "Your link" }).waitFor();
  const address = (await page.locator("#link-address").textContent()).trim();
  assert.ok(address.length <= 90, address);
  assert.ok(address.startsWith(`${server.url}/s/`), address);
  return new URL(address).pathname;
}

/** Opens a link in the browser. */
async function open(page, link, { name = "", password = "" } = {}) {
  await page.goto(link);
  await onPage(page, "Open a shared plan");
  if (name) await page.getByLabel("Your name").fill(name);
  if (password) await page.getByLabel("Link password").fill(password);
  await button(page, "Open").click();
}

for (const javaScriptEnabled of [true, false]) {
  test(`the DBA edits one step, the reviewer views the plan, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async () => {
    let forDba;
    let forReviewer;
    await withPage(browser, server.url, async (page) => {
      forDba = await createLink(page, "Edit one step", { step: "database", label: "DBA", name: "Kasun" });
      // Other machines cannot open a URL with localhost, so there is no QR code.
      await page.getByText("Only this machine can open").first().waitFor();
      assert.equal(await page.getByRole("img", { name: "The link as a QR code" }).count(), 0);
      forReviewer = await createLink(page, "View");
    }, { javaScriptEnabled });

    await withPage(browser, server.url, async (page) => {
      await open(page, forDba, { name: "Dilani" });
      await onPage(page, "Database");
      await page.getByText("You are using a share link as Dilani").waitFor();
      assert.equal(await page.getByRole("navigation", { name: "Progress" }).getByRole("link").count(), 1);
      await field(page, "Account").fill("wso2is_dba");
      await field(page, "Account password").fill(TYPED);
      await button(page, "Save and check answers").click();
      await page.getByText("Saved, and complete.").waitFor();
      assert.equal(await field(page, "Account password").inputValue(), "", "the entered password is not sent back");
      assert.ok(!(await page.content()).includes(TYPED));
      await page.goto(`${plan}/review`);
      await onPage(page, "Your link does not allow this");
    }, { javaScriptEnabled, expectedErrors: [FORBIDDEN] });

    await withPage(browser, server.url, async (page) => {
      await open(page, forReviewer);
      await onPage(page, "Review");
      await page.getByText("wso2is_dba").first().waitFor();
      assert.ok(!(await page.content()).includes(TYPED));
      assert.equal(await button(page, "Download configuration").count(), 0);
      await page.goto(`${plan}/database`);
      await onPage(page, "Database");
      assert.ok(await field(page, "Database host").isDisabled());
      assert.ok(!(await page.content()).includes(TYPED));
      await button(page, "Leave").click();
      await onPage(page, "Set up a WSO2 Identity Server cluster");
    }, { javaScriptEnabled });

    await withPage(browser, server.url, async (page) => {
      await page.goto(`${plan}/share`);
      assert.match(await page.locator("#main").innerText(), /Opened 1×/);
    }, { javaScriptEnabled });
  });
}

test("a reviewer comments; the owner sees it at once, answers and marks it as done", async () => {
  await withPage(browser, server.url, async (owner) => {
    const link = await createLink(owner, "View and comment");
    await owner.goto(`${plan}/product`);
    await islandsAwake(owner);
    await withPage(browser, server.url, async (reviewer) => {
      await open(reviewer, link, { name: "Ruwan" });
      await reviewer.goto(`${plan}/database`);
      await field(reviewer, "Comment on Database").fill("Which port?");
      await button(reviewer, "Add comment").click();
      await reviewer.locator(".comment-text", { hasText: "Which port?" }).waitFor();
      assert.equal(await reviewer.getByRole("button", { name: "Mark as done" }).count(), 0);
      await owner.locator("#changed", { hasText: /^Ruwan\b.* commented on Database at \d\d:\d\d \S+\./ }).waitFor();
    });
    await owner.locator("#changed").getByRole("link", { name: "Show" }).click();
    await onPage(owner, "Database");
    await field(owner, "Comment on Database").fill("3306, <b>");
    await button(owner, "Add comment").click();
    await owner.locator(".comment-text", { hasText: "3306, <b>" }).waitFor();
    await owner.getByRole("button", { name: "Mark as done the comment of Ruwan" }).click();
    await owner.locator("#comments .badge", { hasText: "done" }).waitFor();
  });
});

test("expired, revoked and unknown links look the same", async () => {
  const texts = [];
  await withPage(browser, server.url, async (page) => {
    const revoked = await createLink(page, "Edit", { label: "to be revoked" });
    await page.goto(`${plan}/share`);
    await page.getByRole("button", { name: "Revoke the link to be revoked" }).click();
    await page.getByText("Revoked").first().waitFor();
    const usedUp = await createLink(page, "View", { uses: "1" });
    await open(page, usedUp);
    await onPage(page, "Review");
    await button(page, "Leave").click();
    for (const link of [revoked, usedUp, "/s/0123456789abcdefghijkl"]) {
      const answer = await page.goto(link);
      assert.equal(answer.status(), 404);
      assert.equal(answer.headers()["referrer-policy"], "no-referrer");
      texts.push(await page.content());
    }
  }, { expectedErrors: [NOT_FOUND] });
  assert.equal(new Set(texts).size, 1);
});

test("a link with a password is created and opened by keyboard alone", async () => {
  await withPage(browser, server.url, async (page) => {
    await page.goto(`${plan}/review`);
    await islandsAwake(page);
    const press = async (key, times = 1) => {
      for (let count = 0; count < times; count += 1) await page.keyboard.press(key);
    };
    const to = async (selector) => {
      for (let stops = 0; stops < 60; stops += 1) {
        await press("Tab");
        if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
      }
      assert.fail(`Tab never reaches ${selector}`);
    };
    await to(".header-link");
    await press("Enter");
    await onPage(page, "Share");
    await to("[name=right]");
    await press("ArrowDown");
    await to("#link-password");
    await page.keyboard.type("Kandy rain 7");
    await press("Enter");
    await page.getByRole("heading", { name: "Your link" }).waitFor();
    const link = new URL((await page.locator("#link-address").textContent()).trim()).pathname;
    await page.goto(link);
    await to("#open-password");
    await page.keyboard.type("Kandy sun 7");
    await press("Enter");
    await page.locator(".error-summary").waitFor();
    assert.match(await page.title(), /^Error: /);
    await to("#open-password");
    await page.keyboard.type("Kandy rain 7");
    await press("Enter");
    await onPage(page, "Review");
  }, { expectedErrors: [REFUSED_FORM] });
});

for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 320]]) {
  test(`the pages of share links are accessible, ${scheme}, ${width} px`, async () => {
    const options = { colorScheme: scheme, viewport: { width, height: 900 }, expectedErrors: [REFUSED_FORM, NOT_FOUND] };
    await withPage(browser, server.url, async (page) => {
      const look = async (name) => {
        await islandsAwake(page);
        await expectAccessible(page);
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
        assert.ok(!(scrollWidth > clientWidth), `${page.url()} is wider than the window`);
        if (process.env.CLUSTERWRIGHT_PICTURES) {
          const path = `${process.env.CLUSTERWRIGHT_PICTURES}/${name}-${scheme}-${width}.png`;
          await page.screenshot({ path, fullPage: true });
        }
      };
      await page.goto(`${plan}/share`);
      await look("share");
      await field(page, "Maximum uses (optional)").fill("many");
      await button(page, "Create link").click();
      await page.locator(".error-summary").waitFor();
      await look("share-wrong");
      const link = await createLink(page, "View", { name: "Kasun", password: "Kandy rain 7" });
      await look("share-made");
      await page.goto(link);
      await look("opening");
      await open(page, link, { password: "wrong" });
      await page.locator(".error-summary").waitFor();
      await look("opening-wrong");
      await open(page, link, { name: "Ruwan", password: "Kandy rain 7" });
      await onPage(page, "Review");
      await look("review-by-link");
      for (const step of ["database", "clustering"]) {
        await page.goto(`${plan}/${step}`);
        await look(`${step}-by-link`);
      }
      await button(page, "Leave").click();
      await page.goto("/s/0123456789abcdefghijkl");
      await look("gone");
      const comment = await createLink(page, "View and comment");
      await open(page, comment, { name: "Ruwan" });
      await onPage(page, "Review");
      for (const text of ["Which port?\nAnd which account?", "שלום", "x".repeat(150)]) {
        await field(page, "Comment on the plan").fill(text);
        await Promise.all([page.waitForEvent("load"), button(page, "Add comment").click()]);
      }
      await look("review-comments");
      await button(page, "Add comment").click();
      await page.locator(".error-summary").waitFor();
      await look("comment-wrong");
      await button(page, "Leave").click();
      await page.goto(`${plan}/database`);
      await look("database-comments");
      const fill = await createLink(page, "Edit one step", { step: "database" });
      await open(page, fill);
      await onPage(page, "Database");
      await look("fill");
    }, options);
  });
}
