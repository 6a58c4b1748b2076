//! The story of an intrusion in sentences, each with what carries it.

use onus_claim::Kind;
use onus_intrusion::{Intrusion, Outside, Role, Touched};

use crate::html::Html;
use crate::model::Report;
use crate::shown::Shown;
use crate::words::{bytes, capital, clip, count_of, list, stretch, time};

/// Hosts and accounts told one by one.
const TOLD: usize = 12;
/// Characters of a path or a name within a sentence.
const NAME: usize = 90;

/// Where it began, how it spread, with what tools, where it reported to, what was taken.
pub(crate) fn tell(html: &mut Html, intrusion: &Intrusion, report: &Report<'_>, shown: &Shown<'_>) {
    html.raw("<ol class=story>");
    began(html, intrusion, shown);
    touched(html, &intrusion.hosts, intrusion.began.host.as_deref(), "host", shown);
    accounts(html, &intrusion.accounts, shown);
    tools(html, intrusion, shown);
    for outside in intrusion.addresses.iter().take(TOLD) {
        address(html, outside, shown);
    }
    more(html, intrusion.addresses.len(), "outside address", "addresses");
    taken(html, intrusion, report, shown);
    html.raw("</ol>");
}

fn sentence(html: &mut Html, text: &str, findings: &[&str], fit: &dyn Fn(&Kind) -> u8, shown: &Shown<'_>) {
    html.raw("<li>").text(text);
    shown.carry(html, findings, &|claim| fit(&claim.kind));
    html.raw("</li>");
}

fn began(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    let began = &intrusion.began;
    let at = time(began.at);
    let host = began.host.as_deref().map_or_else(String::new, |host| format!(" on {}", clip(host, NAME)));
    let how = began.how.trim_end_matches('.');
    let text = if began.before_logs {
        format!("It was under way when these logs begin: the first trace is of {at}{host} ({how}).")
    } else {
        format!("It began at {at}{host}: {how}.")
    };
    let findings: Vec<&str> = began.finding.iter().map(String::as_str).collect();
    sentence(html, &text, &findings, &|kind| u8::from(matches!(kind, Kind::Logon(_))), shown);
}

/// Hosts after the first, in the order in which they were touched.
fn touched(html: &mut Html, hosts: &[Touched], first: Option<&str>, what: &str, shown: &Shown<'_>) {
    let later: Vec<&Touched> = hosts.iter().filter(|host| Some(host.name.as_str()) != first).collect();
    for host in later.iter().take(TOLD) {
        let doubt = if host.sure { "" } else { ", as far as these logs show" };
        let text = format!(
            "At {} it reached {}: {}{doubt}.",
            time(host.first),
            clip(&host.name, NAME),
            host.manner.trim_end_matches('.')
        );
        sentence(html, &text, &[&host.finding], &|kind| leads_to(kind, &host.name), shown);
    }
    more(html, later.len(), what, "");
}

fn accounts(html: &mut Html, accounts: &[Touched], shown: &Shown<'_>) {
    for account in accounts.iter().take(TOLD) {
        let text = format!(
            "The account {} acted in it from {} to {} ({}).",
            clip(&account.name, NAME),
            time(account.first),
            time(account.last),
            account.manner.trim_end_matches('.')
        );
        sentence(html, &text, &[&account.finding], &|kind| u8::from(matches!(kind, Kind::Logon(_))), shown);
    }
    more(html, accounts.len(), "account", "");
}

fn tools(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    if intrusion.artifacts.is_empty() {
        return;
    }
    let names: Vec<String> = intrusion.artifacts.iter().take(5).map(|a| clip(&a.path, NAME)).collect();
    let rest = intrusion.artifacts.len() - names.len();
    let and = if rest > 0 { format!(", and {rest} more") } else { String::new() };
    let text = format!("It left or used {}{and}; they are listed below.", list(&names));
    let findings: Vec<&str> =
        intrusion.artifacts.iter().take(5).filter_map(|a| a.findings.first()).map(String::as_str).collect();
    sentence(
        html,
        &text,
        &findings,
        &|kind| u8::from(matches!(kind, Kind::Process(_) | Kind::File(_))),
        shown,
    );
}

fn address(html: &mut Html, outside: &Outside, shown: &Shown<'_>) {
    let name = match &outside.domain {
        Some(domain) => format!("{} ({})", clip(&outside.address, NAME), clip(domain, NAME)),
        None => clip(&outside.address, NAME),
    };
    let (from, to) = (time(outside.first), time(outside.last));
    let text = match outside.role {
        Role::CommandAndControl => format!("From {from} to {to} it was steered from {name}"),
        Role::Exfiltration => format!("From {from} to {to} data went to {name}"),
        Role::LogonFrom => format!("From {from} to {to} somebody logged on from {name}"),
        Role::Contacted => format!("From {from} to {to} findings name {name}"),
    };
    let much =
        outside.bytes.map_or_else(String::new, |sent| format!("; at least {} went there", bytes(sent)));
    let findings: Vec<&str> = outside.findings.iter().map(String::as_str).collect();
    sentence(html, &format!("{text}{much}."), &findings, &|kind| tells_of(kind, &outside.address), shown);
}

fn taken(html: &mut Html, intrusion: &Intrusion, report: &Report<'_>, shown: &Shown<'_>) {
    let Some((lower, upper)) = report.bytes.get(&intrusion.id) else { return };
    let text = if *lower > 0 {
        format!(
            "Taken: at least {}; at most {}, which is all that its hosts sent outside within these logs.",
            bytes(*lower),
            bytes(*upper)
        )
    } else {
        format!(
            "No finding shows that data left; its hosts sent {} outside within these logs in all.",
            bytes(*upper)
        )
    };
    let exfiltration = intrusion.addresses.iter().filter(|a| a.bytes.is_some_and(|sent| sent > 0));
    let findings: Vec<&str> =
        exfiltration.filter(|_| *lower > 0).flat_map(|a| &a.findings).map(String::as_str).collect();
    sentence(html, &text, &findings, &|kind| u8::from(matches!(kind, Kind::BytesSent(_))), shown);
}

/// How well a claim says how a host was reached.
fn leads_to(kind: &Kind, host: &str) -> u8 {
    match kind {
        Kind::Movement(p) if p.to.eq_ignore_ascii_case(host) => 2,
        Kind::Logon(p) if p.host.eq_ignore_ascii_case(host) && p.from.is_some() => 1,
        _ => 0,
    }
}

/// How well a claim says what an address did.
fn tells_of(kind: &Kind, address: &str) -> u8 {
    let is = |end: &Option<String>| end.as_deref() == Some(address);
    match kind {
        Kind::BytesSent(p) if p.to == address => 2,
        Kind::Connection(p) if is(&p.to) || is(&p.from) => 1,
        Kind::Logon(p) if is(&p.from) => 1,
        _ => 0,
    }
}

fn more(html: &mut Html, all: usize, what: &str, plural: &str) {
    let Some(rest) = all.checked_sub(TOLD).filter(|rest| *rest > 0) else { return };
    let named = if plural.is_empty() {
        count_of(rest as u64, &format!("more {what}"))
    } else {
        format!("{rest} more {}", if rest == 1 { what } else { plural })
    };
    html.raw("<li>").text(&format!("And {named}: see below.")).raw("</li>");
}

/// One line that says it all.
pub(crate) fn headline(intrusion: &Intrusion) -> String {
    let lasted = stretch(intrusion.last - intrusion.first);
    format!(
        "{} evidence · {} to {} ({lasted}) · {} · {} · {} · {}",
        capital(&intrusion.strength),
        crate::words::day(intrusion.first),
        crate::words::day(intrusion.last),
        count_of(intrusion.hosts.len() as u64, "host"),
        count_of(intrusion.accounts.len() as u64, "account"),
        count_of(intrusion.techniques.len() as u64, "technique"),
        count_of(intrusion.findings.len() as u64, "finding"),
    )
}
