// api.js - how does the page talk to the service?

const patience = 20; // times a busy service (429, 503) is asked again

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

let asking = null; // one dialog, however many requests want the token

function askToken() {
  asking ??= new Promise((done) => {
    const dialog = document.getElementById("ask-token");
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("rwda-token", document.getElementById("token").value.trim());
      asking = null;
      done();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

async function problemOf(response) {
  let detail = `${response.status} ${response.statusText}`;
  try {
    detail = (await response.json()).detail ?? detail;
  } catch { /* not JSON: the status line has to do */ }
  return new Problem(response.status, detail);
}

// fetch() that knows the token, waits when the service is busy, and throws a Problem for any other refusal.
export async function call(path, options = {}) {
  for (let tries = 0; ; tries++) {
    const token = sessionStorage.getItem("rwda-token");
    const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    let response;
    try {
      response = await fetch(path, { ...options, headers });
    } catch (error) {
      if (error.name === "AbortError")
        throw error;
      throw new Problem(0, "The service does not answer.");
    }
    if (response.ok)
      return response;
    if (response.status === 401 && tries < patience) {
      await askToken();
    } else if ((response.status === 429 || response.status === 503) && tries < patience) {
      await wait(Number(response.headers.get("Retry-After")) || 1);
    } else {
      throw await problemOf(response);
    }
  }
}

export const get = async (path) => (await call(path)).json();

export function save(name, type, parts) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// "?a=b&c=d" of what is not empty.
export function query(values) {
  const used = Object.entries(values).filter(([, value]) => value !== "" && value != null);
  return used.length ? "?" + new URLSearchParams(used) : "";
}

export function trouble(text) {
  const box = document.getElementById("trouble");
  box.textContent = text ?? "";
  box.hidden = !text;
}
