// What the page does when it is opened, or when a file is dropped on it.

/** The bytes of the dossier that the page carries; empty where it carries none. */
function carriedBytes(data) {
  return toBytes(unescapeData(data));
}

/** Undoes the escape of `<` in the data block (docs/spec/page.md). */
function unescapeData(data) {
  return data.replace(/\\u003c|\\[^]/g, (found) => (found === "\\u003c" ? "<" : found));
}

globalThis.onusVerifier = { verifyDossier };

async function start() {
  const main = document.getElementById("page");
  const data = document.getElementById("dossier").textContent;
  if (!data.trim()) {
    main.textContent = "No dossier.";
    return;
  }
  try {
    const dossier = await verifyDossier(carriedBytes(data));
    main.textContent = `Verified: ${dossier.records.size} records under the key ${dossier.key.id}.`;
  } catch (error) {
    main.textContent = `Rejected: ${error.kind ?? ""} ${error.message}`;
  }
}

if (globalThis.document?.getElementById("page")) start();
