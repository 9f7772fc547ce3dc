// site.test.js - can the site be read, wide and narrow, from files alone?  `make site` has built it; screenshots go to build/site-test.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const site = join(root, "build/site");
const shots = join(root, "build/site-test");
const pages = readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html") && name !== "404.html").sort();
const sizes = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };
let browser;

before(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--allow-file-access-from-files"] });
});
after(() => browser?.close());

for (const [size, viewport] of Object.entries(sizes)) {
  test(`${size}: every page fits, complains of nothing and asks nothing of elsewhere`, async () => {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    const faults = [];
    page.on("console", (message) => message.type() === "error" && faults.push(`${page.url()}: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on("request", (request) => /^https?:/.test(request.url()) && faults.push(`${page.url()} asks for ${request.url()}`));
    for (const name of pages) {
      await page.goto(pathToFileURL(join(site, name)).href);
      const wide = await page.evaluate(() => {
        const most = document.documentElement.clientWidth;
        const article = document.querySelector("article");
        const scrolls = (e) => e !== article && e !== null && (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
        const out = [...article.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > most + 1 && !scrolls(e.parentElement));
        return { page: document.documentElement.scrollWidth > most, out: out.slice(0, 3).map((e) => `${e.tagName}: ${e.textContent.slice(0, 40)}`) };
      });
      if (wide.page || wide.out.length > 0) faults.push(`${name}: is wider than ${viewport.width}: ${wide.out.join("; ")}`);
      if (["index.html", "docs/camera_to_decision.html", "docs/evaluation.html", "docs/results.html", "bench/SPEED.html", "reference/rwda-score.html",
           "reference/librwda.html", "reference/python.html"].includes(name))
        await page.screenshot({ path: join(shots, `${name.replace(/[/.]/g, "_")}_${size}.png`) });
    }
    await context.close();
    assert.ok(pages.length > 40, `${pages.length} pages`);
    assert.deepEqual(faults, []);
  });
}

test("comments of headers are words, never marks", async () => {
  const page = await browser.newPage({ viewport: sizes.wide });
  for (const name of ["librwda", "librwda-eval"]) {
    await page.goto(pathToFileURL(join(site, `reference/${name}.html`)).href);
    assert.equal(await page.locator("article :is(em, del, sub, sup, mark, blockquote, ol, table)").count(), 0, name);
    if (name === "librwda")
      assert.ok((await page.locator("article").textContent()).includes("start from the _INIT value or from rwda_<type>_default(&o, sizeof o)"));
  }
  await page.close();
});

test("the Python page has classes with their methods, signatures with types, and no members of other packages' classes", async () => {
  const page = await browser.newPage({ viewport: sizes.wide });
  await page.goto(pathToFileURL(join(site, "reference/python.html")).href);
  for (const id of ["rwda.Scorer", "rwda.Scorer.score", "rwda.Model.embed_images", "rwda.evaluate", "rwda.sklearn.AnomalyDetector.fit", "rwda.NotFoundError"])
    assert.equal(await page.locator(`article :is(h2, h3)[id="${id}"]`).count(), 1, id);
  assert.match(await page.locator("article").textContent(), /embed_texts\(\s*texts: Iterable\[str\],?\s*\) -> NDArray\[float32\]/);
  assert.equal(await page.locator('article [id$=".with_traceback"], article [id$=".__init__"], article blockquote').count(), 0);
  await page.close();
});

test("the search finds a function, a verb and a word of the text", async () => {
  const page = await browser.newPage({ viewport: sizes.wide });
  for (const [word, where] of [["rwda_image_decode", "reference/librwda.html"], ["rwda calibrate", "reference/rwda-calibrate.html"], ["AUPRO", "docs/method.html"], ["AnomalyDetector", "reference/python.html"]]) {
    await page.goto(pathToFileURL(join(site, "index.html")).href);
    await page.locator(".md-search__input").fill(word);
    const link = page.locator(`.md-search-result__link[href*="${where}"]`).first();
    await link.waitFor({ timeout: 15000, state: "attached" });
    assert.ok(relative(site, fileURLToPath((await link.evaluate((a) => a.href)).replace(/[?#].*/, ""))).startsWith(where));
  }
  await page.close();
});
