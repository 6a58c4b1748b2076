// Outcomes of a recomputation (docs/spec/claim.md, "Outcomes and rungs"), thrown where a computation stops.

class Outcome {
  constructor(kind, why, fields = []) {
    Object.assign(this, { kind, why, fields });
  }

  /** 0 baseless, 1 sealed, 2 recomputed, 3 corroborated. */
  get rung() {
    return { holds: 2, corroborated: 3, differs: 0 }[this.kind] ?? 1;
  }
}

const HOLDS = new Outcome("holds", "derived from the disclosed records");

const CORROBORATED = new Outcome("corroborated", "two sensors that do not depend on each other each show it");

function differs(what) {
  throw new Outcome("differs", what);
}

function unsupported(why) {
  throw new Outcome("unsupported", why);
}

function needsHidden(fields) {
  const all = [...new Set(fields)];
  throw new Outcome("needs-hidden", `it turns on fields that may be hidden: ${all.slice(0, 8).join(", ")}`, all);
}

/** Something is not there: proof of that only if nothing of the record is hidden. */
function lacks(event, what, fields) {
  if (event.whole) differs(`${event.name} has no ${what}`);
  needsHidden([...fields, ...event.untold()]);
}

function columnOf(event, name) {
  return event.column(name) ?? lacks(event, name, event.fieldsOf(name));
}

function integerOf(event, name) {
  return event.integer(name) ?? lacks(event, name, event.fieldsOf(name));
}

function timeOf(event) {
  return event.time ?? lacks(event, "time", FIELDS.times);
}

function mustBeOf(event, host) {
  const found = columnOf(event, "host_name");
  if (!sameFolded(found, host)) differs(`${event.name} is of the host ${found}, not ${host}`);
}

function mustBeAt(event, moment) {
  const found = timeOf(event);
  if (found !== moment) differs(`${event.name} is of ${writeMoment(found)}, not ${writeMoment(moment)}`);
}

/** The 128 bits of an IP address, an IPv4 one as IPv4-mapped; null if the text is none. */
function readAddress(text) {
  const four = readIpv4(text);
  if (four !== null) return (0xffffn << 32n) | four;
  return readIpv6(text);
}

function readIpv4(text) {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function readIpv6(text) {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === "" ? [] : ipv6Groups(half)));
  if (groups.includes(null)) return null;
  // Dotted decimals may end the whole address only.
  if (halves.length === 2 && halves[0].includes(".")) return null;
  const count = groups.reduce((sum, part) => sum + part.length, 0);
  if (halves.length === 1 ? count !== 8 : count > 7) return null;
  const zeros = halves.length === 2 ? new Array(8 - count).fill(0n) : [];
  return [...groups[0], ...zeros, ...(groups[1] ?? [])].reduce((sum, group) => (sum << 16n) | group, 0n);
}

function ipv6Groups(text) {
  const parts = text.split(":");
  const last = parts.at(-1);
  const four = last.includes(".") ? readIpv4(last) : undefined;
  if (four === null) return null;
  if (four !== undefined) parts.pop();
  if (!parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return null;
  const groups = parts.map((part) => BigInt("0x" + part));
  return four === undefined ? groups : [...groups, four >> 16n, four & 0xffffn];
}

function sameAddress(one, other) {
  const found = readAddress(one);
  return found !== null && found === readAddress(other);
}
