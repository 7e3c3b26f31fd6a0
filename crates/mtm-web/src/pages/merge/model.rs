//! The lots that an address names, as they stand now.

use mtm_app::query::{PageRequest, Pattern, StockQuery, StockRow};
use mtm_core::outcome::BucketLine;
use mtm_core::word::{LotNumber, fold};

use crate::pages::form::Form;
use crate::pages::visit::Visit;
use crate::pages::words;
use crate::problem::Problem;
use crate::ui::components::field::Entry;
use crate::ui::page::merge::{MergeLot, MergePage, Target};
use crate::web::Web;

/// Lots beside the one that stays, on one screen.
const MOST_BESIDE: u16 = 200;
/// Lots named one by one; more are refused when they are booked.
const MOST_LOTS: usize = 101;

/// What an address or a form names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) into: String,
    pub(super) operation: String,
    pub(super) location: String,
    /// Those that join, each once, as they were named.
    pub(super) lots: Vec<String>,
}

impl Wanted {
    pub(super) fn read(form: &Form) -> Self {
        let number = |text: &str| {
            LotNumber::parse(text).map_or_else(|_| text.to_owned(), |lot| lot.to_string())
        };
        let mut lots: Vec<String> = Vec::new();
        for text in form.values("lot").map(str::trim).filter(|text| !text.is_empty()) {
            let lot = number(text);
            if lots.len() < MOST_LOTS && !lots.contains(&lot) {
                lots.push(lot);
            }
        }
        let mut into = number(form.text("into"));
        // The first one that is scanned stays.
        if into.is_empty() && !lots.is_empty() {
            into = lots.remove(0);
        }
        Self {
            into,
            operation: form.text("operation").to_owned(),
            location: form.text("location").to_owned(),
            lots,
        }
    }

    /// The page that shows it.
    pub(super) fn address(&self) -> String {
        let mut pairs = vec![("into", self.into.as_str())];
        pairs.extend([("operation", self.operation.as_str()), ("location", &self.location)]);
        pairs.extend(self.lots.iter().map(|lot| ("lot", lot.as_str())));
        crate::ui::format::link("/merge", &pairs)
    }

    fn with(&self, lot: &str) -> String {
        let mut more = self.clone();
        more.lots.push(lot.to_owned());
        more.address()
    }

    fn without(&self, lot: &str) -> String {
        let mut fewer = self.clone();
        fewer.lots.retain(|known| known != lot);
        fewer.address()
    }
}

/// The screen of what is wanted.
pub(super) async fn page<N>(
    web: &Web,
    visit: &Visit<N>,
    wanted: &Wanted,
) -> Result<MergePage, Problem> {
    let mut page = MergePage {
        shell: visit.shell(web, "Merge lots", None),
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        into: Entry::holding(wanted.into.as_str()),
        operation: wanted.operation.clone(),
        location: wanted.location.clone(),
        ..MergePage::default()
    };
    if wanted.into.is_empty() {
        return Ok(page);
    }
    let Some(standing) = standing(web, &wanted.into).await? else {
        page.into = std::mem::take(&mut page.into).refused("There is no such lot.");
        return Ok(page);
    };
    let named = |text: &str, code: &str| text.is_empty() || fold(text) == fold(code);
    let there: Vec<&BucketLine> = standing
        .iter()
        .filter(|line| named(&wanted.operation, line.operation.as_str()))
        .filter(|line| named(&wanted.location, line.location.as_str()))
        .collect();
    match there.as_slice() {
        [] => {
            let words = if standing.is_empty() {
                "Nothing is left of this lot."
            } else {
                "It does not stand there."
            };
            page.into = std::mem::take(&mut page.into).refused(words);
        }
        [one] => fill(web, wanted, &mut page, one).await?,
        several => page.places = several.iter().map(|line| place(wanted, line)).collect(),
    }
    Ok(page)
}

/// Where a lot stands; `None` if there is none of this number.
async fn standing(web: &Web, number: &str) -> Result<Option<Vec<BucketLine>>, Problem> {
    let Ok(lot) = LotNumber::parse(number) else { return Ok(None) };
    let sheet = web.app().ledger().lot_sheet(lot).await?;
    Ok(sheet.map(|sheet| {
        let mut buckets = sheet.buckets;
        buckets.retain(|line| !line.quantity.is_zero());
        buckets
    }))
}

fn place(wanted: &Wanted, line: &BucketLine) -> (String, String) {
    let words = format!("{} at {} · operation {}", line.quantity, line.location, line.operation);
    let there = Wanted {
        operation: line.operation.to_string(),
        location: line.location.to_string(),
        ..wanted.clone()
    };
    (words, there.address())
}

/// The lot that stays at `line`, those that join it, and what stands beside it.
async fn fill(
    web: &Web,
    wanted: &Wanted,
    page: &mut MergePage,
    line: &BucketLine,
) -> Result<(), Problem> {
    let exactly = |code: &str| Some(Pattern::Exact(fold(code)));
    let query = StockQuery {
        part: exactly(line.part.as_str()),
        operation: exactly(line.operation.as_str()),
        location: exactly(line.location.as_str()),
        page: PageRequest { limit: MOST_BESIDE, ..PageRequest::default() },
        ..StockQuery::default()
    };
    let found = web.app().ledger().stock(query.clone()).await?;
    page.more = found.next_cursor.is_some();
    let mut rows = found.items;
    let own = row_of(web, &query, &mut rows, line.lot.as_str()).await?;
    page.operation = line.operation.to_string();
    page.location = line.location.to_string();
    let here = Wanted {
        operation: page.operation.clone(),
        location: page.location.clone(),
        ..wanted.clone()
    };
    for lot in &wanted.lots {
        let row = row_of(web, &query, &mut rows, lot).await?;
        let joins = match (&row, &own) {
            (Some(row), Some(own)) => beside(web, row, own),
            _ => MergeLot { differs: elsewhere(web, lot).await?, ..MergeLot::default() },
        };
        page.chosen.push(MergeLot { lot: lot.clone(), address: here.without(lot), ..joins });
    }
    if let Some(own) = &own {
        rows.sort_by_key(|row| row.received_at);
        let others = rows.iter().map(|row| beside(web, row, own));
        page.beside = others.map(|it| MergeLot { address: here.with(&it.lot), ..it }).collect();
        page.target = Some(target(web, own));
    }
    Ok(())
}

/// Takes the row of `lot` out of `rows`; it is asked for where more rows fit than were read.
async fn row_of(
    web: &Web,
    query: &StockQuery,
    rows: &mut Vec<StockRow>,
    lot: &str,
) -> Result<Option<StockRow>, Problem> {
    if let Some(at) = rows.iter().position(|row| row.lot.as_str() == lot) {
        return Ok(Some(rows.remove(at)));
    }
    let query = StockQuery { lot: Some(Pattern::Exact(fold(lot))), ..query.clone() };
    Ok(web.app().ledger().stock(query).await?.items.into_iter().next())
}

fn attributes(row: &StockRow) -> String {
    words::joined([
        row.work_order.as_ref().map(ToString::to_string),
        row.color_code.as_ref().map(ToString::to_string),
        row.notes.as_ref().map(ToString::to_string),
    ])
}

fn target(web: &Web, row: &StockRow) -> Target {
    let catalogue = web.app().catalogue();
    let part = catalogue.part(&row.part);
    Target {
        lot: row.lot.to_string(),
        part: row.part.to_string(),
        description: part.and_then(|part| part.header.description.clone()).unwrap_or_default(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        quantity: row.quantity.whole(),
        attributes: attributes(row),
        hold: words::hold(&catalogue, &row.lot, &row.part, &row.location),
    }
}

/// A lot that stands beside the one that stays; the ledger judges, this only says it beforehand.
fn beside(web: &Web, row: &StockRow, own: &StockRow) -> MergeLot {
    let differs = if row.item_type != own.item_type {
        "Another item type."
    } else if row.work_order != own.work_order {
        "Another work order."
    } else if row.color_code != own.color_code {
        "Another colour."
    } else {
        ""
    };
    MergeLot {
        lot: row.lot.to_string(),
        quantity: row.quantity.whole(),
        received_at: row.received_at.to_string(),
        attributes: attributes(row),
        hold: words::hold(&web.app().catalogue(), &row.lot, &row.part, &row.location),
        differs: differs.to_owned(),
        address: String::new(),
    }
}

/// Why a lot is not among those that stand there.
async fn elsewhere(web: &Web, lot: &str) -> Result<String, Problem> {
    let Some(standing) = standing(web, lot).await? else {
        return Ok("There is no such lot.".to_owned());
    };
    let places: Vec<String> = standing
        .iter()
        .map(|line| {
            format!("{} of {} at {} / {}", line.quantity, line.part, line.location, line.operation)
        })
        .collect();
    if places.is_empty() {
        return Ok("Nothing is left of it.".to_owned());
    }
    Ok(format!("It is elsewhere: {}.", places.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Wanted {
        Wanted::read(&Form::parse(text).unwrap())
    }

    #[test]
    fn scans_add_up_and_the_first_one_stays() {
        let wanted = read("lot=7&lot=&lot=8&lot=0000000008&lot=x-1");
        assert_eq!(wanted.into, "0000000007");
        assert_eq!(wanted.lots, ["0000000008", "X-1"]);
        assert_eq!(wanted.address(), "/merge?into=0000000007&lot=0000000008&lot=X%2D1");
        assert_eq!(wanted.without("X-1"), "/merge?into=0000000007&lot=0000000008");
        assert_eq!(
            read("into=9&lot=7&location=A").with("0000000008"),
            "/merge?into=0000000009&location=A&lot=0000000007&lot=0000000008"
        );
        assert_eq!(read("into="), Wanted::default());
    }
}
