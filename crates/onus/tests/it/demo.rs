//! The whole job on the demo's evidence, held against the truth that its generator wrote.

use std::fs;

use crate::common::{onus, text};
use serde_json::Value;

fn rows(case: &std::path::Path, sql: &str) -> Vec<Value> {
    let asked = onus(&["query", text(case), sql, "--format", "ndjson"]);
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    String::from_utf8(asked.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Seconds since 1970 of a UTC time as text, whatever its fraction and zone mark.
fn seconds(time: &Value) -> i64 {
    onus_event::parse_micros(time.as_str().unwrap()).unwrap().0 / 1_000_000
}

#[test]
fn every_planted_step_is_found_and_the_bound_holds() {
    against_the_truth("120000");
}

/// The same intrusion in five times as much ordinary life.
#[test]
fn more_ordinary_life_hides_nothing_and_adds_nothing() {
    against_the_truth("600000");
}

/// What was taken rests in the report on the claim that counts it.
fn the_bytes_lead_to_their_claim(case: &std::path::Path) {
    let claims = rows(case, "select claim from claims where kind = 'bytes_sent'");
    let page = fs::read_to_string(case.join("report.html")).unwrap();
    let sentence = page.split("<li>").find(|part| part.starts_with("Taken: at least")).unwrap();
    let link = |claim: &Value| format!("href=\"#c.{}\"", claim["claim"].as_str().unwrap());
    let linked = claims.iter().filter(|claim| sentence.contains(&link(claim))).count();
    assert_eq!(
        (linked, sentence.split("</li>").next().unwrap().matches("href").count()),
        (1, 1),
        "{claims:?}"
    );
}

/// An intrusion has the hosts and accounts of the truth, no others, in the order in which they were touched, and no outside
/// address that is not the intruders' own.
fn is_told(intrusion: &Value, truth: &Value, hosts: &[&str], accounts: &[&str]) {
    let names = |of: &str| -> Vec<String> {
        let all = intrusion[of].as_array().unwrap().iter();
        all.map(|one| one["name"].as_str().or(one["address"].as_str()).unwrap().to_owned()).collect()
    };
    let short: Vec<String> =
        names("hosts").iter().map(|name| name.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(short, hosts);
    assert_eq!(names("accounts"), accounts);
    let of_truth = |of: &str| -> Vec<String> {
        let all = truth[of].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let mut names: Vec<String> = all.map(|name| name.rsplit('\\').next().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let sorted = |names: &[&str]| -> Vec<String> {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!((sorted(hosts), sorted(accounts)), (of_truth("hosts"), of_truth("accounts")));
    let outside = of_truth("infrastructure");
    assert!(names("addresses").iter().all(|address| outside.contains(address)), "{:?}", names("addresses"));
}

fn against_the_truth(events: &str) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let run = onus(&["demo", "--out", text(&out), "--events", events]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(0), "{said}");
    let truth: Value = serde_json::from_str(&fs::read_to_string(out.join("truth.json")).unwrap()).unwrap();
    let case = out.join("case");
    the_bytes_lead_to_their_claim(&case);
    let matches = rows(&case, "select level, host_name, timestamp, rule_title, shape from matches");
    let analytics = rows(&case, "select title, addresses, first, last from findings where kind = 'analytic'");
    let mut unnamed = Vec::new();
    let steps = |incident: &str| truth[incident]["steps"].as_array().unwrap().clone();
    for step in &[steps("campaign"), steps("unrelated")].concat() {
        let markers = step["markers"].as_array().unwrap();
        // A marker is named by a match on its host within two seconds of it.
        let by_rule = markers.iter().any(|marker| {
            let host = marker["host"].as_str().unwrap().to_lowercase();
            // What a sensor saw is named by its log.
            let sensor = ["zeek", "proxy"].into_iter().find(|sensor| host.starts_with(sensor));
            matches.iter().any(|m| {
                let on = m["host_name"].as_str().unwrap_or_default().to_lowercase();
                let there = match sensor {
                    Some(sensor) => m["shape"].as_str().unwrap().contains(sensor),
                    None => on.starts_with(&host),
                };
                there && (seconds(&m["timestamp"]) - seconds(&marker["time"])).abs() <= 2
            })
        });
        let by_analytic = step["id"] == "beacon"
            && analytics.iter().any(|a| a["title"].as_str().unwrap().contains("198.51.100.23:443 every"));
        if !by_rule && !by_analytic {
            unnamed.push(step["id"].as_str().unwrap().to_owned());
        }
    }
    assert!(unnamed.is_empty(), "steps that no finding names: {unnamed:?}");
    let lower: i64 = said
        .split("at least ")
        .skip(1)
        .filter_map(|rest| rest.split(" bytes, at most").next()?.parse::<i64>().ok())
        .sum();
    let stolen = truth["stolen_bytes"].as_i64().unwrap();
    assert!(lower > 0 && lower <= stolen, "printed {lower}, stolen {stolen}");
    let intrusions: Value =
        serde_json::from_str(&fs::read_to_string(case.join("intrusions.json")).unwrap()).unwrap();
    let told: Vec<&Value> =
        intrusions.as_array().unwrap().iter().filter(|i| i["strength"] != "weak").collect();
    assert_eq!(told.len(), 2, "two intrusions above weak: {:?}", told.iter().map(|i| &i["hosts"]));
    let campaign = ["MSP-JUMP01", "HM-FILE01", "HM-DC01", "HM-WS05", "HM-WS02"];
    is_told(told[0], &truth["campaign"], &campaign, &["adm-lindqvist", "svc-meridian"]);
    is_told(told[1], &truth["unrelated"], &["HM-WS07"], &["lars.berge"]);
    let dossier = out.join("dossier.json");
    assert_eq!(onus(&["verify", text(&dossier)]).status.code(), Some(0));
    let edited = folder.path().join("edited.json");
    fs::write(&edited, fs::read_to_string(&dossier).unwrap().replacen("lindqvist", "lindqvjst", 1)).unwrap();
    assert_eq!(onus(&["verify", text(&edited)]).status.code(), Some(1));
}
