// page.test.js - does the page do what a person expects, in a real browser against the real service and the shipped model?
// Screenshots go to build/web-test/, in both widths and both colour schemes.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { photo, places, plain, seen } from "./photo.js";
import { boards, folder, hole, pictures, root, run, runIn, scoreOf, serve, tidy } from "./service.js";

const shots = join(root, "build/web-test");
const axe = readFileSync(join(root, "tests/web/node_modules/axe-core/axe.min.js"), "utf8");
const detector = join(folder, "first.safetensors");
const sizes = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
let browser, service;

before(async () => {
  mkdirSync(shots, { recursive: true });
  run("train", "--model", "demo", "--pairs", "400", "--epochs", "3", "--no-cache", "--quiet", "-o", detector);
  service = await serve("-d", detector);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  });
});

after(async () => {
  await browser?.close();
  assert.equal(await service?.stop(), 0, "the service ends with 0 on SIGTERM");
  tidy();
});

// A page that fails its test when the browser complains: an error, a refused resource, a request to elsewhere.
async function open({ size = "desk", dark = false, url = service.url, token } = {}) {
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: dark ? "dark" : "light", acceptDownloads: true });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && !message.text().includes("401") && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => /^(blob|data):/.test(request.url()) || request.url().startsWith(url) || complaints.push(request.url()));
  await page.goto(url);
  if (token) {
    await page.locator("#token").fill(token);
    await page.getByRole("button", { name: "Use it" }).click();
  }
  await page.waitForSelector("body[data-ready]");
  return { page, complaints, close: () => context.close() };
}

const drop = (page, files) => page.locator("#files").setInputFiles(files);
const scored = (page, n) => page.waitForFunction((wanted) =>
  new RegExp(`^${wanted} of ${wanted} scored(?!.*waiting)`).test(document.getElementById("summary").textContent), n, { timeout: 60000 });

// Files dropped on a zone of the page as the operating system would.
async function dropFiles(page, zone, paths) {
  const files = paths.map((path) => [readFileSync(path).toString("base64"), basename(path), /jpg$/.test(path) ? "image/jpeg" : ""]);
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const [text, name, type] of list)
      data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type }));
    return data;
  }, files);
  await page.dispatchEvent(zone, "drop", { dataTransfer: transfer });
}

const says = (page, id, pattern) => page.waitForFunction(([where, wanted]) =>
  new RegExp(wanted).test(document.getElementById(where).textContent), [id, pattern], { timeout: 60000 });

// The command line's memory of some images in one folder.
function remember(file, images) {
  runIn(dirname(images[0]), "remember", "--model", "demo", "--quiet", "--force", "-o", file, ...images.map((image) => basename(image)));
  return file;
}

const thresholdOf = (...options) => JSON.parse(run("calibrate", "--model", "demo", "--quiet", ...options)).threshold;

const save = async (page, button) => {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return readFileSync(await download.path());
};

const records = async (page) => (await save(page, page.getByRole("button", { name: "Download JSON lines" }))).toString()
  .trim().split("\n").map((line) => JSON.parse(line));

test("a dropped picture has the command line's score, to the last digit", async () => {
  const { page, complaints, close } = await open();
  const picture = pictures.at(-1);
  await dropFiles(page, "#drop", [picture]);
  await scored(page, 1);
  const [record] = await records(page);
  assert.equal(record.path, basename(picture));
  assert.equal(record.score, scoreOf(picture, "--detector", detector));
  assert.equal(record.label, null, "0.5 is not a threshold");
  await page.locator("#list button").click();
  assert.match(await page.locator("#detail-facts").textContent(), new RegExp(String(record.score)));
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#detail").isVisible(), false);
  assert.deepEqual(complaints, []);
  await close();
});

test("method and crops change the scores as on the command line; a threshold labels them; files hold what is shown", async () => {
  const { page, complaints, close } = await open();
  await drop(page, pictures.slice(0, 6));
  await scored(page, 6);
  await page.getByLabel("Method").selectOption("both");
  await page.getByLabel("Crops").selectOption("5");
  await page.getByLabel("What they show").fill("part");
  await page.getByLabel("What they show").press("Enter");
  await page.waitForTimeout(200);
  await scored(page, 6);
  const found = await records(page);
  for (const picture of pictures.slice(0, 6)) {
    const record = found.find(({ path }) => path === basename(picture));
    assert.equal(record.score, scoreOf(picture, "--detector", detector, "--method", "both", "--crops", "5", "--object", "part"));
  }
  const scores = found.map(({ score }) => score).sort((a, b) => a - b);
  const limit = (scores[2] + scores[3]) / 2;
  await page.locator("#threshold").fill(String(limit));
  await page.waitForFunction(() => document.querySelectorAll("#list .anomalous").length === 3);
  assert.match(await page.locator("#summary").textContent(), /3 anomalous/);
  await page.locator("#threshold-slider").focus();
  await page.keyboard.press("Home"); // by keyboard: everything is anomalous at 0
  await page.waitForFunction(() => document.querySelectorAll("#list .anomalous").length === 6);
  await page.locator("#threshold").fill(String(limit));
  await page.waitForFunction(() => document.querySelectorAll("#list .normal").length === 3);
  const csv = (await save(page, page.getByRole("button", { name: "Download CSV" }))).toString().trim().split("\n");
  assert.equal(csv[0], "path,score,label,error");
  assert.equal(csv.length, 7);
  assert.equal(csv.filter((line) => line.endsWith(",anomalous,")).length, 3);
  assert.ok((await records(page)).every(({ score, label, threshold }) => threshold === limit && label === (score >= limit ? "anomalous" : "normal")));
  assert.deepEqual(complaints, []);
  await close();
});

test("a file that is not a picture has its error and spoils nothing", async () => {
  const { page, close } = await open();
  await drop(page, [{ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture") },
    { name: "good.jpg", mimeType: "image/jpeg", buffer: readFileSync(pictures[0]) }]);
  await page.waitForFunction(() => /1 of 2 scored, 1 failed/.test(document.getElementById("summary").textContent));
  assert.match(await page.locator(".fault").textContent(), /is not an image of a known format/);
  await close();
});

test("six normal pictures become a memory: score, map and threshold of a defect are the command line's", async () => {
  const own = await serve("-d", detector); // whose memories are this test's
  const { page, complaints, close } = await open({ url: own.url });
  const memory = remember(join(folder, "boards.safetensors"), boards);
  const maps = join(folder, "maps");
  run("score", "--model", "demo", "--quiet", "--memory", memory, "--map", maps, hole);
  await dropFiles(page, "#drop", [hole]);
  await scored(page, 1);
  await dropFiles(page, "#drop-normals", boards);
  await says(page, "normals-state", "^Memory of 6 images");
  await scored(page, 1);
  assert.equal(await page.locator("#normals li").count(), 6);
  assert.equal(await page.locator("#memory option:checked").textContent(), "memory-1 (6 images)");
  assert.ok((await save(page, page.getByRole("button", { name: "Download memory memory-1", exact: true }))).equals(readFileSync(memory)), "the same file");

  const threshold = thresholdOf("--memory", memory);
  assert.equal(Number(await page.locator("#threshold").inputValue()), threshold, "the same threshold");
  assert.match(await page.locator("#threshold-warning").textContent(), /6 normal scores are too few .* 598 are needed; at most 39\.3 % of normal images/);
  assert.match(await page.locator("#threshold-hint").textContent(), /^From memory-1: just above the scores of its 6 normal images, each against the others/);
  const [record] = await records(page);
  assert.equal(record.score, scoreOf(hole, "--memory", memory), "the same score");
  assert.equal(record.score, record.score_memory);
  assert.equal(record.threshold, threshold);
  assert.equal(record.label, "anomalous");
  assert.equal(await page.locator("#list .anomalous").count(), 1);

  let drawn; // what the page is given
  await page.route(/map=png/, async (route) => {
    const response = await route.fetch();
    drawn = await response.body();
    await route.fulfill({ response, body: drawn });
  });
  await page.locator("#list button").first().click();
  await page.locator("#detail-map").waitFor();
  assert.ok(drawn.equals(readFileSync(join(maps, `${basename(hole)}.overlay.png`))), "the same map");
  assert.ok(await page.locator("#detail-map").evaluate((map) => map.complete && map.naturalWidth > 0));
  assert.match(await page.locator("#map-scale").textContent(), /^Brightest where the distance is 0\.\d+ or more/);
  await page.screenshot({ path: join(shots, "memory-map.png") });
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: `Remove ${basename(boards[0])}`, exact: true }).click();
  await says(page, "normals-state", "^Memory of 5 images");
  await scored(page, 1);
  assert.equal((await records(page))[0].score, scoreOf(hole, "--memory", remember(join(folder, "five.safetensors"), boards.slice(1))));
  assert.equal(await page.locator("#memories li").count(), 1, "the memory of six was given back");
  await page.getByRole("button", { name: "Remove all normal images" }).click();
  await says(page, "normals-state", "^No normal image yet: words score");
  await scored(page, 1);
  assert.equal((await records(page))[0].score, scoreOf(hole, "--detector", detector));
  assert.equal(await page.locator("#threshold").inputValue(), "", "the memory's threshold is not the words'");
  assert.equal(await page.locator("#memories li").count(), 0);
  assert.deepEqual(complaints, []);
  await close();
  assert.equal(await own.stop(), 0);
});

test("the memory that the service was started with scores, until normal pictures are given", async () => {
  const memory = remember(join(folder, "line.safetensors"), boards);
  const own = await serve("--memory", memory);
  const { page, complaints, close } = await open({ url: own.url });
  const isGiven = async () => {
    await scored(page, 1);
    assert.equal(await page.locator("#memory option:checked").textContent(), "line (6 images)");
    const [record] = await records(page);
    assert.equal(record.score, scoreOf(hole, "--memory", memory));
    assert.equal(record.label, "anomalous");
  };
  await says(page, "normals-state", "^No normal image yet: memory line scores");
  await dropFiles(page, "#drop", [hole]);
  await isGiven();
  await dropFiles(page, "#drop-normals", boards.slice(0, 2));
  await says(page, "normals-state", "^Memory of 2 images");
  await page.getByRole("button", { name: "Remove all normal images" }).click();
  await says(page, "normals-state", "^No normal image yet: memory line scores");
  await isGiven();
  await page.locator("#memory").selectOption("");
  await scored(page, 1);
  assert.equal((await records(page))[0].score_memory, undefined, "words can be chosen");
  assert.deepEqual(complaints, []);
  await close();
  assert.equal(await own.stop(), 0);
});

test("a memory's file is taken up; words weigh beside it, and are compared with it", async () => {
  const own = await serve("-d", detector);
  const { page, complaints, close } = await open({ url: own.url });
  const memory = remember(join(folder, "mine.safetensors"), boards.slice(0, 4)), fused = ["--memory", memory, "--fuse", "0.25", "--detector", detector];
  await drop(page, [hole, boards[5]]);
  await dropFiles(page, "#drop-normals", [memory]);
  await says(page, "normals-state", "^Memory of 4 images");
  await scored(page, 2);
  assert.equal(await page.locator("#memory option:checked").textContent(), "mine (4 images)");
  assert.equal(await page.getByLabel("Method").isDisabled(), true, "words play no part");
  const file = JSON.parse(await save(page, page.getByRole("button", { name: "Download threshold file of mine" })));
  assert.equal(file.threshold, thresholdOf("--memory", memory));
  await page.getByLabel("Compare with").selectOption({ label: "words" });
  await page.waitForFunction(() => document.querySelectorAll("#list .other").length === 2);
  await scored(page, 2);
  assert.equal((await records(page)).filter((record) => record.scoring.method === "fnn").length, 2);
  await page.getByLabel("Compare with").selectOption({ label: "nothing" });
  await page.getByLabel("Weight of the words").fill("0.25");
  await page.getByLabel("Weight of the words").press("Tab");
  await page.waitForFunction(() => document.querySelectorAll("#list .other").length === 0);
  await scored(page, 2);
  const record = (await records(page)).find(({ path }) => path === basename(hole));
  assert.equal(record.scoring.method, "memory+words");
  assert.equal(record.score, scoreOf(hole, ...fused));
  assert.equal(Number(await page.locator("#threshold").inputValue()), thresholdOf(...fused), "beside words the threshold is another one");
  await page.getByLabel("Score by").selectOption({ label: "words" });
  await scored(page, 2);
  assert.equal((await records(page)).find(({ path }) => path === basename(hole)).score, scoreOf(hole, "--detector", detector));
  await page.getByRole("button", { name: "Remove memory mine" }).click();
  await page.waitForFunction(() => document.getElementById("memory").options.length === 1);
  assert.deepEqual(complaints, []);
  await close();
  assert.equal(await own.stop(), 0);
});

test("what is no normal picture is told, and spoils nothing", async () => {
  const own = await serve();
  const { page, close } = await open({ url: own.url });
  await page.locator("#normal-files").setInputFiles([{ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture") },
    { name: "good.jpg", mimeType: "image/jpeg", buffer: readFileSync(boards[0]) }]);
  await says(page, "normals-state", "^No memory was made: broken.png: is not an image of a known format");
  await page.getByRole("button", { name: "Remove broken.png" }).click();
  await says(page, "normals-state", "^Memory of 1 image, made .*No threshold: no leave-one-out scores");
  await page.locator("#memory-file").setInputFiles([{ name: "x.safetensors", mimeType: "", buffer: Buffer.from("no memory") }]);
  await says(page, "normals-state", "^No memory was made: ");
  assert.equal(await page.locator("#memories li").count(), 1, "the memory that was there stays");
  await close();
  assert.equal(await own.stop(), 0);
});

test("a detector trained with one's own words is the command line's; two can be compared", async () => {
  const { page, complaints, close } = await open();
  await drop(page, pictures.slice(-3));
  await scored(page, 3);
  await page.getByLabel("Words for normal").fill("flawless, intact");
  await page.getByLabel("Words for anomalous").fill("broken");
  await page.getByRole("textbox", { name: "Name" }).fill("mine");
  await page.getByLabel("Prompt pairs").fill("300");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.waitForFunction(() => /mine is ready/.test(document.getElementById("train-state").textContent), null, { timeout: 120000 });
  await scored(page, 3);
  const bytes = await save(page, page.getByRole("button", { name: "Download mine" }));
  const own = join(folder, "own.safetensors");
  run("train", "--model", "demo", "--pairs", "300", "--normal-words", "flawless, intact", "--anomalous-words", "broken", "--no-cache", "--quiet", "-o", own);
  assert.deepEqual(bytes, readFileSync(own), "the same bytes");
  assert.equal((await records(page)).find(({ path }) => path === basename(pictures.at(-1))).score, scoreOf(pictures.at(-1), "--detector", own));
  await page.getByLabel("Compare with").selectOption({ label: "first" });
  await page.waitForFunction(() => document.querySelectorAll("#list .other").length === 3);
  await scored(page, 3);
  const both = await records(page);
  assert.equal(both.length, 6);
  assert.equal(new Set(both.map((record) => record.detector)).size, 2);
  assert.deepEqual(complaints, []);
  await close();
});

test("a training can be watched and cancelled", async () => {
  const { page, close } = await open();
  await page.getByLabel("Prompt pairs").fill("10000");
  await page.getByLabel("Recipe").selectOption("best");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the training" }).click();
  await page.waitForFunction(() => /was cancelled/.test(document.getElementById("train-state").textContent), null, { timeout: 120000 });
  await close();
});

test("the camera's picture is scored", async () => {
  const { page, complaints, close } = await open();
  await page.getByRole("button", { name: "Use the camera" }).click();
  await page.waitForFunction(() => document.getElementById("video").videoWidth > 0);
  await page.getByRole("button", { name: "Take a photo" }).click();
  await scored(page, 1);
  await page.getByRole("button", { name: "Close the camera" }).click();
  assert.equal((await records(page))[0].path, "camera-1.png");
  assert.deepEqual(complaints, []);
  await close();
});

test("everything is reached by keyboard alone", async () => {
  const { page, close } = await open();
  await drop(page, pictures.slice(0, 2));
  await page.getByLabel("Method").selectOption("both");
  await page.locator("#normal-files").setInputFiles(boards.slice(0, 2));
  await says(page, "normals-state", "^Memory of 2 images");
  await page.getByLabel("Weight of the words").fill("0.5");
  await page.getByLabel("Weight of the words").press("Enter");
  await scored(page, 2);
  const reached = new Set();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.closest("li, footer")?.parentElement.id));
  }
  for (const id of ["choose", "choose-folder", "camera", "choose-normals", "choose-memory", "normals", "clear-normals", "memories", "memory", "fuse", "detector", "compare", "method", "crops", "object", "threshold-slider", "threshold",
    "order", "save-csv", "save-jsonl", "clear", "list", "normal-words", "train-start", "detectors"])
    assert.ok(reached.has(id), `Tab reaches ${id}`);
  await page.locator("#list button").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#detail").isVisible(), true);
  const first = await page.locator("#detail-name").textContent();
  await page.getByRole("button", { name: "Next" }).press("Enter");
  assert.notEqual(await page.locator("#detail-name").textContent(), first);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => Boolean(document.activeElement.closest("#list"))), true, "the focus comes back");
  await close();
});

test("a picture's map lies over it, and its regions are listed", async () => {
  const { page, complaints, close } = await open();
  await page.getByLabel("Method").selectOption("winclip");
  await drop(page, pictures.slice(-1));
  await scored(page, 1);
  await page.locator("#list button").first().click();
  await page.locator("#detail-map").waitFor();
  const plain = await page.locator("#detail-map").getAttribute("src");
  await page.locator("#opacity").fill("0.25");
  assert.equal(await page.locator("#detail-map").evaluate((map) => map.style.opacity), "0.25");
  await page.locator("#map-threshold").fill("0.000001");
  await page.locator("#map-threshold").press("Tab");
  await page.locator("#detail-facts dt", { hasText: "Regions" }).waitFor();
  await page.waitForFunction((src) => document.getElementById("detail-map").src !== src, plain);
  assert.match(await page.locator("#detail-facts").textContent(), /Regions\d+ × \d+ at \d+, \d+: 0\.\d+/);
  await page.locator("#opacity").fill("0.6");
  await page.screenshot({ path: join(shots, "map.png") });
  assert.deepEqual(complaints, []);
  await close();
});

test("kinds of defect are ranked, as the command line ranks them, and the page says that this is an opinion", async () => {
  const { page, complaints, close } = await open();
  const words = "scratch,hole,oil stain";
  await drop(page, pictures.slice(-1));
  await scored(page, 1);
  assert.equal((await records(page))[0].kinds, undefined, "not unless asked");
  assert.equal(await page.getByLabel("What they show").isDisabled(), true);
  await page.getByLabel("Kinds of defect").fill(words);
  await page.getByLabel("Kinds of defect").press("Enter");
  await page.waitForTimeout(200);
  await scored(page, 1);
  assert.equal(await page.getByLabel("What they show").isDisabled(), false, "it stands in their prompts too");
  const wanted = JSON.parse(run("score", "--model", "demo", "--quiet", "-d", detector, "--kinds", words, pictures.at(-1)));
  const [record] = await records(page);
  assert.deepEqual(record.kinds, wanted.kinds);
  assert.deepEqual(record.kinds_region, wanted.kinds_region);
  const csv = (await save(page, page.getByRole("button", { name: "Download CSV" }))).toString().trim().split("\n");
  assert.equal(csv[0], "path,score,label,error,opinion");
  assert.ok(csv[1].endsWith(`,"${wanted.kinds[0].kind}"`));
  await page.locator("#list button").first().click();
  await page.locator("#detail-map").waitFor(); // drawn without the words, which have no place in it
  const shown = wanted.kinds.map(({ kind, score }) => `${kind} ${score.toFixed(2)}`).join(", ");
  const facts = await page.locator("#detail-facts").textContent();
  assert.ok(facts.includes(`The text tower's opinion${shown} (shares among the words that were given, not a finding)`), facts);
  await page.screenshot({ path: join(shots, "opinion.png") });
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Kinds of defect").fill("a,,b");
  await page.getByLabel("Kinds of defect").press("Enter");
  await page.waitForFunction(() => /1 failed/.test(document.getElementById("summary").textContent));
  assert.match(await page.locator("#list .fault").first().textContent(), /kind 2 has 0 bytes/);
  await close();
});

test("a service with a token asks for it once", async () => {
  const secret = "correct-horse-battery";
  process.env.RWDA_TOKEN = secret;
  const guarded = await serve("-d", detector);
  delete process.env.RWDA_TOKEN;
  const { page, complaints, close } = await open({ url: guarded.url, token: secret });
  await drop(page, pictures.slice(0, 1));
  await scored(page, 1);
  assert.deepEqual(complaints, []);
  await close();
  assert.equal(await guarded.stop(), 0);
});

// Photos whose EXIF says 3 (upside down) and 6 (a quarter), and four pictures without the disc.
async function takePhotos() {
  const studio = await browser.newPage();
  const write = (name, bytes) => { writeFileSync(join(folder, name), bytes); return join(folder, name); };
  const photos = [], normals = [];
  for (const orientation of [3, 6])
    photos.push(write(`exif${orientation}.jpg`, await photo(studio, orientation)));
  for (let number = 1; number <= 4; number++)
    normals.push(write(`plain${number}.png`, await plain(studio, number)));
  return { studio, photos, normals };
}

// The disc is dark where it is to be seen, and hot where it is dark.
function assertOnDisc(name, picture, map, where = { x: seen.x / seen.width, y: seen.y / seen.height }) {
  const near = (a, b, what) => assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 0.06, `${name}: ${what}: ${JSON.stringify([a, b])}`);
  near(picture.dark, where, "the disc");
  near(map.hot, picture.dark, "the heat");
}

test("a photo that the browser turns by its EXIF has heat and regions on its disc", async () => {
  const own = await serve();
  const { studio, photos, normals } = await takePhotos();
  const { page, complaints, close } = await open({ url: own.url });
  await page.locator("#normal-files").setInputFiles(normals);
  await says(page, "normals-state", "^Memory of 4 images");
  await drop(page, photos);
  await scored(page, 2);
  for (const file of photos) {
    const name = basename(file);
    await page.locator("#list button", { hasText: name }).click();
    await page.locator("#detail-map").waitFor();
    await page.locator("#map-threshold").fill("0.1");
    await page.locator("#map-threshold").press("Tab");
    await page.locator("#detail-facts dt", { hasText: "Regions" }).waitFor();
    const shoot = async (opacity) => {
      await page.locator("#opacity").fill(opacity);
      return page.locator(".stack").screenshot({ path: join(shots, `${name}-${opacity}.png`) });
    };
    assertOnDisc(name, await places(studio, await shoot("0")), await places(studio, await shoot("1")));
    const facts = await page.locator("#detail-facts").textContent();
    const [width, height, x, y] = facts.match(/Regions(\d+) × (\d+) at (\d+), (\d+)/).slice(1).map(Number);
    assert.ok(Math.hypot(x + width / 2 - seen.x, y + height / 2 - seen.y) < seen.radius, `${name}: the region ${[x, y, width, height]}`);
    assert.match(facts, new RegExp(`Size${seen.width} × ${seen.height}`));
    await page.keyboard.press("Escape");
  }
  assert.deepEqual(complaints, []);
  await close();
  await studio.close();
  assert.equal(await own.stop(), 0);
});

test("a service that reads photos as they are stored shows them so", async () => {
  const own = await serve("--orientation", "stored");
  const { studio, photos: [upsideDown], normals } = await takePhotos();
  const { page, complaints, close } = await open({ url: own.url });
  await page.locator("#normal-files").setInputFiles(normals);
  await says(page, "normals-state", "^Memory of 4 images");
  await drop(page, [upsideDown]);
  await scored(page, 1);
  assert.equal((await records(page))[0].scoring.orientation, "stored");
  await page.locator("#list button").click();
  await page.locator("#detail-map").waitFor();
  const shoot = async (opacity) => {
    await page.locator("#opacity").fill(opacity);
    return page.locator(".stack").screenshot();
  };
  assertOnDisc("stored", await places(studio, await shoot("0")), await places(studio, await shoot("1")),
    { x: 1 - seen.x / seen.width, y: 1 - seen.y / seen.height });
  assert.deepEqual(complaints, []);
  await close();
  await studio.close();
  assert.equal(await own.stop(), 0);
});

test("the report page of such photos has heat on the disc", async () => {
  const { studio, photos, normals } = await takePhotos();
  const memory = remember(join(folder, "plain.safetensors"), normals);
  const maps = join(folder, "turned-maps"), scores = join(folder, "turned.jsonl"), report = join(folder, "turned.html");
  writeFileSync(scores, run("score", "--model", "demo", "--quiet", "--memory", memory, "--map", maps, ...photos));
  run("report", "--quiet", scores, "--maps", maps, "--thumbnail-size", "300", "-o", report);
  const page = await browser.newPage({ viewport: sizes.desk });
  await page.goto(pathToFileURL(report).href);
  for (const file of photos) {
    const name = basename(file);
    await page.locator("#grid .tile", { hasText: name }).click();
    await page.locator("#detail .picture img").nth(1).waitFor();
    const shoot = (which) => page.locator("#detail .picture img").nth(which).screenshot({ path: join(shots, `report-${name}-${which}.png`) });
    const picture = await shoot(0), map = await shoot(1);
    assertOnDisc(name, await places(studio, picture), await places(studio, map));
    await page.keyboard.press("Escape");
  }
  await page.close();
  await studio.close();
});

for (const size of Object.keys(sizes))
  for (const dark of [false, true])
    test(`${size}, ${dark ? "dark" : "light"}: nothing serious for axe-core, no sideways scrolling`, async () => {
      const { page, complaints, close } = await open({ size, dark });
      await drop(page, pictures.slice(4, 13));
      await scored(page, 9);
      await page.locator("#threshold").fill("0.5");
      const check = async (what) => {
        const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
        const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        assert.deepEqual(serious.map(({ id, nodes }) => `${what}: ${id} ${nodes[0].html}`), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} fits the width`);
        await page.screenshot({ path: join(shots, `${what}-${size}-${dark ? "dark" : "light"}.png`), fullPage: what !== "detail" });
      };
      await check("page");
      await page.locator("#list button").first().click();
      await check("detail");
      await page.keyboard.press("Escape");
      await page.locator("#normal-files").setInputFiles(boards);
      await says(page, "normals-state", "^Memory of 6 images");
      await scored(page, 9);
      await check("memory");
      assert.deepEqual(complaints, []);
      await close();
    });
