//! Sums of stock against sums of its rows.

use std::collections::{BTreeMap, BTreeSet};

use mtm_store::query::{GroupBy, StockGroup, StockQuery};

use crate::engine::{Engine, contract};
use crate::read::{Read, SMALL, limit, moment, next, pattern, pieces};

contract!(sums_are_those_of_the_rows_for_any_columns);

const COLUMNS: [GroupBy; 5] =
    [GroupBy::Part, GroupBy::Operation, GroupBy::Location, GroupBy::Building, GroupBy::Lot];

async fn sums_are_those_of_the_rows_for_any_columns(engine: Engine) {
    let read = Read::on(engine, SMALL, 7).await;
    let late = read.bulk.facts[read.bulk.facts.len() * 2 / 3].at;
    for query in [
        StockQuery::default(),
        StockQuery { part: pattern("A-%"), ..StockQuery::default() },
        StockQuery { location: pattern("R-0%"), min_quantity: pieces(20), ..StockQuery::default() },
        StockQuery { as_of: moment(late), ..StockQuery::default() },
    ] {
        let rows = read.all_stock(&StockQuery { page: limit(1000), ..query.clone() }).await;
        for chosen in [1_u32, 2, 4, 8, 16, 3, 5, 9, 12, 15, 24, 31] {
            let mut by: Vec<_> = (0..5)
                .filter(|bit| chosen & (1 << bit) != 0)
                .map(|bit| COLUMNS[usize::try_from(bit).unwrap()])
                .collect();
            if chosen % 3 == 0 {
                by.reverse();
            }
            let mut sums: BTreeMap<Vec<String>, (i64, BTreeSet<String>)> = BTreeMap::new();
            for row in &rows {
                let key = by
                    .iter()
                    .map(|column| match column {
                        GroupBy::Part => row.part.to_string(),
                        GroupBy::Operation => row.operation.to_string(),
                        GroupBy::Location => row.location.to_string(),
                        GroupBy::Building => row.building.clone().unwrap_or_default(),
                        GroupBy::Lot => row.lot.to_string(),
                    })
                    .collect();
                let sum: &mut (i64, BTreeSet<String>) = sums.entry(key).or_default();
                sum.0 += row.quantity.whole();
                sum.1.insert(row.lot.to_string());
            }
            let wanted: Vec<_> = sums
                .into_iter()
                .map(|(key, (pieces, lots))| (key, pieces, lots.len() as u64))
                .collect();
            assert_eq!(groups(&read, &query, &by).await, wanted, "{by:?}");
        }
    }
}

/// Every group, page by page.
async fn groups(read: &Read, query: &StockQuery, by: &[GroupBy]) -> Vec<(Vec<String>, i64, u64)> {
    let mut query = StockQuery { page: limit(41), ..query.clone() };
    let mut groups = Vec::new();
    loop {
        let page = read.ledger.stock_groups(query.clone(), by.to_vec()).await.unwrap();
        let next = next(&page);
        groups.extend(page.items.iter().map(|group| {
            (
                by.iter().map(|column| word(group, *column)).collect(),
                group.quantity.whole(),
                group.lots,
            )
        }));
        match next {
            Some(cursor) => query.page.cursor = Some(cursor),
            None => return groups,
        }
    }
}

fn word(group: &StockGroup, column: GroupBy) -> String {
    match column {
        GroupBy::Part => group.part.as_ref().unwrap().to_string(),
        GroupBy::Operation => group.operation.as_ref().unwrap().to_string(),
        GroupBy::Location => group.location.as_ref().unwrap().to_string(),
        GroupBy::Building => group.building.clone().unwrap(),
        GroupBy::Lot => group.lot.as_ref().unwrap().to_string(),
    }
}
