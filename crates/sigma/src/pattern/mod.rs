//! What a value is compared with: each kind of pattern, alone, on one value.

mod cidr;
mod encode;
mod fold;
mod glob;
mod literals;
mod number;
mod predicate;
mod regexes;
mod time;

pub(crate) use cidr::Cidr;
pub(crate) use encode::{Encoding, encode, windash};
pub(crate) use fold::{fold, fold_into};
pub(crate) use glob::{Glob, Part, Shape};
pub(crate) use literals::required_literals;
pub(crate) use number::{Comparison, Number, Operator};
pub(crate) use predicate::{Atom, FieldRef, Link, Predicate, RegexPattern};
pub(crate) use regexes::compile_regex;
pub(crate) use time::TimePart;
