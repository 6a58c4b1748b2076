//! A page around a dossier: own pages give back what was put in, and no other page is taken for one.

#![no_main]

use onus_page::{Around, Carried, page};

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = onus_fuzz::vectors("good").into_iter().take(8).collect();
    let block = "<!doctype html><script type=\"application/json\" id=\"dossier\">{\"a\":\"\\u003c\\\\u003c\"}</script>";
    seeds.extend([block.into(), [block, block].concat().into(), "\u{feff} <html>".into()]);
    seeds.push(br#"{"a":"</script><!--","b":"\\"}"#.to_vec());
    seeds
}

fn takes(data: &[u8]) -> bool {
    let carried = Carried::of(data);
    if let Ok(carried) = &carried
        && carried.around() != Around::Nothing
    {
        let own = std::str::from_utf8(carried.dossier()).is_ok_and(|text| page(text).as_bytes() == data);
        assert_eq!(own, carried.around() == Around::OwnPage);
    }
    // Canonical JSON, which is all that is ever put into a page.
    let json: Option<serde_json::Value> = serde_json::from_slice(data).ok();
    let Some(text) = json.and_then(|json| onus_proof::canonical(&json).ok()) else { return carried.is_ok() };
    let around = page(&text);
    let again = Carried::of(around.as_bytes()).expect("an own page carries its dossier");
    assert_eq!((again.dossier(), again.around()), (text.as_bytes(), Around::OwnPage));
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
