// Keys, signed notes, checkpoints (docs/spec/note-and-checkpoint.md); the tree and its proofs (docs/spec/tree.md).

const SIGNATURE_LINE = "\u2014 ";
const MAX_SIGNATURES = 100;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function isKeyName(name) {
  return name !== "" && !/[\p{White_Space}\u0000-\u001f\u007f-\u009f+]/u.test(name);
}

function keyHash(name, type, key) {
  return toHex(sha256(concat(toBytes(name), Uint8Array.of(10, type), key)).slice(0, 4));
}

/** A key from its vkey; rejects what the specification would not write so. */
function readVkey(vkey) {
  const bad = (why) => reject("BadKey", `The key in the file is unusable: ${why}.`);
  const parts = vkey.split("+");
  if (parts.length < 3) bad("it is not name+hash+key");
  const [name, hash] = parts;
  const data = fromBase64(parts.slice(2).join("+"), 33);
  if (!data || data[0] !== 1) bad("it is no Ed25519 key");
  const key = data.slice(1);
  if (!isKeyName(name)) bad("its name is empty or holds a space, control character or plus");
  if (!usablePoint(key)) bad("it is no point of the curve in its one spelling, or of small order");
  if (keyHash(name, 1, key) !== hash) bad("its hash does not fit");
  return { name, hash, key, vkey, id: `${name}+${hash}` };
}

/** The note of a text, or the reason why it is none. */
function readNote(note) {
  const fail = (why) => ({ problem: why });
  const split = note.lastIndexOf("\n\n");
  if (split < 0) return fail("no blank line before the signatures");
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2);
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(text)) return fail("the text holds a control character");
  if (!lines.endsWith("\n")) return fail("no newline at the end");
  const signatures = lines.slice(0, -1).split("\n").map(readSignature);
  if (signatures.includes(null)) return fail("a line is no signature");
  if (signatures.length > MAX_SIGNATURES) return fail("over 100 signatures");
  return { text, signatures };
}

function readSignature(line) {
  if (!line.startsWith(SIGNATURE_LINE)) return null;
  const rest = line.slice(SIGNATURE_LINE.length);
  const space = rest.indexOf(" ");
  const name = rest.slice(0, space);
  const data = space < 0 ? null : fromBase64(rest.slice(space + 1));
  if (!data || data.length <= 4 || !isKeyName(name)) return null;
  return { name, hash: toHex(data.slice(0, 4)), bytes: data.slice(4), line };
}

/** Whether the first line of that key holds; null if the note has none. */
async function noteHolds(note, key) {
  const mine = note.signatures.find((line) => line.name === key.name && line.hash === key.hash);
  return mine ? signatureHolds(key.key, toBytes(note.text), mine.bytes) : null;
}

/** The note by the key, or a rejection of that class. */
async function signedNote(text, key, kind, what) {
  const note = readNote(text);
  if (note.problem) reject(kind, `${what}: malformed note: ${note.problem}.`);
  const holds = await noteHolds(note, key);
  if (holds === null) reject(kind, `${what}: it bears no signature by the key ${key.id}.`);
  if (!holds) reject(kind, `${what}: the signature by the key ${key.id} does not hold.`);
  return note;
}

/** Origin, size and root of a checkpoint's text; null if it is none. */
function readCheckpoint(text) {
  const lines = text.slice(0, -1).split("\n");
  if (!text.endsWith("\n") || lines.length < 3 || lines.includes("")) return null;
  const [origin, digits, base64] = lines;
  const size = decimal(digits);
  const root = fromBase64(base64, 32);
  return size === null || !root ? null : { origin, size, root };
}

function leafHash(leaf) {
  return sha256(concat(Uint8Array.of(0), leaf));
}

function nodeHash(left, right) {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/** The tlog-proof of a text; null if it is none. */
function readProof(text) {
  const split = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(split, 0)).split("\n");
  if (split < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") return null;
  let extra = null;
  if (lines.length && lines[0].startsWith("extra ")) {
    extra = fromBase64(lines.shift().slice(6));
    if (!extra) return null;
  }
  const first = lines.shift();
  const index = first?.startsWith("index ") ? decimal(first.slice(6)) : null;
  const hashes = lines.map((line) => fromBase64(line, 32));
  if (index === null || hashes.includes(null) || hashes.length > 63) return null;
  return { extra, index, hashes, checkpoint: text.slice(split + 2) };
}

/** RFC 9162, section 2.1.3.2: "holds", "outside", "length" or "root". */
function inclusion(leaf, index, size, proof, root) {
  if (index >= size) return "outside";
  let [node, last, hash] = [index, size - 1n, leaf];
  for (const sibling of proof) {
    if (last === 0n) return "length";
    if (node & 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while (!(node & 1n) && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  if (last !== 0n) return "length";
  return same(hash, root) ? "holds" : "root";
}

/** RFC 9162, section 2.1.4.2: whether the tree of `old` leaves is the beginning of that of `size`. */
function consistent(old, oldRoot, size, root, proof) {
  if (old === size) return proof.length === 0 && same(oldRoot, root);
  const path = [...proof];
  const isPower = (old & (old - 1n)) === 0n;
  if (!isPower && path.length === 0) return false;
  let [node, last] = [old - 1n, size - 1n];
  while (node & 1n) [node, last] = [node >> 1n, last >> 1n];
  const first = isPower ? oldRoot : path.shift();
  let [oldHash, hash] = [first, first];
  for (const sibling of path) {
    if (last === 0n) return false;
    if (node & 1n || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      hash = nodeHash(sibling, hash);
      while (!(node & 1n) && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && same(oldHash, oldRoot) && same(hash, root);
}
