// A server on this machine that accepts connections but never responds, so that checks run into their timeouts.

import { createServer } from "node:net";

/** @returns {Promise<{port: number, close: () => void}>} */
export async function silentServer() {
  const sockets = new Set();
  const listener = createServer((socket) => sockets.add(socket.on("error", () => {})));
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const close = () => {
    sockets.forEach((socket) => socket.destroy());
    listener.close();
  };
  return { port: listener.address().port, close };
}
