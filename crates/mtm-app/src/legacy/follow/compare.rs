//! The stock of both systems side by side.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mtm_core::command::Spot;
use mtm_core::word::{LotNumber, PartCode};
use mtm_store::record::{FollowState, Spots};

use super::report::{Class, Difference, Differences, Side};
use super::round::Unsettled;
use super::steps::at;
use crate::legacy::plan::SetAside;

type Stock = BTreeMap<LotNumber, (PartCode, Spots)>;

/// How much there is.
pub(super) fn side(stock: &Stock) -> Side {
    let pieces = |spots: &Spots| spots.values().map(|quantity| quantity.whole()).sum::<i64>();
    Side {
        lots: stock.len() as u64,
        buckets: stock.values().map(|(_, spots)| spots.len() as u64).sum(),
        pieces: stock.values().map(|(_, spots)| pieces(spots)).sum(),
    }
}

/// Everything that stands in one system and not in the other, each in one class.
pub(super) fn differences(
    legacy: &Stock,
    state: &FollowState,
    unsettled: &BTreeMap<LotNumber, Unsettled>,
    set_aside: &[SetAside],
) -> Differences {
    let followed: HashSet<&LotNumber> = state.shadow.iter().map(|row| &row.lot).collect();
    let mut found = Differences::default();
    let lots: BTreeSet<&LotNumber> = legacy.keys().chain(state.stock.keys()).collect();
    let nothing = Spots::new();
    for lot in lots {
        let (there, here) = (legacy.get(lot), state.stock.get(lot));
        let Some((part, _)) = there.or(here) else { continue };
        let spots = |side: Option<&'_ (PartCode, Spots)>| side.map(|(_, spots)| spots.clone());
        let (there, here) = (spots(there), spots(here));
        let (there, here) = (there.as_ref().unwrap_or(&nothing), here.as_ref().unwrap_or(&nothing));
        let (class, why) = match unsettled.get(lot) {
            Some(Unsettled { class, why }) => (*class, why.clone()),
            None if there.is_empty() && !followed.contains(lot) => {
                (Class::OnlyHere, "the legacy system does not know this lot".to_owned())
            }
            None => (Class::Unexplained, String::new()),
        };
        let places: BTreeSet<&Spot> = there.keys().chain(here.keys()).collect();
        for spot in places.into_iter().filter(|spot| at(there, spot) != at(here, spot)) {
            found.add(
                class,
                Difference {
                    lot: lot.to_string(),
                    part: part.to_string(),
                    operation: spot.operation.to_string(),
                    location: spot.location.to_string(),
                    legacy: at(there, spot),
                    ledger: at(here, spot),
                    why: why.clone(),
                },
            );
        }
    }
    for row in set_aside.iter().filter(|row| row.quantity != 0) {
        let reason = serde_json::to_value(row.reason).unwrap_or_default();
        found.add(
            Class::SetAside,
            Difference {
                lot: row.lot.clone(),
                part: row.part.clone(),
                operation: String::new(),
                location: row.location.clone(),
                legacy: row.quantity,
                ledger: 0,
                why: format!(
                    "legacy stock row {} is no stock: {}",
                    row.legacy_id,
                    reason.as_str().unwrap_or_default()
                ),
            },
        );
    }
    found
}
