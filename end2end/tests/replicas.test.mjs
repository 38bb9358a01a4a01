// Three people in three browsers, two replicas with one MariaDB, and a real NGINX with TLS and without sticky sessions: the
// DBA's password works in the owner's check and appears nowhere else, and killing a replica loses nothing.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { launchBrowser, withPage } from "../support/browser.mjs";
import { ownDatabases, ownStore } from "../support/database.mjs";
import { startNginx } from "../support/nginx.mjs";
import { startServer } from "../support/server.mjs";
import { ADMIN_PASSWORD, button, checkRows, checksDone, field, fill, pressContinue, onPage, startPlan } from "../support/wizard.mjs";

const TOKEN = `Access-${randomBytes(12).toString("hex")}`;
/** Every browser of this test trusts the certificate that was made for it. */
const TRUSTING = { ignoreHTTPSErrors: true };
/** Chromium's message for an event stream whose server was killed. */
const BROKEN_STREAM = /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_HTTP2_PROTOCOL_ERROR|status of 502/;

let browser;
let store;
let databases;
let replicas = [];
let nginx;

before(async () => {
  [browser, store, databases] = await Promise.all([launchBrowser(), ownStore("MARIADB"), ownDatabases("MARIADB")]);
  if (!store || !databases) return;
  const env = {
    CLUSTERWRIGHT_STORE: store.url,
    CLUSTERWRIGHT_VAULT_KEY: randomBytes(32).toString("base64"),
    CLUSTERWRIGHT_ACCESS_TOKEN: TOKEN,
    CLUSTERWRIGHT_TRUSTED_PROXIES: '["127.0.0.1"]',
  };
  replicas = await Promise.all([startServer({ env }), startServer({ env })]);
  nginx = await startNginx(replicas.map((replica) => replica.url));
});

after(async () => {
  await nginx?.stop();
  await Promise.all(replicas.map((replica) => replica.stop()));
  await databases?.drop();
  await store?.drop();
  await browser?.close();
});

/** Creates a link on the page Share; returns its path. */
async function createLink(page, plan, right, answers = {}) {
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
  return new URL((await page.locator("#link-address").textContent()).trim()).pathname;
}

test("owner, DBA and reviewer on two replicas behind nginx", async (context) => {
  if (!nginx) return context.skip("no MariaDB or no nginx");
  const pages = [];
  let plan;
  let forDba;
  let forReviewer;
  await withPage(browser, nginx.url, async (owner) => {
    await owner.goto("/");
    await owner.getByLabel("Access token").fill(TOKEN);
    await owner.getByLabel("Your name").fill("Kasun");
    await button(owner, "Sign in").click();
    plan = await startPlan(owner, { name: "Shared by three" });
    await pressContinue(owner, "Database");
    forDba = await createLink(owner, plan, "Edit one step", { step: "database", label: "DBA" });
    forReviewer = await createLink(owner, plan, "View");

    await withPage(browser, nginx.url, async (dba) => {
      await dba.goto(forDba);
      await dba.getByLabel("Your name").fill("Dilani");
      await button(dba, "Open").click();
      await onPage(dba, "Database");
      await fill(dba, {
        "Database host": databases.host,
        "Database port": databases.port,
        "Identity database": databases.identity,
        "Shared database": databases.shared,
        "Agent database": databases.agent,
        Account: databases.username,
        "Account password": databases.password,
      });
      await button(dba, "Save and check answers").click();
      await dba.getByText("Saved, and complete.").waitFor();
      pages.push(["the DBA's page", await dba.content()]);
    }, TRUSTING);

    await owner.goto(`${plan}/database`);
    assert.equal(await field(owner, "Account").inputValue(), databases.username);
    await button(owner, "Test connection").click();
    await checksDone(owner);
    const login = (await checkRows(owner)).find((row) => row.id === "DB-05");
    assert.equal(login?.outcome, "passed", "the DBA's password works in the owner's check");
    pages.push(["the owner's page", await owner.content()]);

    await withPage(browser, nginx.url, async (reviewer) => {
      await reviewer.goto(forReviewer);
      await button(reviewer, "Open").click();
      await onPage(reviewer, "Review");
      pages.push(["the reviewer's review", await reviewer.content()]);
      await reviewer.goto(`${plan}/database`);
      await onPage(reviewer, "Database");
      pages.push(["the reviewer's page", await reviewer.content()]);
    }, TRUSTING);

    // One replica is killed: no one has to sign in again, and no saved answer is missing.
    await replicas[0].kill();
    await owner.goto(`${plan}/user-store`);
    await fill(owner, { "Super admin password": ADMIN_PASSWORD });
    await pressContinue(owner, "Clustering");
    await owner.goto(`${plan}/database`);
    assert.equal(await field(owner, "Account").inputValue(), databases.username);
  }, { ...TRUSTING, expectedErrors: [BROKEN_STREAM] });

  const dump = await store.dump();
  assert.ok(dump.includes(databases.username), "the dump contains the plan");
  const places = [...pages, ["the database", dump]];
  replicas.forEach((replica, index) => places.push([`log ${index + 1}`, replica.log()]));
  for (const [place, text] of places) {
    for (const secret of [databases.password, ADMIN_PASSWORD, TOKEN, forDba.slice(3), forReviewer.slice(3)]) {
      assert.ok(!text.includes(secret), `${place} holds a secret`);
    }
  }
});
