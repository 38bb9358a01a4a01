// Reads a zip as far as our bundles need it: stored and deflated files, named in the central directory.

import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/**
 * The files of a zip by their paths.
 * @param {Buffer} bytes
 * @returns {Map<string, Buffer>}
 */
export function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  assert.ok(end >= 0 && bytes.readUInt32LE(end) === END, "this is no zip");
  const files = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(bytes.readUInt32LE(at), ENTRY, "an entry of the central directory");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    files.set(name, content(bytes, at));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return files;
}

function content(bytes, entry) {
  const method = bytes.readUInt16LE(entry + 10);
  const packed = bytes.readUInt32LE(entry + 20);
  const size = bytes.readUInt32LE(entry + 24);
  const local = bytes.readUInt32LE(entry + 42);
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const data = bytes.subarray(start, start + packed);
  const text = method === 0 ? data : inflateRawSync(data);
  assert.equal(text.length, size);
  return text;
}
