// Rejections, and JSON in its one spelling (docs/spec/dossier.md, "Canonical form").

/** The first thing that does not hold, with its class. */
class Rejection extends Error {
  constructor(kind, what) {
    super(what);
    this.kind = kind;
  }
}

function reject(kind, what) {
  throw new Rejection(kind, what);
}

const MAX_LEVELS = 32;
/** Arrays and objects within each other; deeper texts are no JSON here. */
const MAX_JSON_LEVELS = 127;

function notJson() {
  reject("NotADossier", "This is not an Onus dossier.");
}

function secondSpelling() {
  reject("NonCanonical", "The file is not in canonical form: it was changed after it was written.");
}

/** Whether every text and number can stand in JSON as it is read here. */
function checkReadable(value, level) {
  if (level >= MAX_JSON_LEVELS && value !== null && typeof value === "object") notJson();
  if (typeof value === "string") {
    if (!isWellFormed(value)) notJson();
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) notJson();
  } else if (Array.isArray(value)) {
    for (const item of value) checkReadable(item, level + 1);
  } else if (value !== null && typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      if (!isWellFormed(name)) notJson();
      checkReadable(member, level + 1);
    }
  }
}

/** No half of a surrogate pair alone. */
function isWellFormed(text) {
  return !/[\uD800-\uDFFF]/.test(text) || !/\p{Surrogate}/u.test(text);
}

/** The one spelling of a value; rejects what has none. */
function canonical(value, level = 0) {
  if (level > MAX_LEVELS) secondSpelling();
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) secondSpelling();
    return String(value);
  }
  if (Array.isArray(value)) return "[" + value.map((item) => canonical(item, level + 1)).join(",") + "]";
  const members = Object.keys(value).sort();
  return "{" + members.map((name) => JSON.stringify(name) + ":" + canonical(value[name], level + 1)).join(",") + "}";
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function malformed(place, problem) {
  reject("Malformed", `${place}: ${problem}`);
}

/** An object with exactly these members. */
function objectOf(value, place, members) {
  if (!isObject(value)) malformed(place, "not an object");
  const found = Object.keys(value);
  if (found.length !== members.length || !members.every((member) => Object.hasOwn(value, member))) {
    malformed(place, "a member is missing or unknown");
  }
  return value;
}

function textOf(object, member, place) {
  const value = Object.hasOwn(object, member) ? object[member] : undefined;
  if (typeof value !== "string") malformed(`${place}.${member}`, "not a string");
  return value;
}

function listOf(object, member, place, most) {
  const value = Object.hasOwn(object, member) ? object[member] : undefined;
  if (!Array.isArray(value)) malformed(`${place}.${member}`, "not an array");
  if (most !== undefined && value.length > most) reject("TooLarge", `Too large: ${member}.`);
  return value;
}

/** A whole number of 64 bits as a BigInt: a number below 2^53, from there on its decimal digits. */
function wholeNumber(value, place) {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const number = typeof value === "string" ? decimal(value) : null;
  if (number === null || number < 2n ** 53n) malformed(place, "not an integer");
  return number;
}

/** An unsigned 64-bit number from its one decimal spelling, as a BigInt; null on any other text. */
function decimal(text) {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
  const number = BigInt(text);
  return number < 2n ** 64n ? number : null;
}
