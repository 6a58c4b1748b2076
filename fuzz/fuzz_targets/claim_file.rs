//! A claim as TOML: what is read and written is read as the same.

#![no_main]

use onus_claim::Claim;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for dossier in onus_fuzz::vectors("good") {
        let file: serde_json::Value = serde_json::from_slice(&dossier).expect("JSON");
        for claim in file["body"]["claims"].as_array().into_iter().flatten() {
            let params = toml(&claim["params"]);
            seeds.push(
                format!(
                    "id = {}\nkind = {}\ncites = {}\nsentence = {}\nparams = {params}\n",
                    claim["id"], claim["kind"], claim["cites"], claim["sentence"]
                )
                .into_bytes(),
            );
        }
    }
    seeds
}

/// A value in TOML, on one line.
fn toml(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<String> =
                members.map(|(name, value)| format!("{name:?} = {}", toml(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn takes(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(claim) = Claim::from_toml("claim.toml", text) else { return false };
    let _ = (claim.kind.sentence(&claim.cites), claim.rests_on());
    let written = claim.to_toml().expect("numbers that TOML has");
    assert_eq!(Claim::from_toml("claim.toml", &written), Ok(claim));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
