//! Where it is crowded.

use super::{Crowd, Crowded};
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Reader, impossible};
use crate::sql::quantity;

/// Every bucket once, by location.
pub(crate) const CROWDED: &str = "SELECT location_id, count(*), CAST(sum(quantity) AS SIGNED)
     FROM stock GROUP BY location_id";

impl Ledger {
    /// The `most` locations with most buckets, and how many are used at all.
    pub async fn crowd(&self, most: usize) -> Result<Crowd, ReadError> {
        self.ask_along(move |reader| read(reader, most)).await
    }
}

fn read(reader: &Reader<'_>, most: usize) -> Result<Crowd, ReadError> {
    let mut statement = reader.connection().prepare_cached(CROWDED)?;
    let mut rows = statement.query(&[])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (location, buckets): (i64, i64) = (row.get(0)?, row.get(1)?);
        all.push((std::cmp::Reverse(buckets), location, quantity(&row, 2)?));
    }
    let used = all.len() as u64;
    all.sort_unstable();
    all.truncate(most);
    let fullest = all.into_iter().map(|(std::cmp::Reverse(buckets), location, quantity)| {
        Ok(Crowded {
            location: reader.location_code(location)?,
            building: reader.building(location).map(str::to_owned),
            buckets: u64::try_from(buckets)
                .map_err(|_| impossible("number of buckets", buckets))?,
            quantity,
        })
    });
    Ok(Crowd {
        used,
        known: reader.locations_in_use(),
        fullest: fullest.collect::<Result<_, ReadError>>()?,
    })
}
