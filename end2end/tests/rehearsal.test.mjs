// From a preset to a verified cluster: databases are prepared in a real MariaDB, the zip is downloaded in the browser, and the
// command line rehearses it with stand-ins for IS behind a real NGINX. Each broken stand-in is reported by one check.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launchBrowser, withPage } from "../support/browser.mjs";
import { ownDatabases } from "../support/database.mjs";
import { nginxProgram } from "../support/nginx.mjs";
import { database as administrated, startServer } from "../support/server.mjs";
import { ADMIN_PASSWORD, button, databaseAnswers, download, fill, onPage, pressContinue, startPlan } from "../support/wizard.mjs";

const VERSION = "7.3.0";
const BESIDE = fileURLToPath(new URL("../../../shared/wso2/dbscripts", import.meta.url));
const SCRIPTS = join(process.env.CLUSTERWRIGHT_DBSCRIPTS ?? BESIDE, VERSION);

/** What one node's fault is reported by. */
const FAULTS = {
  "clustering-off": "VF-07",
  "other-symmetric-key": "VF-15",
  "other-key-store": "VF-04",
  "own-database": "VF-08",
  "no-proxy-port": "VF-02",
  unhealthy: "VF-01",
  "health-disabled": "VF-01",
  "internal-redirects": "VF-03",
};

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Completes the wizard, with databases that it prepares where WSO2's scripts are at hand; returns the zip. */
async function configured(page, database) {
  await startPlan(page, { name: "From preset to verified" });
  await fill(page, { "IS version": VERSION });
  await pressContinue(page, "Database");
  await fill(page, databaseAnswers(database));
  if (existsSync(SCRIPTS)) {
    await button(page, "Prepare the databases").click();
    await onPage(page, "Prepare the databases");
    const root = administrated("MARIADB").password;
    await fill(page, { "Administrator password": root, "Folder on this server": SCRIPTS });
    await button(page, "Review changes").click();
    await onPage(page, "Review database changes");
    await button(page, "Prepare the databases").click();
    await onPage(page, "The databases are prepared");
    await page.getByRole("link", { name: "Go to the checks of the Database step" }).click();
    await onPage(page, "Database");
  } else {
    console.log(`the databases were not prepared: WSO2's scripts are not at ${SCRIPTS}`);
  }
  await pressContinue(page, "User store");
  await fill(page, { "Super admin password": ADMIN_PASSWORD });
  await pressContinue(page, "Clustering");
  await pressContinue(page, "Load balancer");
  await fill(page, { Hostname: "login.example.com" });
  await pressContinue(page, "Review");
  return (await download(page)).bytes;
}

/** Runs a rehearsal; returns its exit code and the outcomes other than passed, by check. */
async function rehearse(zip, nginx, ...options) {
  const path = [dirname(nginx), process.env.PATH].join(delimiter);
  const child = spawn(process.env.CLUSTERWRIGHT_BINARY, ["rehearse", zip, "--quiet", "--format", "json", ...options], {
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [report, log] = ["", ""];
  child.stdout.on("data", (text) => (report += text));
  child.stderr.on("data", (text) => (log += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.ok(report, log);
  const { checks } = JSON.parse(report);
  const open = checks.filter(({ outcome }) => outcome === "failed" || outcome === "warned").map(({ id }) => id);
  return { code, checks, open: [...new Set(open)], log };
}

test("from a preset to a rehearsed cluster, and each broken node is reported by its check", async (context) => {
  const nginx = nginxProgram();
  if (!nginx) return context.skip("no NGINX");
  const database = await ownDatabases("MARIADB");
  if (!database) return context.skip("no MariaDB");
  const folder = await mkdtemp(join(tmpdir(), "clusterwright-zip-"));
  const zip = join(folder, "bundle.zip");
  const began = Date.now();
  try {
    await withPage(browser, server.url, async (page) => writeFile(zip, await configured(page, database)));
    const healthy = await rehearse(zip, nginx);
    const seconds = Math.round((Date.now() - began) / 1000);
    context.diagnostic(`from the start page to the verified cluster: ${seconds} s`);
    assert.deepEqual([healthy.code, healthy.open], [0, []], healthy.log);
    assert.ok(healthy.checks.length > 10 && healthy.checks.every(({ outcome }) => outcome === "passed"));
    assert.match(healthy.log, /stand-in, not WSO2 Identity Server/);

    for (const [fault, check] of Object.entries(FAULTS)) {
      const broken = await rehearse(zip, nginx, "--break", `node2=${fault}`);
      assert.deepEqual(broken.open, [check], `${fault}: ${JSON.stringify(broken.checks, null, 1)}`);
    }
  } finally {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
});
