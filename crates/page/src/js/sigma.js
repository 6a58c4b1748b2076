// Sigma rules evaluated on one partly known record (docs/spec/sigma.md).

/** Why a rule is not evaluated here. */
class RuleError extends Error {}

function badRule(why) {
  throw new RuleError(why);
}

const MAX_PATTERN = 16384;
const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];
const MAX_VARIANTS = 3125;

/** The caseless form: each character alone. */
function fold(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (c) => (c === "ſ" ? "s" : c === "ς" ? "σ" : c.toLowerCase())).join("");
}

// Wildcard patterns: lists of literal texts, MANY and ONE.
const MANY = Symbol("*");
const ONE = Symbol("?");

function glob(parts) {
  const out = [];
  for (const part of parts) {
    if (part === "" || (part === MANY && out.at(-1) === MANY)) continue;
    if (typeof part === "string" && typeof out.at(-1) === "string") out.push(out.pop() + part);
    else out.push(part);
  }
  return out;
}

/** Sigma text: `*`, `?`, and `\` before one of these or itself. */
function sigmaText(text) {
  const parts = [];
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\\" && /[*?\\]/.test(text[at + 1] ?? "")) parts.push(text[++at]);
    else parts.push(c === "*" ? MANY : c === "?" ? ONE : c);
  }
  return glob(parts);
}

/** Whether the whole of a text matches; on a mismatch the last `*` takes one character more. */
function globMatches(parts, text) {
  let [part, at] = [0, 0];
  let retry = null;
  for (;;) {
    if (part === parts.length && at === text.length) return true;
    const wanted = parts[part];
    if (wanted === MANY) {
      if (++part === parts.length) return true;
      retry = { part, at };
      continue;
    }
    const length = wanted === ONE ? charLength(text, at) : (wanted?.length ?? 0);
    if (length > 0 && (wanted === ONE || text.startsWith(wanted, at))) {
      [part, at] = [part + 1, at + length];
      continue;
    }
    if (!retry || retry.at >= text.length) return false;
    retry.at += charLength(text, retry.at);
    if (typeof parts[retry.part] === "string") {
      retry.at = text.indexOf(parts[retry.part], retry.at);
      if (retry.at < 0) return false;
    }
    ({ part, at } = retry);
  }
}

function charLength(text, at) {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at)).length : 0;
}

/** A number as a BigInt, else as a double; null if the text is none. */
function readNumber(text) {
  const digits = trimmed(text);
  if (/^[+-]?\d+$/.test(digits)) {
    const number = BigInt(digits.replace("+", ""));
    return number >= -(2n ** 127n) && number < 2n ** 127n ? number : Number(digits);
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits)) return null;
  const number = Number(digits);
  return Number.isFinite(number) ? number : null;
}

function compareNumbers(one, other) {
  const [a, b] = typeof one === typeof other ? [one, other] : [Number(one), Number(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

const OPERATORS = {
  "=": (order) => order === 0, "<": (order) => order < 0, "<=": (order) => order <= 0, ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};
const OPERATOR_OF = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

function isoWeek(days) {
  const thursday = days - ((days + 3) % 7 + 7) % 7 + 3;
  const year = new Date(thursday * 86400000).getUTCFullYear();
  return Math.floor((thursday - civilDays(year, 1)) / 7) + 1;
}

/** A part of a time, in UTC; null if the text is no time. */
function timePart(part, text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)([^]*)$/.exec(trimmed(text));
  if (!found) return null;
  const [year, month, day, hour, minute] = found.slice(1, 6).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return null;
  const offset = zoneMinutes(found[6].replace(/^[\d:.,]*/, "").replace(/^\p{White_Space}+/u, ""));
  if (offset === null) return null;
  const minutes = (civilDays(year, month) + day - 1) * 1440 + hour * 60 + minute - offset;
  const date = new Date(minutes * 60000);
  return {
    minute: date.getUTCMinutes(), hour: date.getUTCHours(), day: date.getUTCDate(), month: date.getUTCMonth() + 1,
    year: date.getUTCFullYear(), week: isoWeek(Math.floor(minutes / 1440)),
  }[part];
}

function zoneMinutes(zone) {
  if (zone === "" || /^[Zz]/.test(zone) || zone.startsWith("UTC")) return 0;
  const found = /^([+-])(\d\d)(?:.?(\d\d))?/.exec(zone);
  if (!found) return null;
  const minutes = /^[+-]\d\d(.\d\d|\d\d)/.test(zone) ? Number(found[3] ?? 0) : 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + minutes);
}

/** The addresses as which a text counts: {four} or {six}. */
function addressOf(text) {
  const four = readIpv4(text);
  if (four !== null) return { width: 32n, bits: four };
  const six = readIpv6(text);
  return six === null ? null : { width: 128n, bits: six };
}

function readCidr(text) {
  const [address, bits, ...more] = trimmed(text).split("/");
  const network = addressOf(address);
  const prefix = bits === undefined ? network?.width : /^\d{1,3}$/.test(bits) ? BigInt(bits) : null;
  if (!network || prefix === null || more.length || prefix > network.width) badRule(`${text} is no network in CIDR notation`);
  return { ...network, prefix };
}

function inNetwork(network, text) {
  const bare = trimmed(text).replace(/^\[([^]*)\]$/, "$1").split("%")[0];
  const address = addressOf(bare);
  if (!address) return false;
  const shift = network.width - network.prefix;
  const holds = ({ width, bits }) => width === network.width && bits >> shift === network.bits >> shift;
  const mapped = address.width === 128n && address.bits >> 32n === 0xffffn;
  return holds(address) || (mapped && holds({ width: 32n, bits: address.bits & 0xffffffffn }));
}

const LINKS = {
  equals: (value, other) => value === other,
  contains: (value, other) => value.includes(other),
  startswith: (value, other) => value.startsWith(other),
  endswith: (value, other) => value.endsWith(other),
};

/** What a key's modifiers say, taken apart. */
class Modifiers {
  constructor(names, keyword) {
    this.start = keyword ? "contains" : "equals";
    Object.assign(this, { how: "text", link: this.start, encodings: [], flags: {}, operator: "=" });
    names.forEach((name) => this.add(name));
    if (Object.keys(this.flags).length && this.how !== "re") badRule("the flags i, m and s need the modifier re");
    if (this.encodings.length && this.how !== "text") badRule("an encoding applies to text only");
    if (keyword && !["text", "re", "cidr"].includes(this.how)) badRule("this modifier needs a field");
  }

  get untouched() {
    return this.how === "text" && this.link === this.start;
  }

  set(how) {
    if (!this.untouched) badRule("two modifiers of one key say different ways to compare");
    this.how = how;
  }

  add(name) {
    switch (name) {
      case "contains": case "startswith": case "endswith": return this.setLink(name);
      case "all": this.all = true; return;
      case "cased": this.cased = true; return;
      case "expand": this.expand = true; return;
      case "neq": this.negated = true; return;
      case "base64": case "base64offset": case "windash": case "utf16be": case "utf16":
        this.encodings.push(name); return;
      case "wide": case "utf16le": this.encodings.push("utf16le"); return;
      case "re": case "cidr": case "exists": return this.set(name);
      case "fieldref":
        [this.link, this.how] = [this.how === "text" ? this.link : "equals", "fieldref"];
        return;
      case "gt": case "gte": case "lt": case "lte":
        if (this.how === "time" && this.operator === "=") this.operator = OPERATOR_OF[name];
        else [this.operator] = [OPERATOR_OF[name], this.set("number")];
        return;
      case "i": case "ignorecase": this.flags.i = true; return;
      case "m": case "multiline": this.flags.m = true; return;
      case "s": case "dotall": this.flags.s = true; return;
      case "minute": case "hour": case "day": case "week": case "month": case "year":
        if (this.how === "number") this.how = "time";
        else this.set("time");
        this.part = name;
        return;
      default: badRule(`the modifier ${name} is unknown`);
    }
  }

  setLink(link) {
    if (this.how === "fieldref" && this.link === "equals") this.link = link;
    else if (this.how === "re" && link === "contains") return;
    else if (this.how === "text" && (this.link === this.start || this.link === link)) this.link = link;
    else badRule("two modifiers of one key say different ways to compare");
  }

  /** Tests for one value, of which one must be true. */
  tests(value, placeholders) {
    return this.expanded(value, placeholders).flatMap((one) => (this.how === "text" ? this.texts(one) : [this.other(one)]));
  }

  expanded(value, placeholders) {
    if (typeof value !== "string" || !this.expand) return [value];
    let done = [value];
    for (let name = placeholderIn(value); name !== null; name = placeholderIn(done[0] ?? "")) {
      const values = Object.hasOwn(placeholders, name) ? placeholders[name] : badRule(`placeholder %${name}% has no values`);
      if (values.some((one) => placeholderIn(one) !== null) || done.length * values.length > MAX_PATTERN) {
        badRule(`placeholder %${name}% has values that cannot be used`);
      }
      done = done.flatMap((text) => values.map((one) => text.replaceAll(`%${name}%`, () => one)));
    }
    return done;
  }

  texts(value) {
    const exact = this.link === "equals" && this.encodings.length === 0;
    if (value === null && exact) return [{ absent: true }];
    if (value === null) badRule("null cannot be searched in text");
    if (typeof value === "number" && exact) return [{ number: value, operator: "=" }];
    const text = typeof value === "number" ? plainFloat(String(value)) : String(value);
    let globs = [typeof value === "string" ? sigmaText(text) : glob([text])];
    for (const encoding of this.encodings) globs = globs.flatMap((one) => encodedGlob(encoding, one));
    return globs.map((one) => this.textTest(one));
  }

  textTest(parts) {
    if (parts.some((part) => part instanceof Uint8Array)) badRule("the encoded value is not text: add base64 or base64offset");
    const before = this.link === "contains" || this.link === "endswith" ? [MANY] : [];
    const after = this.link === "contains" || this.link === "startswith" ? [MANY] : [];
    const whole = glob([...before, ...parts, ...after]);
    const length = whole.reduce((sum, part) => sum + (typeof part === "string" ? [...part].length : 1), 0);
    if (length > MAX_PATTERN) badRule("a pattern is too long");
    if (whole.length === 1 && whole[0] === MANY) return { present: true };
    if (this.cased) return { glob: whole, cased: true };
    return { glob: glob(whole.map((part) => (typeof part === "string" ? fold(part) : part))) };
  }

  other(value) {
    if (value === null) badRule("null cannot be compared in this way");
    const text = this.how === "re" ? String(value) : plainValue(value);
    switch (this.how) {
      case "re": return { regex: compiledRegex(text, this.flags) };
      case "cidr": return { cidr: readCidr(text) };
      case "exists":
        if (/^(true|yes)$/i.test(text)) return { present: true };
        return /^(false|no)$/i.test(text) ? { absent: true } : badRule("exists takes true or false");
      case "fieldref": return { other: text, link: this.link, cased: this.cased };
      default: {
        const number = readNumber(text) ?? badRule(`${text} is no number`);
        return { number, operator: this.operator, part: this.part };
      }
    }
  }
}

function compiledRegex(text, flags) {
  try {
    return new Regex(text, flags);
  } catch (error) {
    return badRule(error.message);
  }
}

/** The text of a value without wildcards, else as it is written. */
function plainValue(value) {
  if (typeof value === "number") return plainFloat(String(value));
  if (typeof value !== "string") return String(value);
  const parts = sigmaText(value);
  return parts.every((part) => typeof part === "string") ? parts.join("") : value;
}

function placeholderIn(text) {
  for (let open = text.indexOf("%"); open >= 0; open = text.indexOf("%", open + 1)) {
    const close = text.indexOf("%", open + 1);
    if (close < 0) return null;
    const name = text.slice(open + 1, close);
    if (/^[\p{Alphabetic}\p{N}_.-]+$/u.test(name)) return name;
  }
  return null;
}

/** The forms of a value under an encoding; between encodings it may be bytes. */
function encodedGlob(encoding, parts) {
  if (encoding === "windash") return windash(parts);
  if (parts.length !== 1 || typeof parts[0] === "symbol") badRule("an empty value or one with wildcards cannot be encoded");
  const bytes = typeof parts[0] === "string" ? toBytes(parts[0]) : parts[0];
  const asGlob = (out) => [fromUtf8(out) ?? out];
  if (encoding === "base64") return [asGlob(toBytes(toBase64(bytes)))];
  if (encoding === "base64offset") return base64Offsets(bytes).map((text) => [text]);
  const text = fromUtf8(bytes) ?? badRule("UTF-16 can encode text only");
  const out = new Uint8Array(text.length * 2);
  const view = new DataView(out.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), encoding !== "utf16be");
  return [asGlob(encoding === "utf16" ? concat(Uint8Array.of(0xff, 0xfe), out) : out)];
}

/** The base64 characters that depend on the value alone, at each of three places. */
function base64Offsets(bytes) {
  const out = [];
  for (let offset = 0; offset < 3; offset++) {
    const all = toBase64(concat(new Uint8Array(offset), bytes));
    const [first, last] = [Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)];
    if (first < last) out.push(all.slice(first, last));
  }
  return out;
}

/** Each dash that begins a word, as each of the dashes. */
function windash(parts) {
  let variants = [[]];
  let before;
  const word = (c) => c !== undefined && /^[\p{Alphabetic}\p{N}_]$/u.test(c);
  const chars = parts.flatMap((part) => (typeof part === "string" ? [...part] : [part]));
  chars.forEach((c, at) => {
    const after = typeof chars[at + 1] === "string" ? chars[at + 1] : undefined;
    const dash = DASHES.includes(c) && !word(before) && word(after);
    before = typeof c === "string" ? c : undefined;
    if (dash && variants.length * DASHES.length > MAX_VARIANTS) badRule("windash: more than five dashes in one value");
    variants = dash ? variants.flatMap((one) => DASHES.map((mark) => [...one, mark])) : variants.map((one) => [...one, c]);
  });
  return variants.map(glob);
}
