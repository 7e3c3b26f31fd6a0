//! Reserving pieces on the page of their lot, and ending that.

use axum::extract::{Path, State};
use mtm_app::movement::{EndReservationBody, ReservationBody};
use mtm_app::query::{LotSheet, ReservationRow};
use mtm_app::{AppError, FieldError};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};
use mtm_core::word::{LotNumber, ReservationId};

use super::super::answer::{Asked, refused};
use super::super::filter::moment;
use super::super::frame::{Page, sentence};
use super::super::number::whole;
use super::super::visit::{Posted, Visit};
use super::super::words;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::page::lot_reservations::{Reservations, Reserved};
use crate::web::{Shared, Web};

/// The form that keeps pieces.
const FORM: &str = "reserve";

/// `POST /lot/{lot}/reserve`: `action` is `reserve` or `end`.
pub(in crate::pages) async fn change(
    State(web): State<Shared>,
    Path(text): Path<String>,
    posted: Posted<need::Reserve>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let number = LotNumber::parse(&text).map_err(|_| super::missing(&text))?;
    let key = form.key()?;
    let ends = form.text("action") == "end";
    let made = if ends {
        end(&web, &posted, &key).await
    } else {
        reserve(&web, &posted, &number, &key).await
    };
    let error = match made {
        Ok(said) => {
            let message = Message { text: said.to_owned(), ..Message::default() };
            return super::page(&web, visit, number, Some(message)).await;
        }
        Err(error) => Problem::from(error),
    };
    let said = format!("Nothing was changed. {}", sentence(error.detail()));
    let asked = Asked { form: FORM, yes: "", back: "/stock", role: visit.who.role };
    let reply = refused(error, asked)?;
    let mut page = super::model(&web, visit, number).await?;
    page.message = Some(Message { tone: Tone::Bad, text: said, ..Message::default() });
    if !ends {
        let kept = &mut page.reservations;
        if reply.keeps_key {
            kept.idempotency_key = key;
        }
        for (name, entry) in [
            ("quantity", &mut kept.quantity),
            ("work_order", &mut kept.work_order),
            ("purpose", &mut kept.purpose),
            ("ends_at", &mut kept.ends_at),
        ] {
            *entry = reply.at(name, Entry::holding(form.text(name)));
        }
    }
    Ok(super::draw_page(visit, &page).status(reply.status))
}

async fn reserve(
    web: &Web,
    posted: &Posted<need::Reserve>,
    lot: &LotNumber,
    key: &str,
) -> Result<&'static str, AppError> {
    let form = &posted.form;
    let quantity = whole(form, "quantity").map_err(|error| AppError::Invalid(vec![error]))?;
    let (ends_at, entry) = moment(form, "ends_at", &web.app().site().zone);
    if !entry.error.is_empty() {
        let error = FieldError::new("ends_at", Code::InvalidBody, entry.error);
        return Err(AppError::Invalid(vec![error]));
    }
    let body = ReservationBody {
        lot: Some(lot.to_string()),
        quantity,
        work_order: form.given("work_order"),
        purpose: form.given("purpose"),
        ends_at: ends_at.map(|end| end.to_string()),
    };
    web.app().reserve(&posted.visit.who, posted.around(key), &body).await?;
    Ok("Reserved. Whoever would take these pieces for something else is asked first.")
}

async fn end(
    web: &Web,
    posted: &Posted<need::Reserve>,
    key: &str,
) -> Result<&'static str, AppError> {
    let id: ReservationId = posted.form.text("reservation").parse().map_err(|_| {
        AppError::field("reservation", Code::InvalidBody, "reservation is not an id")
    })?;
    let body = EndReservationBody::default();
    web.app().end_reservation(&posted.visit.who, posted.around(key), id, &body).await?;
    Ok("The reservation has ended; the pieces are free.")
}

/// What is reserved of a lot, and the empty form.
pub(super) fn draw<N>(web: &Web, visit: &Visit<N>, sheet: &LotSheet) -> Reservations {
    let may = |deed| policy::allows(visit.who.role, deed);
    let fresh = || web.app().clock().fresh_uuid().to_string();
    let item = |row: &ReservationRow| {
        let own = row.placed_by.as_str() == visit.who.name.as_str();
        let ends = may(Deed::Reserve) && (own || may(Deed::EndReservation));
        Reserved {
            id: row.id.to_string(),
            what: what(row),
            purpose: words::joined([
                row.work_order.as_ref().map(ToString::to_string),
                row.purpose.as_ref().map(ToString::to_string),
            ]),
            by: row.placed_by.clone(),
            placed_at: row.placed_at.to_string(),
            ends_at: row.ends_at.map(|end| end.to_string()).unwrap_or_default(),
            end_key: if ends { fresh() } else { String::new() },
        }
    };
    Reservations {
        lot: sheet.lot.to_string(),
        items: sheet.reservations.iter().map(item).collect(),
        may_reserve: may(Deed::Reserve) && !sheet.buckets.is_empty(),
        may_take: may(Deed::Book) && !sheet.buckets.is_empty(),
        idempotency_key: fresh(),
        csrf: visit.csrf().to_owned(),
        ..Reservations::default()
    }
}

/// `40 pieces`, `28 of 40 pieces`, `the whole lot`.
fn what(row: &ReservationRow) -> String {
    match row.quantity {
        None => "the whole lot".to_owned(),
        Some(all) if row.used.is_zero() => format!("{all} pieces"),
        Some(all) => format!("{} of {all} pieces", all.minus(row.used).unwrap_or_default()),
    }
}
