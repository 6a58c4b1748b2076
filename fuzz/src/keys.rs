//! The keys of the vectors, and texts signed with them: a mutator cannot sign.

use std::sync::LazyLock;

use onus_proof::Signer;

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).expect("a name that is fit")
}

/// Seals the cases of the vectors.
pub static CASE: LazyLock<Signer> = LazyLock::new(|| signer("case.example", 7));
/// Signs their verdicts and contests.
pub static ALLY: LazyLock<Signer> = LazyLock::new(|| signer("ally.example", 21));
/// A key to which [`ALLY`] hands on.
pub static NEXT: LazyLock<Signer> = LazyLock::new(|| signer("ally.example", 23));

/// A note over `text` with the signatures of these keys, if `text` is fit for one.
pub fn signed(text: &str, signers: &[&Signer]) -> Option<String> {
    let mut notes = signers.iter().map(|signer| signer.sign(text));
    let mut note = notes.next()?.ok()?;
    for more in notes {
        note.signatures.extend(more.ok()?.signatures);
    }
    Some(note.encode())
}
