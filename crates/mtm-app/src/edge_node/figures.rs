//! What an edge node says of this plant.

use std::collections::BTreeMap;

use mtm_core::sparkplug::{Id, MetricValue};
use mtm_core::word::{LocationCode, OperationCode, Timestamp};
use mtm_store::query::ReadError;

use crate::App;
use crate::truth::Light;

/// The device of operations.
const OPERATIONS: &str = "Operations";
/// The device of locations that stand in no building whose name can be a device's.
const LOCATIONS: &str = "Locations";

/// A metric's place: a device, or the edge node itself, and a name.
pub(super) type Key = (Option<Id>, String);

/// What is somewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    /// Pieces.
    pub(super) pieces: i64,
    /// Buckets: containers, where each stands at one place.
    pub(super) buckets: u64,
}

/// The figures of one moment. They are read one after the other, and not in one transaction: what is booked meanwhile may be
/// in one and not yet in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) at: Timestamp,
    /// The place in the log up to which everything is in them.
    pub(super) place: u64,
    pub(super) light: Light,
    pub(super) site: String,
    /// Every operation that is in use, or where something waits.
    pub(super) operations: BTreeMap<OperationCode, Amount>,
    /// Every location that is in use, or where something stands, with its building.
    pub(super) locations: BTreeMap<LocationCode, (Option<String>, Amount)>,
}

impl Figures {
    /// Those of now.
    pub(super) async fn read(app: &App) -> Result<Self, ReadError> {
        let (at, catalogue) = (app.clock().now(), app.catalogue());
        let place = *app.ledger().subscribe().borrow();
        let in_use = catalogue.operations.iter().filter(|it| it.header.retired_at.is_none());
        let mut operations: BTreeMap<_, _> =
            in_use.map(|it| (it.code.clone(), Amount::default())).collect();
        for it in app.ledger().waiting([at; 4]).await? {
            let amount = Amount { pieces: it.quantity.whole(), buckets: it.buckets };
            operations.insert(it.operation, amount);
        }
        let in_use = catalogue.locations.iter().filter(|it| it.header.retired_at.is_none());
        let mut locations: BTreeMap<_, _> =
            in_use.map(|it| (it.code.clone(), (it.building.clone(), Amount::default()))).collect();
        for it in app.ledger().crowd(usize::MAX).await?.fullest {
            let amount = Amount { pieces: it.quantity.whole(), buckets: it.buckets };
            locations.insert(it.location, (it.building, amount));
        }
        let (light, site) = (app.truth().light(), app.site().name.clone());
        Ok(Self { at, place, light, site, operations, locations })
    }

    /// All of them as metrics, without when they were read.
    pub(super) fn metrics(&self) -> BTreeMap<Key, MetricValue> {
        let mut all = BTreeMap::new();
        let mut own = |name: &str, value| {
            all.insert((None, name.to_owned()), value);
        };
        let sum = |some: &mut dyn Iterator<Item = Amount>| {
            some.fold(Amount::default(), |sum, it| Amount {
                pieces: sum.pieces.saturating_add(it.pieces),
                buckets: sum.buckets.saturating_add(it.buckets),
            })
        };
        let total = sum(&mut self.operations.values().copied());
        own("WIP/Pieces", MetricValue::Int64(total.pieces));
        own("WIP/Buckets", count(total.buckets));
        own("Log/Place", count(self.place));
        own("Truth/Light", MetricValue::String(self.light.as_str().to_owned()));
        own("Properties/Site", MetricValue::String(self.site.clone()));
        own("Properties/Software", MetricValue::String("MTM WIP".to_owned()));
        own("Properties/Version", MetricValue::String(env!("CARGO_PKG_VERSION").to_owned()));
        let mut put = |device: &Option<Id>, code: &str, amount: &Amount| {
            let pieces = MetricValue::Int64(amount.pieces);
            all.insert((device.clone(), format!("{code}/Pieces")), pieces);
            all.insert((device.clone(), format!("{code}/Buckets")), count(amount.buckets));
        };
        let device = Id::parse(OPERATIONS).ok();
        for (code, amount) in &self.operations {
            put(&device, code.as_str(), amount);
        }
        let nowhere = Id::parse(LOCATIONS).ok();
        for (code, (building, amount)) in &self.locations {
            let named = building.as_deref().and_then(|name| Id::parse(name).ok());
            // A building that is called as the operations are is none of them.
            let named = named.filter(|it| it.as_str() != OPERATIONS);
            put(if named.is_some() { &named } else { &nowhere }, code.as_str(), amount);
        }
        all
    }
}

/// A number of things: no host of the field reads more than 63 bits.
fn count(number: u64) -> MetricValue {
    MetricValue::Int64(i64::try_from(number).unwrap_or(i64::MAX))
}
