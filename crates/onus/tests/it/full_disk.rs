//! A disk that takes no more, and files that may not be read: one clear line, and what is left says what it is.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{onus, text};

fn log(path: &Path, events: u32) {
    let line = |n: u32| {
        let name = n.wrapping_mul(2_654_435_761);
        format!("{{\"Channel\":\"Security\",\"EventID\":4624,\"TargetUserName\":\"user-{name:x}\"}}\n")
    };
    fs::write(path, (0..events).map(line).collect::<String>()).unwrap();
}

/// Runs the binary with files of at most 512 KiB; beyond, writing fails as on a full disk.
fn onus_with_small_files(args: &[&str]) -> Output {
    let script = "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\"";
    Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_onus")]).args(args).output().unwrap()
}

fn one_line(output: &Output, word: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(word), "{said}");
}

#[test]
fn a_full_disk_leaves_a_case_that_says_that_it_is_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let (input, case) = (folder.path().join("log.ndjson"), folder.path().join("case"));
    log(&input, 200_000);
    let stopped = onus_with_small_files(&["investigate", text(&input), "--out", text(&case), "--quiet"]);
    one_line(&stopped, "disk full");
    assert!(case.join("UNFINISHED").exists());
    one_line(&onus(&["query", text(&case), "select 1"]), "unfinished");
    one_line(&onus(&["seal", text(&case)]), "unfinished");
    one_line(&onus(&["investigate", text(&input), "--out", text(&case)]), "unfinished");
    fs::remove_dir_all(&case).unwrap();
    let made = onus(&["investigate", text(&input), "--out", text(&case), "--quiet"]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(!case.join("UNFINISHED").exists());
}

#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return eprintln!("skipped: an_answer_that_cannot_be_written_is_no_success: no /dev/full");
    };
    let folder = tempfile::tempdir().unwrap();
    let (input, case) = (folder.path().join("log.ndjson"), folder.path().join("case"));
    log(&input, 10);
    onus(&["investigate", text(&input), "--out", text(&case)]);
    for format in ["table", "json", "ndjson", "csv"] {
        let listed = Command::new(env!("CARGO_BIN_EXE_onus"))
            .args(["rules", "list", "--format", format, "-q"])
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        one_line(&listed, "standard output: No space left");
        let asked = Command::new(env!("CARGO_BIN_EXE_onus"))
            .args(["query", text(&case), "select * from events", "--format", format])
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        one_line(&asked, "standard output: No space left");
    }
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (open, shut) = (folder.path().join("a.ndjson"), folder.path().join("b.ndjson"));
    log(&open, 10);
    log(&shut, 10);
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&shut).is_ok() {
        return eprintln!("skipped: a_file_that_may_not_be_read_is_named: this user may read all files");
    }
    let case = folder.path().join("case");
    one_line(&onus(&["investigate", text(&shut), "--out", text(&case)]), "b.ndjson: cannot be opened");
    let partly = onus(&["investigate", text(folder.path()), "--out", text(&case)]);
    assert_eq!(partly.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&partly.stderr).contains("b.ndjson at byte 0: cannot be opened"));
}
