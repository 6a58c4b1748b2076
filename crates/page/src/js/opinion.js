// Verdicts and contests (docs/spec/verdict.md). The page has no trust policy, so none of them counts for anything here.

const MAX_NOTE_BYTES = 1 << 20;
const OUTCOMES = ["holds", "needs-hidden", "unsupported", "differs"];
const SEEN = ["raw", "redacted"];
const REASONS = {
  "does-not-recompute": "the signer's computation does not give the claim",
  "contradicting-record": "a record says otherwise",
  "wrong-time": "a time is not what it is said to be",
  "wrong-address-holder": "an address, name or account was not that of whom the claim is taken to speak",
  "other-explanation": "something else explains the records",
};

/** Lines of a word, a space and a value, in order. */
class NoteLines {
  constructor(text) {
    this.lines = text.slice(0, -1).split("\n").slice(1);
    this.at = 0;
  }

  optional(word) {
    const line = this.lines[this.at];
    if (line === undefined || !line.startsWith(`${word} `)) return undefined;
    this.at++;
    const value = line.slice(word.length + 1);
    if (value === "" || CONTROL.test(value)) throw new RangeError("an empty value, or one with a control character");
    return value;
  }

  word(name) {
    const value = this.optional(name);
    if (value === undefined) throw new RangeError("a line is missing or out of order");
    return value;
  }

  digest(name) {
    return this.checked(this.word(name), (value) => fromHex(value, 32), "not a digest");
  }

  time(name) {
    return this.checked(this.word(name), isNoteTime, "not a time");
  }

  checked(value, fits, why) {
    if (!fits(value)) throw new RangeError(why);
    return value;
  }

  end() {
    if (this.at < this.lines.length) throw new RangeError("a line too many");
  }
}

function isNoteTime(text) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return false;
  const date = new Date(text);
  return date.getTime() >= 0 && date.toISOString() === text.replace("Z", ".000Z");
}

/** What a note says and in whose name; fails with a RangeError if it is not in its one form. */
function readOpinion(bytes) {
  if (bytes.length > MAX_NOTE_BYTES) throw new RangeError("over 1 MiB");
  const note = readNote(fromUtf8(bytes) ?? "");
  if (note.problem) throw new RangeError(note.problem);
  if (note.signatures.length !== 1) throw new RangeError("a wrong number of signatures");
  const lines = new NoteLines(note.text);
  const kind = note.text.split("\n")[0];
  const said = { "onus-verdict/1": readVerdict, "onus-contest/1": readContest }[kind];
  if (!said) throw new RangeError("neither a verdict nor a contest of a known version");
  const opinion = { kind: kind.slice(5, 12), note, dossier: lines.digest("dossier"), ...said(lines) };
  lines.end();
  const [{ name, hash }] = note.signatures;
  return { ...opinion, key: `${name}+${hash}` };
}

function readVerdict(lines) {
  const [made, tool] = [lines.time("made"), lines.word("tool")];
  const claims = [];
  for (let line = lines.optional("claim"); line !== undefined; line = lines.optional("claim")) {
    const found = /^(\S+) (\S+) ([^]+)$/.exec(line);
    const [outcome, seen, id] = found ? found.slice(1) : [];
    if (!OUTCOMES.includes(outcome) || !SEEN.includes(seen)) throw new RangeError("a claim without a known outcome");
    claims.push({ outcome, seen, id });
  }
  if (!claims.length) throw new RangeError("it names no claim");
  if (new Set(claims.map(({ id }) => id)).size < claims.length) throw new RangeError("a claim stands twice");
  return { made, tool, claims };
}

function readContest(lines) {
  const claims = [{ id: lines.word("claim") }];
  const reason = lines.checked(lines.word("reason"), (word) => Object.hasOwn(REASONS, word), "an unknown reason");
  const [made, tool] = [lines.time("made"), lines.word("tool")];
  const other = lines.optional("with");
  if (other !== undefined) lines.checked(other, (value) => fromHex(value, 32), "not a digest");
  const text = [];
  for (let line = lines.optional("text"); line !== undefined; line = lines.optional("text")) text.push(line);
  if (text.length > 100) throw new RangeError("over 100 lines of text");
  return { claims, reason, made, tool, with: other, text };
}

/** The standing of a note beside a dossier, as it is without a policy. */
function standing(bytes, dossier) {
  try {
    const opinion = readOpinion(bytes);
    return { standing: opinion.dossier === dossier.digest ? "stranger" : "another-dossier", opinion };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { standing: "malformed", why: error.message };
  }
}
