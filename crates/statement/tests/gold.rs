//! gold
use std::collections::BTreeMap;
fn fnv(s: &str) -> u64 { s.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)) }
#[test]
fn gold() {
    let d: serde_json::Value = serde_json::from_str(&std::fs::read_to_string("/work/shared/data/statements/plover-gsr-dev.json").unwrap()).unwrap();
    let show = std::env::var("SHOW").unwrap_or_default();
    for held in [false, true] {
        let mut n = 0; let mut ok = 0; let mut four = (0, 0, 0); let mut st = (0,0,0);
        let mut per: BTreeMap<String, (u32,u32,u32)> = BTreeMap::new();
        for x in d.as_array().unwrap().iter().skip(1) {
            let text = x["text"].as_str().unwrap();
            if ((fnv(text) >> 32) % 3 == 0) != held { continue; }
            let gold = x["event"].as_str().unwrap();
            let out = onus_statement::first(text.trim_matches(['{','}',' ']));
            let got = out.act.map_or("-", |a| a.name());
            n += 1; let right = got == gold; if right { ok += 1; }
            per.entry(gold.into()).or_default().0 += 1;
            per.entry(got.into()).or_default().1 += 1;
            if right { per.entry(gold.into()).or_default().2 += 1; }
            let f = ["REJECT","DEMAND","THREATEN","DISAPPROVE"];
            if f.contains(&gold) { four.0 += 1; } if f.contains(&got) { four.1 += 1; } if right && f.contains(&gold) { four.2 += 1; }
            let s = fits(&x["source"], out.source.as_deref(), &out.sc);
            let t = fits(&x["target"], out.target.as_deref(), &out.tc);
            if right { st.0 += u32::from(s); st.1 += u32::from(t); st.2 += u32::from(s && t); }
            let bad = !right || !s || !t;
            if bad && ((show == "tune" && !held) || (show == "held" && held)) {
                println!("{gold}{} {} -> {got} ({})\n   {text}\n   S{} {:?} <- {}\n   T{} {:?} <- {}", if right {""} else {" XXX"}, x["eventText"], out.mode, if s {""} else {"x"}, out.source, names(&x["source"]), if t {""} else {"x"}, out.target, names(&x["target"]));
            }
        }
        for (k, v) in &per { println!("{k:12} gold {} got {} right {}", v.0, v.1, v.2); }
        let f1 = 2.0 * f64::from(four.2) / f64::from(four.0 + four.1);
        println!("held {held}: n {n} type {ok} = {:.3}; four f1 {f1:.3} {four:?}; of right types source {:.3} target {:.3} both {:.3}", f64::from(ok)/f64::from(n), f64::from(st.0)/f64::from(ok), f64::from(st.1)/f64::from(ok), f64::from(st.2)/f64::from(ok));
    }
}
fn names(v: &serde_json::Value) -> String { v.as_array().map_or("-".into(), |a| a.iter().map(|y| format!("{} [{}]", y["actorText"].as_str().unwrap_or("?"), y["code"].as_str().unwrap_or("?"))).collect::<Vec<_>>().join(" | ")) }
fn norm(c: &str) -> &str { match c { "JAP" => "JPN", "ITL" => "ITA", "VTN" => "VNM", c => c } }
fn fits(gold: &serde_json::Value, got: Option<&str>, codes: &[String]) -> bool {
    let Some(all) = gold.as_array().filter(|a| !a.is_empty()) else { return got.is_none() };
    let Some(got) = got else { return false };
    all.iter().any(|y| {
        let code = norm(y["code"].as_str().unwrap_or(""));
        let text = y["actorText"].as_str().unwrap_or("").to_lowercase();
        let got = got.to_lowercase();
        codes.first().is_some_and(|c| c == code) || got.contains(&text) || text.contains(&got)
    })
}
