//! The text of a rule, compiled, and matched against records.

#![no_main]

use std::borrow::Cow;

use onus_sigma::{FieldLookup, RuleSetBuilder};

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for dossier in onus_fuzz::vectors("good") {
        let file: serde_json::Value = serde_json::from_slice(&dossier).expect("JSON");
        let texts = file["body"]["attachments"].as_object().into_iter().flatten();
        seeds.extend(texts.filter_map(|(_, text)| Some(text.as_str()?.as_bytes().to_vec())));
    }
    seeds.sort();
    seeds.dedup();
    seeds
}

/// A record that has every field.
struct Every(&'static str);

impl FieldLookup for Every {
    fn get(&self, _: &str) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0))
    }

    fn each_text(&self, visit: &mut dyn FnMut(&str, &str)) {
        visit("CommandLine", self.0);
    }
}

fn takes(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let mut builder = RuleSetBuilder::new();
    builder.add_yaml("rule", text);
    let (set, _) = builder.build();
    for (rule, _) in set.iter() {
        for value in ["", "652", "C:\\Windows\\System32\\rundll32.exe –a Größe 10.0.0.1"] {
            let _ = set.match_rule(rule, &Every(value));
        }
        let _ = set.correlation(rule);
    }
    !set.is_empty()
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
