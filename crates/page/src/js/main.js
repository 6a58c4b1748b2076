// What the page does when it is opened, or when files are dropped on it.

// In two pieces, since the page itself must hold this text but once.
const DATA_TAG = '<script type="application/json"' + ' id="dossier">';

/** Undoes the escape of `<` in the data block (docs/spec/page.md). */
function unescapeData(data) {
  return data.replace(/\\u003c|\\[^]/g, (found) => (found === "\\u003c" ? "<" : found));
}

/** The bytes of the dossier in a file: the file itself, or what a page carries. */
function carriedBytes(bytes) {
  const text = fromUtf8(bytes) ?? "";
  if (!/^\ufeff?[ \t\n\f\r]*</.test(text)) return bytes;
  const [, data, ...more] = text.split(DATA_TAG);
  const content = data?.split("<")[0] ?? "";
  if (data === undefined || more.length || content.trim() === "") {
    reject("NotADossier", "This page carries no dossier, or more than one.");
  }
  return toBytes(unescapeData(content));
}

/** Verifies and recomputes; lets the browser breathe, and tells `show` the share that is done. */
async function check(bytes, show = () => {}) {
  let last = performance.now();
  const breathe = (from, to) => async (share) => {
    if (performance.now() - last < 80) return;
    show(from + (to - from) * share);
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
  const dossier = await verifyDossier(carriedBytes(bytes), breathe(0, 0.7));
  return { dossier, assessed: await assess(dossier, breathe(0.7, 1)) };
}

/** The verdict in data, for tests and tools: class and message, or rungs by claim with the verifier's sentences. */
async function verdict(bytes) {
  try {
    const { dossier, assessed } = await check(bytes);
    const claims = assessed.map(({ claim, outcome, sentence }) => [claim.id, { rung: outcome.rung, why: outcome.why, sentence }]);
    return { verdict: "verified", claims: Object.fromEntries(claims), digest: dossier.digest };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { verdict: "rejected", class: error.kind, what: error.message };
  }
}

globalThis.onusVerifier = { verdict, verifyDossier, standing, ed25519Holds, sha256 };

/** The page with what was checked last, and the notes that came beside it. */
class Page {
  constructor(main) {
    this.main = main;
    this.checked = null;
    this.notes = [];
  }

  show(...children) {
    this.main.replaceChildren(el("h1", "", "Onus dossier"), ...children.flat(Infinity).filter((child) => child), this.chooser());
  }

  chooser() {
    const input = el("input", "");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => this.take([...input.files]));
    const label = el("label", "", "Check another file: a dossier (.json or .html), or notes on this one. Choose it, or drop it anywhere on this page. ", input);
    return el("div", "chooser", label);
  }

  async open(bytes) {
    const bar = el("progress", "");
    const line = el("p", "", "Checking every signature, proof and claim … ", bar);
    this.show(line);
    try {
      this.checked = await check(bytes, (share) => (bar.value = share));
      this.notes = [];
      this.showChecked();
    } catch (error) {
      this.checked = null;
      this.show(rejectedView(error));
    }
    document.body.dataset.done = this.checked ? "verified" : "rejected";
  }

  showChecked() {
    const { dossier, assessed } = this.checked;
    unfilled.clear();
    this.show(dossierView(dossier, assessed, this.notes));
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
    setTimeout(fillAll);
  }

  /** Files that came: notes beside a dossier, else a dossier. */
  async take(files) {
    for (const file of files) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const isNote = /^onus-(verdict|contest)\//.test(fromUtf8(bytes.slice(0, 32)) ?? "");
      if (!isNote) await this.open(bytes);
      else if (this.checked) this.notes.push({ from: file.name, ...standing(bytes, this.checked.dossier) });
      else this.show(el("p", "", "This is a note on a dossier. Give the dossier first."));
    }
    if (this.checked) this.showChecked();
  }
}

/** A link to something folded away opens it. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

function start() {
  const page = new Page(document.getElementById("page"));
  addEventListener("hashchange", openTarget);
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    page.take([...event.dataTransfer.files]);
  });
  addEventListener("beforeprint", () => {
    for (const item of unfilled.keys()) fill(item);
    document.querySelectorAll("details").forEach((one) => (one.open = true));
  });
  const data = document.getElementById("dossier").textContent;
  if (data.trim()) page.open(toBytes(unescapeData(data)));
  else page.show(el("p", "", "This page checks a dossier in your browser. It sends nothing anywhere."));
}

if (globalThis.document?.getElementById("page")) start();
