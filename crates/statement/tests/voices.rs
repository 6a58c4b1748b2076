//! Who asserts what: small texts of our own, each line as a reader would lay it out.

#![allow(clippy::unwrap_used, reason = "a test")]

use onus_statement::{Assertion, Document, Firmness, Kind, read};

fn lines(text: &str, speaker: Option<&str>) -> Vec<Assertion> {
    read(&Document::read(text.as_bytes(), "-").unwrap(), "-", speaker).assertions
}

/// Mode, speaker, target.
fn told(line: &Assertion) -> (&str, Option<&str>, Option<&str>) {
    (&line.mode, line.speaker.as_deref(), line.target.as_deref())
}

#[test]
fn who_condemns_for_a_deed_asserts_the_deed() {
    let all = lines("Germany condemned Russia on Monday for the intrusion into its ministries.", None);
    let [condemns, accuses] = &all[..] else { panic!("{all:#?}") };
    assert_eq!(told(condemns), ("condemn", Some("Germany"), Some("Russia")));
    assert_eq!(told(accuses), ("accuse", Some("Germany"), Some("Russia")));
    assert_eq!((condemns.kind, accuses.kind), (Kind::Opinion, Kind::Fact));
    assert_eq!(accuses.asserted, "the intrusion into its ministries");
    let taste = lines("Germany criticised Russia for its tone.", None);
    assert_eq!(taste.len(), 1, "no deed: {taste:#?}");
}

#[test]
fn who_tells_a_wrong_of_another_accuses_it() {
    let line = &lines("France said Russia had hacked its parliament.", None)[0];
    assert_eq!(told(line), ("accuse", Some("France"), Some("Russia")));
    let line = &lines("Zambia's president said South Africa was behind the bombings.", None)[0];
    assert_eq!(told(line), ("accuse", Some("Zambia's president"), Some("South Africa")));
    let own = &lines("France said it had arrested two hackers.", None)[0];
    assert_eq!((own.mode.as_str(), own.speaker.as_deref()), ("arrest", Some("France")));
}

#[test]
fn a_deed_named_in_passing_is_nobodys() {
    let all =
        lines("Norway's foreign ministry responded to the attack on Monday with a short statement.", None);
    assert!(all.iter().all(|line| line.act.is_none()), "{all:#?}");
}

#[test]
fn a_day_belongs_to_its_part_of_the_sentence() {
    let text = "Following today's indictment of two men in which Spain condemned France on Thursday; \
                Portugal has responded with a statement blasting Spain.";
    let times: Vec<_> = lines(text, None).into_iter().map(|line| (line.mode, line.time)).collect();
    let time = |mode: &str| times.iter().find(|(m, _)| m == mode).unwrap().1.clone();
    assert_eq!(time("indict").as_deref(), Some("today"));
    assert_eq!(time("condemn").as_deref(), Some("Thursday"));
    assert_eq!(time("criticise"), None);
}

#[test]
fn in_a_statement_of_its_own_a_judgement_is_an_opinion() {
    let all = lines("The US attacked our banks. This is a serious violation of all norms.", Some("Iran"));
    assert_eq!(told(&all[0]), ("accuse", Some("Iran"), Some("US")));
    assert_eq!((all[0].kind, all[1].kind), (Kind::Fact, Kind::Opinion));
}

#[test]
fn words_of_a_speaker_whom_no_table_knows_are_not_the_authors() {
    for (text, who) in [
        ("\"No data was taken,\" the hosting firm's lawyer said.", "firm's lawyer"),
        ("No more than 5 MB was stolen, the victim's insurer said.", "victim's insurer"),
        ("The victim's insurer said the intruders used a stolen password.", "victim's insurer"),
        ("The auditor said the intruders used a stolen password.", "auditor"),
        ("Meridian said on Monday that the account jdoe logged on to the server.", "Meridian"),
        ("Nothing was taken, Meridian said.", "Meridian"),
    ] {
        let line = &lines(text, None)[0];
        assert_eq!(line.voice.who.as_deref(), Some(who), "{text}: {line:#?}");
        assert_ne!(line.target.as_deref(), Some(who), "{text}");
    }
    let own = &lines("The plant in the north was hit hard, and nobody said why.", None)[0];
    assert_eq!(own.voice.who, None);
}

#[test]
fn a_denial_is_of_who_makes_it() {
    for (text, speaker, who) in [
        ("China has never taken part in the theft.", None, None),
        ("China has never taken part in the theft.", Some("China"), Some("China")),
        ("China's envoy said Beijing had nothing to do with the theft.", None, Some("China's envoy")),
    ] {
        let line = &lines(text, speaker)[0];
        assert_eq!(told(line), ("deny", who, None), "{text}: {line:#?}");
    }
}

#[test]
fn what_is_demanded_threatened_or_called_names_is_no_act_of_its_own() {
    for (text, modes) in [
        (
            "Spain demanded that France withdraw its accusation, and warned of consequences.",
            &["demand", "warn"],
        ),
        ("Spain rejected the accusation as baseless and fabricated.", &["deny"]),
        ("Spain demanded that France admit that its soldiers killed the envoy.", &["demand"]),
    ] as [(&str, &[&str]); 3]
    {
        let all = lines(text, None);
        assert_eq!(all.iter().map(|line| line.mode.as_str()).collect::<Vec<_>>(), modes, "{all:#?}");
    }
}

#[test]
fn that_no_thing_did_it_is_a_denial_and_no_retreat() {
    for text in
        ["\"No data left the network,\" a spokesman said.", "The firm said that no files left its servers."]
    {
        let line = &lines(text, None)[0];
        assert_eq!((line.act, line.kind, line.firmness), (None, Kind::Fact, Firmness::Negated), "{line:#?}");
    }
}
