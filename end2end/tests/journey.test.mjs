// From the start page to the zip and back, with JavaScript, against a real MariaDB.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { islandsAwake, launchBrowser, withPage } from "../support/browser.mjs";
import { ownDatabases } from "../support/database.mjs";
import { startServer } from "../support/server.mjs";
import { silentServer } from "../support/silent.mjs";
import {
  ADMIN_PASSWORD,
  BUNDLE_FILES,
  REFUSED_FORM,
  UNASKED,
  button,
  checkRows,
  checksDone,
  databaseAnswers,
  download,
  expectArrived,
  field,
  fill,
  pressContinue,
  needsFiles,
  onPage,
  planOf,
  startPlan,
  walk,
} from "../support/wizard.mjs";

let browser;
let server;
let database;

before(async () => {
  [browser, server, database] = await Promise.all([launchBrowser(), startServer(), ownDatabases("MARIADB")]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

/** Marks the page, to detect a reload. */
const mark = (page) => page.evaluate(() => (globalThis.marked = true));
const isMarked = (page) => page.evaluate(() => globalThis.marked === true);
const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");
const names = (page) =>
  page.locator(".node-table tbody input[name$='.name']").evaluateAll((inputs) => inputs.map((input) => input.value));
/** Waits until the answers are saved. */
const saved = (page) => page.locator(".step-form:not([data-unsaved])").waitFor();

test("from the start page to the zip and back into the wizard", async (context) => {
  if (!database) return context.skip("no MariaDB");
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page, { name: "Browser journey" });
    assert.equal(await page.title(), "Product – Step 1 of 7 – Cluster setup");
    assert.equal(await focused(page), "title", "focus goes to the heading");
    await fill(page, { "IS version": "7.2.0" });
    await pressContinue(page, "Database");
    assert.equal(await focused(page), "title");

    await fill(page, databaseAnswers(database));
    await saved(page);
    await pressContinue(page, "User store");
    await fill(page, { "Super admin password": ADMIN_PASSWORD });
    await pressContinue(page, "Clustering");
    assert.deepEqual(await names(page), ["node1", "node2"]);
    await pressContinue(page, "Load balancer");
    await fill(page, { Hostname: "localhost", "IP hash": true, "Private CA": true });
    await pressContinue(page, "Review");
    assert.equal(await page.getByText("Nothing blocks the download.").count(), 1);
    const review = await page.locator("main").innerText();
    assert.ok(review.includes(database.identity) && review.includes("localhost"));
    assert.ok(!(await page.content()).includes(ADMIN_PASSWORD), "no page holds a password");

    // A Change link opens its field, and Continue returns to the review.
    await page.getByRole("link", { name: "Change hostname" }).click();
    await onPage(page, "Load balancer");
    await page.waitForFunction(() => document.querySelector(":target")?.id === "load-balancer-hostname");
    await fill(page, { "HTTPS port": "8443" });
    await button(page, "Save and return to review").click();
    await onPage(page, "Review");
    assert.equal(planOf(page), plan);
    assert.match(await page.locator("main").innerText(), /HTTPS port\s+8443/);

    const first = await download(page);
    assert.equal(first.name, "clusterwright-browser-journey.zip");
    for (const name of BUNDLE_FILES) assert.ok(first.files.has(name), `${name} is in the zip`);
    const deployment = first.files.get("nodes/node1/repository/conf/deployment.toml").toString();
    for (const part of [database.identity, database.agent, database.password, ADMIN_PASSWORD, "8443"]) {
      assert.ok(deployment.includes(part), `${part} is in deployment.toml`);
    }
    const manifest = JSON.parse(first.files.get("manifest.json"));
    assert.ok(manifest.files.length >= BUNDLE_FILES.length - 1);
    assert.ok(!first.files.get("plan.toml").toString().includes(database.password));
    const again = await download(page);
    assert.ok(first.bytes.equals(again.bytes), "the same plan and keys give the same bytes");

    // The zip, dropped on the start page, restores the plan with its passwords and keys, any number of times.
    let last = again;
    for (let turn = 1; turn <= 3; turn += 1) {
      await page.goto("/");
      await drop(page, "#open-file", last.path);
      assert.equal(await page.locator("#open-file").evaluate((input) => input.files.length), 1, "the drop is accepted");
      await button(page, "Open").click();
      await onPage(page, "Product");
      assert.notEqual(planOf(page), plan, "another plan");
      assert.equal(await field(page, "IS version").inputValue(), "7.2.0");
      await pressContinue(page, "Database");
      assert.equal(await field(page, "Identity database").inputValue(), database.identity);
      assert.notEqual(await page.locator("#database-password-state").innerText(), "Not set.");
      await pressContinue(page, "User store");
      await pressContinue(page, "Clustering");
      await pressContinue(page, "Load balancer");
      assert.equal(await field(page, "HTTPS port").inputValue(), "8443");
      await pressContinue(page, "Review");
      last = await download(page);
      assert.deepEqual([...last.files.keys()], [...first.files.keys()]);
      assert.ok(last.files.get("plan.toml").equals(first.files.get("plan.toml")));
      assert.deepEqual(keys(last), keys(first), `the keys are the same, turn ${turn}`);
    }
  });
});

/** What must never change unless requested: keystores, keys, the key file and each node's symmetric key. */
function keys({ files }) {
  const found = [];
  for (const [path, bytes] of files) {
    if (path.includes("/resources/security/") || path.endsWith(".key") || path === "cluster-keys.json") {
      found.push([path, bytes.toString("base64")]);
    } else if (path.endsWith("/deployment.toml")) {
      found.push([path, /\[encryption\]\nkey = .*/.exec(bytes.toString())?.[0]]);
    }
  }
  assert.ok(found.length >= 7, "keystores, keys and symmetric keys");
  return found;
}

test("live checks pass, then a wrong password fails one of them, then they pass again", async (context) => {
  if (!database) return context.skip("no MariaDB");
  await withPage(browser, server.url, async (page) => {
    await startPlan(page);
    await pressContinue(page, "Database");
    await islandsAwake(page);
    await mark(page);
    const streams = [];
    page.on("request", (request) => request.url().includes("/checks/events") && streams.push(request));
    await fill(page, databaseAnswers(database));

    await button(page, "Test connection").click();
    await checksDone(page);
    const passed = await checkRows(page);
    const ids = new Set(passed.map((row) => row.id));
    for (const id of ["DB-01", "DB-02", "DB-03", "DB-05", "DB-11", "DB-17", "DB-39"]) assert.ok(ids.has(id), `${id} ran`);
    assert.ok(![...ids].some((id) => !id.startsWith("DB-")), "a step shows only its own checks");
    const folded = page.locator("#passed-database summary");
    assert.match(await folded.innerText(), /^\d+ passed$/);
    assert.ok(!(await page.locator("#check-DB-01").isVisible()), "passed checks are collapsed");
    await folded.click();
    assert.ok(await page.locator("#check-DB-01").isVisible());
    assert.deepEqual(passed.filter((row) => !["passed", "warning"].includes(row.outcome) && !needsFiles(row)), []);
    assert.match(await page.locator(".check-summary").innerText(), /passed/);
    assert.equal(streams.length, 1, "one stream brings all events");
    assert.equal(streams[0].resourceType(), "eventsource");

    await fill(page, { "Account password": "a wrong password" });
    // Results of old answers are not shown as passed.
    await page.locator("#check-DB-05 .badge", { hasText: "outdated" }).waitFor({ state: "attached" });
    await button(page, "Test connection").click();
    await checksDone(page);
    const failed = (await checkRows(page)).filter((row) => row.outcome === "failed");
    assert.deepEqual(failed.map((row) => row.id), ["DB-05"], "one fault fails one check");
    assert.match(failed[0].current, /password/i);
    assert.ok(failed[0].remedy.length > 10, "it has a remedy");
    const verdict = page.locator(".check-verdict");
    assert.equal(await verdict.getAttribute("role"), "alert");
    assert.match(await verdict.innerText(), /1 open task\. It does not block the download/);
    await page.getByRole("link", { name: "Go to first open task" }).click();
    assert.equal(await focused(page), "check-DB-05");
    assert.ok(await isMarked(page), "without a reload");

    // A failed check is an open task, which the review lists until it is fixed.
    await page.goto(`${planOf(page)}/review`);
    assert.match(await page.locator(".findings").innerText(), /DB-05/);
    await page.goto(`${planOf(page)}/database`);
    await islandsAwake(page);
    await fill(page, { "Account password": database.password });
    await button(page, "Test connection").click();
    await checksDone(page);
    await page.locator("#check-DB-05 .badge", { hasText: "passed" }).waitFor({ state: "attached" });
    assert.match(await page.locator("#check-DB-05 .check-when").textContent(), /^passed .*, failed .*, passed /);
    assert.equal(await page.locator(".check-verdict").count(), 0);
    await page.reload();
    assert.equal((await checkRows(page)).length, passed.length, "results exist after a reload");
  });
});

test("every check of the plan from the review, and a run that is cancelled", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await walk(page, database && { database });
    await islandsAwake(page);
    await button(page, "Run checks").click();
    await checksDone(page);
    const ids = new Set((await checkRows(page)).map((row) => row.id));
    for (const id of ["DB-01", "ND-02", "LB-01"]) assert.ok(ids.has(id), `${id} ran`);

    // A check waits for a server that accepts connections but does not respond.
    const silent = await silentServer();
    try {
      await page.goto(`${plan}/database`);
      await islandsAwake(page);
      await fill(page, { "Database port": String(silent.port) });
      await button(page, "Test connection").click();
      await page.locator(".check-running").waitFor({ state: "attached" });
      await button(page, "Cancel").click();
      await page.locator(".badge", { hasText: "stopped" }).first().waitFor({ state: "attached" });
      await button(page, "Cancel").waitFor({ state: "hidden" });
      assert.ok(await button(page, "Test connection").isEnabled());
    } finally {
      silent.close();
    }
  });
});

test("the preview follows the answers without a reload", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await walk(page);
    await page.goto(`${plan}/load-balancer`);
    await islandsAwake(page);
    await mark(page);
    await page.locator("#preview-files a", { hasText: "localhost.conf" }).click();
    await page.waitForFunction(() => document.querySelector("#file-name").textContent.endsWith("/localhost.conf"));
    await field(page, "HTTPS port").fill("8443");
    await page.waitForFunction(() => document.querySelector("#file-text mark")?.textContent.includes("8443"));
    assert.match(await page.locator("#preview-note").innerText(), /^Changed since you opened this page: lines? \d/);
    await page.locator("#preview-files a", { hasText: "hosts.txt" }).click();
    await page.waitForFunction(() => document.querySelector("#file-name").textContent === "hosts.txt");
    assert.match(await page.locator("#file-text").innerText(), /localhost/);
    assert.ok(await isMarked(page));

    // Files are added and removed with their nodes.
    await page.goto(`${plan}/clustering`);
    await islandsAwake(page);
    await mark(page);
    await button(page, "Add node").click();
    await page.locator(".node-table tbody tr").nth(2).locator("input[name$='.host']").fill("127.0.0.1");
    await page.locator(".node-table tbody tr").nth(2).locator("input[name$='.offset']").fill("2");
    await page.locator(".node-table tbody tr").nth(2).locator("input[name$='.hazelcast_port']").fill("4002");
    await page.locator("#preview-files a", { hasText: "node3" }).waitFor();
    assert.ok(await isMarked(page));
  });
});

test("nodes are added, moved, removed and pasted in place", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await page.goto(`${plan}/clustering`);
    await islandsAwake(page);
    await mark(page);
    await button(page, "Add node").click();
    assert.deepEqual(await names(page), ["node1", "node2", "node3"]);
    assert.match(await focused(page), /^clustering-nodes-2-host$/, "focus moves to the first empty field");
    assert.match(await page.locator("#node-status").innerText(), /node3 added/);
    await button(page, "Move node 3 up").click();
    assert.deepEqual(await names(page), ["node1", "node3", "node2"]);
    await button(page, "Move node 1 down").click();
    assert.deepEqual(await names(page), ["node3", "node1", "node2"]);
    assert.ok(await button(page, "Move node 1 up").isDisabled());
    await button(page, "Remove node 2").click();
    assert.deepEqual(await names(page), ["node3", "node2"]);
    await saved(page);
    await page.reload();
    assert.deepEqual(await names(page), ["node3", "node2"], "changes are saved automatically");

    await islandsAwake(page);
    await page.getByText("Paste a list of nodes").click();
    await page.getByLabel("Nodes, one per line").fill("alpha 127.0.0.1 0 4000\nbeta\t127.0.0.1,1;4001\n\ngamma 127.0.0.1 2 4002");
    await Promise.all([page.waitForEvent("load"), button(page, "Replace nodes").click()]);
    assert.deepEqual(await names(page), ["alpha", "beta", "gamma"]);
    const ids = await page.locator(".node-table input").evaluateAll((inputs) => inputs.map((input) => input.id));
    assert.equal(new Set(ids).size, ids.length, "ids stay unique");
    await islandsAwake(page);
    await pressContinue(page, "Load balancer");
    await page.goto(`${plan}/clustering`);
    assert.deepEqual(await names(page), ["alpha", "beta", "gamma"]);
    const ports = page.locator(".node-table input[name$='.hazelcast_port']");
    assert.deepEqual(await ports.evaluateAll((inputs) => inputs.map((input) => input.value)), ["4000", "4001", "4002"]);
  });
});

test("a password is shown while it is typed and hidden when it is sent", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await page.goto(`${plan}/user-store`);
    await islandsAwake(page);
    const password = field(page, "Super admin password");
    await password.fill(ADMIN_PASSWORD);
    await button(page, "Show super admin password").click();
    assert.equal(await password.getAttribute("type"), "text");
    await button(page, "Hide super admin password").click();
    assert.equal(await password.getAttribute("type"), "password");
    await button(page, "Show super admin password").click();
    // While the page closes, it shows dots.
    await page.evaluate(() => {
      const form = document.querySelector(".step-form");
      form.addEventListener("submit", () => {
        sessionStorage.type = document.querySelector("#user-store-admin-password").type;
      });
    });
    await pressContinue(page, "Clustering");
    assert.equal(await page.evaluate(() => sessionStorage.type), "password");
    await page.goto(`${plan}/user-store`);
    assert.equal(await field(page, "Super admin password").inputValue(), "", "it is never sent back");
    assert.match(await page.locator("#user-store-admin-password-state").innerText(), /^Set by Owner, /);
  });
});

test("files and commands are copied, and a status reports it", async () => {
  await withPage(
    browser,
    server.url,
    async (page) => {
      const plan = await walk(page);
      await page.goto(`${plan}/clustering`);
      await islandsAwake(page);
      await button(page, "Copy the file").click();
      await page.getByRole("status").filter({ hasText: "Copied" }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, await page.locator("#file-text").textContent());
      assert.ok(copied.includes("localhost") && !copied.includes(ADMIN_PASSWORD));
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  );
});

test("answers are saved as they are typed, also wrong ones", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await page.goto(`${plan}/database`);
    await islandsAwake(page);
    await field(page, "Database host").fill("no host!");
    await page.locator(".saved", { hasText: /^Saved \d\d:\d\d \S+/ }).waitFor();
    await saved(page);
    await page.reload();
    assert.equal(await field(page, "Database host").inputValue(), "no host!");
    assert.equal(await page.locator(".error-message").count(), 0, "no errors are shown while typing");
    await islandsAwake(page);
    // The page is left at once: the request is sent while it closes.
    await field(page, "Database port").pressSequentially("99999");
    await page.getByRole("link", { name: "Back", exact: true }).click();
    await onPage(page, "Product");
    await page.goto(`${plan}/database`);
    await expectArrived(page, "#database-port", "999993306");
  });
});

test("leaving a page asks for confirmation only if a password cannot be saved", async () => {
  const lost = { expectedErrors: [/^Failed to load resource: net::ERR_FAILED/] };
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await page.goto(`${plan}/database`);
    await islandsAwake(page);
    const asked = [];
    page.on("dialog", async (dialog) => {
      asked.push(dialog.type());
      await dialog.dismiss();
    });
    // The page is left at once: the request is sent while it closes, without a dialog.
    await field(page, "Account password").fill("Db-typed-and-left-1");
    await page.getByRole("link", { name: "Back", exact: true }).click();
    await onPage(page, "Product");
    assert.deepEqual(asked, []);
    await page.goto(`${plan}/database`);
    await page.locator("#database-password-state", { hasText: "Set by Owner" }).waitFor();
    await islandsAwake(page);
    // The server does not respond any more.
    await page.route("**/draft", (route) => route.abort());
    await field(page, "Account password").fill("half a passw");
    await page.locator("#saved", { hasText: "Not saved yet" }).waitFor();
    const back = page.getByRole("link", { name: "Back", exact: true });
    await Promise.all([page.waitForEvent("dialog"), back.click({ noWaitAfter: true })]);
    assert.deepEqual(asked, ["beforeunload"]);
    assert.equal(await field(page, "Account password").inputValue(), "half a passw", "the entered password is kept after the dialog");
    await field(page, "Account password").fill("");
    await back.click();
    await onPage(page, "Product");
    assert.equal(asked.length, 1);
  }, lost);
});

test("the plan is renamed on the Product step", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page, { name: "First name" });
    await page.getByLabel("Name of the plan").fill("Second name");
    await pressContinue(page, "Database");
    assert.equal(await page.locator(".plan-title").innerText(), "Second name");
    await page.goto("/");
    const link = page.getByRole("link", { name: "Second name", exact: true });
    assert.ok((await link.getAttribute("href")).startsWith(plan));
    assert.equal(await page.getByRole("link", { name: "First name", exact: true }).count(), 0);
    // It is deleted after a confirmation.
    await page.getByRole("link", { name: "Delete Second name" }).click();
    await onPage(page, "Delete Second name?");
    await button(page, "Delete plan").click();
    await onPage(page, "Set up a WSO2 Identity Server cluster");
    assert.equal(await link.count(), 0);
  });
});

test("fields appear with the answers they belong to", async () => {
  await withPage(browser, server.url, async (page) => {
    const plan = await startPlan(page);
    await page.goto(`${plan}/user-store`);
    await islandsAwake(page);
    const address = field(page, "Connection URL");
    assert.ok(await address.isHidden());
    await field(page, "LDAP directory").check();
    await address.waitFor();
    await address.fill("ldap://127.0.0.1:389");
    await field(page, "Shared database").check();
    assert.ok(await address.isHidden());
    await field(page, "Active Directory").check();
    assert.equal(await address.inputValue(), "ldap://127.0.0.1:389", "an answer survives being hidden");
  });
});

test("a failed check is an open task: the review shows it without a reload, and the runbook lists it", async () => {
  await withPage(browser, server.url, async (page) => {
    const silent = await silentServer();
    const plan = await walk(page, { database: { ...UNASKED, port: String(silent.port) } });
    await page.goto(`${plan}/database`);
    await islandsAwake(page);
    await button(page, "Test connection").click();
    await checksDone(page);
    silent.close();

    await page.goto(`${plan}/review`);
    await islandsAwake(page);
    await mark(page);
    assert.ok(!(await page.locator("#standing").innerText()).includes("DB-02"));
    await button(page, "Check Database again").click();
    await page.locator("#standing .finding-task", { hasText: "DB-02" }).waitFor();
    await page.locator("#progress li", { hasText: "Database" }).getByText("1 open task", { exact: true }).waitFor();
    assert.match(await page.locator("#download-verdict").innerText(), /^Nothing blocks the download\. 1 open task remains/);
    assert.ok(await isMarked(page), "without a reload");

    const { files } = await download(page);
    const [, databases] = files.get("README.md").toString().split("## 1. Databases");
    assert.match(databases.split("## 2. Nodes")[0], /- \[ \] \*\*DB-02\*\*/);
  });
});

/** Drops a file on an element with the mouse. */
async function drop(page, selector, file) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = await page.locator(selector).boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const session = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    await session.send("Input.dispatchDragEvent", { type, ...at, data });
  }
}
