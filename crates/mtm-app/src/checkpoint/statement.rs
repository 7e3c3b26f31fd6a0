//! The exact bytes that are signed.
//!
//! Lines of a name and a value, so that anybody can write them down again: with this program, with
//! another one, or by hand. `docs/checkpoints.md` shows how.

use std::fmt::Write as _;

use mtm_core::audit::Hash;
use mtm_core::word::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Checkpoint, Signed, SigningKey, StockThen};

impl Checkpoint {
    /// What somebody who signs it at `at` vouches for; none where it does not say what stood there.
    pub fn statement(&self, at: Timestamp) -> Option<String> {
        let Self { sequence, hash, recorded_at, .. } = self;
        let StockThen { movement, parts, pieces, sha256 } = self.stock.as_ref()?;
        Some(format!(
            "mtm-checkpoint-1\nsequence {sequence}\nhash {hash}\nrecorded_at {recorded_at}\n\
             movement {movement}\nparts {parts}\npieces {pieces}\ntotals {sha256}\nsigned_at {at}\n"
        ))
    }

    /// The same, vouched for with `key` at `at`.
    pub fn sign(self, key: &SigningKey, at: Timestamp) -> Self {
        let signed = self.statement(at).map(|statement| Signed {
            at,
            key: key.public(),
            signature: key.sign(&statement),
        });
        Self { signed, ..self }
    }
}

/// The digest of totals, each the row of a part and its pieces, in the order of the rows.
pub(super) fn digest(totals: impl Iterator<Item = (i64, i64)>) -> String {
    let mut hash = Sha256::new();
    let mut line = String::new();
    for (id, quantity) in totals {
        line.clear();
        // Writing into a string cannot fail.
        let _ = writeln!(line, "{id} {quantity}");
        hash.update(line.as_bytes());
    }
    Hash(hash.finalize().into()).hex()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Total;

    #[test]
    fn the_bytes_that_are_signed_are_as_the_documentation_says() {
        let page = include_str!("../../../../docs/checkpoints.md");
        let example = |from: &str| {
            let text = page.split(from).nth(1).unwrap();
            text.split("```").next().unwrap().to_owned()
        };
        let checkpoint = Checkpoint::parse(&example("```json\n")).unwrap();
        let signed = checkpoint.signed.clone().unwrap();
        let statement = checkpoint.statement(signed.at).unwrap();
        assert_eq!(statement, example("```text\n"));
        assert!(signed.key.has_signed(&statement, &signed.signature));
        let totals = checkpoint.totals.unwrap();
        let digest = digest(totals.iter().map(|it: &Total| (it.id, it.quantity)));
        assert_eq!(digest, checkpoint.stock.unwrap().sha256);
        assert!(page.contains(&signed.key.pem()), "{}", signed.key.pem());
    }
}
