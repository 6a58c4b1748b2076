fn main() {
    let f = std::env::args().nth(1).unwrap();
    let d = onus_statement::Document::read(&std::fs::read(&f).unwrap(), &f).unwrap();
    let l = onus_statement::read(&d, &f, None);
    for a in &l.assertions {
        println!("{} p{} [{:?} {:?}] {} ({}) {:?}\n   S {:?} {:?} -> T {:?} {:?}\n   voice {:?} {:?} time {:?} ev {:?} {:?}\n   «{}»", a.id, a.paragraph, a.kind, a.firmness, a.act.map_or("-", |x| x.name()), a.mode, a.main, a.speaker, a.speaker_actor.as_ref().map(|x| (&x.codes, &x.resolved_from)), a.target, a.target_actor.as_ref().map(|x| (&x.codes, &x.resolved_from)), a.voice.how, a.voice.who, a.time, a.evidence, a.evidence_words, a.asserted);
    }
}
