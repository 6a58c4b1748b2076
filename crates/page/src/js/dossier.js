// From untrusted bytes to a verified dossier, step by step as docs/spec/dossier.md lists them.

const LIMITS = {
  bytes: 268435456, records: 100000, fields: 10000, claims: 10000, attachments: 10000,
  known: 1000, history: 1000, tokens: 16, tokenBytes: 65536, pseudonym: 64,
};
const VERSIONS = { "onus-dossier/1": 1, "onus-dossier/2": 2 };
const BODY = ["case", "created", "tool", "vkey", "checkpoint", "records", "claims", "attachments", "limits", "faults"];
const BODY_TWO = [...BODY, "known", "history", "tokens"];
const RECORD = ["index", "source", "ordinal", "offset", "length", "format", "fields", "raw", "proof"];
const WEIGHS = ["for", "against", "open"];
const KNOWN = ["faults", "gap", "log_cleared", "clock_changed", "agreement", "coverage"];

const TAGS = Object.fromEntries(["field", "raw", "leaf"].map((tag) => [tag, lp(toBytes(`onus/v1/${tag}`))]));

/** Verifies the bytes of a dossier; rejects with a `Rejection`. `progress` gets a share from 0 to 1. */
async function verifyDossier(bytes, progress = async () => {}) {
  const { file, version, written } = readFile(bytes);
  const body = objectOf(file.body, "body", version === 1 ? BODY : BODY_TWO);
  const key = readVkey(textOf(body, "vkey", "body"));
  const signed = textOf(body, "checkpoint", "body");
  const head = await signedNote(signed, key, "BadCheckpoint", "The checkpoint");
  const checkpoint = readCheckpoint(head.text);
  if (!checkpoint) reject("BadCheckpointText", "The checkpoint's text is malformed.");
  const note = await signedNote(textOf(file, "note", "dossier"), key, "BadNote", "The dossier's note");
  if (note.signatures.length !== 1) malformed("note", "more than one signature");
  const digest = toBase64(sha256(toBytes(written)));
  if (note.text !== `${checkpoint.origin}\n${file.format}\n${digest}\n`) {
    reject("BodyChanged", "The note signs another body: the dossier was changed after it was signed.");
  }
  for (const member of ["case", "created", "tool"]) textOf(body, member, "body");
  const records = await readRecords(body, signed, checkpoint, version, progress);
  const claims = readClaims(body, records);
  const attachments = readAttachments(body);
  const limits = textsOf(listOf(body, "limits", "body"), "body.limits");
  const more = version === 1 ? { known: [], history: [], tokens: [] } : await readMore(body, checkpoint, key, progress);
  const { case: name, created, tool, faults } = body;
  const cosigned = head.signatures.filter((line) => line.name !== key.name || line.hash !== key.hash).length;
  return {
    digest: toHex(sha256(bytes)), version, key, checkpoint, cosigned, name, created, tool, faults, limits, records,
    claims, attachments, ...more,
  };
}

function readFile(bytes) {
  if (bytes.length > LIMITS.bytes) reject("TooLarge", "The file is over 256 MiB.");
  const text = fromUtf8(bytes);
  let file = null;
  try {
    file = JSON.parse(text ?? "");
  } catch {
    notJson();
  }
  checkReadable(file, 0);
  if (!isObject(file) || !Object.hasOwn(file, "format") || typeof file.format !== "string") notJson();
  if (!Object.hasOwn(VERSIONS, file.format)) {
    if (!file.format.startsWith("onus-dossier/")) notJson();
    reject("UnknownVersion", `The dossier's format ${JSON.stringify(file.format)} is unknown to this page.`);
  }
  // The body is by far the largest member, and its text is wanted once more.
  const written = canonical(file.body ?? null, 1);
  const members = Object.keys(file).sort();
  const textOfMember = (name) => (name === "body" ? written : canonical(file[name], 1));
  if (`{${members.map((name) => `${JSON.stringify(name)}:${textOfMember(name)}`).join(",")}}` !== text) secondSpelling();
  return { file: objectOf(file, "dossier", ["format", "body", "note"]), version: VERSIONS[file.format], written };
}

async function readRecords(body, signed, checkpoint, version, progress) {
  const list = listOf(body, "records", "body", LIMITS.records);
  const records = new Map();
  let last = -1n;
  for (const [at, value] of list.entries()) {
    const record = readRecord(value, `records[${at}]`, version);
    if (record.index <= last) reject("DuplicateRecord", `Record ${record.index} stands twice or out of order.`);
    last = record.index;
    checkRecord(record, signed, checkpoint);
    records.set(record.index, record);
    await progress((at + 1) / list.length);
  }
  return records;
}

function readRecord(value, place, version) {
  objectOf(value, place, RECORD);
  const fields = listOf(value, "fields", place, LIMITS.fields);
  const number = (member) => wholeNumber(value[member], `${place}.${member}`);
  const record = { index: number("index"), source: digestOf(textOf(value, "source", place), place) };
  for (const member of ["ordinal", "offset", "length"]) record[member] = number(member);
  record.format = textOf(value, "format", place);
  record.fields = fields.map((field, at) => readField(field, `${place}.fields[${at}]`, version));
  record.raw = readRaw(value.raw, `${place}.raw`);
  record.proof = textOf(value, "proof", place);
  record.whole = record.fields.every((field) => field.name !== undefined);
  return record;
}

function digestOf(hex, place) {
  return fromHex(hex, 32) ?? malformed(place, "not a digest");
}

function saltOf(object, place) {
  return fromHex(textOf(object, "salt", place), 16) ?? malformed(place, "not a salt");
}

function readField(value, place, version) {
  const has = (member) => isObject(value) && Object.hasOwn(value, member);
  if (version >= 2 && has("pseudonym")) {
    objectOf(value, place, ["hidden", "pseudonym"]);
    const pseudonym = textOf(value, "pseudonym", place);
    const length = [...pseudonym].length;
    if (length < 1 || length > LIMITS.pseudonym || CONTROL.test(pseudonym)) malformed(place, "not a pseudonym");
    return { commitment: digestOf(textOf(value, "hidden", place), place), pseudonym };
  }
  if (has("hidden")) {
    objectOf(value, place, ["hidden"]);
    return { commitment: digestOf(textOf(value, "hidden", place), place) };
  }
  objectOf(value, place, ["name", "type", "value", "salt"]);
  const [type, text] = [textOf(value, "type", place), textOf(value, "value", place)];
  if (!isValue(type, text)) malformed(place, "not a value in its one spelling");
  const name = textOf(value, "name", place);
  const salt = saltOf(value, place);
  const parts = [salt, toBytes(name), toBytes(type), toBytes(text)].map(lp);
  return { name, type, text, commitment: sha256(concat(TAGS.field, ...parts)) };
}

/** Whether a text is the one spelling of a value of the type (docs/spec/record.md). */
function isValue(type, text) {
  const whole = (low, high) => {
    if (!/^(0|-?[1-9][0-9]{0,19})$/.test(text)) return false;
    return BigInt(text) >= low && BigInt(text) < high;
  };
  switch (type) {
    case "null": return text === "";
    case "bool": return text === "true" || text === "false";
    case "int": return whole(-(2n ** 63n), 2n ** 63n);
    case "uint": return whole(0n, 2n ** 64n);
    case "float": return String(Number(text)) === text;
    default: return type === "text";
  }
}

function readRaw(value, place) {
  if (isObject(value) && Object.hasOwn(value, "hidden")) {
    objectOf(value, place, ["hidden"]);
    return { commitment: digestOf(textOf(value, "hidden", place), place) };
  }
  objectOf(value, place, ["bytes", "salt"]);
  const bytes = fromBase64(textOf(value, "bytes", place)) ?? malformed(place, "not base64");
  return { bytes, commitment: sha256(concat(TAGS.raw, lp(saltOf(value, place)), lp(bytes))) };
}

function checkRecord(record, signed, checkpoint) {
  const { index } = record;
  const names = new Set();
  for (const { name } of record.fields) {
    if (name !== undefined && names.has(name)) {
      reject("DuplicateField", `Record ${index}: the field ${JSON.stringify(name)} stands twice.`);
    }
    names.add(name);
  }
  const proof = readProof(record.proof);
  if (!proof) malformed(`record ${index}`, "bad tlog-proof");
  if (proof.checkpoint !== signed || proof.extra) {
    reject("ProofOfAnotherTree", `The proof of record ${index} belongs to another tree.`);
  }
  if (proof.index !== index) reject("ProofOfAnotherLeaf", `The proof of record ${index} is that of another leaf.`);
  switch (inclusion(leafHash(leafOf(record)), index, checkpoint.size, proof.hashes, checkpoint.root)) {
    case "outside":
      return reject("OutsideTree", `Record ${index} lies outside the tree of ${checkpoint.size} leaves.`);
    case "length":
      return reject("WrongTreeSize", `The proof of record ${index} does not fit the tree's size.`);
    case "root":
      return reject("NotInTree", `Record ${index} does not lead to the root of the tree.`);
  }
}

function leafOf(record) {
  const fields = record.fields.map((field) => field.commitment);
  return concat(
    TAGS.leaf, u64(record.index), record.source, u64(record.ordinal), u64(record.offset), u64(record.length),
    lp(toBytes(record.format)), u64(fields.length), ...fields, record.raw.commitment,
  );
}

function readClaims(body, records) {
  const ids = new Set();
  return listOf(body, "claims", "body", LIMITS.claims).map((value, at) => {
    const place = `claims[${at}]`;
    if (!isObject(value)) malformed(place, "not an object");
    const cites = listOf(value, "cites", place);
    const claim = { id: textOf(value, "id", place), kind: textOf(value, "kind", place), json: value };
    if (!Object.hasOwn(value, "params") || !isObject(value.params)) malformed(place, "params is not an object");
    claim.params = value.params;
    claim.sentence = textOf(value, "sentence", place);
    claim.cites = cites.map((record) => wholeNumber(record, place));
    claim.restsOn = textsOf(listOf(value, "rests_on", place), place);
    if (ids.has(claim.id)) reject("DuplicateClaim", `The claim ${JSON.stringify(claim.id)} stands twice.`);
    ids.add(claim.id);
    const absent = claim.cites.find((record) => !records.has(record));
    if (absent !== undefined) {
      reject("AbsentRecord", `The claim ${JSON.stringify(claim.id)} cites record ${absent}, which is not in the dossier.`);
    }
    return claim;
  });
}

function readAttachments(body) {
  if (!isObject(body.attachments)) malformed("body.attachments", "not an object");
  const members = Object.entries(body.attachments).sort(([one], [other]) => (one < other ? -1 : 1));
  if (members.length > LIMITS.attachments) reject("TooLarge", "Too large: attachments.");
  const attachments = new Map();
  for (const [digest, text] of members) {
    if (typeof text !== "string") malformed("body.attachments", "not a string");
    if (toHex(sha256(toBytes(text))) !== digest) {
      reject("AttachmentChanged", `The attachment ${digest} does not have that digest.`);
    }
    attachments.set(digest, text);
  }
  return attachments;
}

function textsOf(list, place) {
  if (!list.every((text) => typeof text === "string")) malformed(place, "not a string");
  return list;
}

async function readMore(body, head, key, progress) {
  const known = listOf(body, "known", "body", LIMITS.known).map((value, at) => readKnown(value, `body.known[${at}]`));
  const items = listOf(body, "history", "body", LIMITS.history);
  const history = items.map((value, at) => readEarlier(value, `body.history[${at}]`));
  const tokens = readTokens(body, "body");
  let last = 0n;
  for (const earlier of history) {
    const { checkpoint } = await readHistory(earlier, head, key, last);
    Object.assign(earlier, checkpoint);
    last = earlier.size;
    await progress(1);
  }
  for (const { size, root, consistency } of history) {
    if (!consistent(size, root, head.size, head.root, consistency)) {
      reject("NotAPrefix", `The earlier tree of ${size} leaves is not the beginning of the dossier's.`);
    }
  }
  return { known, history, tokens };
}

function readKnown(value, place) {
  objectOf(value, place, ["text", "weighs", "what"]);
  const [weighs, what] = [textOf(value, "weighs", place), textOf(value, "what", place)];
  if (!WEIGHS.includes(weighs) || !KNOWN.includes(what)) malformed(place, "an unknown word");
  return { weighs, what, text: textOf(value, "text", place) };
}

function readEarlier(value, place) {
  objectOf(value, place, ["checkpoint", "consistency", "tokens"]);
  const consistency = listOf(value, "consistency", place).map((hash) => digestOf(hash, place));
  return { signed: textOf(value, "checkpoint", place), consistency, tokens: readTokens(value, place) };
}

function readTokens(object, place) {
  return listOf(object, "tokens", place, LIMITS.tokens).map((token) => {
    const bytes = fromBase64(token) ?? malformed(place, "not base64");
    if (bytes.length > LIMITS.tokenBytes) reject("TooLarge", "Too large: a token.");
    return bytes;
  });
}

async function readHistory({ signed }, head, key, last) {
  const bad = () => reject("BadHistory", "An earlier checkpoint is malformed, not signed, or out of order.");
  const note = readNote(signed);
  if (note.problem || !(await noteHolds(note, key))) bad();
  const checkpoint = readCheckpoint(note.text);
  if (!checkpoint) bad();
  const { origin, size } = checkpoint;
  if (origin !== head.origin || size <= last || size > head.size) bad();
  return { checkpoint };
}
