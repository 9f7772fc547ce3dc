// check_maps.mjs PAGE.html [SCREENSHOTS] - does a report with heat maps and opinions show them?
// The page is one of 'rwda report --maps' on the sample pictures, scored with --kinds; see run.sh.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [path, shots] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
const trouble = [];
page.on("console", (m) => m.type() === "error" && trouble.push(m.text()));
page.on("pageerror", (e) => trouble.push(String(e)));
const source = () => page.locator("#grid .tile img").first().getAttribute("src");
const loaded = (selector) => page.evaluate((s) => [...document.querySelectorAll(s)].every((img) => img.complete && img.naturalWidth > 0), selector);

await page.goto(pathToFileURL(resolve(path)).href);
const plain = await source();
await page.locator("#heat").check();
assert.notEqual(await source(), plain, "tiles show the maps");
await page.waitForTimeout(200);
assert.ok(await loaded("#grid .tile img"));
if (shots) await page.screenshot({ path: `${shots}/heat.png` });
await page.locator("#grid .tile").first().click();
assert.equal(await page.locator("#detail .picture img").count(), 2, "the picture and its map");
await page.waitForTimeout(200);
assert.ok(await loaded("#detail .picture img"));
if (shots) await page.screenshot({ path: `${shots}/heat-detail.png` });
const facts = await page.locator("#detail dl").textContent();
for (const word of ["scratch", "hole", "</script>"]) assert.match(facts, new RegExp(`the text tower's opinion.*${word} [01]\\.\\d\\d`));
assert.match(facts, /not a finding/);
await page.keyboard.press("Escape");
await page.locator("#heat").uncheck();
assert.equal(await source(), plain);
assert.deepEqual(trouble, []);
await browser.close();
console.log("heat maps: everything holds");
