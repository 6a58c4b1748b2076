//! Claims of dossiers and cases, as what assertions are compared with.

use std::fs;
use std::io::Read;
use std::path::Path;

use onus_case::check_claims;
use onus_claim::Outcome;
use onus_proof::Rejection;
use onus_statement::Shown;
use onus_trust::{Refused, judge};
use serde_json::{Map, Value};

use crate::room::{Failure, PAGE_BYTES, carried};
use crate::say;

/// Claims of a dossier, bare or in its page, which is verified as `onus verify` does.
pub(super) fn of_dossier(path: &Path) -> Result<Vec<Shown>, Failure> {
    let io = |source| Failure::Io { path: path.to_owned(), source };
    let refuse = |source: Refused| Failure::Refused { path: path.to_owned(), source };
    if fs::metadata(path).map_err(io)?.len() > PAGE_BYTES {
        return Err(refuse(Rejection::TooLarge("the file is over 256 MiB").into()));
    }
    let judgement = judge(carried(path)?.dossier(), None, &[]).map_err(refuse)?;
    let stated = judgement.dossier().claims().iter();
    let claims = stated.zip(judgement.claims()).map(|(stated, standing)| {
        let own = standing.own();
        let rung = standing.rung() as u8;
        let claim = Shown {
            from: path.display().to_string(),
            id: own.id.clone(),
            kind: own.kind.clone(),
            sentence: own.sentence.clone(),
            rung,
            derived: rung >= onus_claim::Rung::Recomputed as u8,
            ..Shown::default()
        };
        with_parameters(claim, &stated.params)
    });
    Ok(claims.collect())
}

/// Whether a file begins as a dossier does, which has one spelling.
pub(super) fn is_dossier(path: &Path) -> bool {
    const HEAD: &[u8] = b"{\"body\":";
    let mut head = [0; HEAD.len()];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == HEAD
}

/// Claims of a case, derived again from its records.
pub(super) fn of_case(path: &Path, quiet: bool) -> Result<Vec<Shown>, Failure> {
    let checked = check_claims(path, None)?;
    if !quiet && checked.iter().any(|one| !one.sealed) {
        say(&format!("{}: not sealed, so its claims stand on no rung yet: onus seal {0}", path.display()));
    }
    let claims = checked.into_iter().map(|one| {
        let claim = Shown {
            from: path.display().to_string(),
            id: one.claim.id.clone(),
            kind: one.claim.kind.name().to_owned(),
            sentence: one.claim.sentence.clone(),
            rung: one.rung().map_or(0, |rung| rung as u8),
            derived: one.outcome == Outcome::Holds && one.speaks_of_all.is_none(),
            ..Shown::default()
        };
        match one.claim.to_object()["params"].as_object() {
            Some(params) => with_parameters(claim, params),
            None => claim,
        }
    });
    Ok(claims.collect())
}

/// Parameters whose values are words of the format and no names.
const WORDS: [&str; 6] = ["mechanism", "property", "quantifier", "action", "access", "rule_digest"];

/// Sorts the values of a claim's parameters into names, times and bytes.
fn with_parameters(mut claim: Shown, params: &Map<String, Value>) -> Shown {
    for (name, value) in params {
        if WORDS.contains(&name.as_str()) {
            continue;
        }
        if matches!(name.as_str(), "at_least" | "sent_at_least") {
            claim.at_least = value.as_u64().or_else(|| value.as_str()?.parse().ok());
            continue;
        }
        let texts = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for text in texts.iter().filter_map(Value::as_str) {
            let number = text.bytes().all(|byte| byte.is_ascii_digit());
            if is_time(text) {
                claim.times.push(text.to_owned());
            } else if !number {
                claim.names.push(text.to_owned());
            }
        }
    }
    claim
}

fn is_time(text: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        10 => matches!(byte, b'T' | b't' | b' '),
        _ => byte.is_ascii_digit(),
    };
    text.len() > 10 && text.bytes().take(11).enumerate().all(shape)
}

#[cfg(test)]
mod tests {
    use onus_statement::Shown;
    use serde_json::json;

    use super::with_parameters;

    #[test]
    fn parameters_are_names_times_and_bytes() {
        let params = json!({ "from": "10.0.0.1", "at_least": "9007199254740993", "from_time": "2017-03-23T02:20:18Z",
            "hosts": ["WS-01", "WS-02"], "mechanism": "service", "record": 7, "rule_digest": "ab" });
        let claim = with_parameters(Shown::default(), params.as_object().unwrap());
        assert_eq!(claim.names, ["10.0.0.1", "WS-01", "WS-02"]);
        assert_eq!(claim.times, ["2017-03-23T02:20:18Z"]);
        assert_eq!(claim.at_least, Some(9_007_199_254_740_993));
    }
}
