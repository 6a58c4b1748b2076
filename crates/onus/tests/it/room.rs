//! The signing room with the real binary: keys, verdicts, contests, time, witnesses, early seals, redaction.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::common::{onus, text};
use serde_json::Value;

const LINE: &str = "2017-03-06T07:00:00Z";

/// One process event a minute; the account and the folder are what somebody may want to hide.
fn logs(folder: &Path) -> PathBuf {
    let logs = folder.join("logs");
    fs::create_dir(&logs).unwrap();
    let event = |number: u32| {
        format!(
            "{{\"@timestamp\":\"2017-03-06T07:{number:02}:00Z\",\"winlog\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\
             \"event_id\":1,\"computer_name\":\"HM-FILE01\",\"provider_name\":\"Microsoft-Windows-Sysmon\",\"record_id\":{number},\
             \"event_data\":{{\"Image\":\"C:\\\\Windows\\\\System32\\\\certutil.exe\",\"CommandLine\":\"certutil -decode a.txt {number}.exe\",\
             \"User\":\"HALVARD\\\\erik\",\"CurrentDirectory\":\"C:\\\\Users\\\\erik\\\\x\"}}}}}}\n"
        )
    };
    fs::write(logs.join("a.ndjson"), (0..20).map(event).collect::<String>()).unwrap();
    logs
}

const RULE: &str = "title: File decoded by certutil\nid: 2c2f8c9a-5a0b-4a36-9a1d-6f5a5c1d2e01\nlogsource:\n  product: windows\n\
    \x20 category: process_creation\ndetection:\n  selection:\n    Image|endswith: '\\certutil.exe'\n    CommandLine|contains: ' -decode '\n\
    \x20 filter:\n    User|startswith: 'NT AUTHORITY'\n  condition: selection and not filter\nlevel: high\n";

/// A sealed case with two claims, of a rule and of the order of records.
pub fn case(folder: &Path) -> PathBuf {
    use onus_claim::{Claim, Kind, RuleMatch, Sequence};
    let digest = onus_proof::Digest::of(RULE.as_bytes()).to_hex();
    let (logs, rule, case) = (logs(folder), folder.join("rule.yml"), folder.join("case"));
    fs::write(&rule, RULE).unwrap();
    done(&["investigate", text(&logs), "--rules", text(&rule), "--out", text(&case), "-q"]);
    for name in ["claims", "rules"] {
        let _ = fs::remove_dir_all(case.join(name));
        fs::create_dir_all(case.join(name)).unwrap();
    }
    fs::write(case.join(format!("rules/{digest}.yml")), RULE).unwrap();
    let rule = RuleMatch {
        rule_id: "2c2f8c9a-5a0b-4a36-9a1d-6f5a5c1d2e01".into(),
        rule_title: "File decoded by certutil".into(),
        rule_digest: digest,
        placeholders: None,
    };
    let order = Sequence { host: "HM-FILE01".into(), first: 3, then: 9 };
    for claim in [
        Claim::new("T1", Kind::RuleMatch(rule), vec![4], ""),
        Claim::new("T2", Kind::Sequence(order), vec![3, 9], ""),
    ] {
        fs::write(case.join(format!("claims/{}.toml", claim.id)), claim.to_toml().unwrap()).unwrap();
    }
    done(&["seal", text(&case), "--name", "halvard.example", "-q"]);
    case
}

#[test]
fn a_case_can_be_sealed_with_a_key_that_lives_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (keys, case, out) = (path("keys"), path("own"), path("d.html"));
    let vkey = key(&keys, "cert.example");
    let made = self::case(folder.path());
    done(&[
        "investigate",
        text(&path("logs")),
        "--rules",
        text(&path("rule.yml")),
        "--out",
        text(&case),
        "-q",
    ]);
    for name in ["claims", "rules"] {
        let _ = fs::remove_dir_all(case.join(name));
        fs::create_dir(case.join(name)).unwrap();
        for entry in fs::read_dir(made.join(name)).unwrap() {
            let from = entry.unwrap().path();
            fs::copy(&from, case.join(name).join(from.file_name().unwrap())).unwrap();
        }
    }
    let with = ["--key", "cert.example", "--keys", text(&keys), "-q"];
    done(&[&["seal", text(&case)][..], &with].concat());
    assert!(!fs::read_to_string(case.join("secret")).unwrap().contains("PRIVATE"), "the key is not copied");
    let disclose = ["disclose", text(&case), "--claims", "all", "-o", text(&out)];
    refused(&disclose, "--key or --signer");
    done(&[&disclose[..], &with].concat());
    assert_eq!(verdict(&[text(&out)], 0)["vkey"], vkey.as_str());
    // A case with a key of its own takes no other one.
    let other = path("e.json");
    refused(
        &[&["disclose", text(&made), "--claims", "all", "-o", text(&other)][..], &with].concat(),
        "--key or --signer",
    );
}

/// A SoftHSM token with a key of Ed25519: the signing command and the public key's file. `None` without its tools.
fn token(folder: &Path) -> Option<(String, PathBuf)> {
    let module = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];
    let module = module.into_iter().find(|path| Path::new(path).exists())?;
    let (conf, public) = (folder.join("softhsm2.conf"), folder.join("public.pem"));
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens).unwrap();
    fs::write(&conf, format!("directories.tokendir = {}\nobjectstore.backend = file\n", text(&tokens)))
        .unwrap();
    let tool = format!("SOFTHSM2_CONF={} pkcs11-tool --module {module} --login --pin 1234", text(&conf));
    let run =
        |command: &str| Command::new("sh").args(["-c", command]).output().ok().filter(|o| o.status.success());
    let init = "softhsm2-util --init-token --free --label onus --pin 1234 --so-pin 1234";
    run(&format!("SOFTHSM2_CONF={} {init}", text(&conf)))?;
    run(&format!("{tool} --keypairgen --key-type EC:edwards25519 --id 01 --label k"))?;
    run(&format!("{tool} --read-object --type pubkey --id 01 --output-file {}", text(&public)))?;
    let sign =
        "--sign --mechanism EDDSA --id 01 --input-file /dev/stdin --output-file /dev/stdout 2>/dev/null";
    Some((format!("{tool} {sign}"), public))
}

#[test]
fn a_token_signs_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let Some((signer, public)) = token(folder.path()) else {
        return eprintln!("skipped: a_token_signs_a_verdict: no SoftHSM or pkcs11-tool");
    };
    let (case, dossier, note, rules) =
        (case(folder.path()), path("d.json"), path("n.note"), path("policy.toml"));
    done(&["disclose", text(&case), "--claims", "all", "-o", text(&dossier), "-q"]);
    let vkey = done(&["keys", "vkey", "cert.example", "--public", text(&public)]);
    let with = ["--raw", text(&case), "--signer", &signer, "--vkey", vkey.trim(), "-o", text(&note), "-q"];
    done(&[&["countersign", text(&dossier)][..], &with].concat());
    policy(&rules, 1, &[(vkey.trim(), "CERT", "ally")]);
    let judged = verdict(&[text(&dossier), text(&note), "--policy", text(&rules)], 0);
    assert_eq!(judged["claims"][0]["rung"], 4, "{judged:#}");
    refused(&["keys", "vkey", "cert.example", "--public", text(&rules)], "no public key");
}

pub fn ended(arguments: &[&str], code: i32) -> Output {
    let output = onus(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    output
}

/// Runs to a good end; gives what was printed.
pub fn done(arguments: &[&str]) -> String {
    String::from_utf8(ended(arguments, 0).stdout).unwrap()
}

/// Ends with code 2 and one line that holds `word`.
pub fn refused(arguments: &[&str], word: &str) {
    let said = String::from_utf8(ended(arguments, 2).stderr).unwrap();
    assert!(said.contains(word) && said.lines().count() == 1, "{arguments:?}: {said}");
}

/// A key without a passphrase; gives its public half.
pub fn key(keys: &Path, name: &str) -> String {
    done(&["keys", "new", name, "--no-passphrase", "--keys", text(keys), "-q"]).trim().to_owned()
}

fn policy(path: &Path, k: usize, keys: &[(&str, &str, &str)]) {
    let mut text = format!("format = \"onus-policy/1\"\ncountersigners = {k}\n");
    for (vkey, party, role) in keys {
        text += &format!("[[keys]]\nvkey = \"{vkey}\"\nparty = \"{party}\"\nroles = [\"{role}\"]\n");
    }
    fs::write(path, text).unwrap();
}

pub fn verdict(arguments: &[&str], code: i32) -> Value {
    let all = [&["verify"], arguments, &["--format", "json"]].concat();
    serde_json::from_slice(&ended(&all, code).stdout).unwrap()
}

#[test]
fn keys_are_made_shown_rotated_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, words) = (folder.path().join("keys"), folder.path().join("words"));
    fs::write(&words, "correct horse\n").unwrap();
    let with = ["--keys", text(&keys), "--passphrase-file", text(&words)];
    refused(&["keys", "new", "a.example", "--keys", text(&keys)], "wants a passphrase");
    let vkey = done(&[&["keys", "new", "a.example"][..], &with].concat());
    assert!(vkey.starts_with("a.example+"));
    let shown = done(&["keys", "show", "a.example", "--keys", text(&keys)]);
    assert!(shown.contains(vkey.trim()) && shown.contains("passphrase"), "{shown}");
    refused(&["keys", "rotate", "a.example", "--keys", text(&keys)], "has a passphrase");
    let new = done(&[&["keys", "rotate", "a.example"][..], &with].concat());
    assert!(new.starts_with("a.example+") && new != vkey);
    // The key itself may hold a plus too.
    let old = vkey.splitn(3, '+').take(2).collect::<Vec<_>>().join("+");
    done(&[&["keys", "revoke", &old, "--reason", "handed on"][..], &with].concat());
    let list = done(&["keys", "list", "--keys", text(&keys)]);
    assert!(list.contains("handed on to") && list.contains("revoked from"), "{list}");
    refused(&["keys", "show", "b.example", "--keys", text(&keys)], "no key");
}

#[test]
fn allies_countersign_and_contest_and_strangers_count_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (case, keys, dossier) = (case(folder.path()), path("keys"), path("dossier.json"));
    done(&["disclose", text(&case), "--claims", "all", "-o", text(&dossier), "-q"]);
    let [one, two, stranger] = ["one.example", "two.example", "stranger.example"].map(|name| {
        let vkey = key(&keys, name);
        let note = path(&format!("{name}.note"));
        let mut sign = vec![
            "countersign",
            text(&dossier),
            "--key",
            name,
            "--keys",
            text(&keys),
            "-o",
            text(&note),
            "-q",
        ];
        sign.extend(["--raw", text(&case)]);
        done(&sign);
        (vkey, note)
    });
    let rules = path("policy.toml");
    policy(&rules, 2, &[(&one.0, "CERT One", "ally"), (&two.0, "CERT Two", "ally")]);
    let verify = [text(&dossier), text(&one.1), text(&two.1), text(&stranger.1), "--policy", text(&rules)];
    let judged = verdict(&verify, 0);
    for claim in judged["claims"].as_array().unwrap() {
        assert_eq!((claim["rung"].as_u64(), claim["recomputed_by"].as_array().unwrap().len()), (Some(4), 2));
    }
    assert_eq!(judged["received"][2]["standing"], "stranger");
    // Two strangers and an ally are one party, and without a policy nobody counts.
    let judged = verdict(&[text(&dossier), text(&one.1), text(&stranger.1), "--policy", text(&rules)], 0);
    assert_eq!(judged["claims"][0]["rung"], 2);
    assert_eq!(verdict(&[text(&dossier), text(&one.1), text(&two.1)], 0)["claims"][0]["rung"], 2);

    let contest = path("contest.note");
    let sign = ["--key", "two.example", "--keys", text(&keys), "-o", text(&contest)];
    let claim = [
        "contest",
        text(&dossier),
        "--claim",
        "T1",
        "--reason",
        "wrong-time",
        "--text",
        "The clock was off.",
    ];
    done(&[&claim[..], &sign].concat());
    let table = done(&["verify", text(&dossier), text(&contest), "--policy", text(&rules)]);
    assert!(
        table.contains("CONTESTED by CERT Two: wrong-time") && table.contains("The clock was off."),
        "{table}"
    );
    refused(
        &[&["contest", text(&dossier), "--claim", "T9", "--reason", "wrong-time"], &sign[..]].concat(),
        "no claim",
    );

    // From the dossier alone it is a redacted view, which does not lift a claim.
    let redacted = path("redacted.note");
    done(&[
        "countersign",
        text(&dossier),
        "--key",
        "one.example",
        "--keys",
        text(&keys),
        "-o",
        text(&redacted),
        "-q",
    ]);
    assert!(fs::read_to_string(&redacted).unwrap().contains("claim holds redacted T1\n"));
    // A revoked key's verdicts are gone.
    let note = done(&["keys", "revoke", "one.example", "--reason", "lost", "--keys", text(&keys), "-q"]);
    let judged =
        verdict(&[text(&dossier), text(&one.1), text(&two.1), note.trim(), "--policy", text(&rules)], 0);
    assert_eq!(
        (&judged["claims"][0]["rung"], &judged["received"][0]["standing"]),
        (&2.into(), &"revoked".into())
    );
    refused(
        &["countersign", text(&dossier), "--key", "one.example", "--keys", text(&keys), "-q"],
        "is revoked",
    );
    // A policy that trusts another sealer.
    policy(&rules, 1, &[(&one.0, "CERT One", "sealer")]);
    ended(&["verify", text(&dossier), "--policy", text(&rules)], 1);
}

#[test]
fn what_is_redacted_stands_nowhere_in_the_dossier() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (case, dossier) = (case(folder.path()), path("dossier.json"));
    let disclose =
        ["disclose", text(&case), "--claims", "T1", "-o", text(&dossier), "--redact-pattern", "users"];
    let preview = ended(&[&disclose[..], &["--preview"]].concat(), 0);
    assert!(!dossier.exists());
    let shown = String::from_utf8(preview.stdout).unwrap();
    assert!(shown.contains("CommandLine") && !shown.contains("erik"), "{shown}");
    // The rule reads the account: the claim falls, which is said.
    let said = String::from_utf8(ended(&[&disclose[..], &["-q"]].concat(), 0).stderr).unwrap();
    assert!(said.contains("claim T1 falls to rung 1"), "{said}");
    let file = fs::read_to_string(&dossier).unwrap();
    assert!(!file.to_lowercase().contains("erik") && file.contains("\"pseudonym\":\"user-1\""));
    assert_eq!(verdict(&[text(&dossier)], 0)["claims"][0]["rung"], 1);
    // A claim that names what is to be hidden is refused.
    let other = path("other.json");
    let named = ["disclose", text(&case), "--claims", "T2", "-o", text(&other), "--redact-pattern", "hosts"];
    refused(&named, "names");
    let list = path("list.txt");
    fs::write(&list, "certutil\n").unwrap();
    refused(
        &["disclose", text(&case), "--claims", "T1", "-o", text(&other), "--redact-list", text(&list)],
        "certutil",
    );
    assert!(!other.exists());
}

pub fn openssl(folder: &Path, arguments: &[&str]) -> Option<()> {
    let ran = Command::new("openssl").args(arguments).current_dir(folder).output();
    let Ok(output) = ran else {
        assert!(std::env::var_os("CI").is_none(), "no openssl");
        eprintln!("skipped: no openssl");
        return None;
    };
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// A time-stamp authority in a folder, with its settings; `None` without OpenSSL.
pub fn authority(folder: &Path) -> Option<()> {
    fs::write(
        folder.join("tsa.cnf"),
        "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n\
         [tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n\
         digests=sha256\ness_cert_id_alg=sha256\n",
    )
    .unwrap();
    fs::write(folder.join("serial"), "01\n").unwrap();
    let make = [
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-subj",
        "/CN=A test authority",
        "-days",
        "3650",
        "-config",
        "tsa.cnf",
        "-extensions",
        "ext",
        "-keyout",
        "tsa.key",
        "-out",
        "tsa.pem",
    ];
    openssl(folder, &make)
}

#[test]
fn a_real_authority_tells_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    if authority(folder.path()).is_none() {
        return;
    }
    let (case, query, dossier) = (case(folder.path()), path("q.tsq"), path("dossier.json"));
    done(&["timestamp", text(&case), "--query", text(&query), "-q"]);
    openssl(folder.path(), &["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr"])
        .unwrap();
    done(&["timestamp", text(&case), "--response", text(&path("r.tsr")), "-q"]);
    done(&["disclose", text(&case), "--claims", "all", "-o", text(&dossier), "-q"]);
    let rules = path("policy.toml");
    let root = fs::read_to_string(path("tsa.pem")).unwrap();
    fs::write(
        &rules,
        format!("format = \"onus-policy/1\"\n[[time]]\nname = \"Test\"\ncertificate = '''\n{root}'''\n"),
    )
    .unwrap();
    let judged = verdict(&[text(&dossier), "--policy", text(&rules)], 0);
    assert!(judged["independent_time"].as_str().unwrap().ends_with('Z'), "{judged:#}");
    let alone = verdict(&[text(&dossier)], 0);
    assert!(
        alone["independent_time"].is_null() && alone["time"].to_string().contains("no policy to judge it by")
    );
    // The answer to another question is not taken.
    let other = path("other");
    fs::create_dir(&other).unwrap();
    let vkey_case = self::case(&other);
    refused(&["timestamp", text(&vkey_case), "--response", text(&path("r.tsr"))], "OtherBytes");
    refused(&["timestamp", text(&case), "--tsa", "https://tsa.example/"], "--query");
}

pub fn collect<'a>(logs: &'a Path, into: &'a Path, keys: &'a Path) -> Vec<&'a str> {
    vec!["collect", text(logs), "--into", text(into), "--key", "log.example", "--keys", text(keys)]
}

#[test]
fn a_witness_cosigns_what_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (logs, into, keys, state) = (path("logs"), path("collection"), path("keys"), path("state"));
    fs::create_dir(&logs).unwrap();
    let (vkey, _) = (key(&keys, "log.example"), key(&keys, "witness.example"));
    let once = [&collect(&logs, &into, &keys)[..], &["--once", "-q"]].concat();
    fs::write(logs.join("a.log"), LINE).unwrap();
    done(&once);
    let ask = |old: &str, name: &str| {
        let request = path(name);
        done(&["witness", "ask", text(&into), "--old", old, "-o", text(&request)]);
        request
    };
    let cosign = |request: &Path| {
        let own = request.to_str().unwrap().to_owned();
        let tail =
            ["--of", &vkey, "--state", text(&state), "--key", "witness.example", "--keys", text(&keys), "-q"];
        onus(&[&["witness", "cosign", &own][..], &tail].concat())
    };
    let first = cosign(&ask("0", "first"));
    assert!(first.status.success() && String::from_utf8_lossy(&first.stdout).contains("witness.example"));
    for name in ["b.log", "c.log"] {
        fs::write(logs.join(name), LINE).unwrap();
    }
    done(&once);
    let again = cosign(&ask("0", "again"));
    assert!(String::from_utf8_lossy(&again.stderr).contains("cosigned last"), "{again:?}");
    assert!(cosign(&ask("1", "grown")).status.success());
    // Another history of the same key.
    fs::remove_dir_all(&into).unwrap();
    for (name, byte) in [("d.log", "1"), ("e.log", "2")] {
        fs::write(logs.join(name), byte).unwrap();
    }
    done(&once);
    let forked = cosign(&ask("3", "forked"));
    assert!(String::from_utf8_lossy(&forked.stderr).contains("does not go on"), "{forked:?}");
}

/// Killed again and again while logs grow: what was sealed stays sealed, and the journal covers every byte at the end.
#[test]
fn a_collection_that_is_killed_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (logs, into, keys) = (path("logs"), path("collection"), path("keys"));
    fs::create_dir(&logs).unwrap();
    key(&keys, "log.example");
    let mut sealed = 0;
    for round in 0..20u32 {
        for file in 0..20u32 {
            let log = logs.join(format!("{file}.log"));
            let old = fs::read_to_string(&log).unwrap_or_default();
            fs::write(&log, format!("{old}{LINE} {round}\n")).unwrap();
        }
        let run = [&collect(&logs, &into, &keys)[..], &["--every", "1s", "-q"]].concat();
        let mut child =
            Command::new(env!("CARGO_BIN_EXE_onus")).args(run).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(u64::from(round) * 3));
        child.kill().unwrap();
        child.wait().unwrap();
        let size = fs::read_to_string(into.join("checkpoint"))
            .ok()
            .and_then(|note| note.lines().nth(1).and_then(|line| line.parse::<u64>().ok()));
        assert!(size.unwrap_or(0) >= sealed, "a checkpoint was lost");
        sealed = size.unwrap_or(0);
    }
    done(&[&collect(&logs, &into, &keys)[..], &["--once", "-q"]].concat());
    let journal = fs::read_to_string(into.join("journal")).unwrap();
    let mut covered = std::collections::BTreeMap::new();
    for line in journal.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let end = covered.entry(entry["path"].as_str().unwrap().to_owned()).or_insert(0);
        assert_eq!(entry["offset"].as_u64(), Some(*end), "a gap or an overlap");
        *end += entry["length"].as_u64().unwrap();
    }
    assert_eq!(covered.len(), 20);
    for (name, end) in covered {
        assert_eq!(fs::metadata(logs.join(name)).unwrap().len(), end);
    }
    // A journal that was changed is not sealed again.
    fs::write(into.join("journal"), journal.replacen("0.log", "9.log", 1)).unwrap();
    refused(&[&collect(&logs, &into, &keys)[..], &["--once", "-q"]].concat(), "not what this checkpoint");
}
