//! Where it is crowded.

use std::collections::HashMap;

use mtm_core::word::Quantity;

use super::{Crowd, Crowded};
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Dialects, Reader, impossible};

/// Every bucket once, by location: how many and what they hold. A file would sort them all to sum them
/// up.
pub(crate) const CROWDED: Dialects = Dialects {
    sqlite: "SELECT location_id, 1, quantity FROM stock",
    mariadb: "SELECT location_id, count(*), CAST(sum(quantity) AS SIGNED)
              FROM stock GROUP BY location_id",
};

impl Ledger {
    /// The `most` locations with most buckets, and how many are used at all.
    pub async fn crowd(&self, most: usize) -> Result<Crowd, ReadError> {
        self.ask_along(move |reader| read(reader, most)).await
    }
}

fn read(reader: &Reader<'_>, most: usize) -> Result<Crowd, ReadError> {
    let mut statement = reader.connection().prepare_cached(CROWDED.on(&reader.connection()))?;
    let mut rows = statement.query(&[])?;
    let mut sums: HashMap<i64, (u64, i64)> = HashMap::new();
    while let Some(row) = rows.next()? {
        let (buckets, units): (u64, i64) = (row.get(1)?, row.get(2)?);
        let sum = sums.entry(row.get(0)?).or_default();
        sum.0 += buckets;
        sum.1 = sum.1.checked_add(units).ok_or_else(|| impossible("sum over", units))?;
    }
    let used = sums.len() as u64;
    let mut all: Vec<_> = sums
        .into_iter()
        .map(|(location, (buckets, units))| (std::cmp::Reverse(buckets), location, units))
        .collect();
    all.sort_unstable();
    all.truncate(most);
    let fullest = all.into_iter().map(|(std::cmp::Reverse(buckets), location, units)| {
        Ok(Crowded {
            location: reader.location_code(location)?,
            building: reader.building(location).map(str::to_owned),
            buckets,
            quantity: Quantity::from_units(units).map_err(|error| impossible("quantity", error))?,
        })
    });
    Ok(Crowd {
        used,
        known: reader.locations_in_use(),
        fullest: fullest.collect::<Result<_, ReadError>>()?,
    })
}
