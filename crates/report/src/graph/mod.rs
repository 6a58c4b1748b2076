//! A picture of hosts, accounts and outside addresses, with the steps between them numbered in time.

mod layout;
mod view;

use onus_intrusion::{Intrusion, NodeKind};

use crate::html::Html;
use crate::shown::{Shown, beyond};
use crate::words::{clip, count_of, ranges, short_host};
use layout::{Layout, layout};
use view::{View, ViewNode, plural};

/// Nodes of a kind in the picture that shows like ones as one.
const FEW: usize = 16;
/// Nodes of a kind in the picture that shows each.
const ALL: usize = 200;

/// Draws it; where like hosts are shown as one, also a second picture with each of them, closed at first.
pub(crate) fn draw(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    let view = View::new(intrusion, true, FEW);
    if view.nodes.is_empty() {
        html.raw("<p>No finding names a host, an account or an outside address.</p>");
        return;
    }
    legend(html);
    let command = format!("onus intrusion CASE show {}", intrusion.id);
    if !shown.room.pictures.put(html, |html| picture(html, &view, &intrusion.id, "")) {
        html.raw("<p class=note>Not drawn here, as there are many. All: ")
            .element("code", &command)
            .raw("</p>");
        return;
    }
    if view.collapsed {
        let each = View::new(intrusion, false, ALL);
        let fits = shown.room.full.put(html, |html| {
            html.raw("<details><summary>")
                .text(&format!("Each of the {} on its own", count_of(intrusion.hosts.len() as u64, "host")))
                .raw("</summary>");
            picture(html, &each, &intrusion.id, " full");
            beyond(html, each.nodes.len(), each.nodes.len() + each.left_out, &command);
            html.raw("</details>");
        });
        if !fits {
            html.raw("<p class=note>Each of them on its own: ").element("code", &command).raw("</p>");
        }
    }
}

fn legend(html: &mut Html) {
    html.raw("<p class=\"legend fine\"><svg width=30 height=14 aria-hidden=true><rect class=host x=1 y=1 width=28 height=12 /></svg> host, in order of compromise \
        <svg width=30 height=14 aria-hidden=true><rect class=account x=1 y=1 width=28 height=12 rx=6 /></svg> account \
        <svg width=30 height=14 aria-hidden=true><path class=address d=\"M6 1H24L29 7L24 13H6L1 7Z\" /></svg> outside address \
        <svg width=30 height=14 aria-hidden=true><path class=step d=\"M1 7H29\" /></svg> steps, with their numbers at the end \
        <svg width=30 height=14 aria-hidden=true><path class=use d=\"M1 7H29\" /></svg> one acts on the other, or a finding names both. The numbers are those of the steps below.</p>");
}

fn picture(html: &mut Html, view: &View, id: &str, class: &str) {
    let placed = layout(view);
    let (width, height) = (placed.width, placed.height);
    html.raw("<div class=wide tabindex=0 role=region aria-label=\"Graph of intrusion ").text(id).raw("\">");
    html.raw(&format!(
        "<svg class=\"graph{class}\" viewBox=\"0 0 {width:.0} {height:.0}\" width={width:.0} height={height:.0} role=img aria-label=\"Hosts, accounts and outside addresses, with numbered steps\">"
    ));
    html.raw("<g class=head><text x=6 y=16>outside addresses, accounts</text>")
        .raw(&format!("<text x={:.0} y=16>hosts, in order of compromise</text></g>", layout::HOST_COLUMN));
    edges(html, view, &placed);
    for (at, node) in view.nodes.iter().enumerate() {
        draw_node(html, node, placed.places[at].x, placed.places[at].y);
    }
    numbers(html, &placed);
    html.raw("</svg></div>");
}

fn edges(html: &mut Html, view: &View, placed: &Layout) {
    for path in &placed.paths {
        html.raw(&format!("<path class={} d=\"{}\"><title>", path.class, path.d));
        html.text(&view.nodes[path.from].label).raw(" → ").text(&view.nodes[path.to].label);
        html.text(&format!(" {}", ranges(&path.steps))).raw("</title></path>");
        if path.class == "step" {
            html.raw(&arrow(path));
        }
    }
}

/// A small triangle where an edge ends.
fn arrow(path: &layout::Path) -> String {
    let (x, y, anchor) = path.text;
    let (tip, y) = (if anchor == "end" { x + 12.0 } else { x - 12.0 }, y + 3.0);
    let back = if anchor == "end" { tip - 8.0 } else { tip + 8.0 };
    format!("<path class=arrow d=\"M{tip:.0} {y:.1}L{back:.0} {:.1}V{:.1}Z\" />", y - 4.0, y + 4.0)
}

fn draw_node(html: &mut Html, node: &ViewNode, x: f64, y: f64) {
    let (w, h) = layout::SIZE;
    let class = match node.kind {
        NodeKind::Host => "host",
        NodeKind::Account => "account",
        NodeKind::Address => "address",
    };
    html.raw(&format!("<g class=\"node {class}\"><title>"));
    html.text(&names(node)).raw("</title>");
    html.raw(&match node.kind {
        NodeKind::Host => format!("<rect class=host x={x:.0} y={y:.0} width={w:.0} height={h:.0} />"),
        NodeKind::Account => {
            format!("<rect class=account x={x:.0} y={y:.0} width={w:.0} height={h:.0} rx=20 />")
        }
        NodeKind::Address => format!(
            "<path class=address d=\"M{:.0} {y:.0}H{:.0}L{:.0} {:.0}L{:.0} {:.0}H{:.0}L{x:.0} {:.0}Z\" />",
            x + 14.0,
            x + w - 14.0,
            x + w,
            y + h / 2.0,
            x + w - 14.0,
            y + h,
            x + 14.0,
            y + h / 2.0
        ),
    });
    let label = if node.names.len() > 1 || node.kind != NodeKind::Host {
        &node.label
    } else {
        short_host(&node.label)
    };
    html.raw(&format!("<text class=name x={:.0} y={:.0}>", x + 16.0, y + 17.0))
        .text(&clip(label, 27))
        .raw("</text>");
    let own = if node.own.is_empty() {
        String::new()
    } else {
        format!("{} {} · ", if node.own.len() == 1 { "step" } else { "steps" }, ranges(&node.own))
    };
    let note = format!("{own}{}", node.note);
    html.raw(&format!("<text class=note x={:.0} y={:.0}>", x + 16.0, y + 32.0))
        .text(&clip(&note, if node.kind == NodeKind::Address { 33 } else { 36 }))
        .raw("</text></g>");
}

/// What a node's title says: at most twenty names, and how each came into it.
fn names(node: &ViewNode) -> String {
    let shown: Vec<&str> = node.names.iter().take(20).map(String::as_str).collect();
    let more = node.names.len() - shown.len();
    let and = if more > 0 { format!(" and {more} more {}", plural(node.kind)) } else { String::new() };
    format!("{}{and}: {}", shown.join(", "), node.note)
}

fn numbers(html: &mut Html, placed: &Layout) {
    for path in placed.paths.iter().filter(|path| !path.steps.is_empty()) {
        let (x, y, anchor) = path.text;
        html.raw(&format!("<text class=number x={x:.0} y={y:.1} text-anchor={anchor}>"));
        html.text(&clip(&ranges(&path.steps), 12)).raw("</text>");
    }
}
