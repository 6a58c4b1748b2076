//! A dossier comes out of its page as it went in, and a page that was changed is known.

use onus_page::{Around, Carried, NoDossier, page, verifier};

fn around(bytes: &[u8]) -> Around {
    Carried::of(bytes).expect("a dossier").around()
}

#[test]
fn every_canonical_text_comes_back() {
    let texts = [
        r#"{"a":"</script><script>alert(1)</script><!--"}"#,
        r#"{"a":"\\u003c\\\\u003c<\\<"}"#,
        r#"{"a":"\"\u0001","b":["<",{"<":"日本"}]}"#,
        "{}",
    ];
    for text in texts {
        let page = page(text);
        let carried = Carried::of(page.as_bytes()).expect("a dossier");
        assert_eq!(carried.dossier(), text.as_bytes());
        assert_eq!(carried.around(), Around::OwnPage);
        assert_eq!(page.matches('<').count(), verifier().matches('<').count(), "no markup of the dossier");
    }
}

#[test]
fn bare_bytes_are_taken_as_they_are() {
    for bytes in [&b"{}"[..], b"", b" {}", b"\xff\xfe"] {
        let carried = Carried::of(bytes).expect("bytes");
        assert_eq!((carried.dossier(), carried.around()), (bytes, Around::Nothing));
    }
}

#[test]
fn any_change_of_the_page_makes_it_foreign() {
    let own = page(r#"{"a":1}"#);
    let start = own.find("id=\"dossier\">").expect("the block") + "id=\"dossier\">".len();
    for (at, byte) in own.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_graphic()).step_by(97) {
        let mut changed = own.clone().into_bytes();
        changed[at] = if byte == b'x' { b'y' } else { b'x' };
        // Inside the data block it is another dossier, which the verifier rejects.
        if (start..start + 7).contains(&at) {
            continue;
        }
        match Carried::of(&changed) {
            Ok(carried) => assert_ne!(carried.around(), Around::OwnPage, "byte {at}"),
            Err(error) => assert_eq!(error, NoDossier::Absent),
        }
    }
    assert_eq!(around(own.replace('\n', "\r\n").as_bytes()), Around::ForeignPage);
    assert_eq!(around(format!("\u{feff}{own}").as_bytes()), Around::ForeignPage);
    assert_eq!(around(format!("{own} ").as_bytes()), Around::ForeignPage);
}

#[test]
fn pages_without_one_dossier_are_told() {
    let of = |text: &str| Carried::of(text.as_bytes()).map(|_| ());
    assert_eq!(of(&verifier()), Err(NoDossier::Empty));
    assert_eq!(of("<!doctype html><p>{}</p>"), Err(NoDossier::Absent));
    assert_eq!(of(&(page("{}") + &page("{}"))), Err(NoDossier::Several));
}
