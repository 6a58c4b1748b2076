//! What assertions rest on, by the same rule for every side.

#![allow(clippy::unwrap_used, reason = "a test")]

use onus_statement::{Assertion, Document, Shown, Standing, read, weigh};

fn shown() -> Vec<Shown> {
    let claim = |id: &str, kind: &str, names: &[&str], at_least, times: &[&str], rung| Shown {
        from: "dossier.json".to_owned(),
        id: id.to_owned(),
        kind: kind.to_owned(),
        sentence: format!("{kind} of {}", names.join(" and ")),
        rung,
        derived: rung >= 2,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        at_least,
        times: times.iter().map(|time| (*time).to_owned()).collect(),
    };
    let sent = ["2017-03-23T02:20:18Z", "2017-04-04T02:30:13Z"];
    vec![
        claim("C1", "bytes_sent", &["10.20.1.35", "198.51.100.61"], Some(2_887_413_280), &sent, 2),
        claim(
            "C2",
            "logon",
            &["MERIDIAN\\adm-lindqvist", "MSP-JUMP01.meridian.example"],
            None,
            &sent[..1],
            2,
        ),
        claim("C3", "logon", &["HM-DC01.halvard.example"], None, &sent[..1], 1),
    ]
}

fn first(text: &str, shown: &[Shown]) -> Assertion {
    let document = Document::read(text.as_bytes(), "-").unwrap();
    let mut ledger = read(&document, "-", None);
    weigh(&mut ledger, shown);
    ledger.assertions.swap_remove(0)
}

#[test]
fn what_a_claim_shows_and_what_it_does_not() {
    use Standing::{Baseless, Contradicted, NotCheckable, Supported, Touched};
    let table = [
        ("At least 2.8 GB went from 10.20.1.35 to 198.51.100.61 in the night.", Supported, Some(2)),
        ("On 25 March 2017 at least 2 GB went from 10.20.1.35 to 198.51.100.61.", Supported, Some(2)),
        ("In all 40 GB went from 10.20.1.35 to 198.51.100.61.", Touched, Some(0)),
        ("On 25 May 2017 at least 2 GB went from 10.20.1.35 to 198.51.100.61.", Touched, Some(0)),
        ("No data went from 10.20.1.35 to 198.51.100.61.", Contradicted, Some(0)),
        ("No more than 1 GB went from 10.20.1.35 to 198.51.100.61.", Contradicted, Some(0)),
        ("No more than 5 GB went from 10.20.1.35 to 198.51.100.61.", Touched, Some(0)),
        ("Russia sent 2 GB from 10.20.1.35 to 198.51.100.61.", Touched, Some(0)),
        ("The account adm-lindqvist logged on to MSP-JUMP01.", Supported, Some(2)),
        ("The account adm-lindqvist never logged on to MSP-JUMP01.", Contradicted, Some(0)),
        ("Somebody logged on to HM-DC01.", Touched, Some(0)),
        ("The network of the company was compromised.", Baseless, Some(0)),
        ("France urged Spain to explain who logged on to MSP-JUMP01.", NotCheckable, None),
    ];
    let shown = shown();
    for (text, standing, rung) in table {
        let line = first(text, &shown);
        assert_eq!((line.basis.standing, line.rung), (standing, rung), "{text}: {:?}", line.basis);
    }
}

#[test]
fn without_anything_shown_both_sides_are_baseless() {
    for text in ["Ruritania stole trade secrets.", "Ruritania has never stolen trade secrets."] {
        let line = first(text, &[]);
        assert_eq!(line.basis.standing, Standing::Baseless);
        assert!(line.basis.why.contains("nothing was shown"));
        assert!(line.basis.would_decide[0].contains("gateway"), "{:?}", line.basis.would_decide);
    }
}
