// app.js - what happens when the page opens, and when a setting changes?
import { get, trouble } from "./api.js";
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
  const compare = byId("compare").value;
  const none = choices.length === 0;

  fill(byId("detector"), none ? [["", "none"]] : choices, chosen ?? info.detector);
  fill(byId("compare"), [["", "nothing"], ...choices], compare);
  for (const option of byId("method").options)
    option.disabled = none && !promptsOnly(option.value);
  if (none && !promptsOnly(byId("method").value))
    byId("method").value = "clip";
  listDetectors(info.detectors, () => refresh(byId("detector").value));
}

function scoreAgain() {
  const method = byId("method").value;
  const alone = promptsOnly(method);
  const prompts = alone || method === "both";

  byId("object").disabled = !prompts;
  byId("detector").disabled = byId("compare").disabled = alone;
  scoreWith({
    method, crops: byId("crops").value, object: prompts ? byId("object").value.trim() : "",
    detector: alone ? "" : byId("detector").value, compare: alone ? "" : byId("compare").value,
  }, info.maps);
}

async function refresh(chosen) {
  info = await get("v1/info");
  showDetectors(chosen);
  scoreAgain();
}

async function open() {
  info = await get("v1/info");
  byId("about").textContent = "Scores lie between 0 and 1; higher is more anomalous. " +
    `Model: ${info.model.layout}, ${(info.model.parameters / 1e6).toFixed(1)} million parameters, ${info.model.image_size} pixels.`;
  byId("version").textContent = `rwda ${info.version}`;
  showDetectors();
  scoreAgain();
  listenToTraining(info, async (id) => {
    if (promptsOnly(byId("method").value))
      byId("method").value = "fnn";
    await refresh(id);
  });
  byId("how").addEventListener("change", scoreAgain);
  byId("how").addEventListener("submit", (event) => event.preventDefault());
  listenToResults();
  listenForPictures(add);
  document.body.dataset.ready = "yes";
}

open().catch((error) => trouble(error.message));
