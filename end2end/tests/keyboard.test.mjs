// The wizard by keyboard alone: Tab, Shift+Tab, Enter, Space and arrows, with visible focus at every stop.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { ADMIN_PASSWORD, BUNDLE_FILES, REFUSED_FORM, UNASKED, onPage } from "../support/wizard.mjs";
import { unzip } from "../support/zip.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A person at the keyboard: counts key presses and expects visible focus. */
class Keyboard {
  constructor(page) {
    this.page = page;
    this.presses = 0;
    this.letters = 0;
  }

  async press(key) {
    this.presses += 1;
    await this.page.keyboard.press(key);
  }

  async type(text) {
    // Tab selects the text of a field, so typing replaces it.
    this.letters += text.length;
    await this.page.keyboard.type(text);
  }

  /** The element with focus: id, name, text, and whether its focus is visible. */
  focus() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const ring = (of) => (of.outlineStyle !== "none" && parseFloat(of.outlineWidth) > 0) || of.boxShadow !== "none";
      const inView = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
      // A fixed or sticky element can cover it.
      const centre = document.elementFromPoint(
        Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
        Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1),
      );
      const covered = inView && centre && !element.contains(centre) && !centre.contains(element);
      return {
        id: element.id,
        tag: element.localName,
        name: element.getAttribute("name") ?? "",
        value: element.getAttribute("value") ?? "",
        text: (element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 60),
        visible: ring(style) && inView && !covered,
      };
    });
  }

  /** Presses Tab until the wanted element has focus. */
  async to(what, wanted) {
    for (let stops = 0; stops < 150; stops += 1) {
      await this.press("Tab");
      const focus = await this.focus();
      if (focus.tag !== "body") assert.ok(focus.visible, `focus on ${JSON.stringify(focus)} is visible`);
      if (wanted(focus)) return;
    }
    assert.fail(`Tab never reaches ${what} on ${this.page.url()}`);
  }

  toField(id) {
    return this.to(id, (focus) => focus.id === id);
  }

  toButton(text) {
    return this.to(text, (focus) => focus.tag === "button" && focus.text === text);
  }

  /** Enter in a field submits the form, like Continue. */
  async pressContinue(title) {
    await this.press("Enter");
    await onPage(this.page, title);
    assert.equal((await this.focus()).id, "title", `focus moves to the heading of ${title}`);
  }
}

test("from the start page to the zip without a mouse", async (context) => {
  await withPage(browser, server.url, async (page) => {
    const keyboard = new Keyboard(page);
    await page.goto("/");
    await keyboard.press("Tab");
    assert.equal((await keyboard.focus()).text, "Skip to main content");
    await keyboard.press("Enter");
    await keyboard.to("the presets", (focus) => focus.name === "preset");
    // Arrows choose among radios in both directions.
    await keyboard.press("ArrowDown");
    assert.equal((await keyboard.focus()).value, "two-machines");
    await keyboard.press("ArrowUp");
    await keyboard.toField("new-plan-title");
    await keyboard.type("By keyboard");
    await keyboard.pressContinue("Product");

    await keyboard.toField("product-version");
    // A list is chosen from by arrows, too.
    await keyboard.press("ArrowUp");
    const version = await page.locator("#product-version").inputValue();
    assert.notEqual(version, "7.3.0");
    await keyboard.toButton("Continue");
    await keyboard.pressContinue("Database");

    await keyboard.toField("database-password");
    await keyboard.type(UNASKED.password);
    await keyboard.pressContinue("User store");

    await keyboard.toField("user-store-admin-password");
    await keyboard.type(ADMIN_PASSWORD);
    await islandsAwake(page);
    await keyboard.toButton("Show super admin password");
    await keyboard.press("Space");
    assert.equal(await page.locator("#user-store-admin-password").getAttribute("type"), "text");
    await keyboard.toButton("Continue");
    await keyboard.pressContinue("Clustering");

    await islandsAwake(page);
    await keyboard.toButton("Add node");
    await keyboard.press("Enter");
    assert.equal((await keyboard.focus()).id, "clustering-nodes-2-host", "focus moves to the new row");
    await keyboard.type("127.0.0.1");
    await keyboard.toButton("Move node 3 up");
    await keyboard.press("Space");
    await keyboard.toButton("Remove node 2");
    await keyboard.press("Enter");
    assert.match((await keyboard.focus()).text, /^Remove node/, "focus stays in the table");
    assert.equal(await page.locator(".node-table tbody tr").count(), 2);
    await keyboard.toButton("Continue");
    await keyboard.pressContinue("Load balancer");

    await keyboard.toField("load-balancer-hostname");
    await keyboard.type("localhost");
    await keyboard.pressContinue("Review");

    await keyboard.toButton("Download configuration");
    const [download] = await Promise.all([page.waitForEvent("download"), keyboard.press("Enter")]);
    const files = unzip(await readFile(await download.path()));
    for (const name of BUNDLE_FILES) assert.ok(files.has(name), `${name} is in the zip`);
    const { presses, letters } = keyboard;
    context.diagnostic(`from the start page to the zip: ${presses} key presses, and ${letters} letters typed`);
    assert.ok(presses <= 150, `${presses} key presses; keep them falling`);
  });
});

test("after a failed Continue, focus is on the summary, and its first link focuses the field", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const keyboard = new Keyboard(page);
      await page.goto("/");
      await keyboard.toField("new-plan-title");
      await keyboard.pressContinue("Product");
      await keyboard.toField("plan-title");
      await keyboard.pressContinue("Database");
      await keyboard.toField("database-port");
      await keyboard.type("0");
      await keyboard.press("Enter");
      await page.locator(".error-summary").waitFor();
      const summary = await keyboard.focus();
      assert.match(summary.text, /^There is a problem/);
      assert.ok(summary.visible, "the focus on the summary is visible");
      await keyboard.press("Tab");
      assert.equal((await keyboard.focus()).tag, "a");
      await keyboard.press("Enter");
      assert.equal((await keyboard.focus()).id, "database-port");
    },
    { expectedErrors: [REFUSED_FORM] },
  );
});

test("no page traps focus: Tab passes through every page, and Shift+Tab returns", async () => {
  await withPage(browser, server.url, async (page) => {
    const keyboard = new Keyboard(page);
    await page.goto("/");
    await keyboard.toField("new-plan-title");
    await keyboard.pressContinue("Product");
    const plan = new URL(page.url()).pathname.replace(/\/product$/, "");
    for (const step of ["product", "database", "user-store", "clustering", "load-balancer", "review", "preview"]) {
      await page.goto(`${plan}/${step}`);
      await islandsAwake(page);
      await keyboard.to("the end of the page", (focus) => focus.tag === "body");
      await keyboard.press("Shift+Tab");
      assert.notEqual((await keyboard.focus()).tag, "body");
    }
  });
});
