// memory.js - how do a few normal pictures become a memory, and which memories are there?
import { call, save, trouble } from "./api.js";

const byId = (id) => document.getElementById(id);
const normals = []; // {name, file, url}
const state = { most: 64, changed: () => {}, otherwise: "words score", own: null, wanted: false, working: false, timer: 0 };

const pictures = (n) => `${n} image${n === 1 ? "" : "s"}`;
const short = (threshold) => threshold.toPrecision(4);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function say(text) { // only what is new: a status line is read out
  if (byId("normals-state").textContent !== text)
    byId("normals-state").textContent = text;
}

// ---- The normal pictures -----------------------------------------------------------------------------------------------------

function thumbnail(picture) {
  const item = document.createElement("li");
  const image = Object.assign(document.createElement("img"), { src: picture.url, alt: picture.name, title: picture.name });
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
  remove.setAttribute("aria-label", `Remove ${picture.name}`);
  remove.addEventListener("click", () => {
    const at = normals.indexOf(picture);
    URL.revokeObjectURL(picture.url);
    normals.splice(at, 1);
    draw();
    (byId("normals").children[Math.min(at, normals.length - 1)]?.querySelector("button") ?? byId("choose-normals")).focus();
    remember();
  });
  item.append(image, remove);
  return item;
}

function draw() {
  byId("normals").replaceChildren(...normals.map(thumbnail));
  byId("normals-count").textContent = normals.length ? `${pictures(normals.length)}.` : "";
  byId("clear-normals").disabled = normals.length === 0;
}

export function addNormals(found) {
  const room = state.most - normals.length;
  trouble(found.length > room ? `A memory is made of at most ${pictures(state.most)} here: the rest was left out.` : null);
  for (const { file, name } of found.slice(0, Math.max(room, 0)))
    normals.push({ file, name, url: URL.createObjectURL(file) });
  draw();
  remember();
}

function clear() {
  for (const picture of normals.splice(0))
    URL.revokeObjectURL(picture.url);
  draw();
  byId("choose-normals").focus();
  remember();
}

// ---- Their memory ------------------------------------------------------------------------------------------------------------

const forget = (id) => call(`v1/memories/${id}`, { method: "DELETE" }).catch(() => {}); // it may have given way to others already

// What was made takes the place of what this page had made before.
async function take(memory) {
  const before = state.own;
  state.own = memory?.id ?? null;
  if (before && before !== state.own)
    await forget(before);
  await state.changed(state.own ?? "");
}

function told(memory, seconds) {
  const twice = memory.repeated ? `, ${memory.repeated} of them there twice` : "";
  return `Memory of ${pictures(memory.count)}${twice}, made in ${seconds.toFixed(1)} s. ` +
    (memory.threshold === null ? `No threshold: ${memory.warning}.` : `Threshold ${short(memory.threshold)}${memory.warning ? `; ${memory.warning}` : ""}.`);
}

async function send(path, options, what) {
  const start = performance.now();
  byId("remembering").hidden = false;
  say(what);
  try {
    const memory = await (await call(path, options)).json();
    await take(memory);
    say(told(memory, (performance.now() - start) / 1000));
  } catch (error) {
    say(`No memory was made: ${error.message}`);
  }
  byId("remembering").hidden = true;
}

async function make() {
  const form = new FormData();
  if (normals.length === 0) {
    await take(null);
    say(`No normal image yet: ${state.otherwise}.`);
    return;
  }
  for (const { file, name } of normals)
    form.append("images", file, name);
  await send("v1/memories", { method: "POST", body: form }, `Making a memory of ${pictures(normals.length)}…`);
}

// One after the other; pictures that come together make one memory.
async function remember() {
  clearTimeout(state.timer);
  state.timer = setTimeout(async () => {
    state.wanted = true;
    if (state.working)
      return;
    state.working = true;
    while (state.wanted) {
      state.wanted = false;
      await make();
    }
    state.working = false;
  }, 300);
}

export async function takeMemoryFile(file) {
  while (state.working)
    await wait(100);
  for (const picture of normals.splice(0))
    URL.revokeObjectURL(picture.url);
  draw();
  const name = file.name.replace(/\.safetensors$/i, "").slice(0, 20) || "memory";
  await send(`v1/memories/${encodeURIComponent(name)}`, { method: "PUT", body: file, headers: { "Content-Type": "application/octet-stream" } },
    `Reading ${file.name}…`);
}

// ---- The list of memories ----------------------------------------------------------------------------------------------------

export const describe = (memory) => `${memory.name} (${pictures(memory.count)})`;

function button(text, label, act) {
  const node = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  node.setAttribute("aria-label", label);
  node.addEventListener("click", () => act().catch((error) => trouble(error.message)));
  return node;
}

function row(memory) {
  const item = document.createElement("li");
  const what = Object.assign(document.createElement("span"), { className: "what" });
  const file = memory.name.replace(/[^\w.-]+/g, "_");
  const download = async (path, name, type) => save(name, type, [await (await call(path)).blob()]);

  what.textContent = `${memory.name}: ${pictures(memory.count)} at ${memory.recipe.image_size} pixels, ${(memory.file_bytes / 1e6).toFixed(1)} MB, ` +
    (memory.threshold === null ? "no threshold" : `threshold ${short(memory.threshold)}`);
  item.append(what, button("Download memory", `Download memory ${memory.name}`,
    () => download(`v1/memories/${memory.id}`, `${file}.safetensors`, "application/octet-stream")));
  if (memory.threshold !== null)
    item.append(button("Download threshold file", `Download threshold file of ${memory.name}`,
      () => download(`v1/memories/${memory.id}/thresholds`, `${file}-thresholds.json`, "application/json")));
  if (memory.made_here)
    item.append(button("Remove", `Remove memory ${memory.name}`, async () => {
      await call(`v1/memories/${memory.id}`, { method: "DELETE" });
      if (state.own === memory.id)
        state.own = null;
      await state.changed();
    }));
  return item;
}

export function listMemories(memories) {
  byId("memories-title").hidden = memories.length === 0;
  byId("memories").replaceChildren(...memories.map(row));
}

// given: the memory that scores where this page has made none; undefined: words do.
// changed(id): the memories are others now, and this one is to be used; "": what scores then; undefined: whatever was chosen, if it is there.
export function listenToMemories(info, given, changed) {
  state.most = info.limits.pictures;
  state.changed = changed;
  if (given)
    state.otherwise = `memory ${given.name} scores`;
  say(`No normal image yet: ${state.otherwise}.`);
  byId("normals-section").hidden = info.limits.memories === 0 && info.memories.length === 0;
  byId("drop-normals").hidden = info.limits.memories === 0;
  byId("clear-normals").addEventListener("click", clear);
  draw();
}
