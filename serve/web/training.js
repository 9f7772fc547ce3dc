// training.js - how is a detector made from the person's own words, and which are there?
import { call, get, save, trouble } from "./api.js";

const byId = (id) => document.getElementById(id);
const asJson = (value) => ({ method: "POST", body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function show(training) {
  const running = training.state === "running";
  const part = training.total ? training.done / training.total : 0;
  const texts = {
    running: `Training ${training.name}: ${training.stage}, ${Math.floor(10 * part) * 10} %`,
    done: `${training.name} is ready, after ${training.seconds.toFixed(1)} s, and chosen as the detector.`,
    cancelled: `${training.name} was cancelled.`,
    failed: `${training.name} failed: ${training.error?.message}`,
  };
  byId("train-progress").hidden = byId("train-cancel").hidden = !running;
  byId("train-start").disabled = running;
  byId("train-progress").value = part;
  if (byId("train-state").textContent !== texts[training.state]) // a status line is read out: only news
    byId("train-state").textContent = texts[training.state];
}

async function watch(training, onNew) {
  byId("train-cancel").onclick = () => call(`v1/trainings/${training.id}`, { method: "DELETE" }).catch((error) => trouble(error.message));
  while (training.state === "running") {
    show(training);
    await wait(300);
    training = await get(`v1/trainings/${training.id}`);
  }
  show(training);
  if (training.state === "done")
    await onNew(training.detector);
}

function row(detector, onChange) {
  const item = document.createElement("li");
  const what = document.createElement("span");
  const keep = document.createElement("button");
  const recipe = detector.recipe;

  what.className = "what";
  what.textContent = `${detector.name}: "${recipe.normal_words}" against "${recipe.anomalous_words}", ${recipe.pairs} pairs, ` +
    `preset ${recipe.preset}, seed ${recipe.seed}`;
  keep.type = "button";
  keep.textContent = "Download";
  keep.setAttribute("aria-label", `Download ${detector.name}`);
  keep.addEventListener("click", async () => {
    try {
      const response = await call(`v1/detectors/${detector.id}`);
      save(`${detector.name.replace(/[^\w.-]+/g, "_")}.safetensors`, "application/octet-stream", [await response.blob()]);
    } catch (error) {
      trouble(error.message);
    }
  });
  item.append(what, keep);
  if (detector.trained_here) {
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove ${detector.name}`);
    remove.addEventListener("click", async () => {
      await call(`v1/detectors/${detector.id}`, { method: "DELETE" }).catch((error) => trouble(error.message));
      await onChange();
    });
    item.append(remove);
  }
  return item;
}

export function listDetectors(detectors, onChange) {
  const empty = document.createElement("li");
  empty.textContent = "None yet: train one above, or start the service with --detector.";
  byId("detectors").replaceChildren(...(detectors.length ? detectors.map((detector) => row(detector, onChange)) : [empty]));
}

// onNew(id): a detector was made.
export function listenToTraining(info, onNew) {
  byId("train-section").hidden = !info.training;
  byId("pairs").max = info.limits.training_pairs;
  byId("train").addEventListener("submit", async (event) => {
    const wanted = {
      preset: byId("preset").value, pairs: Number(byId("pairs").value), seed: Number(byId("seed").value),
      normal_words: byId("normal-words").value, anomalous_words: byId("anomalous-words").value,
    };
    event.preventDefault();
    if (byId("train-name").value)
      wanted.name = byId("train-name").value;
    try {
      trouble(null);
      await watch(await (await call("v1/trainings", asJson(wanted))).json(), onNew);
    } catch (error) {
      byId("train-state").textContent = `The training could not be started or watched: ${error.message}`;
      byId("train-start").disabled = false;
    }
  });
}
