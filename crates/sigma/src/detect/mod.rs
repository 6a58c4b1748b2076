//! A rule's detection: YAML values → predicates → atoms → one boolean expression a rule.

mod atoms;
mod compile;
mod expr;
mod modifier;
mod why;

pub(crate) use atoms::{AtomId, AtomTable};
pub(crate) use compile::{CompiledRule, Item, Refusal, compile_rule};
pub(crate) use expr::{Expr, wake_set};
pub(crate) use modifier::Placeholders;
pub(crate) use why::reasons;
