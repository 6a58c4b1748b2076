//! The value of a field, its type name and its one text (docs/spec/record.md, "Values").

use std::fmt::Write;

/// A field's value as it stood in the record.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Present, without a value.
    Null,
    /// True or false.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A finite or non-finite double; its text is that of ECMA-262; the sign of zero and the payload of a NaN are not kept.
    Float(f64),
    /// UTF-8 text.
    Text(String),
}

/// A type name or a text that is not the one spelling of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a field value in its canonical spelling")]
pub struct ValueError;

impl FieldValue {
    /// The type's name, as it is committed to and written in a dossier.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::UInt(_) => "uint",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
        }
    }

    /// Writes the value's text into `out`, which is cleared first.
    pub fn write_text(&self, out: &mut String) {
        out.clear();
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::UInt(value) => write!(out, "{value}"),
            Self::Float(value) => {
                push_float(out, *value);
                Ok(())
            }
            Self::Text(value) => out.write_str(value),
        };
    }

    /// The value's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text);
        text
    }

    /// Reads a type name and a text; a second spelling of the same value is an error.
    ///
    /// # Errors
    /// [`ValueError`] on an unknown type or any text that `to_text` would not have written.
    pub fn parse(type_name: &str, text: &str) -> Result<Self, ValueError> {
        let value = match type_name {
            "null" => Self::Null,
            "bool" => Self::Bool(text.parse().map_err(|_| ValueError)?),
            "int" => Self::Int(text.parse().map_err(|_| ValueError)?),
            "uint" => Self::UInt(text.parse().map_err(|_| ValueError)?),
            "float" => Self::Float(text.parse().map_err(|_| ValueError)?),
            "text" => Self::Text(text.to_owned()),
            _ => return Err(ValueError),
        };
        if value.to_text() == text { Ok(value) } else { Err(ValueError) }
    }
}

/// Appends `f` as ECMA-262 `Number::toString` does (the form that RFC 8785 prescribes): the shortest
/// digits that give `f` back, plain between 1e-7 and 1e21, with an exponent outside.
fn push_float(out: &mut String, f: f64) {
    if f.is_nan() {
        return out.push_str("NaN");
    }
    if f == 0.0 {
        return out.push('0');
    }
    if f < 0.0 {
        out.push('-');
    }
    if f.is_infinite() {
        return out.push_str("Infinity");
    }
    let scientific = format!("{:e}", f.abs());
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return };
    let Ok(exponent) = exponent.parse::<i32>() else { return };
    let mut digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    prefer_even(&mut digits, f.abs());
    // The decimal point stands before digit number `point`, counted from zero.
    let point = exponent + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |n: i32| (0..n).map(|_| '0');
    if count <= point && point <= 21 {
        out.push_str(&digits);
        out.extend(zeros(point - count));
    } else if 0 < point && point <= 21 {
        let (whole, rest) = digits.split_at(usize::try_from(point).unwrap_or(0));
        out.push_str(whole);
        out.push('.');
        out.push_str(rest);
    } else if -6 < point && point <= 0 {
        out.push_str("0.");
        out.extend(zeros(-point));
        out.push_str(&digits);
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        _ = write!(out, "e{exponent:+}");
    }
}

/// Of two shortest digit strings equally near to `f` ECMA-262 takes the even one, Rust the larger.
fn prefer_even(digits: &mut String, f: f64) {
    let Some(last) = digits.pop() else { return };
    let count = digits.len() + 1;
    let exact_digits =
        |n: usize| -> String { format!("{f:.n$e}").chars().filter(char::is_ascii_digit).collect() };
    let mut even = last;
    if matches!(last, '1' | '3' | '5' | '7' | '9') && exact_digits(count).as_bytes().get(count) == Some(&b'5')
    {
        // No double has more than 767 significant digits: this is its exact value.
        let mantissa = format!("{f:.800e}");
        let exact: String =
            mantissa.split('e').next().unwrap_or("").chars().filter(char::is_ascii_digit).collect();
        let tie = exact.bytes().skip(count + 1).all(|b| b == b'0');
        let below = exact.as_bytes().get(count - 1).is_some_and(|b| char::from(*b) != last);
        if tie && below {
            even = char::from(last as u8 - 1);
        }
    }
    digits.push(even);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_spelt_as_ecma_262_does() {
        // Samples of RFC 8785, appendix B, that are finite.
        for (bits, text) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
        ] {
            assert_eq!(FieldValue::Float(f64::from_bits(bits)).to_text(), text, "{bits:016x}");
        }
        assert_eq!(FieldValue::Float(-0.000_003_670_9).to_text(), "-0.0000036709");
        assert_eq!(FieldValue::Float(1_424_953_923_781_206.2).to_text(), "1424953923781206.2");
        assert_eq!(FieldValue::Float(f64::NEG_INFINITY).to_text(), "-Infinity");
        assert_eq!(FieldValue::Float(f64::NAN).to_text(), "NaN");
    }

    proptest::proptest! {
        #[test]
        fn every_float_comes_back(bits: u64) {
            let f = f64::from_bits(bits);
            match FieldValue::parse("float", &FieldValue::Float(f).to_text()) {
                Ok(FieldValue::Float(g)) => proptest::prop_assert!(f == g || (f.is_nan() && g.is_nan())),
                other => proptest::prop_assert!(false, "{other:?}"),
            }
        }
    }
}
