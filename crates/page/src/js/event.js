// A record as an event (docs/spec/claim.md, "The record as an event"): shape, time, columns. The tables are those
// of docs/spec/fields.json.

const MICROS = 1000000n;

/** ASCII letters in lower case; others stay. */
function asciiLower(text) {
  return text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
}

const sameFolded = (one, other) => asciiLower(one) === asciiLower(other);

function trimmed(text) {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}

/** The known fields of a record, each with its text, and whether they are all of them. */
function knownFields(record) {
  const fields = [];
  let whole = record.whole;
  for (const { name, type, text } of record.fields) {
    if (name === undefined || type === "null") continue;
    if (type === "uint" && BigInt(text) >= 2n ** 63n) whole = false;
    else fields.push({ name, type: type === "uint" ? "int" : type, text: type === "float" ? plainFloat(text) : text });
  }
  return { index: record.index, fields, whole };
}

/** The decimal form without an exponent. */
function plainFloat(text) {
  if (text.includes("Infinity")) return text.replace("Infinity", "inf");
  const [digits, exponent] = text.split("e");
  if (exponent === undefined) return text;
  const sign = digits.startsWith("-") ? "-" : "";
  const [whole, part = ""] = digits.replace("-", "").split(".");
  const point = whole.length + Number(exponent);
  const all = whole + part;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${all}`;
  return sign + all.padEnd(point, "0");
}

/** Microseconds since 1970-01-01 UTC, and whether the text states its zone; null if it is no time. */
function readTime(text) {
  const form = /^(\d{4})-(\d\d)-(\d\d)[T t](\d\d):(\d\d):(\d\d)(?:[.,](\d*))?(Z|z|[+-][\d:]*)?$/;
  const found = form.exec(trimmed(text));
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  let offset = 0;
  const zone = found[8];
  if (zone && /^[+-]/.test(zone)) {
    const digits = zone.slice(1).replaceAll(":", "");
    if (!/^\d{4}$/.test(digits)) return null;
    offset = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60 * (zone[0] === "-" ? -1 : 1);
  }
  const seconds = civilDays(year, month) + day - 1;
  const total = BigInt(seconds) * 86400n + BigInt(hour * 3600 + minute * 60 + second - offset);
  const micros = BigInt((found[7] ?? "").slice(0, 6).padEnd(6, "0"));
  return { micros: total * MICROS + micros, zoned: zone !== undefined };
}

/** Days from 1970-01-01 to the first of a month. */
function civilDays(year, month) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, 1);
  return Math.round(date.getTime() / 86400000);
}

/** Microseconds of a time with a zone, as parameters state it; null if it is none. */
function readMoment(text) {
  const time = typeof text === "string" ? readTime(text) : null;
  return time?.zoned ? time.micros : null;
}

/** `YYYY-MM-DDTHH:MM:SS`, the fraction without zeros at its end, and `Z`. */
function writeMoment(micros) {
  let seconds = micros / MICROS;
  let fraction = micros % MICROS;
  if (fraction < 0n) [seconds, fraction] = [seconds - 1n, fraction + MICROS];
  const head = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  const digits = fraction.toString().padStart(6, "0").replace(/0+$/, "");
  return head + (digits ? "." + digits : "") + "Z";
}

/** The time that one field states. */
function timeIn({ type, text }) {
  if (type === "text") return readTime(text);
  if (type === "float") {
    const seconds = Number(text);
    if (!(Math.abs(seconds) < 1e11)) return null;
    const scaled = seconds * 1e6;
    const whole = Math.trunc(scaled);
    return { micros: BigInt(Math.abs(scaled - whole) >= 0.5 ? whole + Math.sign(scaled) : whole), zoned: true };
  }
  if (type !== "int") return null;
  const number = BigInt(text);
  if (number < 0n || number >= 10n ** 14n) return null;
  return { micros: number * (number < 10n ** 11n ? MICROS : 1000n), zoned: true };
}

function slug(text) {
  const rest = text.replace(/^Microsoft-Windows-/, "").replace(/\/Operational$/, "");
  const letters = [...rest].slice(0, 60).map((c) => (/^[A-Za-z0-9]$/.test(c) ? asciiLower(c) : "_"));
  return letters.join("").replace(/_+/g, "_").replace(/^_|_$/g, "");
}

/** A member of a table; not what every object has. */
function ownMember(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What an event is: its kind, log source, aliases and columns. */
class Event {
  constructor(known) {
    this.index = known.index;
    this.fields = known.fields;
    this.whole = known.whole;
    this.name = `record ${known.index}`;
    this.byName = new Map(known.fields.map((field) => [field.name, field]));
    Object.assign(this, this.shape());
    this.time = this.readTime();
  }

  has(name) {
    return this.byName.has(name);
  }

  /** The text of a field that is a text. */
  textOf(name) {
    const field = this.byName.get(name);
    return field?.type === "text" ? field.text : undefined;
  }

  /** A field's text by its exact name, whatever its type. */
  field(name) {
    return this.byName.get(name)?.text;
  }

  /** A field's text by its name, else by one that differs in ASCII letter case alone. */
  find(name) {
    const exact = this.byName.get(name);
    return (exact ?? this.fields.find((field) => sameFolded(field.name, name)))?.text;
  }

  shape() {
    const path = this.textOf("_path");
    if (path === "cisco_ios") return shapeOf("cisco_ios", FIELDS.cisco.source, [], []);
    if (path?.startsWith("w3c_")) {
      const source = { product: "", services: [], categories: [path.replace(/^(w3c_)+/, "")] };
      return shapeOf(slug(path), source, FIELDS.aliases.w3c, FIELDS.columns.w3c, "web_request");
    }
    const linux = ownMember(FIELDS.linux, path);
    if (linux) {
      const source = { product: "linux", services: linux.services, categories: [] };
      const told = linux.events.includes(this.textOf("event")) ? this.textOf("event") : "message";
      return shapeOf(path, source, [], FIELDS.columns[path], told);
    }
    const channels = [["Channel"], ["log_name", "event_id"], ["EventLog", "EventID"]];
    const channel = channels.find((fields) => fields.every((name) => this.has(name)))?.[0];
    if (channel && this.textOf(channel) !== undefined) return this.windows(this.textOf(channel));
    const stated = this.textOf(this.has("_path") ? "_path" : "@stream");
    if (stated !== undefined && this.has("ts")) return zeek(stated);
    const service = FIELDS.services.find(({ told_by }) => told_by.some((all) => all.every((one) => this.tells(one))));
    if (service) return shapeOf(service.kind, service.source, service.aliases, service.columns, service.action);
    const signed = this.has("ts") && FIELDS.zeek.signatures.find(([, all]) => all.every((name) => this.has(name)));
    if (signed) return zeek(signed[0]);
    const none = { product: "", services: [], categories: [] };
    return shapeOf("json", none, [], FIELDS.columns.json);
  }

  /** Whether a field is there, and with a value that counts. */
  tells([name, values]) {
    if (values.length === 0) return this.has(name);
    const text = this.textOf(name);
    return text !== undefined && values.some((value) => sameFolded(value, text));
  }

  windows(channel) {
    const stated = ["EventID", "event.code", "event_id"].find((name) => this.has(name));
    const { type, text } = this.byName.get(stated) ?? {};
    const id = type === "text" || type === "int" ? text : "";
    const known = FIELDS.windows.channels.find(([name]) => sameFolded(name, channel));
    const short = known ? known[1] : slug(channel);
    const number = /^[+-]?\d+$/.test(id) ? String(BigInt(id.replace("+", ""))) : "";
    const described = FIELDS.windows.events.find(([of, event]) => of === short && String(event) === number);
    const categories = [...(described?.[3] ?? [])];
    const change = id === "12" ? FIELDS.windows.registry.find(([type]) => type === this.textOf("EventType")) : undefined;
    if (change) categories.push(change[1]);
    const isLinux = short === "linux_sysmon";
    const source = { product: isLinux ? "linux" : "windows", services: known ? known[2] : [], categories };
    const kind = `${isLinux ? "" : "windows_"}${short}_${id === "" ? "none" : slug(id)}`;
    const own = (tables) => ownMember(tables, `${short}_${number}`) ?? ownMember(tables, short) ?? tables.windows;
    const columns = [...FIELDS.columns.windows_all, ...own(FIELDS.columns)];
    const shape = shapeOf(kind, source, own(FIELDS.aliases), columns, described?.[2]);
    return { ...shape, untoldChange: kind === "windows_sysmon_12" && !change };
  }

  /** Fields that could tell the kind better than those that are known. */
  untold() {
    if (this.kind === "json") return SHAPE_FIELDS;
    if (IN_WINDOWS_FORM.test(this.kind) && this.kind.endsWith("_none")) return ["EventID", "event.code", "event_id"];
    return this.untoldChange ? ["EventType"] : [];
  }

  readTime() {
    const [date, time] = [this.textOf("date"), this.textOf("time")];
    if (date !== undefined && time !== undefined) return readTime(`${date}T${time}`)?.micros;
    const times = FIELDS.times.map((name) => this.byName.get(name)).map((field) => (field ? timeIn(field) : null));
    return (times.find((time) => time?.zoned) ?? times.find((time) => time))?.micros;
  }

  /** The text in a column. */
  column(name) {
    if (name === "shape") return this.kind;
    const found = this.columns.filter(([column]) => column === name).map(([, field, how]) => this.derive(field, how));
    return found.find((text) => text !== undefined) ?? (name === "event_action" ? this.action : undefined);
  }

  derive(name, how) {
    const text = this.field(name);
    if (text === undefined || how === undefined) return text;
    if (how === "user") return text.slice(text.lastIndexOf("\\") + 1);
    if (how === "said") return text === "" ? undefined : text;
    if (how === "address") return address(text) || undefined;
    if (how === "domain") return text.includes("\\") ? text.slice(0, text.lastIndexOf("\\")) : undefined;
    const [kind, argument] = how.split(":");
    if (kind === "join") return (this.field(argument) ?? "") + text;
    return hashPart(text, argument);
  }

  /** The first 64-bit integer in a column. */
  integer(name) {
    for (const [column, field] of this.columns) {
      const { type, text } = (column === name && this.byName.get(field)) || {};
      if (type !== "int" && type !== "text") continue;
      const number = signedNumber(text);
      if (number !== null) return number;
    }
    return undefined;
  }

  /** Names of the fields of which a column is made. */
  fieldsOf(name) {
    const found = this.columns.filter(([column]) => column === name);
    return found.flatMap(([, field, how]) => (how?.startsWith("join:") ? [how.slice(5), field] : [field]));
  }

  /** What a rule or a correlation gets for a field: by its own name, else by another one of the shape. */
  aliased(name) {
    const own = this.find(name);
    if (own !== undefined) return own;
    const others = this.aliases.filter(([alias]) => sameFolded(alias, name)).map(([, field]) => this.find(field));
    return others.find((text) => text !== undefined);
  }
}

function shapeOf(kind, source, aliases, columns, action) {
  return { kind, source, aliases, columns, action: action ?? kind };
}

function zeek(log) {
  const service = log.replace(/^open_/, "");
  const source = { product: "zeek", services: [service], categories: ownMember(FIELDS.zeek.categories, service) ?? [] };
  return shapeOf(`zeek_${slug(log)}`, source, FIELDS.aliases.zeek, FIELDS.columns.zeek, slug(service));
}

/** A signed 64-bit number in decimal text; null if it is none. */
function signedNumber(text) {
  if (!/^[+-]?\d{1,40}$/.test(text)) return null;
  const number = BigInt(text.replace("+", ""));
  return number >= -(2n ** 63n) && number < 2n ** 63n ? number : null;
}

/** The address in the first line that stands alone, in brackets, or before a port; one of IPv6 has more than one colon. */
function address(lines) {
  const text = lines.split("\n")[0];
  const inside = /^\[([^\]]*)\]/.exec(text);
  if (inside) return inside[1];
  return text.indexOf(":") === text.lastIndexOf(":") ? text.split(":")[0] : text;
}

function hashPart(hashes, kind) {
  for (const part of hashes.split(",")) {
    const at = part.indexOf("=");
    if (at >= 0 && sameFolded(trimmed(part.slice(0, at)), kind)) return asciiLower(trimmed(part.slice(at + 1)));
  }
  return undefined;
}

/** Kinds of event in the form of Windows event logs. */
const IN_WINDOWS_FORM = /^(windows|linux_sysmon)_/;
const TOLD_BY = FIELDS.services.flatMap(({ told_by }) => told_by.flat().map(([name]) => name));
const SHAPE_FIELDS = [
  ...new Set([...FIELDS.stated, ...TOLD_BY, ...FIELDS.zeek.signatures.flatMap(([, fields]) => fields)]),
];
