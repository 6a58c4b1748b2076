//! A timeline by host: a lane for each, its numbered steps in time, with colours for kinds of step.

use onus_intrusion::{Intrusion, NodeKind, Step, StepKind};

use crate::html::Html;
use crate::shown::{Shown, beyond};
use crate::words::{clip, count_of, day, ranges, short_host, time};

const LEFT: f64 = 180.0;
const WIDTH: f64 = 1_040.0;
const LANE: f64 = 30.0;
const TOP: f64 = 40.0;
/// Steps of a lane closer than this are one mark.
const NEAR: f64 = 30.0;
/// Lanes in the first picture, and in all.
const LANES: usize = 14;
const MOST: usize = 120;
/// Steps told when one points at a mark.
const TITLES: usize = 3;

/// Draws the steps of an intrusion as SVG; lanes beyond the first stand in a second picture, closed at first.
pub(crate) fn draw(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    if intrusion.steps.is_empty() {
        html.raw("<p>Its findings have no time.</p>");
        return;
    }
    let scale = Scale::new(intrusion);
    let mut lanes: Vec<(Option<&str>, Vec<&Step>)> =
        intrusion.hosts.iter().map(|host| (Some(host.name.as_str()), Vec::new())).collect();
    let mut elsewhere: Vec<&Step> = Vec::new();
    for step in &intrusion.steps {
        match lanes.iter_mut().find(|(host, _)| *host == on(step)) {
            Some((_, own)) => own.push(step),
            None => elsewhere.push(step),
        }
    }
    if !elsewhere.is_empty() {
        lanes.push((None, elsewhere));
    }
    html.raw("<p class=fine>Times are UTC. Quiet stretches are shortened, so lengths are not to scale.</p>");
    legend(html, intrusion);
    let first = &lanes[..lanes.len().min(LANES)];
    let further = &lanes[first.len()..lanes.len().min(MOST)];
    let mut told = if shown.room.pictures.put(html, |html| picture(html, first, &scale)) { LANES } else { 0 };
    if !further.is_empty() && told > 0 {
        let fits = shown.room.full.put(html, |html| {
            let count = count_of(further.len() as u64, "more lane");
            html.raw("<details class=plain><summary>").text(&count).raw("</summary>");
            picture(html, further, &scale);
            html.raw("</details>");
        });
        told += if fits { further.len() } else { 0 };
    }
    beyond(html, told, lanes.len(), &format!("onus intrusion CASE show {}", intrusion.id));
}

/// The host on which a step happened, or from which it went out.
fn on(step: &Step) -> Option<&str> {
    let from = step.from.iter();
    let host = [&step.to].into_iter().chain(from).find(|node| node.kind == NodeKind::Host);
    host.map(|node| node.name.as_str())
}

/// From moments to places: the longer nothing happens, the more it is shortened.
struct Scale {
    /// Distinct moments with their places, in order.
    points: Vec<(i64, f64)>,
}

impl Scale {
    fn new(intrusion: &Intrusion) -> Self {
        let mut moments: Vec<i64> = intrusion.steps.iter().map(|step| step.at).collect();
        moments.sort_unstable();
        moments.dedup();
        let gaps: Vec<f64> = moments.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).powf(0.4)).collect();
        let all: f64 = gaps.iter().sum::<f64>().max(1.0);
        let mut x = LEFT + 20.0;
        let mut points = Vec::new();
        for (at, moment) in moments.iter().enumerate() {
            points.push((*moment, x));
            x += gaps.get(at).copied().unwrap_or_default() / all * (WIDTH - LEFT - 50.0);
        }
        Scale { points }
    }

    fn x(&self, moment: i64) -> f64 {
        let at = self.points.partition_point(|(known, _)| *known < moment);
        self.points.get(at).or(self.points.last()).map_or(LEFT, |(_, x)| *x)
    }
}

/// The class of a kind of step, and its name.
fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Logon | StepKind::RemoteExecution => "move",
        StepKind::Process | StepKind::Discovery => "act",
        StepKind::Persistence | StepKind::DefenseEvasion => "stay",
        StepKind::CredentialAccess => "secret",
        StepKind::Collection | StepKind::Exfiltration => "take",
        StepKind::Connection => "call",
    }
}

fn legend(html: &mut Html, intrusion: &Intrusion) {
    html.raw("<p class=\"legend fine\">");
    let mut kinds: Vec<StepKind> = intrusion.steps.iter().map(|step| step.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for one in kinds {
        html.raw(&format!(
            "<svg width=16 height=14 aria-hidden=true><rect class={} x=1 y=1 width=14 height=12 rx=6 /></svg> {} ",
            kind(one),
            one.name()
        ));
    }
    html.raw("</p>");
}

fn picture(html: &mut Html, lanes: &[(Option<&str>, Vec<&Step>)], scale: &Scale) {
    let height = TOP + LANE * lanes.len() as f64 + 8.0;
    html.raw("<div class=wide tabindex=0 role=region aria-label=Timeline>").raw(&format!(
        "<svg class=timeline viewBox=\"0 0 {WIDTH} {height}\" width={WIDTH} height={height} role=img aria-label=\"Timeline by host\">"
    ));
    axis(html, scale, height);
    for (lane, (host, steps)) in lanes.iter().enumerate() {
        let y = TOP + LANE * (lane as f64 + 0.5);
        let name = host.map_or("elsewhere", short_host);
        html.raw(&format!("<g class=lane><text class=name x=0 y={:.1}>", y + 4.0)).text(&clip(name, 22));
        html.raw("</text>").raw(&format!("<line x1={LEFT} y1={y:.1} x2={WIDTH} y2={y:.1} />"));
        for mark in marks(steps, scale) {
            draw_mark(html, &mark, scale, y);
        }
        html.raw("</g>");
    }
    html.raw("</svg></div>");
}

/// A line for the first moment of each day, as far as their dates do not touch.
fn axis(html: &mut Html, scale: &Scale, height: f64) {
    html.raw("<g class=axis>");
    let (mut last, mut shown) = (f64::MIN, String::new());
    for (moment, x) in &scale.points {
        let date = day(*moment);
        if date == shown {
            continue;
        }
        html.raw(&format!("<line x1={x:.1} y1=26 x2={x:.1} y2={height:.1} />"));
        if x - last > 84.0 {
            // A date at the right edge ends there.
            let anchor = if *x > WIDTH - 80.0 { "end" } else { "start" };
            html.raw(&format!("<text x={x:.1} y=14 text-anchor={anchor}>{date}</text>"));
            html.raw(&format!(
                "<text class=fine x={x:.1} y=25 text-anchor={anchor}>{}</text>",
                &time(*moment)[11..16]
            ));
            last = *x;
        }
        shown = date;
    }
    html.raw("</g>");
}

/// Steps of a lane that lie close together and are of one kind.
fn marks<'a>(steps: &[&'a Step], scale: &Scale) -> Vec<Vec<&'a Step>> {
    let mut marks: Vec<Vec<&Step>> = Vec::new();
    for step in steps {
        match marks.last_mut() {
            Some(mark) if scale.x(step.at) - scale.x(mark[0].at) < width(mark) + 4.0 => mark.push(step),
            _ => marks.push(vec![step]),
        }
    }
    marks
}

fn label(mark: &[&Step]) -> String {
    let numbers: Vec<usize> = mark.iter().map(|step| step.number).collect();
    let text = ranges(&numbers);
    if text.chars().count() <= 9 {
        return text;
    }
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) => format!("{first}…{last}"),
        _ => text,
    }
}

fn width(mark: &[&Step]) -> f64 {
    (label(mark).chars().count() as f64 * 6.6 + 10.0).max(NEAR - 10.0)
}

fn draw_mark(html: &mut Html, mark: &[&Step], scale: &Scale, y: f64) {
    let wide = width(mark);
    let x = scale.x(mark[0].at).min(WIDTH - wide);
    // Of steps in one mark, the kind that weighs most gives the colour.
    let weight = |step: &&&Step| match kind(step.kind) {
        "take" => 5,
        "secret" => 4,
        "move" => 3,
        "call" => 2,
        "stay" => 1,
        _ => 0,
    };
    let class = mark.iter().max_by_key(weight).map_or("act", |step| kind(step.kind));
    html.raw("<g class=mark><title>");
    for step in mark.iter().take(TITLES) {
        html.text(&format!("{}. {} {}", step.number, time(step.at), clip(&step.text, 70))).raw("&#10;");
    }
    if mark.len() > TITLES {
        html.text(&format!("and {} more", mark.len() - TITLES));
    }
    html.raw(&format!(
        "</title><rect class={class} x={x:.1} y={:.1} width={wide:.1} height=18 rx=9 /><text x={:.1} y={:.1} text-anchor=middle>{}</text></g>",
        y - 9.0,
        x + wide / 2.0,
        y + 4.0,
        label(mark)
    ));
}
