// A real NGINX in front of one or several servers: round robin, without sticky sessions.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A free port. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until a port accepts connections; `alive` throws if NGINX has ended. */
async function listens(port, alive) {
  const taken = () =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.once("error", () => resolve(false)).once("connect", () => socket.end());
    });
  while (!(await taken())) alive();
}

async function makeCertificate(folder) {
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
    "-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem"), ...names]);
}

/** The path of NGINX; `undefined`, and a line about it, if there is none. */
export function nginxProgram() {
  const program = process.env.CLUSTERWRIGHT_TEST_NGINX;
  if (!program || program.startsWith("absent: ")) {
    console.log(`did not run with nginx: ${program ?? "start the tests with `cargo xtask test`"}`);
    return undefined;
  }
  return program;
}

/**
 * Starts NGINX in front of these servers; each request goes to the next one, and to another if one is down.
 * @param {string[]} servers their URLs, such as `http://127.0.0.1:3000`
 * @param {{path?: string, tls?: boolean}} options the path under which it publishes them, passed on unchanged; whether it
 *   uses TLS, with a separate certificate
 * @returns {Promise<{url: string, stop: () => Promise<void>} | undefined>} `undefined` if there is no NGINX
 */
export async function startNginx(servers, { path = "/", tls = true } = {}) {
  const program = nginxProgram();
  if (!program) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "clusterwright-nginx-"));
  const port = await freePort();
  if (tls) await makeCertificate(folder);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const certificate = `ssl_certificate ${folder}/certificate.pem;\n    ssl_certificate_key ${folder}/key.pem;`;
  await writeFile(join(folder, "nginx.conf"), `events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n  ")}
  upstream replicas {
    ${servers.map((server) => `server ${new URL(server).host.replace("localhost", "127.0.0.1")} max_fails=1 fail_timeout=60s;`).join("\n    ")}
  }
  server {
    listen 127.0.0.1:${port}${tls ? ` ssl;\n    ${certificate}` : ";"}
    client_max_body_size 16m;
    location ${path} {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-For $remote_addr;
      # Events are passed on as they come.
      proxy_buffering off;
    }
  }
}
`);
  const main = `daemon off; master_process off; pid ${folder}/pid;`;
  const child = spawn(program, ["-e", "stderr", "-g", main, "-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (text) => (output += text));
  let ended = false;
  const end = new Promise((resolve) => child.once("close", resolve)).then(() => (ended = true));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const url = `${tls ? "https" : "http"}://localhost:${port}`;
  await listens(port, () => {
    if (ended) throw new Error(`nginx ended:\n${output}`);
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await end;
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  return { url, stop };
}
