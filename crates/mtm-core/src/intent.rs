//! The intent guard: "again, or the same one?"
//!
//! Compares a command with what the same principal booked a moment ago. Only what a person would
//! recognise as the same booking counts: type, part, places, quantity, and the lot if named.

use sha2::{Digest, Sha256};

use crate::command::{Action, Pick};
use crate::word::{CommandId, Quantity, Timestamp};

/// What two bookings must share to look like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(pub [u8; 16]);

/// An accepted command of the same principal that has not been undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentCommand {
    /// Its id.
    pub id: CommandId,
    /// What it looked like.
    pub signature: Signature,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// The signature of `action`; `None` for actions that the guard does not watch.
pub fn signature(action: &Action) -> Option<Signature> {
    let mut hash = Fields(Sha256::new());
    match action {
        Action::Receive(receive) => {
            hash.text("in").text(receive.part.as_str()).text(receive.operation.as_str());
            hash.text(receive.location.as_str()).quantity(Some(receive.quantity));
            hash.number(receive.containers.get().into());
            hash.option(receive.lot.as_ref());
        }
        Action::Take(take) => {
            hash.text("out").pick(&take.pick).quantity(take.quantity);
        }
        Action::Move(transfer) => {
            hash.text("transfer").pick(&transfer.pick).quantity(transfer.quantity);
            hash.option(transfer.to_operation.as_ref()).option(transfer.to_location.as_ref());
        }
        Action::Scrap(scrap) => {
            hash.text("scrap").pick(&scrap.pick).quantity(scrap.quantity);
        }
        Action::Adjust(adjust) => {
            let crate::command::Count::Delta(delta) = adjust.count else {
                // Counting the same bucket twice changes nothing the second time.
                return None;
            };
            hash.text("adjust").pick(&adjust.pick).number(delta.whole());
        }
        _ => return None,
    }
    let digest: [u8; 32] = hash.0.finalize().into();
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    Some(Signature(short))
}

/// The latest command in `recent` that looks like `signature` and is younger than `window`
/// seconds at `now`.
pub fn twin<'r>(
    signature: &Signature,
    now: Timestamp,
    window: u32,
    recent: &'r [RecentCommand],
) -> Option<&'r RecentCommand> {
    let oldest = now.plus_micros(-i64::from(window) * 1_000_000);
    recent
        .iter()
        .filter(|command| command.signature == *signature && command.recorded_at > oldest)
        .max_by_key(|command| command.recorded_at)
}

/// Feeds fields into the hash so that no two different field lists run together.
struct Fields(Sha256);

impl Fields {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_be_bytes());
        self
    }

    fn option(&mut self, word: Option<&impl AsRef<str>>) -> &mut Self {
        match word {
            Some(word) => self.text(word.as_ref()),
            None => self.number(-1),
        }
    }

    fn quantity(&mut self, quantity: Option<Quantity>) -> &mut Self {
        self.number(quantity.map_or(-1, Quantity::units))
    }

    fn pick(&mut self, pick: &Pick) -> &mut Self {
        self.option(pick.lot.as_ref())
            .option(pick.part.as_ref())
            .option(pick.operation.as_ref())
            .option(pick.location.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_the_window_counts() {
        let signature = Signature([7; 16]);
        let command = RecentCommand {
            id: CommandId::from_fresh(Uuid::from_u128(1 << 64)),
            signature,
            recorded_at: Timestamp::from_micros(0),
        };
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        assert!(twin(&signature, at(9), 10, &[command]).is_some());
        assert!(twin(&signature, at(10), 10, &[command]).is_none());
        assert!(twin(&Signature([8; 16]), at(1), 10, &[command]).is_none());
        assert!(twin(&signature, at(1), 0, &[command]).is_none());
    }
}
