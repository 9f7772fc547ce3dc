// app.js - what happens when the page opens, and when a setting changes?
import { get, trouble } from "./api.js";
import { addNormals, describe, listenToMemories, listMemories, takeMemoryFile } from "./memory.js";
import { listenForPictures } from "./pictures.js";
import { add, listenToResults, scoreWith } from "./results.js";
import { listDetectors, listenToTraining } from "./training.js";

const byId = (id) => document.getElementById(id);
let info;

function fill(select, choices, chosen) {
  select.replaceChildren(...choices.map(([value, text]) => new Option(text, value, false, value === chosen)));
}

const promptsOnly = (method) => method === "clip" || method === "winclip";

// The lists of detectors, with `chosen` where it is still there.
function showDetectors(chosen) {
  const choices = info.detectors.map((detector) => [detector.id, detector.name]);
  const none = choices.length === 0;

  fill(byId("detector"), none ? [["", "none"]] : choices, chosen ?? info.detector);
  for (const option of byId("method").options)
    option.disabled = none && !promptsOnly(option.value);
  if (none && !promptsOnly(byId("method").value))
    byId("method").value = "clip";
  listDetectors(info.detectors, () => refresh(byId("detector").value));
}

// The memory that scores requests which name nothing; undefined: words do.
const given = () => info.memories.find(({ id }) => id === info.memory);

function showMemories(chosen) {
  fill(byId("memory"), [["", "words"], ...info.memories.map((memory) => [memory.id, describe(memory)])], chosen);
  listMemories(info.memories);
}

// What the scores can be compared with: [value, text, options of the other score].
function comparisons(memory, words) {
  const memories = info.memories.filter(({ id }) => id !== memory?.id).map(({ id, name }) => [id, `memory ${name}`, { memory: id }]);
  if (memory)
    return [["words", "words", words], ...memories];
  const detectors = promptsOnly(words.method) ? [] : info.detectors.map(({ id, name }) => [id, name, { ...words, detector: id }]);
  return [...detectors, ...memories];
}

function scoreAgain() {
  const method = byId("method").value;
  const alone = promptsOnly(method);
  const prompts = alone || method === "both";
  const words = { method, crops: byId("crops").value, object: prompts ? byId("object").value.trim() : "", detector: alone ? "" : byId("detector").value };
  const kinds = byId("kinds").value.trim(); // the object stands in their prompts too
  const named = kinds ? { kinds, object: byId("object").value.trim() } : null;
  const memory = info.memories.find(({ id }) => id === byId("memory").value);
  const fuse = memory ? Math.min(Math.max(Number(byId("fuse").value) || 0, 0), 1) : 0;
  const others = comparisons(memory, words);

  fill(byId("compare"), [["", "nothing"], ...others], byId("compare").value);
  const [, name, other] = others.find(([value]) => value === byId("compare").value) ?? [];
  const used = !memory || fuse > 0 || other === words; // the words
  byId("method").disabled = byId("crops").disabled = !used;
  byId("object").disabled = (!used || !prompts) && !kinds;
  byId("detector").disabled = !used || alone;
  byId("fuse").disabled = !memory;
  scoreWith({ ...(memory ? { memory: memory.id } : {}), ...(fuse > 0 ? { fuse } : {}), ...(!memory || fuse > 0 ? words : {}), named, compare: other, compareName: name },
    info.maps, memory);
}

async function refresh(detector, memory) {
  info = await get("v1/info");
  showDetectors(detector);
  showMemories(memory === "" ? given()?.id ?? "" : memory ?? byId("memory").value);
  scoreAgain();
}

async function open() {
  info = await get("v1/info");
  document.body.classList.toggle("stored", info.orientation === "stored");
  byId("about").textContent = "Scores lie between 0 and 1; higher is more anomalous. " +
    `Model: ${info.model.layout}, ${(info.model.parameters / 1e6).toFixed(1)} million parameters, ${info.model.image_size} pixels.`;
  byId("formats").textContent = `${info.formats}.`;
  byId("version").textContent = `rwda ${info.version}`;
  showDetectors();
  showMemories(given()?.id ?? "");
  scoreAgain();
  listenToTraining(info, async (id) => {
    if (promptsOnly(byId("method").value))
      byId("method").value = "fnn";
    await refresh(id);
  });
  listenToMemories(info, given(), (id) => refresh(byId("detector").value, id));
  byId("how").addEventListener("change", scoreAgain);
  byId("how").addEventListener("submit", (event) => event.preventDefault());
  listenToResults();
  listenForPictures(add, addNormals, takeMemoryFile);
  document.body.dataset.ready = "yes";
}

open().catch((error) => trouble(error.message));
