// Each kind of claim, derived again from the disclosed fields of the records that it cites (docs/spec/claim.md).

/** Seconds by which the time of a connection may be off. */
const LARGEST_WITHIN = 300n;

/** Why parameters make no claim of their kind, whatever the records say. */
function checkStated(kind, params) {
  const target = params.target === undefined ? "" : asciiLower(params.target);
  if (kind === "connection" && params.to === undefined && params.domain === undefined) {
    differs("it states neither to nor domain, so no connection");
  }
  if (params.within > LARGEST_WITHIN) differs(`its time may be ${params.within} seconds off, which is more than ${LARGEST_WITHIN}`);
  if (kind === "credential_access" && params.target !== READINGS.replicated) {
    const keeps = READINGS.credentials.some(([part, atEnd]) => (atEnd ? target.endsWith(part) : target.includes(part)));
    if (!keeps) differs(`${params.target} is not among what is known to keep credentials`);
  }
  if (kind === "persistence" && params.mechanism === "registry") {
    const name = asciiLower(params.name);
    if (!READINGS.autostart.some((part) => name.includes(part))) {
      differs(`${params.name} is not among the registry's places that start programs`);
    }
  }
}

/** The record is of the time, or at most so many seconds before or after it. */
function mustBeAbout(event, moment, within = 0n) {
  const gap = timeOf(event) - moment;
  if ((gap < 0n ? -gap : gap) > within * MICROS) mustBeAt(event, moment);
}

function observed(kind, params, events) {
  checkStated(kind, params);
  for (const event of events) {
    const reading = readingOf(event, kind, VARIANT[kind]?.(params) ?? "");
    if (params.host !== undefined) mustBeOf(event, params.host);
    mustBeAbout(event, params.time, params.within);
    for (const [property, how] of Object.entries(STATED[kind])) {
      if (params[property] !== undefined) mustEqual(event, reading, property, how, params[property]);
    }
  }
}

function mustEqual(event, reading, property, how, stated) {
  const found = propertyOf(event, reading, property);
  if (!COMPARE[how](found, stated)) differs(`${event.name} has ${property} ${found}, not ${stated}`);
}

/** Whether one text is the other, or the other followed by a dot and more. */
function isNameOf(one, other) {
  const [a, b] = [asciiLower(one), asciiLower(other)];
  return a === b || (b !== "" && a.startsWith(`${b}.`)) || (a !== "" && b.startsWith(`${a}.`));
}

/** Whether a text has a word in it, with no ASCII letter, digit, `-` or `_` beside it. */
function hasWord(text, word) {
  const [within, sought] = [asciiLower(text), asciiLower(word)];
  const part = (c) => c !== undefined && /[A-Za-z0-9_-]/.test(c);
  for (let at = sought === "" ? -1 : within.indexOf(sought); at >= 0; at = within.indexOf(sought, at + sought.length)) {
    if (!part(within[at - 1]) && !part(within[at + sought.length])) return true;
  }
  return false;
}

const MOVEMENT_REACH = 24n * 3600n * MICROS;
const MOVEMENT_SHARED = { address: "address", port: "number", to_address: "address", account: "account" };

function movement(params, events) {
  if (isNameOf(params.from, params.to)) differs(`${params.from} and ${params.to} are one host`);
  const byPort = params.address !== undefined && params.port !== undefined;
  if (!byPort && params.to_address === undefined && params.target === undefined) {
    differs("it states neither address with port nor to_address nor target, so nothing that leads to the other host");
  }
  const gap = params.departed - params.arrived;
  if ((gap < 0n ? -gap : gap) > MOVEMENT_REACH) differs("its two moments lie more than 24 hours apart");
  const sides = [
    ["departure", params.departure, params.from, params.departed],
    ["arrival", params.arrival, params.to, params.arrived],
  ];
  for (const [side, number, host, time] of sides) {
    const event = events.find(({ index }) => index === number) ?? differs(`record ${number} is not cited`);
    const reading = readingOf(event, side, "");
    mustBeOf(event, host);
    mustBeAt(event, time);
    for (const [property, how] of Object.entries(MOVEMENT_SHARED)) {
      if (params[property] !== undefined) mustEqual(event, reading, property, how, params[property]);
    }
    if (params.target !== undefined && side === "departure") mustName(event, reading, params);
  }
  const other = events.find(({ index }) => index !== params.departure && index !== params.arrival);
  if (other) differs(`${other.name} is on neither side`);
}

function mustName(event, reading, { target, to }) {
  if (!isNameOf(target, to)) differs(`${target} is no name of ${to}`);
  const named = reading.properties.named_in
    ? hasWord(propertyOf(event, reading, "named_in"), target)
    : sameFolded(propertyOf(event, reading, "target"), target);
  if (!named) differs(`${event.name} does not name ${target}`);
}

function bytesSent(params, events) {
  const connections = new Map();
  let unnamed = 0n;
  for (const event of events) {
    for (const [column, wanted] of [["source_ip", params.from], ["destination_ip", params.to]]) {
      const found = columnOf(event, column);
      if (!sameAddress(found, wanted)) differs(`${event.name} has ${column} ${found}, not ${wanted}`);
    }
    const time = timeOf(event);
    if (time < params.from_time || time > params.to_time) differs(`${event.name} is outside the stated time`);
    const stated = integerOf(event, "source_bytes");
    const sent = stated < 0n ? 0n : stated;
    const ports = [event.integer("source_port"), event.integer("destination_port")];
    if (ports.includes(undefined)) unnamed = sent > unnamed ? sent : unnamed;
    else {
      const most = connections.get(ports.join()) ?? 0n;
      connections.set(ports.join(), sent > most ? sent : most);
    }
  }
  const sum = [...connections.values()].reduce((total, sent) => total + sent, 0n);
  const found = sum > unnamed ? sum : unnamed;
  if (found < params.at_least) differs(`the records show ${found} bytes, not ${params.at_least}`);
}

/** Each record is of its host and before the next; neighbours of different hosts at least `apart` seconds. */
function inOrder(wanted, apart, events) {
  let before = null;
  for (const [number, host] of wanted) {
    const event = events.find(({ index }) => index === number) ?? differs(`record ${number} is not cited`);
    mustBeOf(event, host);
    const time = timeOf(event);
    if (before && before.time >= time) differs(`record ${before.number} is not before record ${number}`);
    if (before && !sameFolded(before.host, host) && time - before.time < apart * MICROS) {
      differs(`the records ${before.number} and ${number} lie less than ${apart} seconds apart, on two hosts`);
    }
    before = { number, time, host };
  }
}

function order(params, events) {
  if (params.records.length < 2 || params.records.length !== params.hosts.length) {
    differs("it names fewer than two records, or not one host for each");
  }
  const other = events.find(({ index }) => !params.records.includes(index));
  if (other) differs(`${other.name} is cited and has no place in the order`);
  inOrder(params.records.map((record, at) => [record, params.hosts[at]]), params.apart, events);
}

const KINDS = {
  rule_match: (params, events, texts) => ruleMatch(params, events, texts),
  correlation: (params, events, texts) => correlation(params, events, texts),
  movement,
  bytes_sent: bytesSent,
  sequence: ({ host, first, then }, events) => inOrder([[first, host], [then, host]], 0n, events),
  order,
  same_tool: sameTool,
  first_seen: firstSeen,
  whole: () =>
    unsupported("it speaks of all records, and what is cited is a part: a verifier would need every record of the tree"),
};

/** Derives a claim of a verified dossier again: outcome, and its sentence in this page's words. */
function recompute(claim, dossier, events) {
  if (!Object.hasOwn(PARAMS, claim.kind)) {
    const why = `claims of the kind ${JSON.stringify(claim.kind)} cannot be recomputed by this page`;
    const outcome = claim.cites.length ? new Outcome("unsupported", why) : new Outcome("differs", "it cites no record");
    return { outcome, sentence: claim.sentence };
  }
  let sentence = claim.sentence;
  try {
    const params = readParams(claim.kind, claim.params);
    sentence = sentenceOf(claim.kind, params, claim.cites);
    if (!claim.cites.length) differs("the claim cites no record");
    const cited = [...new Set(claim.cites)].sort((a, b) => (a < b ? -1 : 1)).map(events);
    const compute = (events) =>
      STATED[claim.kind] ? observed(claim.kind, params, events) : KINDS[claim.kind](params, events, dossier.attachments);
    compute(cited);
    return { outcome: isCorroborated(claim.kind, params, cited, compute) ? CORROBORATED : HOLDS, sentence };
  } catch (outcome) {
    if (!(outcome instanceof Outcome)) throw outcome;
    return { outcome, sentence };
  }
}

/** Recomputes every claim, in the dossier's order. */
async function assess(dossier, progress = async () => {}) {
  const known = new Map();
  const events = (index) => {
    if (!known.has(index)) known.set(index, new Event(knownFields(dossier.records.get(index))));
    return known.get(index);
  };
  const assessed = [];
  for (const claim of dossier.claims) {
    assessed.push({ claim, ...recompute(claim, dossier, events) });
    await progress(assessed.length / dossier.claims.length);
  }
  return assessed;
}
