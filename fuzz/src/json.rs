//! A mutator of JSON that leaves it JSON: what a mutator of bytes makes of it is mostly rejected in the first line.

use serde_json::Value;

/// A xorshift generator: what libFuzzer replays from a seed, it replays here.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Changes one place of the JSON in `data[..size]`, or, one time in eight, any byte; gives the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) << 1 | 1);
    for _ in 0..4 {
        random.below(1);
    }
    let tree = (random.below(8) != 0).then(|| serde_json::from_slice::<Value>(&data[..size]).ok()).flatten();
    let Some(mut tree) = tree else { return libfuzzer_sys::fuzzer_mutate(data, size, max_size) };
    for _ in 0..=random.below(3) {
        change(&mut tree, &mut random);
    }
    let text = tree.to_string();
    if text.len() > max_size || text.len() > data.len() {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

fn change(tree: &mut Value, random: &mut Random) {
    let count = nodes(tree);
    let other = nth(tree, &mut random.below(count)).cloned().unwrap_or_default();
    let Some(node) = nth_mut(tree, &mut random.below(count)) else { return };
    match (random.below(6), node) {
        (0, node) => *node = other,
        (1, node) => *node = plain(random),
        (_, Value::Array(items)) if !items.is_empty() => {
            let (at, to) = (random.below(items.len()), random.below(items.len()));
            match random.below(4) {
                0 => _ = items.remove(at),
                1 => items.swap(at, to),
                2 => items.push(items[at].clone()),
                _ => items[at] = other,
            }
        }
        (_, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(random.below(members.len())).cloned().unwrap_or_default();
            let value = members.remove(&name).unwrap_or_default();
            match random.below(3) {
                0 => {}
                1 => _ = members.insert(text(&name, random), value),
                _ => _ = members.insert(name, other),
            }
        }
        (_, Value::String(old)) => *old = text(old, random),
        (_, node) => *node = plain(random),
    }
}

/// A scalar that is at an edge of something.
fn plain(random: &mut Random) -> Value {
    let numbers = [0_u64, 1, 7, 63, 64, 1 << 31, (1 << 53) - 1];
    match random.below(5) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => numbers[random.below(numbers.len())].into(),
        3 => "".into(),
        _ => (random.below(300) as u64).into(),
    }
}

/// The text with libFuzzer's own change, which brings in what it has learned of comparisons.
fn text(old: &str, random: &mut Random) -> String {
    let mut bytes = old.as_bytes().to_vec();
    let room = bytes.len() + 1 + random.below(64);
    let size = bytes.len();
    bytes.resize(room, 0);
    let size = libfuzzer_sys::fuzzer_mutate(&mut bytes, size, room);
    String::from_utf8_lossy(&bytes[..size]).into_owned()
}

fn nodes(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(members) => members.values().map(nodes).sum(),
        _ => 0,
    }
}

fn nth<'a>(tree: &'a Value, left: &mut usize) -> Option<&'a Value> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Value::Array(items) => items.iter().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values().find_map(|item| nth(item, left)),
        _ => None,
    }
}

fn nth_mut<'a>(tree: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Value::Array(items) => items.iter_mut().find_map(|item| nth_mut(item, left)),
        Value::Object(members) => members.values_mut().find_map(|item| nth_mut(item, left)),
        _ => None,
    }
}
