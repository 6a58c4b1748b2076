//! Claims of real stories: picked at random, they are derived from the disclosed fields of the records that they
//! cite, and from no others; and what a person writes into `claims/` is held against the records.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{data, onus, text};
use onus_claim::{CitedRecord, Claim, Kind, Outcome, Rules, recompute};
use onus_proof::{TrustPolicy, VerifiedDossier};
use serde_json::Value;

/// Claims that are picked from each set.
const PICKED: usize = 10;
/// What picks them.
const SEED: u64 = 20_261_124;

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

fn done(arguments: &[&str], code: i32) -> String {
    let run = onus(arguments);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(code), "{arguments:?}: {said}");
    String::from_utf8(run.stdout).unwrap()
}

/// A sealed case over logs, and a dossier of all its claims.
fn dossier(logs: &Path, folder: &Path) -> (PathBuf, VerifiedDossier) {
    let (case, file) = (folder.join("case"), folder.join("dossier.json"));
    done(&["investigate", text(logs), "--out", text(&case), "-q"], 0);
    done(&["claims", text(&case), "check", "-q"], 0);
    done(&["seal", text(&case), "-q"], 0);
    done(&["disclose", text(&case), "--claims", "all", "-o", text(&file), "-q"], 0);
    let verified = VerifiedDossier::verify(&fs::read(&file).unwrap(), &TrustPolicy::AnyKey).unwrap();
    (case, verified)
}

fn claims_of(case: &Path) -> Vec<Claim> {
    onus_case::read_claims(case).unwrap()
}

/// What tells two records apart here: their kind of event, and their host.
fn telling(record: &CitedRecord<'_>) -> BTreeSet<String> {
    let names = ["EventID", "_path", "Computer", "Hostname", "id.orig_h"];
    let fields = record.fields.iter().filter(|(name, _)| names.contains(name));
    fields.map(|(name, value)| format!("{name}={value:?}")).collect()
}

fn rule_of(claim: &Claim) -> Option<&str> {
    match &claim.kind {
        Kind::RuleMatch(rule) => Some(&rule.rule_id),
        Kind::Correlation(rule) => Some(&rule.rule_id),
        _ => None,
    }
}

/// Ten claims, picked by dice: each holds for its records, and neither without one of them nor with a record of
/// another kind and host in its place.
fn picked_claims_rest_on_their_records(name: &str, case: &Path, dossier: &VerifiedDossier) {
    let claims = claims_of(case);
    let texts = dossier.attachments().iter();
    let rules = Rules::new(texts.map(|(digest, text)| (digest.to_hex(), text.as_str())));
    let records: BTreeMap<u64, CitedRecord<'_>> =
        dossier.records().iter().map(|(index, record)| (index.0, CitedRecord::disclosed(record))).collect();
    let mut dice = Dice(SEED);
    let mut left: Vec<&Claim> = claims.iter().collect();
    let mut replaced = 0;
    for _ in 0..PICKED.min(claims.len()) {
        let claim = left.swap_remove(dice.below(left.len()));
        let cited: BTreeMap<u64, CitedRecord<'_>> =
            claim.cites.iter().map(|record| (*record, records[record].clone())).collect();
        assert_eq!(recompute(claim, &cited, &rules), Outcome::Holds, "{name}: {claim:#?}");
        let one = claim.cites[dice.below(claim.cites.len())];
        let mut fewer = cited.clone();
        fewer.remove(&one);
        let Outcome::Unsupported { why } = recompute(claim, &fewer, &rules) else {
            panic!("{name}: holds without record {one}: {claim:#?}")
        };
        assert!(why.contains(&one.to_string()), "{why}");
        let own = telling(&cited[&one]);
        // A rule may match events of several kinds.
        let rule = rule_of(claim);
        let alike = claims.iter().filter(|other| rule.is_some() && rule_of(other) == rule);
        let alike: BTreeSet<u64> = alike.flat_map(|other| other.cites.iter().copied()).collect();
        let stranger = |number: &u64, other: &CitedRecord<'_>| {
            !alike.contains(number) && telling(other).is_disjoint(&own)
        };
        let strangers: Vec<u64> =
            records.iter().filter(|(number, other)| stranger(number, other)).map(|(n, _)| *n).collect();
        if strangers.is_empty() {
            continue;
        }
        let other = strangers[dice.below(strangers.len())];
        fewer.insert(one, CitedRecord { record: one, ..records[&other].clone() });
        let outcome = recompute(claim, &fewer, &rules);
        assert_ne!(outcome, Outcome::Holds, "{name}: record {other} for {one}: {claim:#?}");
        replaced += 1;
    }
    eprintln!("{name}: {} claims, {replaced} records replaced", claims.len());
}

#[test]
fn claims_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("evidence");
    done(&["demo", "--only-evidence", text(&evidence), "-q"], 0);
    let (case, dossier) = dossier(&evidence, folder.path());
    let claims = claims_of(&case);
    let kinds: BTreeSet<&str> = claims.iter().map(|claim| claim.kind.name()).collect();
    for kind in [
        "rule_match",
        "correlation",
        "process",
        "logon",
        "persistence",
        "credential_access",
        "connection",
        "file",
        "movement",
        "bytes_sent",
        "sequence",
        "order",
        "same_tool",
        "first_seen",
    ] {
        assert!(kinds.contains(kind), "no claim of the kind {kind}: {kinds:?}");
    }
    let links = |claim: &Claim| claim.intrusion.is_some() && !claim.findings.is_empty();
    assert!(claims.iter().all(links), "a claim without its intrusion or findings");
    assert!(claims.len() < 1_000, "{}", claims.len());
    picked_claims_rest_on_their_records("demo", &case, &dossier);
    people_may_write_claims(&case, folder.path());
}

#[test]
fn claims_of_real_logs() {
    for set in ["comsvcs", "logonpasswords", "procdump"] {
        let set = format!("windows-json/metasploit_{set}_lsass_memory_dump.zip");
        let Some(logs) = data("claims_of_real_logs", &set) else { return };
        let folder = tempfile::tempdir().unwrap();
        let (case, dossier) = dossier(&logs, folder.path());
        assert!(
            claims_of(&case).iter().any(|claim| matches!(claim.kind, Kind::CredentialAccess(_))),
            "{set}"
        );
        picked_claims_rest_on_their_records(&set, &case, &dossier);
    }
}

/// A rule with placeholders makes a claim that rests on its text and on the values, both in the dossier.
#[test]
fn a_rule_with_placeholders_makes_a_claim() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let rule = |title: &str, selection: &str| {
        format!(
            "title: {title}\nid: {title}\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  s:\n    \
             {selection}\n  condition: s\nlevel: critical\n"
        )
    };
    fs::create_dir(path("rules")).unwrap();
    fs::write(path("rules/a.yml"), rule("watched-account", "User|expand: '%watched%'")).unwrap();
    fs::write(path("rules/b.yml"), rule("decoded", "CommandLine|contains: ' -decode '")).unwrap();
    fs::write(path("values.toml"), "watched = [\"*\\\\erik\", \"root\"]\nunused = [\"x\"]\n").unwrap();
    let event = |second: u32, line: &str| {
        format!(
            "{{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"TimeCreated\":\"2017-03-06T07:00:{second:02}Z\",\
             \"Computer\":\"WS-07\",\"Image\":\"C:\\\\Temp\\\\a.exe\",\"User\":\"HALVARD\\\\erik\",\"CommandLine\":\"{line}\"}}\n"
        )
    };
    fs::write(path("log.ndjson"), event(1, "a.exe") + &event(2, "certutil -decode a b")).unwrap();
    let (case, file) = (path("case"), path("dossier.json"));
    let (rules, values) = (path("rules"), path("values.toml"));
    let investigate = [
        "investigate",
        text(&path("log.ndjson")),
        "--rules",
        text(&rules),
        "--placeholders",
        text(&values),
        "--out",
        text(&case),
        "-q",
    ]
    .map(str::to_owned);
    done(&investigate.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    done(&["seal", text(&case), "-q"], 0);
    done(&["disclose", text(&case), "--claims", "all", "-o", text(&file), "-q"], 0);
    let verdict: Value =
        serde_json::from_str(&done(&["verify", text(&file), "--format", "json"], 0)).unwrap();
    let claims = verdict["claims"].as_array().unwrap();
    assert!(claims.iter().all(|claim| claim["rung"] == 2), "{verdict:#}");
    let watched =
        |claim: &&Claim| matches!(&claim.kind, Kind::RuleMatch(rule) if rule.rule_id == "watched-account");
    let all = claims_of(&case);
    let claim = all.iter().find(watched).unwrap();
    assert_eq!(claim.rests_on().len(), 2, "{claim:#?}");
    let verified = VerifiedDossier::verify(&fs::read(&file).unwrap(), &TrustPolicy::AnyKey).unwrap();
    let texts: Vec<&String> = verified.attachments().values().collect();
    assert!(texts.iter().any(|text| text.as_str() == r#"{"watched":["*\\erik","root"]}"#), "{texts:#?}");
}

/// What is written by hand is refused with the difference, or taken.
fn people_may_write_claims(sealed: &Path, folder: &Path) {
    let case = folder.join("hand");
    done(&["investigate", text(&folder.join("evidence")), "--out", text(&case), "-q"], 0);
    assert_eq!(claims_of(sealed), claims_of(&case));
    let access = claims_of(&case).into_iter().find(|c| matches!(c.kind, Kind::CredentialAccess(_))).unwrap();
    let file = case.join(format!("claims/{}.toml", access.id));
    let good = fs::read_to_string(&file).unwrap();
    let refused = |from: &str, to: &str, word: &str| {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from}");
        fs::write(&file, changed).unwrap();
        let check = onus(&["claims", text(&case), "check", "-q"]);
        assert_eq!(check.status.code(), Some(1));
        let said = String::from_utf8(check.stdout).unwrap();
        assert!(said.starts_with(&format!("claim {} ", access.id)) && said.contains(word), "{said}");
        let seal = onus(&["seal", text(&case), "-q"]);
        let said = String::from_utf8(seal.stderr).unwrap();
        assert_eq!((seal.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains(word) && !case.join("tree").exists(), "{said}");
    };
    refused("lsass.exe'\n", "lsaiso.exe'\n", "is not among what is known to keep credentials");
    refused("access = \"0x", "access = \"0xf", "has access 0x1410, not 0xf1410");
    refused("sentence = 'On ", "sentence = 'Only on ", "\u{201c}only\u{201d}, which speaks of all records");
    fs::write(&file, &good).unwrap();
    let whole = "id = \"W0001\"\nkind = \"whole\"\ncites = [0]\n[params]\nquantifier = \"in_total\"\nproperty = \"address\"\n\
        value = \"198.51.100.61\"\n";
    fs::write(case.join("claims/W0001.toml"), whole).unwrap();
    let said = String::from_utf8(onus(&["seal", text(&case), "-q"]).stderr).unwrap();
    assert!(
        said.contains("claim W0001 cannot be sealed") && said.contains("every record of the tree"),
        "{said}"
    );
    fs::remove_file(case.join("claims/W0001.toml")).unwrap();
    fs::write(&file, good.replace("sentence = 'On ", "sentence = 'It is plain that on ")).unwrap();
    done(&["claims", text(&case), "check"], 0);
    let shown = done(&["claims", text(&case), "show", &access.id.to_lowercase()], 0);
    assert!(shown.contains("rung         not sealed") && shown.contains("GrantedAccess"), "{shown}");
    let listed: Value =
        serde_json::from_str(&done(&["claims", text(sealed), "--format", "json"], 0)).unwrap();
    let all = listed.as_array().unwrap();
    assert!(all.iter().all(|claim| claim["holds"] == true), "{listed:#}");
    // The case and who verifies the dossier agree on what two sensors show, and on all else.
    let dossier = sealed.parent().unwrap().join("dossier.json");
    let verdict: Value =
        serde_json::from_str(&done(&["verify", text(&dossier), "--format", "json"], 0)).unwrap();
    let rungs = |all: &Value| -> BTreeMap<String, u64> {
        let claims = all.as_array().unwrap().iter();
        claims.map(|claim| (claim["id"].to_string(), claim["rung"].as_u64().unwrap())).collect()
    };
    let (stated, found) = (rungs(&listed), rungs(&verdict["claims"]));
    assert!(stated.values().any(|rung| *rung == 3) && stated.values().all(|rung| *rung >= 2), "{stated:?}");
    assert_eq!(stated, found);
    let unknown = onus(&["claims", text(&case), "show", "C9999"]);
    assert_eq!(unknown.status.code(), Some(2));
}

/// What is claimed of a service in the cloud, whose records name no host, holds, and can be sealed, disclosed and verified.
#[test]
fn claims_of_a_recorded_attack_on_a_cloud() {
    let Some(logs) = data("CloudTrail", "cloudtrail") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (case, _) = dossier(&logs, folder.path());
    let claims = claims_of(&case);
    assert!(claims.len() > 10, "{}", claims.len());
}
