// Starts the real binary for one test, on a free port with a separate data folder; both are removed at the end.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const READY = /^Clusterwright is ready at (https?:\/\/\S+)$/;

/**
 * Starts the server and waits until it prints its URL.
 * @param {{dataDir?: string, port?: number, args?: string[], env?: Record<string, string>}} options `dataDir` starts on
 *   the data of an earlier server, as after a restart; the caller removes it. `port`: any free one by default.
 * @returns {Promise<{url: string, dataDir: string, log: () => string, kill: () => Promise<void>,
 *   stop: () => Promise<void>}>}
 */
export async function startServer({ dataDir, port = 0, args = [], env = {} } = {}) {
  const binary = process.env.CLUSTERWRIGHT_BINARY;
  if (!binary) {
    throw new Error("CLUSTERWRIGHT_BINARY is not set; run `cargo xtask test --only browser`");
  }
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), "clusterwright-")));
  const child = spawn(binary, ["serve", "--port", String(port), "--data-dir", folder, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // The server must not outlive its test.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((resolve) => child.once("close", resolve));

  let log = "";
  child.stderr.on("data", (text) => (log += text));
  const url = await new Promise((resolve, reject) => {
    child.once("error", reject);
    ended.then((code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      log += `${line}\n`;
      const ready = READY.exec(line);
      if (ready) resolve(ready[1]);
    });
  });

  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    process.off("exit", kill);
    if (!dataDir) await rm(folder, { recursive: true, force: true });
  };
  // Like a power failure: nothing is cleaned up.
  const killed = async () => {
    kill();
    await ended;
  };
  return { url, dataDir: folder, log: () => log, kill: killed, stop };
}

/**
 * The real MariaDB or MySQL that this run of tests shares.
 * @param {"MARIADB" | "MYSQL"} product
 * @returns {{host: string, port: number, user: string, password: string} | undefined} `undefined` if there is none
 */
export function database(product) {
  const value = process.env[`CLUSTERWRIGHT_TEST_${product}`];
  if (!value || value.startsWith("absent: ")) {
    console.log(`did not run on ${product}: ${value ?? "start the tests with `cargo xtask test`"}`);
    return undefined;
  }
  const { port } = JSON.parse(value);
  return { host: "127.0.0.1", port, user: "root", password: "root-of-the-testbed" };
}
