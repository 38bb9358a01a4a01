// Accessibility as axe sees it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const source = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Fails when axe finds anything on the page as it is now. The page needs JavaScript.
 * @param {import("playwright-core").Page} page
 */
export async function expectAccessible(page) {
  // Through the debugger, because the content security policy of the page forbids script elements.
  await page.evaluate(source);
  const { violations } = await page.evaluate(
    (rules) => globalThis.axe.run(document, { runOnly: { type: "tag", values: rules } }),
    RULES,
  );
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((n) => n.html).join("\n  ")}`);
  assert.equal(found.length, 0, `${page.url()}\n${found.join("\n")}`);
}
