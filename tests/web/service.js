// service.js - how does a test get a running service, and end it?
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const rwda = resolve(process.env.RWDA ?? join(root, "build/release/rwda"));
export const folder = mkdtempSync(join(tmpdir(), "rwda-web-"));
export const pictures = ["good", "defect"].flatMap((kind) =>
  readdirSync(join(root, "samples", kind)).sort().map((name) => join(root, "samples", kind, name)));

export const boards = readdirSync(join(root, "samples_wood/normal")).sort().map((name) => join(root, "samples_wood/normal", name));
export const hole = join(root, "samples_wood/new/board_5_hole.jpg"); // of such a board

export const run = (...args) => execFileSync(rwda, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
// Where images are named by their file names alone, as the page names them.
export const runIn = (cwd, ...args) => execFileSync(rwda, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

// The command line's score of a picture.
export const scoreOf = (picture, ...options) => JSON.parse(run("score", "--model", "demo", "--quiet", ...options, picture)).score;

export async function serve(...options) {
  const child = spawn(rwda, ["serve", "--model", "demo", "--listen", "127.0.0.1:0", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: child.stderr });
  const url = await new Promise((done, fail) => {
    lines.on("line", (line) => {
      const event = line.startsWith("{") ? JSON.parse(line) : {};
      if (event.message === "listening")
        done(event.url);
    });
    child.once("exit", (code) => fail(new Error(`the service ended with ${code} before it listened`)));
  });
  return {
    url,
    stop: () => new Promise((done) => {
      child.removeAllListeners("exit");
      child.once("exit", done);
      child.kill("SIGTERM");
    }),
  };
}

export const tidy = () => rmSync(folder, { recursive: true });
