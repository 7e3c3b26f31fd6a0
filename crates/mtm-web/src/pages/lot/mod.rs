//! `/lot/{lot}`: what a lot is, where it stands, how it came there.

use axum::extract::{Path, State};
use mtm_app::query::LotSheet;
use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::word::LotNumber;

use super::frame::Page;
use super::visit::Visit;
use super::words;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::bucket::Movement;
use crate::ui::page::lot::{self, LotBucket, LotPage};
use crate::web::Shared;

/// `GET /lot/{lot}`.
pub(super) async fn show(
    State(web): State<Shared>,
    Path(text): Path<String>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let missing = || Problem::new(Code::NotFound, format!("there is no lot {text}"));
    let number = LotNumber::parse(&text).map_err(|_| missing())?;
    let sheet = web.app().ledger().lot_sheet(number).await?.ok_or_else(missing)?;
    let title = format!("Lot {}", sheet.lot);
    let catalogue = web.app().catalogue();
    let model = LotPage { shell: visit.shell(&web, &title, None), ..draw(&catalogue, &sheet) };
    Ok(Page::draw(&visit.manner, &model, lot::page, lot::fragment))
}

fn draw(catalogue: &Catalogue, sheet: &LotSheet) -> LotPage {
    let part = catalogue.part(&sheet.part);
    let hold = sheet.holds.first().map(|hold| {
        words::joined([
            Some(hold.reason.to_string()),
            hold.notes.as_ref().map(ToString::to_string),
            Some(format!("placed by {}", hold.placed_by)),
        ])
    });
    let facts = [
        ("Item type", sheet.item_type.as_ref().map(ToString::to_string)),
        ("Work order", sheet.work_order.as_ref().map(ToString::to_string)),
        ("Colour", sheet.color_code.as_ref().map(ToString::to_string)),
        ("Notes", sheet.notes.as_ref().map(ToString::to_string)),
    ];
    let buckets: Vec<LotBucket> = sheet
        .buckets
        .iter()
        .filter(|line| !line.quantity.is_zero())
        .map(|line| LotBucket {
            location: line.location.to_string(),
            building: catalogue
                .location(&line.location)
                .and_then(|location| location.building.clone())
                .unwrap_or_default(),
            operation: line.operation.to_string(),
            quantity: line.quantity.whole(),
        })
        .collect();
    let mut movements: Vec<Movement> = sheet.history.iter().map(words::event).collect();
    movements.reverse();
    LotPage {
        lot: sheet.lot.to_string(),
        part: sheet.part.to_string(),
        description: part.and_then(|part| part.header.description.clone()).unwrap_or_default(),
        quantity: buckets.iter().map(|bucket| bucket.quantity).sum(),
        hold,
        received_at: sheet.received_at.to_string(),
        received_by: sheet.received_by.clone().unwrap_or_default(),
        facts: facts
            .into_iter()
            .filter_map(|(word, value)| Some((word.to_owned(), value?)))
            .collect(),
        parent: sheet.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
        children: sheet.children.iter().map(ToString::to_string).collect(),
        buckets,
        steps: words::steps(&sheet.history, ""),
        movements,
        ..LotPage::default()
    }
}
