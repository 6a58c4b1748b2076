//! The tables as one SVG picture: two panels, both axes logarithmic.

use std::fmt::Write as _;

use super::Step;
use crate::measure::{Measurement, Stage};
use onus_claim::grouped;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 380.0;
/// The area of a panel within the picture: left edge, width; top, height.
const PANELS: [f64; 2] = [70.0, 520.0];
const PANEL_WIDTH: f64 = 340.0;
const TOP: f64 = 50.0;
const PANEL_HEIGHT: f64 = 240.0;
/// Colour and dashes of each line: told apart also without colours.
const STYLES: [(&str, &str); 4] =
    [("#1b6ca8", ""), ("#c1440e", "8 3"), ("#4a7c2c", "2 3"), ("#6b4c9a", "10 3 2 3")];

/// A named line through points (size, seconds).
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// One panel alone.
pub(crate) fn single(title: &str, lines: &[Line]) -> String {
    let mut out = head(PANELS[0] + PANEL_WIDTH + 40.0, title);
    panel(&mut out, PANELS[0], title, lines);
    out + "</svg>\n"
}

fn head(width: f64, label: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\" aria-label=\"{label}\">\n\
         <rect width=\"{width}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    )
}

pub(crate) fn svg(by_rules: &[Step], by_events: &[Step]) -> String {
    let rules = [
        line("all but matching", by_rules, |s| s.of(Stage::Columns).seconds),
        line("with matching", by_rules, |s| s.of(Stage::Match).seconds),
        line("rsigma-eval, tuned", by_rules, |s| s.of(Stage::Peer).seconds),
    ];
    let seconds = |m: Measurement| m.seconds;
    let events = [
        line("read, hash, parse", by_events, |s| seconds(s.of(Stage::Parse))),
        line("+ columns", by_events, |s| seconds(s.of(Stage::Columns))),
        line("+ matching", by_events, |s| seconds(s.of(Stage::Match))),
        line("whole", by_events, |s| seconds(s.of(Stage::Whole))),
    ];
    let mut out = head(WIDTH, "Seconds by number of rules and of events");
    panel(&mut out, PANELS[0], "Seconds, by number of rules", &rules);
    panel(&mut out, PANELS[1], "Seconds, by number of events", &events);
    out.push_str("</svg>\n");
    out
}

fn line(name: &'static str, steps: &[Step], seconds: impl Fn(&Step) -> f64) -> Line {
    Line { name, points: steps.iter().map(|step| (step.size as f64, seconds(step).max(0.01))).collect() }
}

/// Powers of ten around the values, as exponents.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
    let high = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    if low.is_finite() { (low, high.max(low + 1.0)) } else { (0.0, 1.0) }
}

fn panel(out: &mut String, left: f64, title: &str, lines: &[Line]) {
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let (x_low, x_high) = decades(points().map(|p| p.0));
    let (y_low, y_high) = decades(points().map(|p| p.1));
    let x = |v: f64| left + (v.log10() - x_low) / (x_high - x_low) * PANEL_WIDTH;
    let y = |v: f64| TOP + PANEL_HEIGHT - (v.log10() - y_low) / (y_high - y_low) * PANEL_HEIGHT;
    let bottom = TOP + PANEL_HEIGHT;
    let _ = writeln!(out, "<text x=\"{left}\" y=\"30\" font-weight=\"bold\">{title}</text>");
    for exponent in x_low as i32..=x_high as i32 {
        let at = x(10_f64.powi(exponent));
        let label = grouped(10_u64.pow(exponent.max(0) as u32));
        let _ = writeln!(
            out,
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" stroke=\"#ddd\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            bottom + 16.0
        );
    }
    for exponent in y_low as i32..=y_high as i32 {
        let at = y(10_f64.powi(exponent));
        let _ = writeln!(
            out,
            "<line x1=\"{left}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left + PANEL_WIDTH,
            left - 6.0,
            at + 4.0,
            10_f64.powi(exponent)
        );
    }
    for (number, (line, (colour, dashes))) in lines.iter().zip(STYLES).enumerate() {
        let path: Vec<String> =
            line.points.iter().map(|(size, seconds)| format!("{:.1},{:.1}", x(*size), y(*seconds))).collect();
        let style = format!("stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"");
        let _ = writeln!(out, "<polyline points=\"{}\" fill=\"none\" {style}/>", path.join(" "));
        // The key stands below, in two columns.
        let (key_x, key_y) = (left + (number % 2) as f64 * 170.0, bottom + 40.0 + (number / 2) as f64 * 20.0);
        let _ = writeln!(
            out,
            "<line x1=\"{key_x}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" {style}/><text x=\"{:.1}\" y=\"{key_y}\">{}</text>",
            key_y - 4.0,
            key_x + 28.0,
            key_y - 4.0,
            key_x + 34.0,
            line.name
        );
    }
}
