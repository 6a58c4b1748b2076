//! Claims drawn by lot: each must follow from the records that it cites, and from no fewer of them. A claim that says a
//! thing of each record that it names says less without one of them, and so is no longer that claim.

use std::path::Path;

use onus_case::{Claim, check_claims, write_claims};
use onus_claim::Outcome;

use crate::Result;
use crate::shuffle::Lots;

/// Any number will do; it is fixed so that runs can be compared.
const SEED: u64 = 0x6f6e_7573;
const DRAWN: usize = 10;
/// Records of one claim that are left out, one at a time.
const LEFT_OUT: usize = 8;
/// The name under which a claim with a record less is tried.
const LESS: &str = "less";

/// How the drawn claims fared.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) claims: usize,
    /// Those that follow from what they cite.
    pub(super) hold: usize,
    /// Times that a record was left out, and times that the claim then no longer followed.
    pub(super) tried: usize,
    pub(super) fail: usize,
    /// What went wrong, in words.
    pub(super) wrong: Vec<String>,
}

/// Draws ten of `claims`, which are of the case in `folder`, and tries them.
pub(super) fn draw(folder: &Path, mut claims: Vec<&Claim>) -> Result<Drawn> {
    let mut lots = Lots(SEED);
    for last in (1..claims.len()).rev() {
        claims.swap(last, lots.below(last as u64 + 1) as usize);
    }
    let mut drawn = Drawn::default();
    for claim in claims.into_iter().take(DRAWN) {
        drawn.claims += 1;
        if holds(folder, &claim.id)? {
            drawn.hold += 1;
        } else {
            drawn.wrong.push(format!("{} does not follow from what it cites", claim.id));
        }
        // Of one record there is nothing to leave out but all.
        let step = (claim.cites.len() / LEFT_OUT).max(1);
        for without in claim.cites.iter().step_by(step).take(LEFT_OUT) {
            let cites = claim.cites.iter().copied().filter(|record| record != without).collect();
            drawn.tried += 1;
            if still_holds(folder, claim, cites)? {
                let kind = claim.kind.name();
                drawn.wrong.push(format!("{} ({kind}) follows without record {without}", claim.id));
            } else {
                drawn.fail += 1;
            }
        }
    }
    Ok(drawn)
}

fn holds(folder: &Path, id: &str) -> Result<bool> {
    let checked = check_claims(folder, Some(id))?;
    Ok(checked.iter().all(|one| one.outcome == Outcome::Holds))
}

fn still_holds(folder: &Path, claim: &Claim, cites: Vec<u64>) -> Result<bool> {
    let less = Claim { id: LESS.to_owned(), cites, ..claim.clone() };
    if less.kind.sentence(&less.cites) != claim.kind.sentence(&claim.cites) {
        return Ok(false);
    }
    write_claims(folder, &[less], [])?;
    // A file that is refused says as much as one that does not hold.
    let holds = holds(folder, LESS).unwrap_or(false);
    std::fs::remove_file(folder.join("claims").join(format!("{LESS}.toml")))?;
    Ok(holds)
}
