//! Places for nodes and paths for edges. Outside addresses and accounts stand at the left, hosts in the order of
//! their compromise at the right, each in a row of its own, so that no text lies on another. What goes from host to
//! host runs at the far right, each edge in a lane of its own; the numbers of steps stand where an edge ends.

use onus_intrusion::NodeKind;

use super::view::{View, ViewNode};

const LEFT: f64 = 6.0;
const NODE: f64 = 236.0;
const HEIGHT: f64 = 40.0;
const PITCH: f64 = 54.0;
const TOP: f64 = 30.0;
/// Where hosts begin.
const HOSTS: f64 = 520.0;
/// Where the lanes of movement between hosts begin: behind the numbers.
const LANES: f64 = HOSTS + NODE + 86.0;
const LANE: f64 = 14.0;

/// A node's box.
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// An edge as a path, and where its numbers stand.
pub(super) struct Path {
    pub(super) d: String,
    pub(super) class: &'static str,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Numbers of steps, and the place of their text: (x, y, anchor).
    pub(super) steps: Vec<usize>,
    pub(super) text: (f64, f64, &'static str),
}

/// Everything with its place.
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) paths: Vec<Path>,
    pub(super) width: f64,
    pub(super) height: f64,
}

pub(super) const SIZE: (f64, f64) = (NODE, HEIGHT);
pub(super) const HOST_COLUMN: f64 = HOSTS;

/// Lays the picture out.
pub(super) fn layout(view: &View) -> Layout {
    let (places, height) = places(&view.nodes);
    let mut paths = Vec::new();
    let middle = |node: usize| places[node].y + HEIGHT / 2.0;
    let is_host = |node: usize| view.nodes[node].kind == NodeKind::Host;
    for (account, host) in &view.uses {
        let numbered = view.edges.contains_key(&(*account, *host));
        if !numbered {
            let d = curve(LEFT + NODE, middle(*account), HOSTS, middle(*host));
            paths.push(Path {
                d,
                class: "use",
                from: *account,
                to: *host,
                steps: Vec::new(),
                text: (0.0, 0.0, ""),
            });
        }
    }
    // Edges that end at one node end at different heights of it.
    let mut ends = vec![0usize; view.nodes.len()];
    let mut lanes: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut width = HOSTS + NODE;
    for ((from, to), steps) in &view.edges {
        let end = places[*to].y + 8.0 + 12.0 * (ends[*to] % 3) as f64;
        ends[*to] += 1;
        let (d, text) = match (is_host(*from), is_host(*to)) {
            (true, true) => {
                let begin = middle(*from) + 10.0;
                let lane = free_lane(&mut lanes, begin.min(end), begin.max(end));
                let x = LANES + LANE * lane as f64;
                width = width.max(x + 12.0);
                let edge = HOSTS + NODE;
                (
                    format!("M{edge:.0} {begin:.1}H{x:.0}V{end:.1}H{edge:.0}"),
                    (edge + 12.0, end - 3.0, "start"),
                )
            }
            (false, true) => {
                (curve(LEFT + NODE, middle(*from), HOSTS, end), (HOSTS - 12.0, end - 3.0, "end"))
            }
            (true, false) => {
                let begin = middle(*from) + 10.0;
                (curve(HOSTS, begin, LEFT + NODE, end), (LEFT + NODE + 12.0, end - 3.0, "start"))
            }
            (false, false) => {
                let x = LEFT + NODE;
                let begin = middle(*from);
                (
                    format!("M{x:.0} {begin:.1}C{0:.0} {begin:.1} {0:.0} {end:.1} {x:.0} {end:.1}", x + 60.0),
                    (x + 12.0, end - 3.0, "start"),
                )
            }
        };
        paths.push(Path { d, class: "step", from: *from, to: *to, steps: steps.clone(), text });
    }
    Layout { places, paths, width: width.max(LANES), height }
}

fn places(nodes: &[ViewNode]) -> (Vec<Place>, f64) {
    let (mut left, mut right) = (TOP, TOP);
    let mut kind = None;
    let mut places = Vec::new();
    for node in nodes {
        if node.kind == NodeKind::Host {
            places.push(Place { x: HOSTS, y: right });
            right += PITCH;
        } else {
            // A gap parts addresses from accounts.
            if kind.is_some_and(|kind| kind != node.kind) {
                left += TOP;
            }
            kind = Some(node.kind);
            places.push(Place { x: LEFT, y: left });
            left += PITCH;
        }
    }
    (places, left.max(right))
}

fn curve(x1: f64, y1: f64, x2: f64, y2: f64) -> String {
    let bend = (x2 - x1) / 2.0;
    format!("M{x1:.0} {y1:.1}C{:.0} {y1:.1} {:.0} {y2:.1} {x2:.0} {y2:.1}", x1 + bend, x2 - bend)
}

/// The first lane in which nothing runs between two heights.
fn free_lane(lanes: &mut Vec<Vec<(f64, f64)>>, top: f64, bottom: f64) -> usize {
    let free = |lane: &Vec<(f64, f64)>| lane.iter().all(|(a, b)| bottom + 6.0 < *a || *b + 6.0 < top);
    let lane = lanes.iter().position(free).unwrap_or(lanes.len());
    if lane == lanes.len() {
        lanes.push(Vec::new());
    }
    lanes[lane].push((top, bottom));
    lane
}

#[cfg(test)]
mod tests {
    use super::free_lane;

    #[test]
    fn lanes_are_used_again_where_they_are_free() {
        let mut lanes = Vec::new();
        assert_eq!(free_lane(&mut lanes, 0.0, 50.0), 0);
        assert_eq!(free_lane(&mut lanes, 40.0, 90.0), 1);
        assert_eq!(free_lane(&mut lanes, 60.0, 90.0), 0);
    }
}
