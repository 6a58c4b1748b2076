//! Lines of a word, a space and a value. What a reader takes is written again and compared, so it may be brief.

use std::iter::Peekable;
use std::str::Split;

use crate::{Digest, NoteError, NoteTime};

pub(super) struct Lines<'a>(Peekable<Split<'a, char>>);

impl<'a> Lines<'a> {
    /// The lines after the first, which must be `format`.
    pub(super) fn of(text: &'a str, format: &str) -> Result<Self, NoteError> {
        let body = text.strip_suffix('\n').ok_or(NoteError::Malformed("no newline at the end"))?;
        let mut lines = body.split('\n').peekable();
        match lines.next() {
            Some(first) if first == format => Ok(Self(lines)),
            _ => Err(NoteError::Malformed("another kind of note")),
        }
    }

    /// The value of the next line, if it begins with `word`.
    pub(super) fn optional(&mut self, word: &str) -> Result<Option<&'a str>, NoteError> {
        let value =
            self.0.peek().and_then(|line| line.strip_prefix(word)).and_then(|rest| rest.strip_prefix(' '));
        match value {
            Some(value) if fit(value) => {
                self.0.next();
                Ok(Some(value))
            }
            Some(_) => Err(NoteError::Malformed("an empty value, or one with a control character")),
            None => Ok(None),
        }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<&'a str, NoteError> {
        self.optional(word)?.ok_or(NoteError::Malformed("a line is missing or out of order"))
    }

    pub(super) fn digest(&mut self, word: &str) -> Result<Digest, NoteError> {
        Digest::from_hex(self.word(word)?).map_err(|_| NoteError::Malformed("not a digest"))
    }

    pub(super) fn time(&mut self, word: &str) -> Result<NoteTime, NoteError> {
        NoteTime::parse(self.word(word)?).ok_or(NoteError::Malformed("not a time"))
    }

    pub(super) fn end(mut self) -> Result<(), NoteError> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(NoteError::Malformed("a line too many")),
        }
    }
}

/// Whether a text can stand as a value.
pub(super) fn fit(value: &str) -> bool {
    !value.is_empty() && !value.contains(char::is_control)
}
