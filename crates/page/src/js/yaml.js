// The part of YAML 1.2 that rules are written in (docs/spec/sigma.md). What is beyond it is refused, not guessed.

/** Why a text cannot be read here. */
class YamlError extends Error {}

function badYaml(why, line) {
  throw new YamlError(`${why} (line ${line + 1})`);
}

const MAX_YAML_LEVELS = 100;

/** The value of one document: Map, Array, text, BigInt, number, boolean or null. */
function readYaml(text) {
  const reader = new YamlReader(text.split("\n").map((line) => line.replace(/\r$/, "")));
  const value = reader.block(0, 0);
  if (reader.skip() < reader.lines.length) badYaml("text behind the end of the document", reader.at);
  return value;
}

/** A line without the comment at its end. */
function withoutComment(text) {
  const at = /(^|\s)#/.exec(text);
  return (at ? text.slice(0, at.index) : text).trimEnd();
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

class YamlReader {
  constructor(lines) {
    this.lines = lines;
    this.at = 0;
  }

  /** Goes to the next line with content; gives its number. */
  skip() {
    while (this.at < this.lines.length && withoutComment(this.lines[this.at]).trim() === "") this.at++;
    return this.at;
  }

  /** The block that begins at the next line with at least this indent; null if there is none. */
  block(least, level) {
    if (level > MAX_YAML_LEVELS) badYaml("nested too deep", this.at);
    if (this.skip() >= this.lines.length) return null;
    const line = this.lines[this.at];
    const indent = indentOf(line);
    if (/^[\s]*\t/.test(line)) badYaml("a tab for an indent", this.at);
    if (indent < least) return null;
    const rest = line.slice(indent);
    if (/^-(\s|$)/.test(rest)) return this.sequence(indent, level);
    if (splitKey(rest, this.at)) return this.mapping(indent, level);
    return this.inline(rest, indent, indent - 1, level);
  }

  sequence(indent, level) {
    const items = [];
    while (this.skip() < this.lines.length) {
      const line = this.lines[this.at];
      if (indentOf(line) !== indent || !/^-(\s|$)/.test(line.slice(indent))) break;
      // The item is read as if its dash were a space.
      this.lines[this.at] = `${line.slice(0, indent)} ${line.slice(indent + 1)}`;
      const empty = withoutComment(this.lines[this.at]).trim() === "";
      if (empty) this.at++;
      items.push(this.block(indent + 1, level + 1));
    }
    this.mustLeave(indent);
    return items;
  }

  mapping(indent, level) {
    const members = new Map();
    while (this.skip() < this.lines.length) {
      const line = this.lines[this.at];
      if (indentOf(line) !== indent) break;
      const found = splitKey(line.slice(indent), this.at);
      if (!found) break;
      if (members.has(found.key)) badYaml(`${found.key} stands twice`, this.at);
      members.set(found.key, this.member(found.rest, line.length - found.rest.length, indent, level));
    }
    this.mustLeave(indent);
    return members;
  }

  /** What follows a key. */
  member(rest, column, indent, level) {
    if (withoutComment(rest).trim() !== "") return this.inline(rest.trimStart(), column, indent, level);
    this.at++;
    if (this.skip() >= this.lines.length) return null;
    const next = this.lines[this.at];
    const isList = indentOf(next) === indent && /^-(\s|$)/.test(next.slice(indent));
    return this.block(isList ? indent : indent + 1, level + 1);
  }

  /** Behind a block nothing may stand deeper than it. */
  mustLeave(indent) {
    if (this.skip() < this.lines.length && indentOf(this.lines[this.at]) >= indent) {
      const stays = indentOf(this.lines[this.at]) > indent || !/^-(\s|$)/.test(this.lines[this.at].slice(indent));
      if (stays) badYaml("this line fits nowhere", this.at);
    }
  }

  /** A value that begins on this line, of a parent with that indent. */
  inline(rest, column, indent, level) {
    const first = rest[0];
    if (first === "|" || first === ">") return this.blockText(rest, indent);
    if (first === "'" || first === '"' || first === "[" || first === "{") return this.delimited(rest, indent, level);
    if (/^[&*!%@`,\]}]/.test(first) || /^[?:-](\s|$)/.test(rest)) badYaml(`a value that begins with ${first}`, this.at);
    const parts = [this.plainPart(rest)];
    let ended = withoutComment(rest).length < rest.trimEnd().length;
    for (this.at++; this.at < this.lines.length && !ended; this.at++) {
      const line = this.lines[this.at];
      if (line.trim() === "") {
        parts.push("");
        continue;
      }
      if (indentOf(line) <= indent || line.trimStart().startsWith("#")) break;
      parts.push(this.plainPart(line));
      ended = withoutComment(line).length < line.trimEnd().length;
    }
    while (parts.at(-1) === "") parts.pop();
    return scalar(folded(parts));
  }

  plainPart(text) {
    const part = withoutComment(text).trim();
    if (/:(\s|$)/.test(part)) badYaml("a colon within a plain text", this.at);
    return part;
  }

  /** A literal (`|`) or folded (`>`) text. */
  blockText(header, indent) {
    const found = /^([|>])([+-]?)\s*(#.*)?$/.exec(header);
    if (!found) badYaml("an unknown head of a text", this.at);
    const lines = [];
    let own = -1;
    for (this.at++; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at];
      const blank = line.trim() === "";
      if (!blank && own < 0) own = indentOf(line);
      if (!blank && (indentOf(line) <= indent || indentOf(line) < own)) break;
      lines.push(blank ? line.slice(Math.max(own, 0)) : line.slice(own));
    }
    let trailing = 0;
    while (lines.length && lines.at(-1) === "") trailing += lines.pop() === "" ? 1 : 0;
    if (lines.some((line) => line.trim() === "" && line !== "")) badYaml("spaces alone on a line of a text", this.at);
    if (!lines.length) return "";
    const body = found[1] === "|" ? lines.join("\n") : foldedBlock(lines, this.at);
    return body + { "-": "", "+": "\n".repeat(trailing + 1), "": "\n" }[found[2]];
  }

  /** A value in quotes or brackets, perhaps over several lines. */
  delimited(rest, indent, level) {
    const later = this.lines.slice(this.at + 1);
    const whole = [rest, ...later].join("\n");
    const flow = new FlowReader(whole, this.at);
    const value = flow.value(level);
    const used = whole.slice(0, flow.at).split("\n").length - 1;
    const end = whole.slice(flow.at).split("\n")[0];
    if (!/^\s*(\s#.*)?$/.test(end)) badYaml("text behind the end of a value", this.at + used);
    for (const line of later.slice(0, used)) {
      if (line.trim() !== "" && indentOf(line) <= indent) badYaml("a value that is indented too little", this.at);
    }
    this.at += used + 1;
    return value;
  }
}

/** Lines of a plain or quoted text joined: one line break is a space, of more each further one stays. */
function folded(parts) {
  let out = "";
  let empty = 0;
  for (const [at, part] of parts.entries()) {
    if (at > 0 && part === "") empty++;
    else {
      if (at > 0) out += empty ? "\n".repeat(empty) : " ";
      out += part;
      empty = 0;
    }
  }
  return out;
}

function foldedBlock(lines, at) {
  if (lines.some((line) => /^\s/.test(line))) badYaml("an indented line in a folded text", at);
  return folded(lines);
}

/** The key of a line and what follows its colon; null if it has none. */
function splitKey(text, line) {
  if (text.startsWith("'") || text.startsWith('"')) {
    const flow = new FlowReader(text, line);
    let key;
    try {
      key = flow.quoted();
    } catch {
      return null;
    }
    const behind = /^\s*:(?=\s|$)/.exec(text.slice(flow.at));
    return behind ? { key, rest: text.slice(flow.at + behind[0].length) } : null;
  }
  if (/^[[{|>]/.test(text)) return null;
  const plain = withoutComment(text);
  const at = /:(\s|$)/.exec(plain);
  if (!at) return null;
  const key = plain.slice(0, at.index).trimEnd();
  if (key === "" || /^[&*!%@`,\]}#]/.test(key) || /^[?-]\s/.test(key)) badYaml("a key of an unknown form", line);
  const value = scalar(key);
  if (typeof value !== "string") badYaml("a key that is no text", line);
  return { key: value, rest: text.slice(at.index + 1) };
}

/** Values in quotes and brackets. */
class FlowReader {
  constructor(text, line) {
    this.text = text;
    this.at = 0;
    this.line = line;
  }

  fail(why) {
    badYaml(why, this.line + this.text.slice(0, this.at).split("\n").length - 1);
  }

  space() {
    for (;;) {
      const found = /^(\s+|#[^\n]*)/.exec(this.text.slice(this.at, this.at + 4096));
      if (!found || (found[0][0] === "#" && !/\s/.test(this.text[this.at - 1] ?? " "))) return;
      this.at += found[0].length;
    }
  }

  take(mark) {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  value(level) {
    if (level > MAX_YAML_LEVELS) this.fail("nested too deep");
    this.space();
    const first = this.text[this.at];
    if (first === "[") return this.list(level);
    if (first === "{") return this.map(level);
    if (first === "'" || first === '"') return this.quoted();
    return scalar(this.plain());
  }

  list(level) {
    this.at++;
    const items = [];
    while (!this.take("]")) {
      items.push(this.value(level + 1));
      this.space();
      if (this.text[this.at] === ":") this.fail("a pair within a list");
      if (!this.take(",") && this.text[this.at] !== "]") this.fail("a list without an end");
    }
    return items;
  }

  map(level) {
    this.at++;
    const members = new Map();
    while (!this.take("}")) {
      const key = this.value(level + 1);
      if (typeof key !== "string") this.fail("a key that is no text");
      if (members.has(key)) this.fail(`${key} stands twice`);
      if (!this.take(":")) this.fail("a key without a value");
      this.space();
      const empty = this.text[this.at] === "," || this.text[this.at] === "}";
      members.set(key, empty ? null : this.value(level + 1));
      if (!this.take(",") && (this.space(), this.text[this.at]) !== "}") this.fail("a mapping without an end");
    }
    return members;
  }

  plain() {
    const found = /^(?:[^\s,[\]{}:#]|:(?![\s,[\]{}]|$)|[ \t]+(?![\s#,[\]{}:]|$)|(?<!\s)#)+/.exec(this.text.slice(this.at));
    if (!found || /^[&*!%@`|>?'"]/.test(found[0]) || /^-(\s|$)/.test(found[0])) this.fail("an unknown form of a value");
    this.at += found[0].length;
    return found[0].trim();
  }

  quoted() {
    const rest = this.text.slice(this.at);
    const found = (rest[0] === "'" ? /^'((?:[^']|'')*)'/ : /^"((?:[^"\\]|\\[^])*)"/).exec(rest);
    if (!found) this.fail("a quote without an end");
    if (rest[0] === '"' && /\\\n/.test(found[1])) this.fail("a line break behind a backslash");
    this.at += found[0].length;
    const lines = found[1].split("\n");
    const text = lines.length > 1 ? folded(trimLines(lines)) : found[1];
    return rest[0] === "'" ? text.replaceAll("''", "'") : this.unescape(text);
  }

  unescape(text) {
    return text.replace(/\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([^]))/g, (_, x, u, long, one) => {
      if (one === undefined) {
        const code = parseInt(x ?? u ?? long, 16);
        if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.fail("an unknown character");
        return String.fromCodePoint(code);
      }
      if (!Object.hasOwn(ESCAPES, one)) this.fail("an unknown escape");
      return ESCAPES[one];
    });
  }
}

const ESCAPES = {
  0: "\0", a: "\x07", b: "\b", t: "\t", "\t": "\t", n: "\n", v: "\v", f: "\f", r: "\r", e: "\x1b", " ": " ",
  '"': '"', "/": "/", "\\": "\\", N: "\x85", _: "\xa0", L: "\u2028", P: "\u2029",
};

/** Lines of a quoted text without the spaces where they were broken. */
function trimLines(lines) {
  return lines.map((line, at) => {
    const left = at > 0 ? line.trimStart() : line;
    return at < lines.length - 1 ? left.trimEnd() : left;
  });
}

/** The value of a plain text, as the core schema of YAML has it. */
function scalar(text) {
  if (/^(~|null|Null|NULL)?$/.test(text)) return null;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^[+-]?(0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)$/.test(text) || /^[+-]?\.(inf|Inf|INF|nan|NaN|NAN)$/.test(text)) {
    throw new YamlError(`a number of an unusual form: ${text}`);
  }
  if (/^[+-]?0\d+$/.test(text)) return text;
  if (/^[+-]?\d+$/.test(text)) {
    const number = BigInt(text.replace("+", ""));
    if (number >= 2n ** 63n || number < -(2n ** 63n)) throw new YamlError(`a number of over 64 bits: ${text}`);
    return number;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    const number = Number(text);
    if (Number.isFinite(number)) return number;
  }
  return text;
}
