//! Are archives one chain, and does the ledger go on from it?

use mtm_store::Ledger;

use super::{ArchiveError, ArchiveReport};
use crate::checkpoint::Flaw;

/// Puts archives into the order of their entries, and compares each with the one that it follows: no entry
/// is missing between them, and none is in both.
pub fn joined(reports: &mut [ArchiveReport]) -> Result<(), ArchiveError> {
    reports.sort_by_key(|report| report.from);
    let pairs = reports.iter().zip(reports.iter().skip(1));
    for (first, second) in pairs {
        let message = if second.from > first.to + 1 {
            format!("entries {} to {} are in neither", first.to + 1, second.from - 1)
        } else if second.from <= first.to {
            format!("entry {} is in both", second.from)
        } else if second.previous != first.hash {
            format!("it begins after another entry {} than the one that ends there", first.to)
        } else if second.after.as_ref().map(|after| &after.stock) != Some(&first.checkpoint.stock) {
            format!("it begins with other pieces than there were at entry {}", first.to)
        } else {
            continue;
        };
        let (first, second) = (first.path.clone(), second.path.clone());
        return Err(ArchiveError::NotJoined { first, second, message });
    }
    Ok(())
}

/// Compares where archives begin and end with the chain of `ledger`; as every entry between follows from the
/// one before, all are compared by that. Gives how many entries the ledger has since.
pub async fn compare(reports: &[ArchiveReport], ledger: &Ledger) -> Result<u64, ArchiveError> {
    for report in reports {
        let path = &report.path;
        let ends = [(report.from - 1, &report.previous), (report.to, &report.hash)];
        for (sequence, hash) in ends.into_iter().filter(|(sequence, _)| *sequence > 0) {
            let flaw = match ledger.audit_hash(sequence).await? {
                Some(there) if there == *hash => continue,
                Some(_) => Flaw::EntryDiffers { sequence },
                None => Flaw::EntryMissing { sequence },
            };
            return Err(ArchiveError::DoesNotFit { path: path.clone(), flaw });
        }
    }
    let newest = ledger.chain_newest().await?;
    Ok(newest.saturating_sub(reports.iter().map(|report| report.to).max().unwrap_or(0)))
}
