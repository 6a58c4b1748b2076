// Conditions of Sigma, and expressions over tests (docs/spec/sigma.md). An expression is {test}, {not}, {and}, {or} or
// {atLeast, of}.

const RESERVED = ["and", "or", "not", "all", "any", "of", "them"];
const MAX_CONDITION_LEVELS = 64;

/** One expression for many; the only one itself. */
function joined(how, parts) {
  return parts.length === 1 ? parts[0] : { [how]: parts };
}

/** Parses a condition; `named` gives the expression of a name, `names` are those of which selectors choose. */
class ConditionParser {
  constructor(text, names, named) {
    this.tokens = text.match(/[ \t\n]+|[()]|[A-Za-z0-9_*-]+|[^]/g) ?? [];
    this.tokens = this.tokens.filter((token) => !/^[ \t\n]+$/.test(token));
    Object.assign(this, { at: 0, names, named, text });
  }

  fail() {
    badRule(`the condition cannot be read: ${this.text}`);
  }

  take(token) {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  parse() {
    const out = this.either(0);
    if (this.at < this.tokens.length) this.fail();
    return out;
  }

  either(level) {
    if (level > MAX_CONDITION_LEVELS) badRule(`the condition nests deeper than ${MAX_CONDITION_LEVELS}`);
    const parts = [this.both(level)];
    while (this.take("or")) parts.push(this.both(level));
    return joined("or", parts);
  }

  both(level) {
    const parts = [this.one(level)];
    while (this.take("and")) parts.push(this.one(level));
    return joined("and", parts);
  }

  one(level) {
    if (level > MAX_CONDITION_LEVELS) badRule(`the condition nests deeper than ${MAX_CONDITION_LEVELS}`);
    if (this.take("not")) return { not: this.one(level + 1) };
    if (this.take("(")) {
      const inner = this.either(level + 1);
      if (!this.take(")")) this.fail();
      return inner;
    }
    const word = this.tokens[this.at++] ?? this.fail();
    if (this.tokens[this.at] === "of" && /^(all|any|\d+)$/.test(word)) return this.selector(word);
    if (RESERVED.includes(word) || !/^[A-Za-z0-9_-]+$/.test(word)) this.fail();
    return this.named(word);
  }

  selector(quantifier) {
    this.at++;
    const pattern = this.tokens[this.at++] ?? this.fail();
    if (!/^[A-Za-z0-9_*-]+$/.test(pattern)) this.fail();
    const chosen = this.names.filter((name) => (pattern === "them" ? !name.startsWith("_") : nameMatches(pattern, name)));
    if (!chosen.length) badRule(`the condition asks for ${pattern}, but nothing has such a name`);
    const parts = chosen.map((name) => this.named(name));
    if (quantifier === "all") return joined("and", parts);
    if (quantifier === "any" || BigInt(quantifier) === 1n) return joined("or", parts);
    return { atLeast: Number(quantifier), of: parts };
  }
}

/** `*` alone, at the end, at the start, or once between. */
function nameMatches(pattern, name) {
  if (pattern === "*") return true;
  if (pattern.endsWith("*")) return name.startsWith(pattern.slice(0, -1));
  if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
  const at = pattern.indexOf("*");
  if (at < 0) return pattern === name;
  return name.startsWith(pattern.slice(0, at)) && name.endsWith(pattern.slice(at + 1));
}

function partsOf(expression) {
  return expression.and ?? expression.or ?? expression.of;
}

/** The value of an expression: parts are asked from left to right, until it is decided. */
function evaluate(expression, ask) {
  if (expression.test) return ask(expression.test);
  if (expression.not) return !evaluate(expression.not, ask);
  if (expression.and) return expression.and.every((part) => evaluate(part, ask));
  if (expression.or) return expression.or.some((part) => evaluate(part, ask));
  let left = expression.atLeast;
  for (const part of expression.of) {
    if (left <= 0) break;
    if (evaluate(part, ask)) left--;
  }
  return left <= 0;
}

/** Asks what else bears on a decided expression: each part of the same truth, and what is in it. */
function askSupport(expression, ask, truth) {
  if (expression.test) return;
  if (expression.not) return askSupport(expression.not, ask, !truth);
  for (const part of partsOf(expression)) {
    if (evaluate(part, ask) === truth) askSupport(part, ask, truth);
  }
}

function negates(expression) {
  return expression.test === undefined && (expression.not !== undefined || partsOf(expression).some(negates));
}
