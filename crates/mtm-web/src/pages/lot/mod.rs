//! `/lot/{lot}`: what a lot is, where it stands, how it came there; and following it.

mod label;
mod reserve;

use axum::extract::{Path, State};
use mtm_app::query::{LineageLink, LinkKind, LotSheet};
use mtm_app::{AppError, once};
use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::word::LotNumber;

pub(super) use self::label::print as print_label;
pub(super) use self::reserve::change as change_reservations;
use super::frame::Page;
use super::visit::{Posted, Visit};
use super::words;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::bucket::Movement;
use crate::ui::components::state::{Message, Tone};
use crate::ui::page::lot::{self, LotBucket, LotLink, LotPage};
use crate::web::{Shared, Web};

/// `GET /lot/{lot}`.
pub(super) async fn show(
    State(web): State<Shared>,
    Path(text): Path<String>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let number = LotNumber::parse(&text).map_err(|_| missing(&text))?;
    page(&web, &visit, number, None).await
}

/// `POST /lot/{lot}`: somebody follows it, or does not any more.
pub(super) async fn change(
    State(web): State<Shared>,
    Path(text): Path<String>,
    posted: Posted<need::Own>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let number = LotNumber::parse(&text).map_err(|_| missing(&text))?;
    let follow = match form.text("action") {
        "follow" => true,
        "unfollow" => false,
        _ => return Err(AppError::refused(Code::InvalidBody, "this form does nothing").into()),
    };
    let key = form.given("idempotency_key");
    let key = once::key_of(&visit.who, posted.route(), key, &(&number, follow))?;
    let done = web.app().follow_lot(&visit.who, number.clone(), follow, key).await;
    let message = match done {
        Ok(_) if follow => Message {
            text: "You are told when it is held, free again or used up.".to_owned(),
            ..Message::default()
        },
        Ok(_) => {
            Message { text: "You do not follow it any more.".to_owned(), ..Message::default() }
        }
        Err(AppError::Rejected(refusal)) if refusal.code != Code::NotFound => {
            Message { tone: Tone::Bad, text: refusal.message, ..Message::default() }
        }
        Err(error) => return Err(error.into()),
    };
    page(&web, visit, number, Some(message)).await
}

fn missing(lot: &str) -> Problem {
    Problem::new(Code::NotFound, format!("there is no lot {lot}"))
}

async fn page<N>(
    web: &Web,
    visit: &Visit<N>,
    lot: LotNumber,
    message: Option<Message>,
) -> Result<Page, Problem> {
    Ok(draw_page(visit, &LotPage { message, ..model(web, visit, lot).await? }))
}

fn draw_page<N>(visit: &Visit<N>, page: &LotPage) -> Page {
    Page::draw(&visit.manner, page, lot::page, lot::fragment)
}

async fn model<N>(web: &Web, visit: &Visit<N>, lot: LotNumber) -> Result<LotPage, Problem> {
    let sheet = web.app().ledger().lot_sheet(lot.clone()).await?;
    let sheet = sheet.ok_or_else(|| missing(lot.as_str()))?;
    let title = format!("Lot {}", sheet.lot);
    Ok(LotPage {
        shell: visit.shell(web, &title, None),
        follows: web.app().follows_lot(&visit.who, sheet.lot.clone()).await?,
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        reservations: reserve::draw(web, visit, &sheet),
        labels: label::draw(web, visit, &sheet.lot).await?,
        ..draw(&web.app().catalogue(), &sheet)
    })
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
        ancestors: sheet.lineage.ancestors.iter().map(link).collect(),
        descendants: sheet.lineage.descendants.iter().map(link).collect(),
        more_lineage: !sheet.lineage.complete,
        buckets,
        steps: words::steps(&sheet.history, ""),
        movements,
        ..LotPage::default()
    }
}

fn link(link: &LineageLink) -> LotLink {
    LotLink {
        movement_id: link.movement_id.to_string(),
        split: link.kind == LinkKind::Split,
        from_lot: link.from_lot.to_string(),
        to_lot: link.to_lot.to_string(),
        quantity: link.quantity.whole(),
        user: link.user.clone(),
        recorded_at: link.recorded_at.to_string(),
        undone: link.reversed_by.is_some(),
    }
}
