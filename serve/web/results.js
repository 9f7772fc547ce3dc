// results.js - what did the service say about each picture, and what follows from the threshold?
import { call, query, save, trouble } from "./api.js";

const byId = (id) => document.getElementById(id);
const lanes = 4; // pictures under way at a time
const pictures = []; // {name, file, url, number, record, other, fault, map}
const state = { how: {}, maps: false, memory: null, own: true, run: 0, shown: null }; // own: the person's threshold, not the memory's

const opinion = (record) => record.kinds?.slice(0, 5).map(({ kind, score }) => `${kind} ${score.toFixed(2)}`).join(", ");

export const settings = () => state.how;

function threshold() {
  const text = byId("threshold").value;
  return text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
}

function labelOf(record) {
  const limit = threshold();
  return !record || limit === null ? null : record.score >= limit ? "anomalous" : "normal";
}

const short = (score) => score.toFixed(4);

// ---- Scoring ---------------------------------------------------------------------------------------------------------------

const score = async (file, values) => (await call("v1/score" + query(values),
  { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } })).json();

const memoryGone = "The memory is gone: it was removed, or gave way to others. Add the normal images again.";

async function scoreOne(picture, how, run) {
  const { compare, compareName, named, ...values } = how;
  try {
    const record = await score(picture.file, { ...values, ...named });
    const other = compare ? await score(picture.file, compare) : null;
    if (run === state.run && !state.own && threshold() === null && record.threshold !== null)
      setThreshold(record.threshold); // of words beside the memory
    if (run === state.run)
      Object.assign(picture, { record, other, fault: null, waiting: false });
  } catch (error) {
    if (run === state.run)
      Object.assign(picture, { record: null, other: null, fault: /^no memory/.test(error.message) ? memoryGone : error.message, waiting: false });
    if (error.status === 0)
      trouble(error.message);
  }
}

let lanesOpen = 0;

// Lanes take waiting pictures until none is left; new ones and changed settings only mark pictures as waiting.
async function lane() {
  lanesOpen++;
  for (;;) {
    const picture = pictures.find((p) => p.waiting && !p.underWay);
    if (!picture)
      break;
    const run = state.run;
    picture.underWay = true;
    await scoreOne(picture, state.how, run);
    picture.underWay = false;
    draw();
  }
  lanesOpen--;
}

function work() {
  draw();
  while (lanesOpen < lanes && pictures.some((p) => p.waiting && !p.underWay))
    lane();
}

export function add(found) {
  for (const { file, name } of found)
    pictures.push({ file, name, number: pictures.length, url: URL.createObjectURL(file), waiting: true });
  work();
}

// ---- A memory's threshold ----------------------------------------------------------------------------------------------------

const ownHint = byId("threshold-hint").textContent;

function setThreshold(value) {
  byId("threshold").value = value ?? "";
}

// Where it comes from, and what it is worth.
function explainThreshold() {
  const given = !state.own && state.memory;
  say("threshold-hint", given && threshold() !== null
    ? `From ${state.memory.name}: just above the scores of its ${state.memory.count} normal images, each against the others.` : ownHint);
  say("threshold-warning", given ? state.memory.warning ?? "" : "");
}

// Scores by another memory, or with another weight of words, want another threshold: the memory's own where it has one.
function adoptThreshold(how, memory) {
  if (how.memory === state.how.memory && how.fuse === state.how.fuse) {
    if (!state.own && how.fuse)
      setThreshold(null); // the records bring it
    return;
  }
  state.own = !memory;
  state.memory = memory;
  setThreshold(memory && !how.fuse ? memory.threshold : null);
}

function takeThreshold(value) { // the person's
  state.own = true;
  if (value !== undefined)
    setThreshold(value);
  draw();
}

// Other settings: every picture is scored again, answers under way are dropped.
export function scoreWith(how, maps, memory) {
  adoptThreshold(how, memory);
  state.how = how;
  state.maps = maps;
  state.run++;
  for (const picture of pictures)
    Object.assign(picture, { waiting: true, map: null });
  work();
}

// ---- Drawing ---------------------------------------------------------------------------------------------------------------

function ordered() {
  const order = byId("order").value;
  const value = (p) => p.record?.score ?? -1;
  return [...pictures].sort((a, b) =>
    (order === "high" ? value(b) - value(a) : order === "low" ? value(a) - value(b)
      : order === "name" ? a.name.localeCompare(b.name) : 0) || a.number - b.number);
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text ?? "";
  return node;
}

// Distances to a memory are small numbers: bars end where its maps are brightest.
const barScale = () => state.memory && !state.how.fuse ? state.memory.map_scale : 1;

function bar(value) {
  const box = element("span", "bar");
  const fill = document.createElement("i");
  fill.style.width = `${100 * Math.min(value / barScale(), 1)}%`;
  box.append(fill);
  if (threshold() !== null) {
    const mark = document.createElement("b");
    mark.style.left = `${100 * Math.min(threshold() / barScale(), 1)}%`;
    box.append(mark);
  }
  box.setAttribute("aria-hidden", "true");
  return box;
}

function fillCard(button, picture) {
  const label = labelOf(picture.record);
  const image = document.createElement("img");
  image.src = picture.url;
  image.alt = "";
  image.loading = "lazy";
  image.addEventListener("error", () => image.replaceWith(element("span", "unseen", "no preview"))); // TIFF, HEIC, ...: read here, not by browsers
  button.className = label ?? "";
  button.replaceChildren(image, element("span", "name", picture.name));
  if (picture.record) {
    const line = element("span", "line");
    line.append(element("span", "score", short(picture.record.score)), " ", element("span", "label", label));
    button.append(line, bar(picture.record.score));
    if (picture.other)
      button.append(element("span", "other", `${state.how.compareName} ${short(picture.other.score)}`));
  } else {
    button.append(element("span", picture.fault ? "fault" : "other", picture.fault ?? "waiting"));
  }
}

function summary() {
  const scored = pictures.filter((p) => p.record).length;
  const failed = pictures.filter((p) => p.fault).length;
  const waiting = pictures.filter((p) => p.waiting).length;
  const found = pictures.filter((p) => labelOf(p.record) === "anomalous").length;
  if (pictures.length === 0)
    return "No image yet.";
  return [`${scored} of ${pictures.length} scored`, failed ? `${failed} failed` : "", waiting ? `${waiting} waiting` : "",
    threshold() !== null ? `${found} anomalous at ${threshold()}` : "no threshold, so no labels"].filter(Boolean).join(", ") + ".";
}

// The slider spans the scores there are: they may all lie close together.
function spanSlider() {
  const scores = pictures.filter((p) => p.record).map((p) => p.record.score);
  const low = Math.min(...scores), high = Math.max(...scores), margin = (high - low) / 20;
  const slider = byId("threshold-slider");
  slider.min = scores.length > 1 ? Math.max(0, low - margin) : 0;
  slider.max = scores.length > 1 ? Math.min(1, high + margin) : 1;
  slider.value = threshold() ?? slider.min;
}

function say(id, text) { // only what is new: a status line is read out
  if (byId(id).textContent !== text)
    byId(id).textContent = text;
}

let drawing = false;

export function draw() {
  if (drawing)
    return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const list = byId("list");
    const waiting = pictures.filter((p) => p.waiting).length;
    const focus = document.activeElement?.closest?.("#list li")?.picture;
    const items = ordered().map((picture) => {
      picture.item ??= Object.assign(document.createElement("li"), { picture });
      if (!picture.item.firstChild) {
        const button = document.createElement("button");
        button.type = "button";
        button.addEventListener("click", () => show(picture));
        picture.item.append(button);
      }
      fillCard(picture.item.firstChild, picture);
      return picture.item;
    });
    list.replaceChildren(...items);
    explainThreshold();
    focus?.item.firstChild.focus();
    if (waiting === 0)
      spanSlider();
    if (waiting === 0 || pictures.length === waiting)
      say("summary", summary());
    byId("scoring").hidden = waiting === 0;
    byId("scoring").max = pictures.length || 1;
    byId("scoring").value = pictures.length - waiting;
    for (const id of ["save-csv", "save-jsonl"])
      byId(id).disabled = waiting > 0 || pictures.length === 0;
    byId("clear").disabled = pictures.length === 0;
  });
}

// ---- One picture, large ------------------------------------------------------------------------------------------------------

function facts(picture) {
  const { record, other, fault } = picture;
  if (!record)
    return [["Score", fault ?? "waiting"]];
  const number = (x) => x === null ? null : String(x);
  return [["Score", number(record.score)], ["Label", labelOf(record) ?? "none: no threshold"], ["Score of the network", number(record.score_fnn)],
    ["Score of the prompts", number(record.score_clip)], ["Distance to the memory", state.how.fuse ? number(record.score_memory) : null],
    [`Score by ${state.how.compareName}`, other && number(other.score)],
    ["The text tower's opinion", record.kinds && `${opinion(record)} (shares among the words that were given, not a finding)`],
    ["Difference", other && (other.score - record.score).toFixed(4)],
    ["Regions", record.regions?.slice(0, 20).map((r) => `${r.width} × ${r.height} at ${r.x}, ${r.y}: ${r.peak.toFixed(3)}`).join("; ")],
    ["Method", record.scoring.method], ["Memory", record.scoring.memory], ["Size", `${record.width} × ${record.height}`], ["Detector", record.detector],
    ["Time", `${record.ms.total.toFixed(1)} ms`]].filter(([, value]) => value != null);
}

async function showMap(picture) {
  byId("detail-map").hidden = byId("detail-map-control").hidden = true;
  if (!state.maps || !picture.record)
    return;
  const { compare, compareName, named, ...values } = state.how; // named: they have no place in the map
  try {
    const from = byId("map-threshold").value;
    if (picture.map && picture.mapFrom !== from) {
      URL.revokeObjectURL(picture.map);
      picture.map = null;
    }
    if (!picture.map) {
      const ask = (map) => call("v1/score" + query({ ...values, map, map_threshold: from }),
        { method: "POST", body: picture.file, headers: { "Content-Type": "application/octet-stream" } });
      const drawn = await ask("png");
      picture.map = URL.createObjectURL(await drawn.blob());
      picture.mapScale = drawn.headers.get("X-Rwda-Map-Scale");
      picture.mapFrom = from;
      picture.record.regions = from === "" ? null : (await (await ask("regions")).json()).regions;
      if (state.shown === picture)
        showFacts(picture);
    }
  } catch (error) {
    trouble(`No heat map: ${error.message}`);
    return;
  }
  if (state.shown !== picture)
    return;
  byId("detail-map").src = picture.map;
  byId("map-scale").textContent = picture.mapScale
    ? `Brightest where the distance is ${Number(picture.mapScale).toPrecision(3)} or more: twice the highest score among the normal images.` : "";
  byId("detail-map").style.opacity = byId("opacity").value;
  byId("detail-map").hidden = byId("detail-map-control").hidden = false;
}

function showFacts(picture) {
  byId("detail-facts").replaceChildren(...facts(picture).flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]));
}

function show(picture) {
  state.shown = picture;
  byId("detail-name").textContent = picture.name;
  byId("detail-picture").src = picture.url;
  byId("detail-picture").alt = picture.name;
  showFacts(picture);
  showMap(picture);
  if (!byId("detail").open)
    byId("detail").showModal();
}

function showNext(step) {
  const list = ordered();
  show(list[(list.indexOf(state.shown) + step + list.length) % list.length]);
}

// ---- Files to keep -----------------------------------------------------------------------------------------------------------

const inQuotes = (text) => `"${String(text).replaceAll('"', '""')}"`;

function saveCsv() { // the columns of rwda score --format csv; the other detector's score comes last
  const compared = Boolean(state.how.compare), named = Boolean(state.how.named);
  const rows = ordered().map((p) => [inQuotes(p.name), p.record?.score ?? "", labelOf(p.record) ?? "", p.fault ? inQuotes(p.fault) : "",
    ...(named ? [p.record?.kinds ? inQuotes(p.record.kinds[0].kind) : ""] : []), ...(compared ? [p.other?.score ?? ""] : [])].join(","));
  save("scores.csv", "text/csv", [["path,score,label,error" + (named ? ",opinion" : "") + (compared ? ",score_other" : ""), ...rows].join("\n"), "\n"]);
}

function saveJsonl() {
  const lines = ordered().flatMap((p) => p.record
    ? [p.record, p.other].filter(Boolean).map((record) => ({ ...record, path: p.name, label: labelOf(record), threshold: threshold() }))
    : [{ schema: "rwda.score/1", path: p.name, error: { code: "", message: p.fault } }]);
  save("scores.jsonl", "application/x-ndjson", [lines.map((line) => JSON.stringify(line) + "\n").join("")]);
}

function clear() {
  for (const picture of pictures.splice(0))
    URL.revokeObjectURL(picture.url);
  state.run++;
  draw();
  byId("choose").focus();
}

export function listenToResults() {
  const number = byId("threshold"), slider = byId("threshold-slider");
  slider.addEventListener("input", () => {
    takeThreshold(Number(slider.value).toFixed(6));
  });
  number.addEventListener("input", () => takeThreshold());
  byId("no-threshold").addEventListener("click", () => takeThreshold(""));
  byId("order").addEventListener("change", draw);
  byId("save-csv").addEventListener("click", saveCsv);
  byId("save-jsonl").addEventListener("click", saveJsonl);
  byId("clear").addEventListener("click", clear);
  byId("detail-before").addEventListener("click", () => showNext(-1));
  byId("detail-after").addEventListener("click", () => showNext(1));
  byId("map-threshold").addEventListener("change", () => state.shown && showMap(state.shown));
  byId("opacity").addEventListener("input", () => { byId("detail-map").style.opacity = byId("opacity").value; });
}
