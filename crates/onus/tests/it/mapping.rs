//! Log sources of the user's own, by the real binary, with the example of the documentation on the logs it is for.

use std::fs;
use std::path::Path;

use crate::common::{data, onus, text};

const RULE: &str = "title: Java Connects to a High Port
id: 0a4b9d0c-54e5-4ffb-8a39-6cb3a3a5a2d1
level: high
logsource: {product: linux, category: network_connection}
detection:
  java: {Image: java, dst_port|gte: 1024}
  condition: java
";

fn said(case: &Path, question: &str) -> String {
    let run = onus(&["query", text(case), question, "--format", "csv"]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

#[test]
fn the_documented_example_maps_what_it_is_for() {
    let file = "linux/log4shell/vminsights_vmconnection_log4shell_cve2021_44228_jndi_reference.zip";
    let Some(log) = data("mapping", file) else { return };
    let folder = tempfile::tempdir().unwrap();
    let documentation =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mapping.md")).unwrap();
    let example = documentation.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let (mapping, rule) = (folder.path().join("mapping.toml"), folder.path().join("rule.yml"));
    fs::write(&mapping, example).unwrap();
    fs::write(&rule, RULE).unwrap();
    let case = folder.path().join("case");
    let read = |case: &Path, options: &[&str]| {
        let run = onus(
            &[&["investigate", text(&log), "--rules", text(&rule), "--out", text(case)][..], options]
                .concat(),
        );
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    };
    read(&case, &["--mapping", text(&mapping)]);
    let matches = said(&case, "select shape, count(*), min(host_name) from matches group by 1");
    let rows: Vec<&str> = matches.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((rows[0], rows[2]), ("vm_connection", "UBUNTU5"), "{matches}");
    assert!(rows[1].parse::<u64>().unwrap() > 0, "{matches}");
    let events = said(&case, "select count(*), count(timestamp), count(destination_ip) from vm_connection");
    let counts: Vec<&str> = events.lines().nth(1).unwrap().split(',').collect();
    assert!(counts[0] != "0" && counts[0] == counts[1], "each event has its time: {events}");
    // Read again, it is the same; without the file, nothing is known of these events.
    let before = fs::read(case.join("matches.parquet")).unwrap();
    assert_eq!(onus(&["hunt", text(&case), "--own", "-q"]).status.code(), Some(0));
    assert!(fs::read(case.join("matches.parquet")).unwrap() == before);
    let explained = onus(&["explain", text(&case), "F0001"]);
    assert!(String::from_utf8_lossy(&explained.stdout).contains("▶ ProcessName = java"));
    let plain = folder.path().join("plain");
    read(&plain, &[]);
    assert_eq!(said(&plain, "select 1 from matches"), "Int64(1)\n");
    fs::write(&mapping, example.replace("host_name", "hostname")).unwrap();
    let run = onus(&["investigate", text(&log), "--mapping", text(&mapping), "--out", "/nonexistent/x"]);
    assert_eq!(run.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&run.stderr).contains("source 1: core: hostname is no core column"));
}
