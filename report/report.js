/* report.js - what do the scores say at this threshold, and which pictures are behind them?
 *
 * Data come from the block with id "data": columns of JSON in falling order of score; thumbnails from the blocks of class
 * "thumbs": a line of base64 each, in the same order.  Names from files reach the page as text only. */
(() => {
"use strict";

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const n = data.scores.length;
const labelled = data.truth.includes(0) && data.truth.includes(1);
const high = n > 0 ? data.scores[0] : 1, low = n > 0 ? data.scores[n - 1] : 0;
const span = high - low || 1e-6;

function element(name, properties, ...children) {
    const e = document.createElement(name);
    Object.assign(e, properties);
    e.append(...children);
    return e;
}

/* ---- Threshold and metrics --------------------------------------------------------------------------------------- */

let threshold = Infinity;
let base = [];       /* indices that count for charts: the category, and of a defect type its pictures beside normal ones */
let shown = [];      /* indices in the grid, in order */
let metrics = null;  /* of base: curves, auroc, ap, best F1 */

function decide(score) {
    return score >= threshold ? "anomalous" : data.review !== null && score >= data.review ? "review" : "normal";
}

/* base is in falling order of score; equal scores form one point. */
function measure(indices) {
    let positives = 0, tp = 0, fp = 0, area = 0, ap = 0, best = { f1: -1, at: Infinity };
    const known = indices.filter((i) => data.truth[i] >= 0);
    for (const i of known) positives += data.truth[i];
    const negatives = known.length - positives;
    if (positives === 0 || negatives === 0) return null;
    const roc = [[0, 0]], pr = [[0, 1]];
    for (let k = 0; k < known.length;) {
        const score = data.scores[known[k]], tpBefore = tp, fpBefore = fp;
        for (; k < known.length && data.scores[known[k]] === score; k++)
            if (data.truth[known[k]] === 1) tp++; else fp++;
        area += (fp - fpBefore) * (tp + tpBefore);
        ap += (tp - tpBefore) / positives * (tp / (tp + fp));
        const f1 = 2 * tp / (positives + tp + fp);
        if (f1 > best.f1) best = { f1, at: score };
        roc.push([fp / negatives, tp / positives]);
        pr.push([tp / positives, tp / (tp + fp)]);
    }
    return { roc, pr, auroc: area / (2 * positives * negatives), ap, best, positives, negatives };
}

function tally() {
    const t = { anomalous: 0, review: 0, normal: 0, tp: 0, fp: 0 };
    for (const i of base) {
        const label = decide(data.scores[i]);
        t[label]++;
        if (label === "anomalous" && data.truth[i] === 1) t.tp++;
        if (label === "anomalous" && data.truth[i] === 0) t.fp++;
    }
    return t;
}

const percent = (x) => (100 * x).toFixed(1) + " %";
const signs = { anomalous: "▲ ", review: "◆ ", normal: "● " };

function showCounts() {
    const t = tally(), parts = [];
    for (const label of ["anomalous", "review", "normal"])
        if (label !== "review" || data.review !== null)
            parts.push(element("span", { className: label }, signs[label] + t[label] + " " + label));
    if (metrics) {
        const recall = t.tp / metrics.positives, precision = t.tp / Math.max(1, t.tp + t.fp);
        parts.push(element("span", {}, "found " + t.tp + " of " + metrics.positives + " (" + percent(recall) + ")"),
                   element("span", {}, "false alarms " + t.fp + " of " + metrics.negatives + " (" + percent(t.fp / metrics.negatives) + ")"),
                   element("span", {}, "precision " + percent(precision)),
                   element("span", {}, "F1 " + (2 * t.tp / (metrics.positives + t.tp + t.fp)).toFixed(3)));
    }
    $("counts").replaceChildren(...parts);
    return t;
}

/* The shortest text that is the same float32, as scores and thresholds are. */
function shortest(x) {
    let digits = 5;
    while (digits < 9 && Math.fround(Number(x.toPrecision(digits))) !== Math.fround(x)) digits++;
    return String(Number(x.toPrecision(digits)));
}

/* ---- Charts ------------------------------------------------------------------------------------------------------ */

const plot = { left: 44, top: 10, width: 266, height: 164 };

function draw(svg, name, attributes, text) {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text !== undefined) e.textContent = text;
    svg.append(e);
    return e;
}

function frame(svg, xLabel, yLabel) {
    svg.replaceChildren();
    draw(svg, "rect", { class: "frame", x: plot.left, y: plot.top, width: plot.width, height: plot.height });
    draw(svg, "text", { x: plot.left + plot.width / 2, y: 206, "text-anchor": "middle" }, xLabel);
    draw(svg, "text", { transform: "translate(9 " + (plot.top + plot.height / 2) + ") rotate(-90)", "text-anchor": "middle" }, yLabel);
}

const px = (x) => plot.left + x * plot.width, py = (y) => plot.top + (1 - y) * plot.height;

function curve(svg, points, at) {
    const step = Math.max(1, Math.floor(points.length / 1000));
    let d = "";
    points.forEach(([x, y], k) => {
        if (k % step === 0 || k === points.length - 1) d += (d ? "L" : "M") + px(x).toFixed(1) + " " + py(y).toFixed(1);
    });
    draw(svg, "path", { class: "curve", d });
    for (const v of [0, 0.5, 1]) {
        draw(svg, "text", { x: px(v), y: 188, "text-anchor": "middle" }, v);
        draw(svg, "text", { x: plot.left - 5, y: py(v) + 4, "text-anchor": "end" }, v);
    }
    if (at) draw(svg, "circle", { class: "dot", cx: px(at[0]), cy: py(at[1]), r: 4.5 });
}

function histogram() {
    const svg = $("histogram"), bars = 40, counts = { normal: Array(bars).fill(0), anomalous: Array(bars).fill(0), unknown: Array(bars).fill(0) };
    let most = 1;
    for (const i of base) {
        const side = data.truth[i] === 1 ? "anomalous" : data.truth[i] === 0 ? "normal" : "unknown";
        const k = Math.min(bars - 1, Math.floor((data.scores[i] - low) / span * bars));
        most = Math.max(most, ++counts[side][k]);
    }
    frame(svg, "score" + (labelled ? ": green normal, red anomalous" : ""), "images");
    for (const side of Object.keys(counts))
        counts[side].forEach((count, k) => {
            if (count > 0)
                draw(svg, "rect", { class: "bar-" + side, x: px(k / bars) + 0.5, y: py(count / most), width: plot.width / bars - 1, height: count / most * plot.height });
        });
    for (const [v, anchor] of [[0, "start"], [0.5, "middle"], [1, "end"]])
        draw(svg, "text", { x: px(v), y: 188, "text-anchor": anchor }, (low + v * span).toPrecision(4));
    draw(svg, "text", { x: plot.left - 4, y: py(1) + 8, "text-anchor": "end" }, most);
    draw(svg, "text", { x: plot.left - 4, y: py(0), "text-anchor": "end" }, 0);
    const x = (v) => px(Math.min(1, Math.max(0, (v - low) / span)));
    if (data.review !== null && threshold > data.review)
        draw(svg, "rect", { class: "band", x: x(data.review), y: plot.top, width: x(threshold) - x(data.review), height: plot.height });
    if (threshold < Infinity) draw(svg, "line", { class: "mark", x1: x(threshold), x2: x(threshold), y1: plot.top, y2: plot.top + plot.height });
}

function showCharts() {
    const t = showCounts();
    histogram();
    $("roc-figure").hidden = $("pr-figure").hidden = !metrics;
    if (!metrics) return;
    const recall = t.tp / metrics.positives;
    $("roc-title").textContent = "ROC, AUROC " + metrics.auroc.toFixed(4);
    $("pr-title").textContent = "Precision and recall, AP " + metrics.ap.toFixed(4);
    frame($("roc"), "false-alarm rate", "found");
    draw($("roc"), "line", { class: "diagonal", x1: px(0), y1: py(0), x2: px(1), y2: py(1) });
    curve($("roc"), metrics.roc, [t.fp / metrics.negatives, recall]);
    frame($("pr"), "recall (found)", "precision");
    curve($("pr"), metrics.pr, [recall, t.tp + t.fp > 0 ? t.tp / (t.tp + t.fp) : 1]);
}

/* ---- Filters ----------------------------------------------------------------------------------------------------- */

function fill(select, names, label) {
    select.append(element("option", { value: "", textContent: "all" }));
    names.forEach((name, k) => { if (name !== "") select.append(element("option", { value: String(k), textContent: name })); });
    label.hidden = names.filter((name) => name !== "").length < 2;
}

function wanted(i) {
    const score = data.scores[i], outcome = $("outcome").value, decision = $("decision").value;
    if (decision && decide(score) !== decision) return false;
    if (outcome) {
        const alarm = score >= threshold, truth = data.truth[i];
        if (truth < 0 || (outcome === "missed" && !(truth === 1 && !alarm)) || (outcome === "alarm" && !(truth === 0 && alarm)) ||
            (outcome === "right" && (truth === 1) !== alarm))
            return false;
    }
    return true;
}

let matching = []; /* category, defect type and search: what does not depend on the threshold */

function filter() {
    const category = $("category").value, kind = $("kind").value, text = $("search").value.toLowerCase(), order = $("order").value;
    base = [];
    matching = [];
    for (let i = 0; i < n; i++) {
        if (category && data.category[i] !== Number(category)) continue;
        const itsType = !kind || data.kind[i] === Number(kind);
        if (itsType || data.truth[i] === 0) base.push(i);
        if (itsType && (!text || data.paths[i].toLowerCase().includes(text))) matching.push(i);
    }
    if (order === "rising") matching.reverse();
    if (order === "path") matching.sort((a, b) => (data.paths[a] < data.paths[b] ? -1 : 1));
    metrics = measure(base);
    $("best").hidden = !metrics;
    relabel(true);
}

/* After the threshold or a filter changed. */
function relabel(toStart) {
    showCharts();
    shown = $("decision").value || $("outcome").value ? matching.filter(wanted) : matching;
    $("shown").textContent = shown.length + " of " + n + " images";
    if (toStart) current = 0;
    current = Math.max(0, Math.min(current, shown.length - 1));
    layout();
}

/* ---- Pictures: only rows near the window are in the page ----------------------------------------------------------- */

const GAP = 10;
let columns = 1, tileWidth = 150, rowHeight = 200, current = 0;
const tiles = new Map();

const blocks = [...document.querySelectorAll("script.thumbs")];
const blockSize = blocks.length > 0 ? Number(blocks[0].dataset.count) : 1;
const cut = new Map(); /* block -> its lines; a few are kept */

function thumbnail(i) {
    const b = Math.floor(i / blockSize);
    if (!(b in blocks)) return "";
    if (!cut.has(b)) {
        if (cut.size > 16) cut.delete(cut.keys().next().value);
        cut.set(b, blocks[b].textContent.split("\n"));
    }
    return cut.get(b)[i % blockSize] || "";
}

/* Every character that could end a path or begin a scheme is escaped. */
function address(path) {
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    return path.startsWith("/") ? "file://" + escaped : "./" + data.base.split("/").map(encodeURIComponent).join("/") + escaped;
}

/* The picture, or (heat) the overlay of its map; null where there is none. */
function picture(i, alt, heat) {
    const [plain, overlay] = thumbnail(i).split(" "), inside = heat ? overlay : plain;
    if (heat && !inside) return null;
    if (!inside && data.thumbnails !== "link") return null;
    const img = element("img", { alt, loading: "lazy", decoding: "async", src: inside ? "data:image/jpeg;base64," + inside : address(data.paths[i]) });
    img.addEventListener("error", () => img.remove());
    return img;
}

function shortName(path) {
    return path.slice(path.lastIndexOf("/") + 1);
}

/* What is known about a picture, and whether the decision agrees. */
function truthName(i) {
    const alarm = data.scores[i] >= threshold;
    if (data.truth[i] < 0) return "";
    if (data.truth[i] === 0) return (alarm ? "normal" : "is normal") + (alarm ? ": false alarm" : "");
    return (data.kinds[data.kind[i]] || "is anomalous") + (alarm ? "" : ": missed");
}

function makeTile(k) {
    const i = shown[k], label = decide(data.scores[i]), score = data.scores[i].toPrecision(5);
    const tile = element("button", { type: "button", className: "tile is-" + label, tabIndex: k === current ? 0 : -1, title: data.paths[i] });
    const box = element("div", { className: "picture" }), img = ($("heat").checked && picture(i, "", true)) || picture(i, "");
    if (img) box.append(img);
    if (data.thumbnails !== "none") tile.append(box);
    tile.append(element("div", { className: "name" }, shortName(data.paths[i])),
                element("div", { className: "said" }, element("b", {}, score), " ", element("span", { className: label }, signs[label] + label)));
    if (data.truth[i] >= 0) {
        const wrong = (data.truth[i] === 1) !== (data.scores[i] >= threshold);
        tile.append(element("div", { className: wrong ? "name wrong" : "name" }, truthName(i)));
    }
    tile.setAttribute("aria-label", data.paths[i] + ", score " + score + ", " + label + (truthName(i) ? ", " + truthName(i) : ""));
    tile.style.left = (k % columns) * (tileWidth + GAP) + "px";
    tile.style.top = Math.floor(k / columns) * (rowHeight + GAP) + "px";
    tile.style.width = tileWidth + "px";
    tile.style.height = rowHeight + "px";
    tile.addEventListener("click", () => { current = k; open(); });
    tile.addEventListener("focus", () => { current = k; });
    return tile;
}

function render() {
    const top = -$("grid").getBoundingClientRect().top, stride = rowHeight + GAP;
    const first = Math.max(0, Math.floor(top / stride) - 2) * columns;
    const last = Math.min(shown.length, (Math.ceil((top + innerHeight) / stride) + 2) * columns);
    for (const [k, tile] of tiles)
        if (k < first || k >= last) { tile.remove(); tiles.delete(k); }
    for (let k = first; k < last; k++)
        if (!tiles.has(k)) {
            const tile = makeTile(k);
            tiles.set(k, tile);
            $("grid").append(tile);
        }
}

/* All tiles anew; the one with the focus keeps it. */
function layout() {
    const grid = $("grid"), focused = grid.contains(document.activeElement);
    const width = grid.clientWidth;
    columns = Math.max(1, Math.floor((width + GAP) / (160 + GAP)));
    tileWidth = Math.floor((width - GAP * (columns - 1)) / columns);
    rowHeight = (data.thumbnails === "none" ? 52 : 196) + (labelled ? 20 : 0);
    grid.style.height = Math.max(0, Math.ceil(shown.length / columns) * (rowHeight + GAP) - GAP) + "px";
    for (const tile of tiles.values()) tile.remove();
    tiles.clear();
    render();
    if (focused) focusTile();
}

function focusTile() {
    if (shown.length === 0) return;
    const bar = document.querySelector(".bar").getBoundingClientRect().height + 8;
    const top = $("grid").getBoundingClientRect().top + Math.floor(current / columns) * (rowHeight + GAP);
    if (top < bar) scrollBy(0, top - bar);
    else if (top + rowHeight > innerHeight) scrollBy(0, top + rowHeight - innerHeight + 8);
    render();
    for (const [k, tile] of tiles) tile.tabIndex = k === current ? 0 : -1;
    if (tiles.has(current)) tiles.get(current).focus({ preventScroll: true });
}

function move(by) {
    current = Math.max(0, Math.min(shown.length - 1, current + by));
    focusTile();
}

function gridKey(event) {
    const page = Math.max(1, Math.floor(innerHeight / (rowHeight + GAP)) - 1) * columns;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page, Home: -n, End: n };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(steps[event.key]);
}

/* ---- One picture --------------------------------------------------------------------------------------------------- */

function open() {
    if (shown.length === 0) return;
    const i = shown[current], list = $("detail").querySelector("dl"), label = decide(data.scores[i]), img = picture(i, data.paths[i]), map = picture(i, "Where the anomaly is in " + data.paths[i], true);
    $("detail").querySelector(".picture").replaceChildren(...[img, map].filter(Boolean));
    list.replaceChildren();
    const row = (name, ...value) => list.append(element("dt", {}, name), element("dd", {}, ...value));
    row("image", element("a", { href: address(data.paths[i]), textContent: data.paths[i] }));
    row("score", shortest(data.scores[i]));
    row("decision", element("span", { className: label }, signs[label] + label));
    if (data.p) row("p-value", data.p[i].toPrecision(4));
    if (data.truth[i] >= 0) row("label", truthName(i));
    if (data.opinions && data.opinions[i]) row("the text tower's opinion", data.opinions[i] + " (shares among the words that were given, not a finding)");
    if (data.categories[data.category[i]]) row("category", data.categories[data.category[i]]);
    row("place", current + 1 + " of " + shown.length);
    if (!$("detail").open) $("detail").showModal();
}

function step(by) {
    current = Math.max(0, Math.min(shown.length - 1, current + by));
    open();
}

/* ---- Threshold controls -------------------------------------------------------------------------------------------- */

let waiting = false;

function setThreshold(value, from) {
    threshold = value;
    if (from !== "slider") $("slider").value = threshold === Infinity ? 1000 : Math.round((threshold - low) / span * 999);
    if (from !== "number") $("threshold").value = threshold === Infinity ? "" : shortest(threshold);
    $("slider").setAttribute("aria-valuetext", threshold === Infinity ? "none" : threshold.toPrecision(6));
    if (waiting) return;
    waiting = true; /* many slider events a frame, one drawing */
    requestAnimationFrame(() => { waiting = false; relabel(false); });
}

function sayOrigin() {
    let text;
    if (data.threshold !== null) text = data.origin;
    else if (metrics) text = "No threshold was given: this one has the largest F1 on these labels, which flatters it. 'rwda calibrate' finds one from normal images.";
    else text = "No threshold was given, so nothing is called anomalous: move the slider, or find one from normal images with 'rwda calibrate'.";
    $("origin").textContent = text;
}

/* ---- Drift ----------------------------------------------------------------------------------------------------------- */

/* Evidence over the order of the scores, the limit at which it is an alarm, and where that was. */
function showDrift() {
    const d = data.drift, svg = $("drift-curve");
    if (!d || d.evidence.length < 2) return;
    const lowest = Math.min(0, ...d.evidence), highest = Math.max(d.limit, ...d.evidence), y = (v) => (v - lowest) / (highest - lowest);
    $("drift").hidden = $("drift-figure").hidden = false;
    $("drift").textContent = d.sentence;
    $("drift").className = d.alarm ? "anomalous" : "faint";
    frame(svg, "images in their order", "evidence");
    draw(svg, "path", { class: "curve", d: d.evidence.map((v, k) => (k ? "L" : "M") + px((k + 1) * d.step / d.images).toFixed(1) + " " + py(y(v)).toFixed(1)).join("") });
    draw(svg, "line", { class: "diagonal", x1: px(0), x2: px(1), y1: py(y(d.limit)), y2: py(y(d.limit)) });
    if (d.alarm) draw(svg, "line", { class: "mark", x1: px(d.alarm / d.images), x2: px(d.alarm / d.images), y1: py(0), y2: py(1) });
    for (const [v, anchor] of [[0, "start"], [1, "end"]]) draw(svg, "text", { x: px(v), y: 188, "text-anchor": anchor }, v * d.images);
    for (const v of [lowest, d.limit, highest]) draw(svg, "text", { x: plot.left - 4, y: py(y(v)) + 4, "text-anchor": "end" }, v.toFixed(1));
}

/* ---- Start ----------------------------------------------------------------------------------------------------------- */

$("title").textContent = data.title;
document.title = data.title;
$("summary").textContent = n + (n === 1 ? " image" : " images") + (data.failed.length > 0 ? ", " + data.failed.length + " failed" : "") + ", " + data.summary;
$("recipe").textContent = JSON.stringify(data.recipe, null, 2);
fill($("category"), data.categories, $("category-label"));
fill($("kind"), data.kinds, $("kind-label"));
$("outcome-label").hidden = !labelled;
$("heat-label").hidden = !data.maps;
if (data.failed.length > 0) {
    $("failures").hidden = false;
    $("failures").querySelector("summary").textContent = data.failed.length + (data.failed.length === 1 ? " image has" : " images have") + " no score";
    $("failures").querySelector("ul").append(...data.failed.map(([path, why]) => element("li", {}, path + ": " + why)));
}
if (data.threshold !== null) {
    $("reset").hidden = false;
    $("reset").textContent = "Given: " + shortest(data.threshold);
}
filter();
setThreshold(data.threshold !== null ? data.threshold : metrics ? metrics.best.at : Infinity);
relabel(true);
sayOrigin();
showDrift();

$("slider").addEventListener("input", () => {
    const k = Number($("slider").value);
    setThreshold(k === 1000 ? Infinity : low + k / 999 * span, "slider");
});
$("threshold").addEventListener("input", () => {
    const value = $("threshold").valueAsNumber;
    setThreshold(Number.isNaN(value) ? Infinity : value, "number");
});
$("reset").addEventListener("click", () => setThreshold(data.threshold));
$("best").addEventListener("click", () => setThreshold(metrics.best.at));
$("histogram").addEventListener("click", (event) => {
    const box = $("histogram").getBoundingClientRect(), x = (event.clientX - box.left) / box.width * 320;
    setThreshold(low + Math.min(1, Math.max(0, (x - plot.left) / plot.width)) * span);
});
for (const id of ["category", "kind", "decision", "outcome", "order"]) $(id).addEventListener("change", filter);
$("search").addEventListener("input", filter);
$("heat").addEventListener("change", layout);
$("filters").addEventListener("reset", () => setTimeout(filter));
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("grid").addEventListener("keydown", gridKey);
$("previous").addEventListener("click", () => step(-1));
$("next").addEventListener("click", () => step(1));
$("close").addEventListener("click", () => $("detail").close());
$("detail").addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") step(event.key === "ArrowRight" ? 1 : -1);
});
$("detail").addEventListener("close", focusTile);
addEventListener("scroll", render, { passive: true });
addEventListener("resize", layout);
addEventListener("keydown", (event) => {
    const places = { t: "slider", "/": "search", c: "category", k: "kind", d: "decision" };
    const typing = event.target.matches("input:not([type=range]), select, textarea") || $("detail").open;
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in places) { event.preventDefault(); $(places[event.key]).focus(); }
    if (event.key === "g") { event.preventDefault(); focusTile(); }
});
})();
