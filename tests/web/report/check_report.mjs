// check_report.mjs PAGE.html AUROC [SCREENSHOTS] - does the report page open, count, filter and obey the keyboard?
// The page is one of 'rwda report' on scores made by make_scores.py; AUROC is what 'rwda metrics' says of them.
// Needs playwright-core (PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install playwright-core) and Debian's chromium; see run.sh.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [page_path, auroc, shots] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
const page = await context.newPage();
const trouble = [];
page.on("console", (m) => { if (m.type() === "error" && !m.text().includes("ERR_FILE_NOT_FOUND")) trouble.push(m.text()); });
page.on("pageerror", (e) => trouble.push(String(e)));
page.on("request", (r) => { if (!r.url().startsWith("file:") && !r.url().startsWith("data:")) trouble.push("asked for " + r.url()); });
page.on("dialog", (d) => { trouble.push("dialog " + d.message()); d.dismiss(); });

const text = (selector) => page.textContent(selector);
const number = async (selector, pattern) => Number((await text(selector)).match(pattern)[1]);
const settle = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const shown = () => number("#shown", /^(\d+) of/);
const alarms = () => number("#counts", /▲ (\d+)/);
const shot = async (name) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png` }); };
async function choose(id, label) {
    await page.selectOption(id, label);
    await settle();
}

const started = Date.now();
await page.goto(pathToFileURL(page_path).href);
await settle();
console.log(`opened in ${Date.now() - started} ms`);
await shot("light");

// what was asked for is there, and nothing that hides in a name ran
const all = await number("#shown", /of (\d+)/);
assert.equal(await shown(), all);
assert.ok(await page.locator("#kind").isVisible());
assert.ok((await text("#roc-title")).includes(Number(auroc).toFixed(4)), await text("#roc-title"));
assert.equal(await page.evaluate(() => window.hacked), undefined);
assert.equal(await page.locator("#grid b b, #grid i, #grid svg, #category b").count(), 0);
assert.ok((await text("#category")).includes("</script><b>cable</b>"));
await page.fill("#search", "onerror");
await settle();
assert.equal(await shown(), 1);
assert.equal(await text("#grid .name"), "<img src=x onerror=window.hacked=1>.ppm");
await page.fill("#search", "javascript:");
await page.click("#grid .tile");
assert.equal(await page.getAttribute("#detail a", "href"), "./scores/javascript%3Awindow.hacked%3D1");
await page.keyboard.press("Escape");
await page.waitForFunction(() => !document.getElementById("detail").open); // what is behind it takes no keys before
await page.fill("#search", "");
await settle();

// the slider relabels: everything above it is an alarm
const before = await alarms();
await page.keyboard.press("Escape");
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("t");
assert.equal(await page.evaluate(() => document.activeElement.id), "slider");
for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowLeft");
await settle();
assert.ok((await alarms()) > before);
await page.keyboard.press("Home");
await settle();
assert.equal(await alarms(), all);
await page.keyboard.press("End");
await settle();
assert.equal(await alarms(), 0);
await page.click("#best");
await settle();

// filters add up
let sum = 0;
for (const label of ["anomalous", "review", "normal"]) {
    await choose("#decision", label);
    sum += await shown();
}
assert.equal(sum, all);
await choose("#decision", "");
sum = 0;
for (const outcome of ["missed", "alarm", "right"]) {
    await choose("#outcome", outcome);
    sum += await shown();
}
assert.equal(sum, all);
await choose("#outcome", "missed");
const missed = await shown();
await shot("missed");
assert.equal(await number("#counts", /found (\d+)/), (await number("#counts", /found \d+ of (\d+)/)) - missed);
await page.click("button[type=reset]");
await settle();
assert.equal(await shown(), all);
sum = 0;
for (const category of await page.locator("#category option").evaluateAll((o) => o.map((x) => x.value).filter((v) => v !== ""))) {
    await choose("#category", category);
    sum += await shown();
}
assert.equal(sum, all);
await choose("#category", "");
await choose("#kind", { label: "scratch" });
const scratches = await shown();
assert.equal(await number("#counts", /found \d+ of (\d+)/), scratches); // metrics: this kind against all normal ones
assert.ok((await number("#counts", /false alarms \d+ of (\d+)/)) > 0);
await choose("#kind", "");

// keyboard through the pictures; the page holds only those near the window
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("g");
assert.ok((await page.locator("#grid .tile").count()) < 300);
const at = () => page.evaluate(() => document.activeElement.title);
const first = await at();
await page.keyboard.press("ArrowRight");
assert.notEqual(await at(), first);
await page.keyboard.press("ArrowLeft");
assert.equal(await at(), first);
await page.keyboard.press("End");
await settle();
const last = await at();
assert.notEqual(last, first);
assert.ok(await page.evaluate(() => { const r = document.activeElement.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; }));
assert.ok((await page.locator("#grid .tile").count()) < 300);
await shot("end");
await page.keyboard.press("Enter");
await settle();
assert.ok(await page.locator("#detail").isVisible());
assert.ok((await text("#detail dl")).includes(`${all} of ${all}`));
await page.keyboard.press("ArrowLeft");
assert.ok((await text("#detail dl")).includes(`${all - 1} of ${all}`));
await shot("detail");
await page.keyboard.press("Escape");
await settle();
assert.ok(!(await page.locator("#detail").isVisible()));
await page.keyboard.press("Home");
await settle();
assert.equal(await at(), first);
await choose("#order", "rising");
assert.equal(await page.locator("#grid .tile").first().getAttribute("title"), last);
await choose("#order", "falling");

// how long does a step of the slider or a filter take?
const timing = await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const slider = document.getElementById("slider");
    const start = performance.now();
    for (let i = 0; i < 20; i++) {
        slider.value = 300 + 20 * i;
        slider.dispatchEvent(new Event("input"));
        await frame();
    }
    return (performance.now() - start) / 20;
});
console.log(`slider: ${timing.toFixed(0)} ms a step (two frames waited for)`);

// the word of a decision is never cut, whatever a tile's width
const cut = () => page.evaluate(() => [...document.querySelectorAll(".tile .said")].filter((e) => e.lastChild.getBoundingClientRect().right >
    e.getBoundingClientRect().right + .5 || e.scrollWidth > e.clientWidth).map((e) => e.textContent));
for (const width of [1280, 900, 1200]) {
  await page.setViewportSize({ width, height: 900 });
  await settle();
  assert.deepEqual(await cut(), [], `${width} wide`);
}

// dark, and a telephone: nothing sticks out
await page.emulateMedia({ colorScheme: "dark" });
await page.evaluate(() => scrollTo(0, 0));
await settle();
await shot("dark");
await page.setViewportSize({ width: 375, height: 740 });
await settle();
assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
assert.deepEqual(await cut(), []);
await shot("phone");
await page.keyboard.press("g");
await settle();
await shot("phone-pictures");

assert.deepEqual(trouble, []);
await browser.close();
console.log(`${all} pictures: everything holds`);
