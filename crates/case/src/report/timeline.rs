//! A timeline by host: a lane for each, a mark for each finding from its first to its last match.

use super::html::Html;
use crate::{Finding, Intrusion};

const LEFT: f64 = 190.0;
const WIDTH: f64 = 1000.0;
const LANE: f64 = 26.0;
const TOP: f64 = 24.0;

/// Draws the findings of an intrusion as SVG.
pub(super) fn draw(html: &mut Html, intrusion: &Intrusion, findings: &[&Finding]) {
    let span = (intrusion.last - intrusion.first).max(1) as f64;
    let x = |time: i64| LEFT + (time - intrusion.first) as f64 / span * (WIDTH - LEFT - 12.0);
    let height = TOP + LANE * intrusion.hosts.len() as f64 + 8.0;
    html.raw(&format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=img aria-label=\"Timeline by host\"><g class=axis>"
    ));
    for step in 0..=5 {
        let time = intrusion.first + (span / 5.0 * f64::from(step)) as i64;
        let (at, day) = (x(time), &onus_event::format_micros(time)[..10]);
        let anchor = if step == 5 { "end" } else { "middle" };
        html.raw(&format!(
            "<line x1={at:.1} y1={TOP} x2={at:.1} y2={:.1} /><text x={at:.1} y=14 text-anchor={anchor}>{day}</text>",
            height - 8.0
        ));
    }
    html.raw("</g>");
    for (lane, host) in intrusion.host_names().enumerate() {
        let y = TOP + LANE * (lane as f64 + 0.5);
        let short = host.split('.').next().filter(|s| s.parse::<u32>().is_err()).unwrap_or(host);
        html.raw(&format!("<text class=host x=0 y={:.1}>", y + 4.0)).text(short).raw("</text>");
        html.raw(&format!("<line class=lane x1={LEFT} y1={y:.1} x2={WIDTH} y2={y:.1} />"));
        for finding in findings.iter().filter(|f| f.host.as_deref() == Some(host)) {
            let (Some(first), Some(last)) = (finding.first, finding.last) else { continue };
            html.raw(&format!(
                "<line class=\"span {0}\" x1={1:.1} y1={y:.1} x2={2:.1} y2={y:.1} /><circle class={0} cx={1:.1} cy={y:.1} r=5><title>",
                level(&finding.level),
                x(first),
                x(last)
            ));
            html.text(&format!("{} {}", onus_event::format_micros(first), finding.title))
                .raw("</title></circle>");
        }
    }
    html.raw("</svg>");
}

/// The level as a class name of ours.
pub(super) fn level(level: &str) -> &'static str {
    match level {
        "critical" => "critical",
        "high" => "high",
        "medium" => "medium",
        _ => "low",
    }
}
