//! The page of invented cases: with few and many hosts, with very many findings, and with hostile text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod made;

use std::collections::BTreeSet;

use made::{crowded, hosts, made};

/// What stands between `before` and the next double quote or `>`, each time.
fn each<'a>(page: &'a str, before: &str) -> Vec<&'a str> {
    page.split(before)
        .skip(1)
        .filter_map(|rest| rest.trim_start_matches('"').split(['"', '>', ' ']).next())
        .collect()
}

fn no_link_goes_nowhere(page: &str) {
    let all = each(page, " id=");
    let ids: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(ids.len(), all.len(), "ids that stand twice");
    let links: Vec<&str> = each(page, "href=");
    assert!(links.len() > 10);
    for link in links {
        let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads off the page"));
        assert!(ids.contains(target), "{target} is not there");
    }
}

#[test]
fn each_sentence_leads_to_its_claim_and_each_claim_to_its_records() {
    let page = made(&hosts(3), 5, "a text");
    no_link_goes_nowhere(&page);
    for part in ["<a href=\"#c.C0001\">", "<a href=\"#r.7\">record 7</a>", "id=r.9>", "id=\"f.F0002\""] {
        assert!(page.contains(part), "{part}");
    }
    // The weakest edge comes first; a finding that is not shown is no link.
    assert!(page.find("weak one").unwrap() < page.find("strong one").unwrap());
    assert!(!page.contains("#f.F9999"));
    assert!(page.contains("At least 5.0 MB left"));
}

#[test]
fn where_there_is_no_intrusion_what_was_found_stands_open() {
    let quiet = made::quiet();
    assert!(quiet.contains("<details class=plain open><summary>1 finding, the weightiest first"));
    assert!(!made(&hosts(3), 5, "a text").contains("<details class=plain open>"));
}

#[test]
fn three_hosts_are_three_nodes() {
    let page = made(&hosts(3), 5, "a text");
    assert_eq!(page.matches("<g class=\"node host\">").count(), 3);
    assert!(!page.contains("and 1 more hosts"));
}

#[test]
fn sixty_hosts_are_few_nodes_and_each_of_them_one_click_away() {
    let page = made(&hosts(60), 5, "a text");
    let full = page.split("class=\"graph full\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert_eq!(full.matches("<g class=\"node host\">").count(), 60);
    let few = page.split("class=\"graph\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(few.matches("<g class=\"node host\">").count() <= 16);
    assert!(few.contains(" more hosts"));
    no_link_goes_nowhere(&page);
}

#[test]
fn fifty_thousand_findings_and_two_thousand_hosts_are_a_page_of_bounded_size() {
    let page = made(&hosts(2_000), 50_000, "what a rule of some length in its title found");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    // Two findings are of the intrusion; of the others 448 have a row, and one row counts the rest.
    assert!(page.contains("<th scope=row>+ 49,550</th>"));
    assert!(page.contains("Each of them: <code>onus query CASE"));
    no_link_goes_nowhere(&page);
}

#[test]
fn many_large_intrusions_are_a_page_of_bounded_size_and_nothing_goes_uncounted() {
    let page = crowded(50_000);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    no_link_goes_nowhere(&page);
    // Each rule of each intrusion stands there, and each claim leads to a record.
    let claims = page.matches("<li id=\"c.").count();
    assert_eq!(claims, 500);
    for claim in page.split("<li id=\"c.").skip(1) {
        assert!(claim.split("</li>").next().unwrap().contains("<a href=\"#r."), "{claim:.200}");
    }
    for (intrusion, table) in page.split("<table><caption class=hidden>Findings of ").skip(1).enumerate() {
        let table = table.split("</table>").next().unwrap();
        let number = |cell: &str| cell.split('<').next().unwrap().replace(',', "").parse::<usize>().unwrap();
        let counted: usize = table.split("<th scope=row>+ ").skip(1).map(number).sum();
        let shown = table.matches("<tr id=\"f.").count();
        let beyond = page
            .split("<p class=note>and ")
            .filter_map(|rest| rest.split_once(" more. All: <code>onus query"));
        let left_out: Vec<usize> =
            beyond.map(|(n, _)| n.replace(',', "").parse().unwrap_or_default()).collect();
        assert_eq!(shown + counted + left_out[intrusion], 50_000 / 20, "intrusion {intrusion}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let long = "A".repeat(1_000_000);
    let texts = [
        "</title></text></svg><script>alert(1)</script><img src=x onerror=alert(1)>",
        "\" onmouseover=alert(1) x=\" ' <!-- --> ]]> &amp;",
        "\u{202e}gnp.exe \u{0}\u{1b}[2J\u{7f}\u{feff}\u{fffd}\u{2028}\u{e0041}",
        &long,
    ];
    for text in texts {
        let page = made(&[format!("{text}1"), format!("{text}2"), "H3".to_owned()], 20, text);
        for bad in ["<script", "<img", "\u{202e}", "\u{1b}", "\u{0}", "\u{2028}"] {
            assert!(!page.contains(bad), "{bad:?}");
        }
        // No attribute begins in a text: quotes are written out.
        assert!(!page.contains("\" onmouseover"));
        assert!(page.len() < 400_000, "{} bytes", page.len());
    }
}
