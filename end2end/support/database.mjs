// Separate databases and an account for a test, on the real server that this test run shares.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";

import { database } from "./server.mjs";

const run = promisify(execFile);

/**
 * What an operator prepares before the wizard's checks can pass: three databases in latin1 and an account for them.
 * @param {"MARIADB" | "MYSQL"} product
 * @returns {Promise<{host: string, port: string, identity: string, shared: string, agent: string, username: string,
 *   password: string, drop: () => Promise<void>} | undefined>} `undefined` if there is no server
 */
export async function ownDatabases(product) {
  const server = database(product);
  if (!server) return undefined;
  const mark = randomBytes(4).toString("hex");
  const names = { identity: `identity_${mark}`, shared: `shared_${mark}`, agent: `agent_${mark}` };
  const username = `is_${mark}`;
  const password = `Db-${randomBytes(9).toString("hex")}`;
  const account = `'${username}'@'%'`;
  const databases = Object.values(names);
  await execute(product, [
    `CREATE USER ${account} IDENTIFIED BY '${password}'`,
    ...databases.map((name) => `CREATE DATABASE ${name} CHARACTER SET latin1`),
    ...databases.map((name) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${name}.* TO ${account}`),
  ]);
  const drop = () => execute(product, [`DROP USER ${account}`, ...databases.map((name) => `DROP DATABASE ${name}`)]);
  return { host: server.host, port: String(server.port), ...names, username, password, drop };
}

/**
 * An empty database as the store, and its URL with the password of its account.
 * @param {"MARIADB" | "MYSQL"} product
 * @returns {Promise<{url: string, dump: () => Promise<string>, drop: () => Promise<void>} | undefined>}
 */
export async function ownStore(product) {
  const server = database(product);
  if (!server) return undefined;
  const name = `plans_${randomBytes(4).toString("hex")}`;
  const password = `Store-${randomBytes(9).toString("hex")}`;
  const account = `'${name}'@'%'`;
  await execute(product, [
    `CREATE DATABASE ${name} CHARACTER SET utf8mb4`,
    `CREATE USER ${account} IDENTIFIED BY '${password}'`,
    `GRANT ALL ON ${name}.* TO ${account}`,
  ]);
  const tables = ["plans", "secrets", "check_results", "records"];
  const dump = async () => {
    const rows = await execute(product, tables.map((table) => `SELECT * FROM ${name}.${table}`));
    return rows.stdout;
  };
  const drop = () => execute(product, [`DROP USER ${account}`, `DROP DATABASE ${name}`]);
  return { url: `mysql://${name}:${password}@${server.host}:${server.port}/${name}`, dump, drop };
}

/** Runs statements as the server's administrator, through its own client. */
async function execute(product, statements) {
  const { client, socket } = JSON.parse(process.env[`CLUSTERWRIGHT_TEST_${product}`]);
  const { user, password } = database(product);
  const options = ["--no-defaults", "--batch", "--protocol=socket", `--socket=${socket}`, `--user=${user}`];
  // In the environment and not among the arguments, which every user of the machine may read.
  const env = { ...process.env, MYSQL_PWD: password };
  return run(client, [...options, "--execute", `${statements.join(";\n")};`], { env, maxBuffer: 64 * 1024 * 1024 });
}
