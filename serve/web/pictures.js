// pictures.js - where do pictures come from: dropped, chosen, pasted, or taken with the camera?
import { trouble } from "./api.js";

const byId = (id) => document.getElementById(id);
const endings = /\.(jpe?g|jpe|jfif|a?png|webp|tiff?|bmp|dib|p[bgpn]m|gif|jp2|j2[kc]|jp[cfx]|avifs?|hei[cf]|hif)$/i;
const looksLikePicture = (file) => file.type.startsWith("image/") || endings.test(file.name);

// Files below a dropped folder, each with its path.
async function filesOf(entry, path) {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [{ file, name: path + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader hands out some entries at a time
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0)
      return found;
    for (const child of some)
      found.push(...await filesOf(child, `${path}${entry.name}/`));
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0)
    return [...transfer.files].map((file) => ({ file, name: file.name }));
  return (await Promise.all(entries.map((entry) => filesOf(entry, "")))).flat();
}

function listenToCamera(add) {
  const video = byId("video");
  let taken = 0;

  async function open() {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
      byId("camera-panel").hidden = false;
      byId("shoot").focus();
    } catch (error) {
      trouble(navigator.mediaDevices ? `The camera cannot be used: ${error.message}`
        : "Browsers give the camera only to pages of this machine or over HTTPS.");
    }
  }
  function close() {
    for (const track of video.srcObject?.getTracks() ?? [])
      track.stop();
    video.srcObject = null;
    byId("camera-panel").hidden = true;
    byId("camera").focus();
  }
  function shoot() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => { // PNG: what the camera saw, without a second loss
      if (blob)
        add([{ file: blob, name: `camera-${++taken}.png` }]);
    }, "image/png");
  }
  byId("camera").addEventListener("click", open);
  byId("camera-off").addEventListener("click", close);
  byId("shoot").addEventListener("click", shoot);
}

const isMemory = ({ name }) => /\.safetensors$/i.test(name);

// Calls add([{file, name}]) with whatever the person brings; addNormals with what is dropped on the normal pictures' section or chosen there, and
// takeMemory(file) with a memory's file.
export function listenForPictures(add, addNormals, takeMemory) {
  const section = byId("normals-section");
  const zoneOf = (event) => section.contains(event.target) ? byId("drop-normals") : byId("drop");
  const take = (found) => {
    const pictures = found.filter(({ file }) => looksLikePicture(file));
    trouble(found.length > 0 && pictures.length === 0 ? "There was no image among these files." : null);
    if (pictures.length > 0)
      add(pictures);
  };
  const takeNormals = (found) => {
    const pictures = found.filter(({ file }) => looksLikePicture(file)), memory = found.find(isMemory);
    trouble(found.length > 0 && pictures.length === 0 && !memory ? "There was neither an image nor a memory among these files." : null);
    if (memory)
      takeMemory(memory.file);
    else if (pictures.length > 0)
      addNormals(pictures);
  };

  for (const [button, input, accept] of [["choose", "files", take], ["choose-folder", "folder", take],
    ["choose-normals", "normal-files", takeNormals], ["choose-memory", "memory-file", takeNormals]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", (event) => {
      accept([...event.target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
      event.target.value = "";
    });
  }
  for (const kind of ["dragenter", "dragover"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      zoneOf(event).classList.add("over");
    });
  for (const kind of ["dragleave", "drop"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      zoneOf(event).classList.remove("over");
    });
  document.addEventListener("drop", async (event) => {
    const accept = section.contains(event.target) ? takeNormals : take;
    try {
      accept(await dropped(event.dataTransfer));
    } catch (error) {
      trouble(`What was dropped cannot be read: ${error.message}`);
    }
  });
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length > 0)
      take(files.map((file) => ({ file, name: file.name })));
  });
  listenToCamera(take);
}
