//! Value modifiers: from a key such as `CommandLine|windash|contains|all` and its values to predicates.

use std::collections::BTreeMap;
use std::sync::Arc;

use rsigma_parser::{Modifier, SigmaString, SigmaValue, SpecialChar, StringPart};

use crate::pattern::{
    Cidr, Comparison, Encoding, FieldRef, Glob, Link, Number, Operator, Part, Predicate, RegexPattern,
    TimePart, encode, fold, windash,
};

/// Values for `%name%` in rules with the modifier `expand`.
pub(crate) type Placeholders = BTreeMap<String, Vec<String>>;

/// Longer wildcard patterns are refused: their cost is pattern times value.
const MAX_PATTERN: usize = 16 << 10;

/// What a key's modifiers say, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Modifiers {
    operation: Operation,
    encodings: Vec<Encoding>,
    /// All values must match, not one.
    pub(crate) all: bool,
    /// None of the values must match.
    pub(crate) negated: bool,
    cased: bool,
    expand: bool,
    regex_flags: [bool; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Text(Link),
    Regex,
    Cidr,
    Exists,
    FieldRef(Link),
    Compare(Operator),
    Time(TimePart, Operator),
}

/// One alternative of a value: the predicate, and how a reader would write it.
pub(crate) struct Pattern {
    pub(crate) predicate: Predicate,
    pub(crate) shown: Arc<str>,
}

impl Modifiers {
    /// Takes the modifiers of a key apart; `keyword` where there is no field.
    ///
    /// # Errors
    /// Modifiers that cannot stand together.
    pub(crate) fn new(list: &[Modifier], keyword: bool) -> Result<Self, String> {
        // A keyword is searched anywhere in the record.
        let start = Operation::Text(if keyword { Link::Contains } else { Link::Equals });
        let mut out = Self {
            operation: start,
            encodings: Vec::new(),
            all: false,
            negated: false,
            cased: false,
            expand: false,
            regex_flags: [false; 3],
        };
        for modifier in list {
            out.add(*modifier, start)?;
        }
        if out.regex_flags.contains(&true) && out.operation != Operation::Regex {
            return Err("the flags i, m and s need the modifier re".into());
        }
        if !out.encodings.is_empty() && !matches!(out.operation, Operation::Text(_)) {
            return Err("an encoding applies to text only".into());
        }
        if keyword && !matches!(out.operation, Operation::Text(_) | Operation::Regex | Operation::Cidr) {
            return Err("this modifier needs a field".into());
        }
        Ok(out)
    }

    fn add(&mut self, modifier: Modifier, start: Operation) -> Result<(), String> {
        match modifier {
            Modifier::Contains => self.link(Link::Contains, start)?,
            Modifier::StartsWith => self.link(Link::StartsWith, start)?,
            Modifier::EndsWith => self.link(Link::EndsWith, start)?,
            Modifier::All => self.all = true,
            Modifier::Base64 => self.encodings.push(Encoding::Base64),
            Modifier::Base64Offset => self.encodings.push(Encoding::Base64Offset),
            Modifier::Wide => self.encodings.push(Encoding::Utf16Le),
            Modifier::Utf16be => self.encodings.push(Encoding::Utf16Be),
            Modifier::Utf16 => self.encodings.push(Encoding::Utf16WithMark),
            Modifier::WindAsh => self.encodings.push(Encoding::Windash),
            Modifier::Re => self.set(Operation::Regex, start)?,
            Modifier::Cidr => self.set(Operation::Cidr, start)?,
            Modifier::Cased => self.cased = true,
            Modifier::Exists => self.set(Operation::Exists, start)?,
            Modifier::Expand => self.expand = true,
            Modifier::FieldRef => {
                let link = if let Operation::Text(link) = self.operation { link } else { Link::Equals };
                self.operation = Operation::FieldRef(link);
            }
            Modifier::Gt => self.compare(Operator::Greater, start)?,
            Modifier::Gte => self.compare(Operator::GreaterOrEqual, start)?,
            Modifier::Lt => self.compare(Operator::Less, start)?,
            Modifier::Lte => self.compare(Operator::LessOrEqual, start)?,
            Modifier::Neq => self.negated = true,
            Modifier::IgnoreCase => self.regex_flags[0] = true,
            Modifier::Multiline => self.regex_flags[1] = true,
            Modifier::DotAll => self.regex_flags[2] = true,
            Modifier::Minute => self.time(TimePart::Minute, start)?,
            Modifier::Hour => self.time(TimePart::Hour, start)?,
            Modifier::Day => self.time(TimePart::Day, start)?,
            Modifier::Week => self.time(TimePart::Week, start)?,
            Modifier::Month => self.time(TimePart::Month, start)?,
            Modifier::Year => self.time(TimePart::Year, start)?,
        }
        Ok(())
    }

    fn set(&mut self, operation: Operation, start: Operation) -> Result<(), String> {
        if self.operation != start {
            return Err("two modifiers of one key say different ways to compare".into());
        }
        self.operation = operation;
        Ok(())
    }

    fn link(&mut self, link: Link, start: Operation) -> Result<(), String> {
        match self.operation {
            Operation::FieldRef(Link::Equals) => self.operation = Operation::FieldRef(link),
            // An expression is searched anywhere already.
            Operation::Regex if link == Link::Contains => {}
            Operation::Text(_) if self.operation == start || self.operation == Operation::Text(link) => {
                self.operation = Operation::Text(link);
            }
            _ => return Err("two modifiers of one key say different ways to compare".into()),
        }
        Ok(())
    }

    fn compare(&mut self, operator: Operator, start: Operation) -> Result<(), String> {
        match self.operation {
            Operation::Time(part, Operator::Equal) => self.operation = Operation::Time(part, operator),
            _ => self.set(Operation::Compare(operator), start)?,
        }
        Ok(())
    }

    fn time(&mut self, part: TimePart, start: Operation) -> Result<(), String> {
        match self.operation {
            Operation::Compare(operator) => self.operation = Operation::Time(part, operator),
            _ => self.set(Operation::Time(part, Operator::Equal), start)?,
        }
        Ok(())
    }

    /// The predicates for one value; the value matches where one of them is true.
    ///
    /// # Errors
    /// A value that the modifiers cannot take, with the reason.
    pub(crate) fn patterns(
        &self,
        value: &SigmaValue,
        placeholders: &Placeholders,
    ) -> Result<Vec<Pattern>, String> {
        let mut out = Vec::new();
        for value in self.expanded(value, placeholders)? {
            match self.operation {
                Operation::Text(link) => self.text(&value, link, &mut out)?,
                _ => out.push(self.other(&value)?),
            }
        }
        Ok(out)
    }

    fn expanded(&self, value: &SigmaValue, placeholders: &Placeholders) -> Result<Vec<SigmaValue>, String> {
        let SigmaValue::String(text) = value else { return Ok(vec![value.clone()]) };
        if !self.expand {
            return Ok(vec![value.clone()]);
        }
        let mut done = vec![text.original.clone()];
        while let Some(name) = done.first().and_then(|t| placeholder_name(t)).map(str::to_owned) {
            let values = placeholders.get(&name).ok_or_else(|| {
                format!("placeholder %{name}% has no values: give them in a placeholder table")
            })?;
            if values.iter().any(|v| placeholder_name(v).is_some()) || done.len() * values.len() > MAX_PATTERN
            {
                return Err(format!("placeholder %{name}% has values that cannot be used"));
            }
            let mark = format!("%{name}%");
            done = done.iter().flat_map(|t| values.iter().map(|v| t.replace(&mark, v))).collect();
        }
        let read = |t: &String| match self.operation {
            Operation::Regex => SigmaValue::from_raw_string(t),
            _ => SigmaValue::String(SigmaString::new(t)),
        };
        Ok(done.iter().map(read).collect())
    }

    fn text(&self, value: &SigmaValue, link: Link, out: &mut Vec<Pattern>) -> Result<(), String> {
        let glob = match value {
            SigmaValue::String(text) => from_sigma(text),
            SigmaValue::Integer(number) => literal(&number.to_string()),
            // A number with a fraction has many spellings: compare it as a number.
            SigmaValue::Float(number) if link == Link::Equals && self.encodings.is_empty() => {
                let number = Number::from_f64(*number).ok_or("a number must be finite")?;
                let shown = value.to_string().into();
                let predicate = Predicate::Number(Comparison { operator: Operator::Equal, number });
                out.push(Pattern { predicate, shown });
                return Ok(());
            }
            SigmaValue::Float(number) => literal(&number.to_string()),
            SigmaValue::Bool(flag) => literal(&flag.to_string()),
            SigmaValue::Null if link == Link::Equals && self.encodings.is_empty() => {
                out.push(Pattern { predicate: Predicate::Absent, shown: "null".into() });
                return Ok(());
            }
            SigmaValue::Null => return Err("null cannot be searched in text".into()),
        };
        let mut globs = vec![glob];
        for encoding in &self.encodings {
            let mut next = Vec::new();
            for glob in &globs {
                next.extend(encoded(*encoding, glob)?);
            }
            globs = next;
        }
        for glob in globs {
            if glob.parts().iter().any(|part| matches!(part, Part::Literal(text) if is_stand_in(text))) {
                return Err("the encoded value is not text: add base64 or base64offset".into());
            }
            let glob = linked(glob, link);
            if glob.len() > MAX_PATTERN {
                return Err(format!("a pattern is longer than {MAX_PATTERN} characters"));
            }
            let shown = show(&glob).into();
            let predicate = if glob.parts() == [Part::Many] {
                Predicate::Present
            } else if self.cased {
                Predicate::Text { glob, cased: true }
            } else {
                Predicate::Text { glob: folded(&glob), cased: false }
            };
            out.push(Pattern { predicate, shown });
        }
        Ok(())
    }

    fn other(&self, value: &SigmaValue) -> Result<Pattern, String> {
        let text = plain(value)?;
        let (predicate, shown) = match self.operation {
            Operation::Regex => {
                let [ignore_case, multi_line, dot_all] = self.regex_flags;
                let shown = format!("/{text}/");
                (Predicate::Regex(RegexPattern { text, ignore_case, multi_line, dot_all }), shown)
            }
            Operation::Cidr => {
                let cidr =
                    Cidr::parse(&text).ok_or_else(|| format!("{text} is no network in CIDR notation"))?;
                (Predicate::Cidr(cidr), text)
            }
            Operation::Exists => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" => (Predicate::Present, "exists".into()),
                "false" | "no" => (Predicate::Absent, "does not exist".into()),
                _ => return Err("exists takes true or false".into()),
            },
            Operation::FieldRef(link) => {
                let how = match link {
                    Link::Equals => "equals",
                    Link::Contains => "contains",
                    Link::StartsWith => "startswith",
                    Link::EndsWith => "endswith",
                };
                let shown = format!("{how} field {text}");
                (Predicate::FieldRef(FieldRef { other: text.into(), link, cased: self.cased }), shown)
            }
            Operation::Compare(operator) => {
                (Predicate::Number(comparison(operator, &text)?), sign(operator, &text))
            }
            Operation::Time(part, operator) => {
                let shown = format!("{part:?} {}", sign(operator, &text)).to_lowercase();
                (Predicate::Time(part, comparison(operator, &text)?), shown)
            }
            Operation::Text(_) => return Err("text is compared elsewhere".into()),
        };
        Ok(Pattern { predicate, shown: shown.into() })
    }
}

fn comparison(operator: Operator, text: &str) -> Result<Comparison, String> {
    let number = Number::parse(text).ok_or_else(|| format!("{text} is no number"))?;
    Ok(Comparison { operator, number })
}

fn sign(operator: Operator, text: &str) -> String {
    let sign = match operator {
        Operator::Equal => "=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
    };
    format!("{sign} {text}")
}

/// The name of the first `%name%` in the text.
fn placeholder_name(text: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(open) = text[from..].find('%').map(|at| at + from) {
        let rest = &text[open + 1..];
        let close = rest.find('%')?;
        let name = &rest[..close];
        if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return Some(name);
        }
        from = open + 1;
    }
    None
}

fn literal(text: &str) -> Glob {
    Glob::new([Part::Literal(text.to_owned())])
}

fn from_sigma(text: &SigmaString) -> Glob {
    Glob::new(text.parts.iter().map(|part| match part {
        StringPart::Plain(text) => Part::Literal(text.clone()),
        StringPart::Special(SpecialChar::WildcardMulti) => Part::Many,
        StringPart::Special(SpecialChar::WildcardSingle) => Part::One,
    }))
}

fn plain(value: &SigmaValue) -> Result<String, String> {
    match value {
        SigmaValue::String(text) => Ok(text.as_plain().unwrap_or_else(|| text.original.clone())),
        SigmaValue::Integer(number) => Ok(number.to_string()),
        SigmaValue::Float(number) => Ok(number.to_string()),
        SigmaValue::Bool(flag) => Ok(flag.to_string()),
        SigmaValue::Null => Err("null cannot be compared in this way".into()),
    }
}

fn encoded(encoding: Encoding, glob: &Glob) -> Result<Vec<Glob>, String> {
    if encoding == Encoding::Windash {
        return windash(glob).map_err(str::to_owned);
    }
    let bytes = match glob.parts() {
        [] => return Err("an empty value cannot be encoded".into()),
        [Part::Literal(text)] => to_bytes(text),
        _ => return Err("a value with wildcards cannot be encoded".into()),
    };
    let variants = encode(encoding, &bytes)?;
    Ok(variants.into_iter().map(|bytes| literal(&from_bytes(&bytes))).collect())
}

/// Between encodings a value is bytes; a pattern is text. Where the bytes are not UTF-8, each stands for the
/// character of its number from U+F700 on (private use), so that the next encoding gets the byte back.
const BYTE_BASE: u32 = 0xf700;

fn from_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().filter_map(|b| char::from_u32(BYTE_BASE + u32::from(*b))).collect(),
    }
}

fn to_bytes(text: &str) -> Vec<u8> {
    let stood_for: Option<Vec<u8>> = text.chars().map(stand_in_byte).collect();
    stood_for.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn stand_in_byte(c: char) -> Option<u8> {
    u32::from(c).checked_sub(BYTE_BASE).and_then(|n| u8::try_from(n).ok())
}

fn is_stand_in(text: &str) -> bool {
    text.chars().any(|c| stand_in_byte(c).is_some())
}

fn linked(glob: Glob, link: Link) -> Glob {
    let before = matches!(link, Link::Contains | Link::EndsWith).then_some(Part::Many);
    let after = matches!(link, Link::Contains | Link::StartsWith).then_some(Part::Many);
    Glob::new(before.into_iter().chain(glob.parts().iter().cloned()).chain(after))
}

fn folded(glob: &Glob) -> Glob {
    Glob::new(glob.parts().iter().map(|part| match part {
        Part::Literal(text) => Part::Literal(fold(text)),
        other => other.clone(),
    }))
}

fn show(glob: &Glob) -> String {
    let shown = glob.parts().iter().map(|part| match part {
        Part::Literal(text) => text.as_str(),
        Part::Many => "*",
        Part::One => "?",
    });
    shown.collect()
}
