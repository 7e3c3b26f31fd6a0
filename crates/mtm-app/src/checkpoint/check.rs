//! Is a checkpoint what was signed, and does the ledger still go through it?

use std::collections::BTreeMap;

use mtm_store::{Fault, Ledger};
use serde::Serialize;

use super::{Checkpoint, PublicKey, statement};

/// 10⁻⁶ pieces of a piece.
const PIECE: i64 = 1_000_000;

/// What is known of who vouches for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Signed with a key that is trusted.
    Trusted(PublicKey),
    /// Signed with this key; nobody said which ones to trust.
    Unknown(PublicKey),
    /// Not signed.
    None,
}

/// What is wrong with a checkpoint, or with a ledger that does not go through it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Flaw {
    /// It should be signed.
    #[error("the checkpoint is not signed")]
    NotSigned,
    /// Its contents are not what was signed.
    #[error("the checkpoint is not what was signed with its key {key}")]
    SignatureWrong {
        /// The key.
        #[serde(serialize_with = "text")]
        key: PublicKey,
    },
    /// Signed with a key that nobody trusts.
    #[error("the checkpoint is signed with {key}, which is none of the keys that are trusted")]
    OtherKey {
        /// The key.
        #[serde(serialize_with = "text")]
        key: PublicKey,
    },
    /// The totals in it are not those that it vouches for.
    #[error("the totals in the checkpoint are not those that it vouches for")]
    TotalsAltered,
    /// The chain ends before it, or has a gap there.
    #[error("audit entry {sequence}, which the checkpoint saw, is not there")]
    EntryMissing {
        /// Its place.
        sequence: u64,
    },
    /// Another entry is there.
    #[error("audit entry {sequence} is not the one that the checkpoint saw")]
    EntryDiffers {
        /// Its place.
        sequence: u64,
    },
    /// There were other pieces of a part.
    #[error(
        "part {part}: {then} pieces at the checkpoint, {now} by the log's movements up to {movement}"
    )]
    PartDiffers {
        /// Its code.
        part: String,
        /// Place of the movement.
        movement: u64,
        /// As the checkpoint saw it.
        then: String,
        /// As the log says now.
        now: String,
    },
    /// There were other pieces, and the checkpoint came without what would tell of which part.
    #[error("the pieces of the log's movements up to {movement} are not those of the checkpoint")]
    TotalsDiffer {
        /// Place of the movement.
        movement: u64,
    },
}

fn text<S: serde::Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

impl Flaw {
    /// Whether the checkpoint itself is not to be believed, whatever the ledger says.
    pub const fn is_of_checkpoint(&self) -> bool {
        matches!(
            self,
            Self::NotSigned
                | Self::SignatureWrong { .. }
                | Self::OtherKey { .. }
                | Self::TotalsAltered
        )
    }
}

impl Checkpoint {
    /// Whether it is what was signed with one of the keys that are `trusted`; with any key where none
    /// is named. One that is not signed passes where no key is `demanded`.
    pub fn signature(&self, trusted: &[PublicKey], demanded: bool) -> Result<Signature, Flaw> {
        if !self.holds_its_totals() {
            return Err(Flaw::TotalsAltered);
        }
        let Some(signed) = &self.signed else {
            return if demanded { Err(Flaw::NotSigned) } else { Ok(Signature::None) };
        };
        let key = signed.key;
        let statement = self.statement(signed.at);
        if !statement.is_some_and(|it| key.has_signed(&it, &signed.signature)) {
            return Err(Flaw::SignatureWrong { key });
        }
        if trusted.is_empty() {
            Ok(Signature::Unknown(key))
        } else if trusted.contains(&key) {
            Ok(Signature::Trusted(key))
        } else {
            Err(Flaw::OtherKey { key })
        }
    }

    /// Whether the totals, where it has them, are those whose digest it has.
    fn holds_its_totals(&self) -> bool {
        let Some(totals) = &self.totals else { return true };
        let Some(stock) = &self.stock else { return false };
        let pieces = totals.iter().fold(0_i64, |sum, it| sum.saturating_add(it.quantity));
        stock.parts == totals.len() as u64
            && stock.pieces == pieces
            && stock.sha256 == statement::digest(totals.iter().map(|it| (it.id, it.quantity)))
    }

    /// Whether these are the pieces of its parts, in 10⁻⁶ pieces and in the order of their rows.
    pub(crate) fn holds(&self, units: impl Iterator<Item = (i64, i64)> + Clone) -> bool {
        let Some(stock) = &self.stock else { return false };
        units.clone().all(|(_, units)| units % PIECE == 0)
            && statement::digest(units.map(|(id, units)| (id, units / PIECE))) == stock.sha256
    }

    /// What is wrong with the chain of `ledger` where this one saw it end.
    pub async fn chain_flaw(&self, ledger: &Ledger) -> Result<Option<Flaw>, Fault> {
        let sequence = self.sequence;
        Ok(match ledger.audit_hash(sequence).await? {
            Some(hash) if hash == self.hash => None,
            Some(_) => Some(Flaw::EntryDiffers { sequence }),
            None => Some(Flaw::EntryMissing { sequence }),
        })
    }

    /// The parts of which the log of `ledger` had other pieces where this one was written. Reads the log
    /// up to there.
    pub async fn stock_flaws(&self, ledger: &Ledger) -> Result<Vec<Flaw>, Fault> {
        let Some(stock) = &self.stock else { return Ok(Vec::new()) };
        let movement = stock.movement;
        let logged = ledger.logged_totals(movement).await?;
        if self.holds(logged.iter().map(|(id, units)| (id.0, *units))) {
            return Ok(Vec::new());
        }
        let Some(totals) = &self.totals else {
            return Ok(vec![Flaw::TotalsDiffer { movement }]);
        };
        let catalogue = ledger.catalogue();
        // Every part that either side has, with what both say.
        let mut sides: BTreeMap<i64, (Option<&str>, i64, i64)> = BTreeMap::new();
        for it in totals {
            let side = sides.entry(it.id).or_default();
            (side.0, side.1) = (Some(it.part.as_str()), it.quantity.saturating_mul(PIECE));
        }
        for (id, units) in &logged {
            sides.entry(id.0).or_default().2 = *units;
        }
        let differing = sides.into_iter().filter(|(_, (_, then, now))| then != now);
        Ok(differing
            .map(|(id, (code, then, now))| {
                let known = || catalogue.parts.by_id(id).map(|part| part.code.to_string());
                let code = code.map(str::to_owned).or_else(known);
                let part = code.unwrap_or_else(|| format!("of row {id}"));
                Flaw::PartDiffers { part, movement, then: pieces(then), now: pieces(now) }
            })
            .collect())
    }
}

/// Pieces as people write them; what was tampered with need not be whole.
fn pieces(units: i64) -> String {
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let (whole, rest) = (units / PIECE.unsigned_abs(), units % PIECE.unsigned_abs());
    match rest {
        0 => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest:06}"),
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::word::Timestamp;

    use super::super::{SigningKey, StockThen, Total};
    use super::*;

    type Alter = fn(&mut Checkpoint);

    fn checkpoint() -> Checkpoint {
        let totals = vec![
            Total { id: 1, part: "P-1".to_owned(), quantity: 300 },
            Total { id: 7, part: "P-7".to_owned(), quantity: 20 },
        ];
        let sha256 = statement::digest(totals.iter().map(|it| (it.id, it.quantity)));
        let stock = StockThen { movement: 12, parts: 2, pieces: 320, sha256 };
        Checkpoint {
            sequence: 20,
            hash: "ab".repeat(32),
            recorded_at: Timestamp::from_micros(1_000_000),
            stock: Some(stock),
            signed: None,
            totals: Some(totals),
        }
    }

    fn key(name: &str) -> SigningKey {
        let directory = tempfile::tempdir().unwrap();
        SigningKey::open(&directory.path().join(name)).unwrap()
    }

    #[test]
    fn whatever_is_altered_in_a_signed_checkpoint_is_noticed() {
        let key = key("one");
        let signed = checkpoint().sign(&key, Timestamp::from_micros(2_000_000));
        let trusted = [key.public()];
        assert_eq!(signed.signature(&trusted, true), Ok(Signature::Trusted(key.public())));
        assert_eq!(signed.signature(&[], true), Ok(Signature::Unknown(key.public())));
        // Written and read again it is the same.
        let read = Checkpoint::parse(&signed.text()).unwrap();
        assert_eq!(read, signed);
        let without = Checkpoint { totals: None, ..signed.clone() };
        assert_eq!(without.signature(&trusted, true), Ok(Signature::Trusted(key.public())));

        let wrong = Flaw::SignatureWrong { key: key.public() };
        let cases: [(Alter, &Flaw); 11] = [
            (|it| it.sequence += 1, &wrong),
            (|it| it.hash = "cd".repeat(32), &wrong),
            (|it| it.recorded_at = it.recorded_at.plus_micros(1), &wrong),
            (|it| it.stock.as_mut().unwrap().movement += 1, &wrong),
            (|it| it.stock.as_mut().unwrap().parts += 1, &Flaw::TotalsAltered),
            (|it| it.stock.as_mut().unwrap().pieces += 1, &Flaw::TotalsAltered),
            (|it| it.totals.as_mut().unwrap()[1].quantity += 1, &Flaw::TotalsAltered),
            (|it| it.stock.as_mut().unwrap().sha256 = "ef".repeat(32), &Flaw::TotalsAltered),
            (|it| it.signed.as_mut().unwrap().at = Timestamp::from_micros(9), &wrong),
            (|it| it.signed.as_mut().unwrap().signature = "AAAA".to_owned(), &wrong),
            (|it| it.signed = None, &Flaw::NotSigned),
        ];
        for (number, (alter, flaw)) in cases.into_iter().enumerate() {
            let mut altered = signed.clone();
            alter(&mut altered);
            assert_eq!(altered.signature(&trusted, true).as_ref(), Err(flaw), "case {number}");
        }
        // Totals and digest altered together.
        let mut altered = signed.clone();
        altered.totals.as_mut().unwrap()[0].quantity = 299;
        let totals = altered.totals.clone().unwrap();
        let stock = altered.stock.as_mut().unwrap();
        stock.pieces = 319;
        stock.sha256 = statement::digest(totals.iter().map(|it| (it.id, it.quantity)));
        assert_eq!(altered.signature(&trusted, true), Err(wrong));
    }

    #[test]
    fn a_key_that_is_not_trusted_is_named() {
        let (one, other) = (key("one"), key("other"));
        let signed = checkpoint().sign(&other, Timestamp::from_micros(2_000_000));
        let flaw = Flaw::OtherKey { key: other.public() };
        assert_eq!(signed.signature(&[one.public()], false), Err(flaw));
        // Its signature under the name of the one that is trusted.
        let mut forged = signed;
        forged.signed.as_mut().unwrap().key = one.public();
        let flaw = Flaw::SignatureWrong { key: one.public() };
        assert_eq!(forged.signature(&[one.public()], false), Err(flaw));
    }

    #[test]
    fn one_of_an_earlier_version_is_still_read() {
        let hash = "0f".repeat(32);
        let text = format!(
            "{{\n  \"sequence\": 7,\n  \"hash\": \"{hash}\",\n  \"recorded_at\": \"2026-11-29T00:00:00.000000Z\"\n}}"
        );
        let old = Checkpoint::parse(&text).unwrap();
        assert_eq!((old.sequence, &old.stock, &old.totals), (7, &None, &None));
        assert_eq!(old.signature(&[key("one").public()], false), Ok(Signature::None));
        assert_eq!(old.signature(&[key("one").public()], true), Err(Flaw::NotSigned));
        for wrong in
            ["{}", &text.replace("0f", "0F"), &text.replace("\"sequence\": 7", "\"sequence\": -7")]
        {
            assert!(Checkpoint::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pieces_are_written_as_people_do() {
        for (units, text) in [
            (0, "0"),
            (5_000_000, "5"),
            (-5_000_000, "-5"),
            (1_500_000, "1.500000"),
            (-1, "-0.000001"),
        ] {
            assert_eq!(pieces(units), text);
        }
    }
}
