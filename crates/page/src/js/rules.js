// Texts of rules → rules; the claim kind rule_match (docs/spec/claim.md, docs/spec/sigma.md).

const MAX_RULE_BYTES = 4 << 20;
const MAX_BRACKETS = 256;
const MAX_RULE_TESTS = 200000;

/** All rules and correlations of a text; fails with a RuleError or YamlError where one cannot be read. */
function readRules(text, placeholders) {
  if (toBytes(text).length > MAX_RULE_BYTES) badRule("its text is over 4 MiB");
  const bare = text.replace(/^\ufeff/, "");
  if (bare.split("\n").some((line) => line.startsWith("action:"))) badRule("it uses action:, which this page does not read");
  if (bracketDepth(bare) > MAX_BRACKETS) badRule(`more than ${MAX_BRACKETS} brackets are open at once`);
  const documents = splitDocuments(bare);
  if (!documents.length) badRule("no rule in its text");
  const known = new Set();
  const rules = documents.map((document) => readRule(document, placeholders));
  // Of several with one id the first counts.
  return rules.filter(({ id }) => !known.has(id) && known.add(id));
}

function bracketDepth(text) {
  let [depth, deepest] = [0, 0];
  for (const c of text) {
    if (c === "[" || c === "{") deepest = Math.max(deepest, ++depth);
    else if (c === "]" || c === "}") depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** The text between lines of `---`. */
function splitDocuments(text) {
  const documents = [];
  let current = "";
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (/^---\s*$/.test(line)) {
      documents.push(current);
      current = "";
    } else {
      current += line;
    }
  }
  documents.push(current);
  return documents.filter((document) => document.split("\n").some((line) => !/^\s*(#|$)/.test(line)));
}

function textMember(map, name) {
  const value = map.get(name);
  return typeof value === "string" ? value : undefined;
}

function readRule(text, placeholders) {
  const document = readYaml(text);
  if (!(document instanceof Map)) badRule("a document is no mapping");
  if (document.has("action") || document.has("filter") || document.has("sigma-version")) {
    badRule("it uses what this page does not read: action, filter or sigma-version");
  }
  const title = textMember(document, "title") ?? badRule("it has no title");
  const digest = toHex(sha256(toBytes(text)));
  const rule = {
    title, digest, id: textMember(document, "id") ?? `sha256-${digest.slice(0, 32)}`, name: textMember(document, "name"),
  };
  if (document.has("correlation")) return { ...rule, correlation: readCorrelation(document) };
  const source = document.get("logsource") ?? new Map();
  if (!(source instanceof Map)) badRule("its log source is no mapping");
  const words = ["product", "category", "service"].map((name) => [name, textMember(source, name)]);
  const detection = document.get("detection");
  if (!(detection instanceof Map)) badRule("it has no detection");
  return { ...rule, source: Object.fromEntries(words), expression: readDetections(detection, placeholders) };
}

function readDetections(detection, placeholders) {
  const selections = new Map();
  const count = { tests: 0 };
  for (const [name, value] of [...detection].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (name === "condition" || name === "timeframe") continue;
    selections.set(name, readSelection(value, placeholders, count));
  }
  const stated = detection.get("condition");
  const conditions = Array.isArray(stated) ? stated : [stated];
  if (!conditions.length || !conditions.every((text) => typeof text === "string")) badRule("it has no condition");
  const named = (name) => selections.get(name) ?? badRule(`the condition names ${name}, which is not defined`);
  return joined("or", conditions.map((text) => new ConditionParser(text, [...selections.keys()], named).parse()));
}

function readSelection(value, placeholders, count) {
  if (value instanceof Map) {
    if (!value.size) badRule("a selection is empty");
    return joined("and", [...value].map(([key, values]) => readItem(key, values, placeholders, count)));
  }
  if (Array.isArray(value)) {
    const plain = value.every((one) => !(one instanceof Map) && !Array.isArray(one));
    if (plain) return readValues(undefined, [], value, placeholders, count);
    return joined("or", value.map((one) => readSelection(one, placeholders, count)));
  }
  return readValues(undefined, [], [value], placeholders, count);
}

function readItem(key, values, placeholders, count) {
  const [name, ...modifiers] = key.split("|");
  const field = name === "" || name === "." ? undefined : name;
  return readValues(field, modifiers, Array.isArray(values) ? values : [values], placeholders, count);
}

function readValues(field, names, values, placeholders, count) {
  const modifiers = new Modifiers(names, field === undefined);
  if (!values.length) badRule("a field without a value");
  if (values.some((value) => value instanceof Map || Array.isArray(value))) badRule("a value of an unusual form");
  const parts = values.map((value) => {
    const tests = modifiers.tests(value, placeholders);
    count.tests += tests.length;
    if (count.tests > MAX_RULE_TESTS) badRule("it is too big");
    return joined("or", tests.map((test) => ({ test: { field, ...test } })));
  });
  const all = joined(modifiers.all ? "and" : "or", parts);
  return modifiers.negated ? { not: all } : all;
}

/** What a test says of a value. */
function testValue(test, text) {
  if (test.present) return true;
  if (test.glob) return globMatches(test.glob, test.cased ? text : fold(text));
  if (test.regex) return test.regex.test(text);
  if (test.cidr) return inNetwork(test.cidr, text);
  if (test.number === undefined) return false;
  const found = test.part ? timePart(test.part, text) : readNumber(text);
  return found !== null && OPERATORS[test.operator](compareNumbers(found, test.number));
}

/** A partly known record under a rule's tests; remembers each field asked for that may be hidden. */
class Lookup {
  constructor(event) {
    this.event = event;
    this.hidden = new Set();
  }

  get(name) {
    const text = this.event.aliased(name);
    if (text === undefined && !this.event.whole) this.hidden.add(name);
    return text;
  }

  ask(test) {
    if (test.field === undefined) return this.keyword(test);
    const text = this.get(test.field);
    if (test.other !== undefined) {
      const other = this.get(test.other);
      if (text === undefined || other === undefined) return false;
      const same = test.cased ? (one) => one : fold;
      return LINKS[test.link](same(text), same(other));
    }
    return text === undefined ? test.absent === true : testValue(test, text);
  }

  keyword(test) {
    if (!this.event.whole) this.hidden.add("every field, since the rule searches words in all of them");
    return this.event.fields.some(({ type, text }) => type === "text" && testValue(test, text));
  }
}

function serves(source, rule) {
  const stated = (wanted, have) => wanted === undefined || have.some((word) => sameFolded(word, wanted));
  return stated(rule.product, [source.product]) && stated(rule.category, source.categories) && stated(rule.service, source.services);
}

/** One rule on one record. */
function matchRule(rule, event) {
  if (!serves(event.source, rule.source)) {
    const untold = event.untold();
    if (!event.whole && untold.length) return { hidden: untold };
    return { misses: `${event.name} is no event of the rule's log source` };
  }
  const lookup = new Lookup(event);
  const ask = (test) => lookup.ask(test);
  const matched = evaluate(rule.expression, ask);
  if (matched) askSupport(rule.expression, ask, true);
  if (lookup.hidden.size) return { hidden: [...lookup.hidden] };
  return matched ? { matches: true } : { misses: `the rule does not match ${event.name}` };
}

function attached(texts, digest) {
  return texts.get(digest) ?? unsupported(`the text of the rule, ${digest}, is not there`);
}

function placeholdersOf(texts, digest) {
  if (digest === undefined) return {};
  const bad = () => unsupported("the text with the values of placeholders holds none");
  const text = attached(texts, digest);
  try {
    const values = JSON.parse(text);
    const texts = (list) => Array.isArray(list) && list.every((value) => typeof value === "string");
    return isObject(values) && Object.values(values).every(texts) ? values : bad();
  } catch (error) {
    if (error instanceof Outcome) throw error;
    return bad();
  }
}

/** All rules of the texts; a text that cannot be read here makes the claim unsupported. */
function usableRules(texts, placeholders) {
  try {
    return texts.flatMap((text) => readRules(text, placeholders));
  } catch (error) {
    if (!(error instanceof RuleError || error instanceof YamlError)) throw error;
    return unsupported(`the rule cannot be used: ${error.message}`);
  }
}

function namedRule(rules, { rule_id: id, rule_title: title }) {
  const found = rules.find((rule) => rule.id === id) ?? differs(`the rule's text holds no rule with the id ${id}`);
  return found.title === title ? found : differs(`the rule's text bears the title “${found.title}”`);
}

const compiledTexts = new Map();

/** The rules of one text; each text is read once. */
function rulesOf(texts, digest, placeholders) {
  const key = `${digest} ${placeholders ?? ""}`;
  if (!compiledTexts.has(key)) {
    compiledTexts.set(key, usableRules([attached(texts, digest)], placeholdersOf(texts, placeholders)));
  }
  return compiledTexts.get(key);
}

function ruleMatch(params, events, texts) {
  const rule = namedRule(rulesOf(texts, params.rule_digest, params.placeholders), params);
  if (rule.correlation) {
    // A correlation matches no record by itself.
    unsupported("the rule is a correlation");
  }
  const hidden = new Set();
  for (const event of events) {
    const result = matchRule(rule, event);
    if (result.misses) differs(result.misses);
    (result.hidden ?? []).forEach((field) => hidden.add(field));
  }
  if (hidden.size) needsHidden([...hidden]);
}
