//! Forms of English verbs and nouns, by rule; what no rule gives stands in `tables/irregular.tsv`.

/// All forms of a regular verb: base, third person, past, participles. A doubled consonant is given beside the
/// plain one where either could be right (`visited`, `banned`); the wrong one is no word and does no harm.
pub(crate) fn verb_forms(verb: &str) -> Vec<String> {
    let mut forms = vec![verb.to_owned(), third_person(verb)];
    if let Some(stem) = verb.strip_suffix('e') {
        forms.push(format!("{stem}ed"));
        // "free", "agree": the e stays; "lie" and "die" are irregular.
        let stays = stem.ends_with('e') || stem.ends_with('o');
        forms.push(if stays { format!("{verb}ing") } else { format!("{stem}ing") });
    } else if let Some(stem) = verb.strip_suffix('y').filter(|stem| !ends_in_vowel(stem)) {
        forms.push(format!("{stem}ied"));
        forms.push(format!("{verb}ing"));
    } else {
        forms.push(format!("{verb}ed"));
        forms.push(format!("{verb}ing"));
        if let Some(last) = doubled(verb) {
            forms.push(format!("{verb}{last}ed"));
            forms.push(format!("{verb}{last}ing"));
        }
    }
    forms
}

/// The third person singular, which is also the plural of a noun that is spelled like the verb.
pub(crate) fn third_person(word: &str) -> String {
    if let Some(stem) = word.strip_suffix('y').filter(|stem| !ends_in_vowel(stem)) {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end));
    if hisses || word.ends_with("to") || word == "go" { format!("{word}es") } else { format!("{word}s") }
}

/// Singular forms that a word could be the plural of, and the word itself.
pub(crate) fn singulars(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    if let Some(stem) = word.strip_suffix("ies") {
        forms.push(format!("{stem}y"));
    }
    if let Some(stem) = word.strip_suffix("es") {
        forms.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix('s').filter(|stem| !stem.ends_with('s')) {
        forms.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix("men") {
        forms.push(format!("{stem}man"));
    }
    forms
}

fn ends_in_vowel(word: &str) -> bool {
    word.ends_with(['a', 'e', 'i', 'o', 'u'])
}

/// The last letter, if a consonant after a single vowel: it may be doubled.
fn doubled(verb: &str) -> Option<char> {
    let mut back = verb.chars().rev();
    let (last, vowel, before) = (back.next()?, back.next()?, back.next()?);
    let is_vowel = |c: char| "aeiou".contains(c);
    let doubles = !is_vowel(last) && !"wxy".contains(last) && is_vowel(vowel) && !is_vowel(before);
    doubles.then_some(last)
}

#[cfg(test)]
mod tests {
    use super::{singulars, verb_forms};

    #[test]
    fn forms_of_regular_verbs() {
        let cases = [
            ("reject", "rejected"),
            ("accuse", "accusing"),
            ("deny", "denied"),
            ("deny", "denies"),
            ("deploy", "deployed"),
            ("ban", "banned"),
            ("visit", "visited"),
            ("agree", "agreeing"),
            ("agree", "agreed"),
            ("criticize", "criticizes"),
            ("launch", "launches"),
            ("veto", "vetoes"),
        ];
        for (verb, form) in cases {
            assert!(verb_forms(verb).iter().any(|f| f == form), "{verb}: {:?}", verb_forms(verb));
        }
    }

    #[test]
    fn singulars_of_plurals() {
        for (plural, singular) in
            [("embassies", "embassy"), ("rebels", "rebel"), ("speeches", "speech"), ("gunmen", "gunman")]
        {
            assert!(singulars(plural).iter().any(|s| s == singular), "{plural}");
        }
    }
}
