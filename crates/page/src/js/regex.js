// Regular expressions as docs/spec/sigma.md has them: matched by a set of states, so that no expression runs for ever.
// What one character may be is asked of the browser, one character at a time.

/** Why an expression is not evaluated here. */
class RegexError extends Error {}

const MAX_STATES = 20000;
const CLASS_ESCAPES = {
  d: "\\p{Nd}", D: "\\P{Nd}", s: "\\p{White_Space}", S: "\\P{White_Space}",
  w: "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}",
};
const NO_WORD = `[^${CLASS_ESCAPES.w}]`;
const CONTROLS = { t: 9, n: 10, r: 13, f: 12, v: 11, a: 7 };
const WORD = new RegExp(`^[${CLASS_ESCAPES.w}]$`, "u");

class RegexParser {
  constructor(text, flags) {
    this.chars = [...text];
    this.at = 0;
    this.flags = { ...flags };
  }

  fail(why) {
    throw new RegexError(`the regular expression has ${why}`);
  }

  get next() {
    return this.chars[this.at];
  }

  parse() {
    const out = this.choice(0);
    if (this.at < this.chars.length) this.fail("a bracket that closes nothing");
    return out;
  }

  choice(depth) {
    if (depth > 100) this.fail("groups nested too deep");
    const options = [this.sequence(depth)];
    while (this.next === "|") {
      this.at++;
      options.push(this.sequence(depth));
    }
    return options.length > 1 ? { choice: options } : options[0];
  }

  sequence(depth) {
    const parts = [];
    while (this.at < this.chars.length && this.next !== "|" && this.next !== ")") {
      const part = this.atom(depth);
      if (part) parts.push(this.repeated(part));
    }
    return { sequence: parts };
  }

  repeated(part) {
    const simple = { "*": [0, Infinity], "+": [1, Infinity], "?": [0, 1] }[this.next];
    let range = simple;
    if (simple) this.at++;
    else if (this.next === "{") {
      const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.chars.slice(this.at, this.at + 12).join(""));
      if (!found) this.fail("an unusual brace");
      this.at += found[0].length;
      const low = Number(found[1]);
      range = [low, found[2] === undefined ? low : found[3] === "" ? Infinity : Number(found[3])];
      if (range[1] < low) this.fail("a repetition from more to fewer");
    }
    if (!range) return part;
    if (this.next === "?") this.at++;
    if (["*", "+", "?", "{"].includes(this.next)) this.fail("a repetition of a repetition");
    return { repeat: part, low: range[0], high: range[1] };
  }

  atom(depth) {
    const c = this.next;
    this.at++;
    if (c === "(") return this.group(depth);
    if (c === "[") return this.set();
    if (c === "\\") return this.escape();
    if (c === ".") return this.one(this.flags.s ? "[^]" : "[^\\n]");
    if (c === "^") return { assert: this.flags.m ? "line-start" : "start" };
    if (c === "$") return { assert: this.flags.m ? "line-end" : "end" };
    if (["*", "+", "?", "{"].includes(c)) this.fail("a repetition of nothing");
    return this.literal(c);
  }

  group(depth) {
    const before = { ...this.flags };
    if (this.next === "?") {
      const head = this.chars.slice(this.at, this.at + 80).join("");
      const flags = /^\?([ims]*)(?:-([ims]+))?([:)])/.exec(head);
      const name = /^\?P?<[A-Za-z_][A-Za-z0-9_]*>/.exec(head);
      if (!flags && !name) this.fail("a group of an unusual kind");
      this.at += (flags ?? name)[0].length;
      if (flags) {
        for (const flag of flags[1]) this.flags[flag] = true;
        for (const flag of flags[2] ?? "") this.flags[flag] = false;
        // Flags alone count until the group around them ends.
        if (flags[3] === ")") return null;
      }
    }
    const inner = this.choice(depth + 1);
    if (this.next !== ")") this.fail("a bracket without an end");
    this.at++;
    this.flags = before;
    return inner;
  }

  escape() {
    const c = this.next;
    this.at++;
    if (c === "b") return { assert: "boundary" };
    if (c === "B") return { assert: "no-boundary" };
    if (c === "A") return { assert: "start" };
    if (c === "z") return { assert: "end" };
    if (c === "W") return this.one(NO_WORD);
    if (Object.hasOwn(CLASS_ESCAPES, c ?? "")) return this.one(`[${CLASS_ESCAPES[c]}]`);
    if (c === "p" || c === "P") this.fail("a Unicode class");
    return this.literal(String.fromCodePoint(this.code(c)));
  }

  /** The character that an escape stands for. */
  code(c) {
    if (c === "x" || c === "u" || c === "U") {
      const digits = { x: 2, u: 4, U: 8 }[c];
      const head = this.chars.slice(this.at, this.at + 12).join("");
      const found = /^\{([0-9A-Fa-f]{1,8})\}/.exec(head) ?? new RegExp(`^([0-9A-Fa-f]{${digits}})`).exec(head);
      if (!found) this.fail("an unknown escape");
      this.at += found[0].length;
      const code = parseInt(found[1], 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.fail("an unknown character");
      return code;
    }
    if (c !== undefined && Object.hasOwn(CONTROLS, c)) return CONTROLS[c];
    if (c === undefined || !/^[!-/:-@[-`{-~]$/.test(c) || c === "<" || c === ">") this.fail("an unknown escape");
    return c.codePointAt(0);
  }

  set() {
    let body = this.next === "^" ? "^" : "";
    this.at += body.length;
    let first = true;
    while (this.next !== "]" || first) {
      const c = this.next;
      if (c === undefined) this.fail("a set without an end");
      if (c === "[" || (this.chars[this.at + 1] === c && ["&", "~", "-"].includes(c))) this.fail("a set within a set");
      body += this.member(c, first);
      first = false;
    }
    this.at++;
    return this.one(`[${body}]`);
  }

  /** A character, a range or a class in a set. */
  member(c, first) {
    this.at++;
    if (c === "\\" && Object.hasOwn(CLASS_ESCAPES, this.next ?? "")) {
      this.at++;
      return CLASS_ESCAPES[this.chars[this.at - 1]];
    }
    const low = this.memberCode(c);
    if (c === "-" && !first && this.next !== "]") this.fail("a hyphen of unclear meaning");
    const ranges = this.next === "-" && this.chars[this.at + 1] !== "]";
    if (!ranges) return spelled(low);
    this.at++;
    const end = this.next;
    this.at++;
    if (end === undefined || end === "[") this.fail("a range without an end");
    const high = this.memberCode(end);
    if (high < low) this.fail("a range from more to less");
    return `${spelled(low)}-${spelled(high)}`;
  }

  memberCode(c) {
    if (c !== "\\") return c.codePointAt(0);
    const escaped = this.next;
    this.at++;
    return this.code(escaped);
  }

  literal(c) {
    return this.one(spelled(c.codePointAt(0)));
  }

  one(source) {
    return { one: new RegExp(`^${source}$`, this.flags.i ? "ui" : "u") };
  }
}

function spelled(code) {
  return `\\u{${code.toString(16)}}`;
}

/** States: {one, to}, {assert, to}, {split: [to, …]}, and the last, which accepts. */
class Regex {
  constructor(text, flags) {
    this.states = [{ accepts: true }];
    this.start = this.compile(new RegexParser(text, flags).parse(), 0);
  }

  state(state) {
    if (this.states.length >= MAX_STATES) throw new RegexError("the regular expression is too big");
    return this.states.push(state) - 1;
  }

  /** The state from which `node` is matched, and then what `to` asks. */
  compile(node, to) {
    if (node.sequence) return node.sequence.reduceRight((next, part) => this.compile(part, next), to);
    if (node.choice) return this.state({ split: node.choice.map((option) => this.compile(option, to)) });
    if (node.repeat) return this.compileRepeat(node, to);
    return this.state({ ...node, to });
  }

  compileRepeat({ repeat, low, high }, to) {
    let next = to;
    if (high === Infinity) {
      const loop = { split: [to] };
      next = this.state(loop);
      loop.split.push(this.compile(repeat, next));
    } else {
      for (let more = low; more < high; more++) next = this.state({ split: [to, this.compile(repeat, next)] });
    }
    for (let times = 0; times < low; times++) next = this.compile(repeat, next);
    return next;
  }

  /** Whether it matches anywhere in the text. */
  test(text) {
    const chars = [...text];
    let current = new Set();
    for (let at = 0; at <= chars.length; at++) {
      if (this.reach(this.start, chars, at, current)) return true;
      const following = new Set();
      for (const place of at < chars.length ? current : []) {
        const state = this.states[place];
        if (state.one?.test(chars[at]) && this.reach(state.to, chars, at + 1, following)) return true;
      }
      current = following;
    }
    return false;
  }

  /** Adds what can be reached without a character; whether the end is. */
  reach(from, chars, at, into) {
    const open = [from];
    while (open.length) {
      const place = open.pop();
      const state = this.states[place];
      if (into.has(place)) continue;
      into.add(place);
      if (state.accepts) return true;
      if (state.split) open.push(...state.split);
      else if (state.assert && asserted(state.assert, chars, at)) open.push(state.to);
    }
    return false;
  }
}

function asserted(what, chars, at) {
  const [before, after] = [chars[at - 1], chars[at]];
  const word = (c) => c !== undefined && WORD.test(c);
  switch (what) {
    case "start": return at === 0;
    case "end": return at === chars.length;
    case "line-start": return at === 0 || before === "\n";
    case "line-end": return at === chars.length || after === "\n";
    case "boundary": return word(before) !== word(after);
    default: return word(before) === word(after);
  }
}
