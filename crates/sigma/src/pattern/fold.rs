//! Letter case: Sigma compares without it.
//!
//! Folding works on each character alone, so that the folding of a part is a part of the folding: literals
//! found in a folded value lie where the value has them. The two characters whose lower-case form is not
//! their caseless one (long s, final sigma) are added, as in Unicode's simple case folding.

/// The caseless form of `text`.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Writes the caseless form of `text` over `out`.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    out.clear();
    let mut rest = text;
    // The whole is asked first: that is done at many bytes a cycle, and most values are ASCII.
    while !rest.is_ascii() {
        let at = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let (ascii, other) = rest.split_at(at);
        out.push_str(ascii);
        let mut chars = other.chars();
        match chars.next() {
            Some('ſ') => out.push('s'),
            Some('ς') => out.push('σ'),
            Some(c) => out.extend(c.to_lowercase()),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    // Lower-case forms have no capitals among them; what is not ASCII stays.
    out.make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_differs_in_case_alone() {
        for (a, b) in [("CMD.EXE", "cmd.exe"), ("ÄÖÜ", "äöü"), ("ΣΑΣ", "σας"), ("ſ", "S"), ("\u{212a}", "k")]
        {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
        }
        assert_ne!(fold("ä"), fold("a"));
        assert_eq!(fold("Windows® SYSTEM, Ümlaut"), "windows® system, ümlaut");
    }
}
