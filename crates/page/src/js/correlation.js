// The claim kind correlation (docs/spec/claim.md): matches of rules in order of time, as docs/spec/sigma.md has it.

const TIMESPANS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800, M: 2629746, y: 31556952 };
const COUNTED = ["event_count", "value_count", "temporal", "temporal_ordered"];
const COMPUTED = ["value_sum", "value_avg", "value_percentile", "value_median"];
const COMPARISONS = {
  gt: (one, other) => one > other, gte: (one, other) => one >= other, lt: (one, other) => one < other,
  lte: (one, other) => one <= other, eq: (one, other) => one === other, neq: (one, other) => one !== other,
};
const LARGEST_COUNT = 1000000n;
const KEPT_AT_LEAST = 1000;
const SHOWN_RECORDS = 50;

function listMember(map, name) {
  const value = map.get(name);
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** A correlation as its text states it. */
function readCorrelation(document) {
  const stated = document.get("correlation");
  if (!(stated instanceof Map)) badRule("its correlation is no mapping");
  const windows = ["window", "gap"].some((name) => stated.has(name) || document.has(`rsigma.${name}`));
  if (windows) badRule("windows other than sliding ones are not read here");
  const type = textMember(stated, "type");
  if (![...COUNTED, ...COMPUTED].includes(type)) badRule(`the type of correlation ${type} is unknown`);
  const ordered = type === "temporal_ordered";
  const named = listMember(stated, "rules");
  const rules = ordered ? named : [...new Set(named)];
  if (!rules.length || rules.length > 256) badRule("it names no rule, or too many");
  const span = /^\+?(\d+)([smhdwMy])$/.exec(textMember(stated, "timeframe") ?? textMember(stated, "timespan") ?? "");
  if (!span) badRule("it has no timespan that can be read");
  const seconds = BigInt(span[1]) * BigInt(TIMESPANS[span[2]]);
  if (seconds > 100n * 366n * 86400n) badRule("its timespan is longer than 100 years");
  const correlation = {
    type, rules, ordered, timespan: seconds * MICROS, groupBy: listMember(stated, "group-by"),
    aliases: readAliases(stated.get("aliases"), rules), fields: [],
  };
  return { ...correlation, ...readTest(stated.get("condition"), type, rules) };
}

function readAliases(stated, rules) {
  if (!(stated instanceof Map)) return [];
  return [...stated].flatMap(([alias, mapping]) => {
    const pairs = mapping instanceof Map ? [...mapping].filter(([, field]) => typeof field === "string") : [];
    return pairs.map(([rule, field]) => {
      if (!rules.includes(rule)) badRule(`the alias ${alias} names ${rule}, which is not among the rules`);
      return { alias, rule, field };
    });
  });
}

/** When the number of a window, or which rules are there, makes it fire. */
function readTest(stated, type, rules) {
  const ofRules = type.startsWith("temporal");
  if (stated === undefined || stated === null) return ofRules ? { allRules: true } : badRule("it has no condition");
  if (typeof stated === "string") {
    if (!ofRules) badRule("only temporal correlations have a condition over rules");
    const named = (name) => {
      const place = rules.indexOf(name);
      return place < 0 ? badRule(`the condition names ${name}, which is not among the rules`) : { test: { place } };
    };
    return { expression: new ConditionParser(stated, rules, named).parse() };
  }
  if (!(stated instanceof Map)) badRule("its condition is of an unusual form");
  const comparisons = [];
  for (const operator of ["lt", "lte", "gt", "gte", "eq", "neq"]) {
    if (!stated.has(operator)) continue;
    const limit = stated.get(operator);
    if (typeof limit !== "bigint" || limit < 0n || limit > LARGEST_COUNT) badRule("a number of its condition is unusual");
    comparisons.push([operator, Number(limit)]);
  }
  if (!comparisons.length) badRule("its condition compares nothing");
  const [[operator, limit]] = comparisons;
  const single = comparisons.length === 1 && operator === "gte";
  if (ofRules && single && limit === 1) return { allRules: true };
  if (type === "temporal_ordered") {
    return single && limit === rules.length ? { allRules: true } : badRule("temporal_ordered asks for all its rules");
  }
  const fields = type === "value_count" || COMPUTED.includes(type) ? listMember(stated, "field") : [];
  if (type === "value_count" && !fields.length) badRule("its condition names no field");
  if (fields.length > 32) badRule("it names too many fields");
  return { comparisons, fields };
}

/** Whether it holds of all matches once it holds of some. */
function grows(correlation) {
  if (COMPUTED.includes(correlation.type)) return false;
  if (correlation.expression) return !negates(correlation.expression);
  return (correlation.comparisons ?? []).every(([operator]) => operator === "gt" || operator === "gte");
}

function correlation(params, events, texts) {
  const all = [params.rule_digest, ...params.base_digests].map((digest) => attached(texts, digest));
  const rules = usableRules(all, placeholdersOf(texts, params.placeholders));
  const known = new Set();
  const unique = rules.filter(({ id }) => !known.has(id) && known.add(id));
  const found = namedRule(unique, params);
  const stated = found.correlation ?? differs(`${params.rule_id} is no correlation`);
  if (found.digest !== params.rule_digest) differs(`the text ${params.rule_digest} holds no such rule`);
  const base = stated.rules.map((name) => memberOf(name, unique));
  if (base.some((rule) => rule.correlation)) {
    unsupported("the correlation reads another one, so a verifier would need every record that the rules match");
  }
  if (!grows(stated)) unsupported("the correlation's condition could cease to hold with more records");
  const matches = matchesOf(stated, base, unique, events);
  const cited = new Set(events.map((event) => event.index));
  if (!fires(stated, base, matches, cited)) {
    differs("the correlation does not fire over the cited records, all of them in one burst");
  }
}

/** The rule of an id or name; rules come before correlations. */
function memberOf(name, rules) {
  const is = (rule) => rule.id === name || rule.name === name;
  return (
    rules.find((rule) => !rule.correlation && is(rule)) ?? rules.find(is) ??
    differs(`the rule's text holds no rule with that id: it refers to ${name}, which is not there`)
  );
}

/** The field that a correlation's field is in a rule's events. */
function realField({ aliases }, reference, field) {
  return aliases.find((alias) => alias.alias === field && alias.rule === reference)?.field ?? field;
}

/** The matches of each record, by time, record, and place of the rule. */
function matchesOf(stated, base, rules, events) {
  const hidden = new Set();
  const found = [];
  const distinct = [...new Set(base)];
  for (const event of events) {
    const results = distinct.map((rule) => [rule, matchRule(rule, event)]);
    const matched = results.filter(([, result]) => result.matches).map(([rule]) => rule);
    const open = results.flatMap(([, result]) => result.hidden ?? []);
    if (!matched.length && !open.length) differs(`${event.name} matches none of the correlation's rules`);
    if (!matched.length) open.forEach((field) => hidden.add(field));
    const time = matched.length ? timeOf(event) : 0n;
    for (const rule of matched) {
      found.push({ event, time, rule, place: rules.indexOf(rule), values: valuesOf(stated, base, rule, event, hidden) });
    }
  }
  if (hidden.size) needsHidden([...hidden]);
  const order = (one, other) =>
    one.time < other.time ? -1 : one.time > other.time ? 1
    : one.event.index < other.event.index ? -1 : one.event.index > other.event.index ? 1
    : one.place - other.place;
  return found.sort(order);
}

/** The values of a match that the correlation takes, by field. */
function valuesOf(stated, base, rule, event, hidden) {
  const values = new Map();
  stated.rules.forEach((reference, at) => {
    if (base[at] !== rule) return;
    for (const field of [...stated.groupBy, ...stated.fields].map((name) => realField(stated, reference, name))) {
      const value = event.aliased(field) ?? event.column(field) ?? event.integer(field)?.toString();
      values.set(field, value);
      if (value === undefined && !event.whole) [...event.fieldsOf(field), field].forEach((name) => hidden.add(name));
    }
  });
  return values;
}

/** Whether one burst holds all cited records. */
function fires(stated, base, matches, cited) {
  const groups = new Map();
  let all = false;
  const end = (burst) => (all ||= [...cited].every((record) => burst.includes(record)));
  for (const match of matches) {
    const places = base.flatMap((rule, place) => (rule === match.rule ? [place] : []));
    const read = (name) => match.values.get(realField(stated, stated.rules[places[0]], name));
    const group = stated.groupBy.map(read);
    const value = stated.fields.map(read);
    if (group.includes(undefined) || value.includes(undefined)) continue;
    const key = JSON.stringify(group);
    if (!groups.has(key)) groups.set(key, new Group(stated));
    groups.get(key).add({ time: match.time, record: match.event.index }, places, value.join(" | "), end);
  }
  for (const { burst } of groups.values()) if (burst) end(burst);
  return all;
}

/** The matches of one group in one timespan, and the burst under way. */
class Group {
  constructor(stated) {
    this.stated = stated;
    this.burst = null;
    this.seen = [];
    this.last = stated.rules.map(() => null);
    this.chains = stated.rules.map(() => null);
    const largest = Math.max(0, ...(stated.comparisons ?? []).map(([, limit]) => limit));
    this.keep = Math.max(largest + 1, KEPT_AT_LEAST);
  }

  add(seen, places, value, end) {
    const holdsStill = this.forget(seen.time - this.stated.timespan);
    if (!holdsStill && this.burst) this.finish(end);
    this.take(seen, places, value);
    if (!this.holds()) {
      if (this.burst) this.finish(end);
    } else if (!this.burst) {
      this.burst = this.begin(seen);
    } else if (this.burst.length < SHOWN_RECORDS && !this.burst.includes(seen.record)) {
      this.burst.push(seen.record);
    }
  }

  finish(end) {
    end(this.burst);
    this.burst = null;
  }

  /** Forgets what lies before `from`; whether anything is left. */
  forget(from) {
    this.seen = this.seen.filter(({ time }) => time >= from);
    this.last = this.last.map((seen) => (seen && seen.time >= from ? seen : null));
    this.chains = this.chains.map((chain) => (chain && chain[0].time >= from ? chain : null));
    return this.stated.type.startsWith("temporal") ? this.last.some(Boolean) : this.seen.length > 0;
  }

  take(seen, places, value) {
    if (this.stated.type === "value_count") this.seen = this.seen.filter((other) => other.value !== value);
    this.seen.push({ ...seen, value });
    if (this.seen.length > this.keep) this.seen.shift();
    // From the last place down, so that one match is not two steps of a row.
    for (const place of [...places].reverse()) {
      this.last[place] = seen;
      const before = place === 0 ? [] : this.chains[place - 1];
      if (before) this.chains[place] = [...before, seen];
    }
  }

  holds() {
    const { type, ordered, expression, comparisons } = this.stated;
    if (ordered && !this.chains.at(-1)) return false;
    if (expression) return evaluate(expression, ({ place }) => this.last[place] !== null);
    const there = this.last.filter(Boolean).length;
    if (!comparisons) return there >= this.last.length;
    const number = type.startsWith("temporal") ? there : this.seen.length;
    return comparisons.every(([operator, limit]) => COMPARISONS[operator](number, limit));
  }

  /** The records of a burst as it begins: those of the window, and the one that completed it. */
  begin(seen) {
    const window = this.window().slice(0, SHOWN_RECORDS).map(({ record }) => record);
    const records = window.includes(seen.record) ? window : [...window.slice(0, SHOWN_RECORDS - 1), seen.record];
    return [...new Set(records)];
  }

  window() {
    if (!this.stated.type.startsWith("temporal")) return this.seen;
    if (this.stated.ordered) return this.chains.at(-1);
    const order = (one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : one.record < other.record ? -1 : 1);
    return this.last.filter(Boolean).sort(order);
  }
}
