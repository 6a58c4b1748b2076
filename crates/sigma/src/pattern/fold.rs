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
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
        return;
    }
    for c in text.chars() {
        match c {
            'ſ' => out.push('s'),
            'ς' => out.push('σ'),
            _ => out.extend(c.to_lowercase()),
        }
    }
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
    }
}
