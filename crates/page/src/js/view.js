// The page's elements. Texts go in by textContent alone; nothing of a dossier becomes markup.

/** An element with a class, and children that are elements or texts. */
function el(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Pairs of a term and what it is. */
function pairs(entries, className) {
  return el("dl", className, entries.flatMap(([term, value]) => [el("dt", "", term), el("dd", "", value)]));
}

function list(items, className) {
  return el("ul", className, items.map((item) => el("li", "", item)));
}

function section(title, ...children) {
  return el("section", "", el("h2", "", title), children);
}

function link(target, text) {
  const anchor = el("a", "", text);
  anchor.href = `#${target}`;
  return anchor;
}

function details(title, ...children) {
  return el("details", "", el("summary", "", title), children);
}

/** Elements whose content is not made yet, with what makes it: there may be thousands that nobody opens. */
const unfilled = new Map();

/** A folded element whose content is made when it is opened, or when the page has nothing else to do. */
function detailsLater(title, make) {
  const item = details(title);
  unfilled.set(item, make);
  item.addEventListener("toggle", () => fill(item));
  return item;
}

function fill(item) {
  const make = unfilled.get(item);
  unfilled.delete(item);
  if (make) item.append(...make());
}

/** Fills what is left bit by bit, so that a search in the page finds all of it. */
function fillAll() {
  const begun = performance.now();
  for (const item of unfilled.keys()) {
    if (performance.now() - begun > 20) return void setTimeout(fillAll);
    fill(item);
  }
}

function count(number, one, many) {
  return `${grouped(number)} ${number === 1 || number === 1n ? one : many}`;
}

function rejectedView(error) {
  const kind = error instanceof Rejection ? error.kind : "Failed";
  const meaning = CLASSES[kind] ?? "The page itself failed. That says nothing for or against the file.";
  return [
    el("p", "verdict bad", el("strong", "", "This dossier does not hold. Believe nothing in it.")),
    el("p", "", error.message),
    el("p", "", meaning),
    el("p", "fine", `Class: ${kind}. Nothing of the file’s content is shown, as none of it can be relied on.`),
  ];
}

function tally(assessed) {
  const numbers = [3, 2, 1, 0].map((rung) => assessed.filter(({ outcome }) => outcome.rung === rung).length);
  const words = ["corroborated by two sensors", "recomputed here", "sealed, not recomputed", "baseless"];
  return numbers.map((number, at) => [number, words[at]]).filter(([number]) => number > 0);
}

/** What one reads first. */
function verdictView(dossier, assessed) {
  const baseless = assessed.some(({ outcome }) => outcome.rung === 0);
  const rungs = tally(assessed).map(([number, words]) => `${grouped(number)} ${words}`).join(", ");
  return [
    el(
      "p", baseless ? "verdict mixed" : "verdict good",
      el("strong", "", "The file is whole and signed, and its records are in the sealed tree."),
      assessed.length ? ` Of ${count(assessed.length, "claim", "claims")}: ${rungs}.` : " It makes no claims.",
    ),
    el("p", "fine", "This was worked out in your browser just now, without a network. It does not say who holds the key."),
    pairs([
      ["Case, in its maker’s words", dossier.name],
      ["Signed by the key", el("code", "", dossier.key.id)],
      ["The whole key, to be compared by another channel", el("code", "", dossier.key.vkey)],
      ["Made, by the maker’s clock", `${dossier.created}, with ${dossier.tool}`],
      ["Sealed tree", `${count(dossier.checkpoint.size, "record", "records")}, of which ${grouped(dossier.records.size)} are shown at least in part`],
      ["Root of the tree", el("code", "", toHex(dossier.checkpoint.root))],
      ["Time", timeWords(dossier)],
      ["SHA-256 of the dossier", el("code", "", dossier.digest)],
    ], "facts"),
  ];
}

function timeWords({ tokens, history, cosigned }) {
  const some = tokens.length + history.reduce((sum, earlier) => sum + earlier.tokens.length, 0);
  const parts = [
    some ? `${count(some, "time-stamp token is", "time-stamp tokens are")} carried; this page does not check them` : "no time-stamp token: nobody independent says when it was sealed",
  ];
  if (cosigned) parts.push(`${count(cosigned, "further signature stands", "further signatures stand")} on the seal; this page does not know whose`);
  return `${parts.join(". ")}.`;
}

function historyView({ history }) {
  if (!history.length) return null;
  const rows = history.map(({ size }) => `A seal over the first ${count(size, "record", "records")}: the tree only grew since.`);
  return section("Earlier seals", el("p", "", "Each was checked to be the beginning of the same tree."), list(rows));
}

function limitsView({ limits, known, faults }) {
  const weighs = known.map(({ weighs, text }) => [el("span", `weighs ${weighs}`, WEIGHT_WORDS[weighs]), " ", text]);
  return [
    section("What this cannot show", list(NEVER_SHOWN), limits.length ? [el("p", "", "Its maker adds:"), list(limits)] : null),
    known.length ? section("For and against the evidence, in its maker’s words", list(weighs, "plain")) : null,
    faults && JSON.stringify(faults) !== "{}" ? details("What could not be read, in its maker’s words", el("pre", "", JSON.stringify(faults, null, 2))) : null,
  ];
}

/** A claim with its rung and what it rests on. */
function claimView({ claim, outcome, sentence }, place, opinions) {
  const [word, meaning] = RUNGS[outcome.rung];
  const cites = claim.cites.slice(0, 50).map((record) => [link(`record-${record}`, `record ${record}`), " "]);
  const more = claim.cites.length > 50 ? `and ${grouped(claim.cites.length - 50)} more` : null;
  const others = claim.restsOn.map((digest) => [link(`text-${digest}`, digest.length === 64 ? `text ${digest.slice(0, 12)}…` : digest), " "]);
  const item = el(
    "article", `claim rung-${outcome.rung}`,
    el("h3", "", link(`claim-${place}`, claim.id), " ", el("span", "badge", word)),
    el("p", "sentence", sentence),
    el("p", "fine", `${word}: ${meaning}.`, outcome.rung >= 2 ? null : ` Why: ${outcome.why}.`),
    el("p", "fine", "Rests on: ", cites, more, others),
    claim.sentence === sentence ? null : details("The maker’s own words", el("p", "", claim.sentence)),
    typeof claim.json.would_raise === "string" && claim.json.would_raise
      ? el("p", "fine", `What would raise it: ${claim.json.would_raise}.`) : null,
    Array.isArray(claim.json.redacted) && claim.json.redacted.length
      ? el("p", "fine", `Replaced by pseudonyms, in its maker’s words: ${claim.json.redacted.join(", ")}.`) : null,
    opinions.filter(({ claims }) => claims.some(({ id }) => id === claim.id)).map((opinion) => opinionLine(opinion, claim.id)),
  );
  item.id = `claim-${place}`;
  return item;
}

function opinionLine(opinion, id) {
  const signer = `in the name of ${opinion.key}, a key that is known to nobody here`;
  if (opinion.kind === "contest") {
    return el("p", "opinion", `Contested ${signer}: ${REASONS[opinion.reason]}. `, opinion.text.map((line) => el("q", "", line)));
  }
  const { outcome, seen } = opinion.claims.find((claim) => claim.id === id);
  const from = seen === "raw" ? "from the whole records" : "from what is disclosed";
  return el("p", "opinion", `Recomputed ${signer}, ${from}: ${outcome}.`);
}

/** A record: shown fields with their values, the others as hidden. */
function recordView(record) {
  const title = el("span", "", `Record ${record.index}`, " ", el("span", "fine", summaryOf(record)));
  const item = detailsLater(title, () => recordBody(record));
  item.id = `record-${record.index}`;
  return item;
}

function recordBody(record) {
  const hidden = record.fields.filter(({ name, pseudonym }) => name === undefined && pseudonym === undefined).length;
  const shown = record.fields.filter(({ name, pseudonym }) => name !== undefined || pseudonym !== undefined);
  const rows = shown.map(({ name, text, type, pseudonym }) =>
    pseudonym === undefined
      ? [el("code", "", name), type === "null" ? el("em", "", "no value") : text]
      : [el("em", "", "hidden field"), el("span", "hiding", `pseudonym by its maker: ${pseudonym}`)]);
  if (hidden) rows.push([el("em", "", count(hidden, "field", "fields")), el("span", "hiding", "hidden")]);
  const raw = record.raw.bytes
    ? details(`Raw bytes (${grouped(record.raw.bytes.length)})`, el("pre", "", new TextDecoder().decode(record.raw.bytes)))
    : el("p", "fine", "Raw bytes: hidden.");
  return [
    el("p", "fine", `${record.format}, record ${record.ordinal} of the source with SHA-256 ${toHex(record.source)}, byte ${record.offset}, ${record.length} bytes. It is in the sealed tree.`),
    pairs(rows, "fields"), raw,
  ];
}

function summaryOf(record) {
  const event = new Event(knownFields(record));
  const time = event.time === undefined ? "no time shown" : writeMoment(event.time);
  return `${event.kind.replaceAll("_", " ")}, ${time}`;
}

function recordsView(dossier) {
  const all = [...dossier.records.values()];
  const shown = all.slice(0, 2000).map(recordView);
  const more = all.length > shown.length ? el("p", "", `${grouped(all.length - shown.length)} further records were verified and are not listed.`) : null;
  return section("Records", el("p", "", "What is hidden is sealed all the same: its value cannot be exchanged later."), shown, more);
}

function textsView({ attachments }) {
  if (!attachments.size) return null;
  const texts = [...attachments].map(([digest, text]) => {
    const title = /^title:\s*(.+)$/m.exec(text)?.[1] ?? "Text";
    const item = details(el("span", "", title, " ", el("span", "fine", digest.slice(0, 12) + "…")), el("pre", "", text));
    item.id = `text-${digest}`;
    return item;
  });
  return section("Rules and texts that claims rest on", texts);
}

function notesView(notes) {
  if (!notes.length) return null;
  const words = {
    stranger: "about this dossier; its key is known to nobody here, so its signature could not be checked",
    "another-dossier": "about another dossier: it says nothing of this one",
    malformed: "not a verdict or contest in its one form",
  };
  const lines = notes.map(({ from, standing, opinion, why }) =>
    `${from}: ${opinion ? `${opinion.kind} in the name of ${opinion.key}, ${opinion.made}; ` : ""}${words[standing]}${why ? ` (${why})` : ""}.`);
  const explain = "This page has no list of keys that you trust. “onus verify --policy” checks these signatures and says what counts.";
  return section("Notes that were dropped here", el("p", "", explain), list(lines));
}

function dossierView(dossier, assessed, notes) {
  const opinions = notes.filter(({ standing }) => standing === "stranger").map(({ opinion }) => opinion);
  return [
    verdictView(dossier, assessed),
    limitsView(dossier),
    notesView(notes),
    section("Claims", assessed.map((one, place) => claimView(one, place, opinions))),
    historyView(dossier),
    recordsView(dossier),
    textsView(dossier),
  ];
}
