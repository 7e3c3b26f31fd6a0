//! Reservations that pieces are taken for: the fields `reservation` of the form, as the page of a lot and
//! the question "pass over a reservation?" give them.

use mtm_app::AppError;
use mtm_app::query::ReservationRow;
use mtm_core::reservation::ReservationState;
use mtm_core::word::ReservationId;
use uuid::Uuid;

use crate::pages::answer::RESERVATION;
use crate::pages::form::Form;
use crate::pages::words;
use crate::ui::components::field::Entry;
use crate::ui::page::pick::PickRow;
use crate::ui::page::take::TakenFor;
use crate::web::Web;

/// Reservations that one form names at most.
const MOST: usize = 20;

/// Those that `form` names and that exist; the one named last first.
pub(super) async fn named(web: &Web, form: &Form) -> Result<Vec<ReservationRow>, AppError> {
    let mut ids: Vec<ReservationId> = Vec::new();
    for id in form.values(RESERVATION).filter_map(|text| text.trim().parse().ok()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut found = Vec::new();
    for id in ids.into_iter().rev().take(MOST) {
        found.extend(web.app().ledger().reservation(id).await?);
    }
    Ok(found)
}

/// The one that pieces of `lot` are taken for.
pub(super) fn of(named: &[ReservationRow], lot: &str) -> Option<Uuid> {
    named.iter().find(|row| row.lot.as_str() == lot).map(|row| row.id.0)
}

/// Picks as many pieces as are kept: what stands first goes first.
pub(super) fn fill(named: &[ReservationRow], rows: &mut [PickRow]) {
    for row in named.iter().filter(|row| row.state == ReservationState::Active) {
        let Some(all) = row.quantity else { continue };
        let mut left = all.minus(row.used).unwrap_or_default().whole();
        for here in rows.iter_mut().filter(|here| here.lot == row.lot.as_str()) {
            let quantity = left.min(here.on_hand);
            left -= quantity;
            here.picked = quantity > 0;
            here.quantity =
                Entry::holding(if quantity > 0 { quantity.to_string() } else { String::new() });
        }
    }
}

/// As the page shows and keeps them: one per lot, as far as they count.
pub(super) fn shown(named: Vec<ReservationRow>) -> Vec<TakenFor> {
    let mut shown: Vec<TakenFor> = Vec::new();
    for row in named.into_iter().filter(|row| row.state == ReservationState::Active) {
        if shown.iter().all(|known| known.lot != row.lot.as_str()) {
            shown.push(TakenFor {
                reservation: row.id.to_string(),
                lot: row.lot.to_string(),
                purpose: words::joined([
                    row.work_order.as_ref().map(ToString::to_string),
                    row.purpose.as_ref().map(ToString::to_string),
                ]),
            });
        }
    }
    shown
}
