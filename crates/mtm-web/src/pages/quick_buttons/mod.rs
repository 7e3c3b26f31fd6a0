//! `/quick-buttons`: a person's ten shortcuts.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::State;
use mtm_app::record::QuickButton;
use mtm_app::{AppError, FieldError, once};
use mtm_core::code::Code;
use mtm_core::word::Quantity;

use super::answer::{Asked, Reply, refused};
use super::form::Form;
use super::frame::Page;
use super::number::whole;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::{Answer, Refused};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::quick_buttons::{self, QuickButtonsPage, Slot};
use crate::web::{Shared, Web};

/// `GET /quick-buttons`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Own>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &blank(&web, &visit).await?))
}

/// `POST /quick-buttons`: saves, removes or moves one.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Own>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let slot =
        form.text("slot").parse().ok().filter(|slot| (1..=QuickButton::SLOTS).contains(slot));
    let slot: u8 = slot.ok_or_else(|| Problem::new(Code::InvalidBody, "slots are 1 to 10"))?;
    match apply(&web, &posted, slot, &key).await {
        Ok(words) => {
            let page = blank(&web, visit).await?;
            let message = Some(Message { text: words, ..Message::default() });
            Ok(draw(visit, &QuickButtonsPage { message, ..page }))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: "/quick-buttons", role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = blank(&web, visit).await?;
            if let Some(entry) = page.slots.get_mut(usize::from(slot) - 1) {
                keep(entry, form, &reply);
                if reply.keeps_key {
                    entry.idempotency_key = key;
                }
            }
            page.refused = Some(told(reply.answer, slot));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(
    web: &Web,
    posted: &Posted<need::Own>,
    slot: u8,
    key: &str,
) -> Result<String, AppError> {
    let who = &posted.visit.who;
    let ledger = web.app().ledger();
    let key =
        |body: &serde_json::Value| once::key_of(who, posted.route(), Some(key.to_owned()), body);
    match posted.form.text("action") {
        "remove" => {
            let key = key(&serde_json::json!({ "remove": slot }))?;
            ledger.delete_quick_button(who.user, slot, key).await?;
            Ok(format!("F{slot} is empty."))
        }
        direction @ ("up" | "down") => {
            let key = key(&serde_json::json!({ direction: slot }))?;
            let used = ledger.quick_buttons(who.user).await?;
            let order =
                moved(used.iter().map(|button| button.slot).collect(), slot, direction == "up");
            ledger.reorder_quick_buttons(who.user, order, key).await?;
            Ok(format!("F{slot} was moved {direction}."))
        }
        _ => {
            let button = button(&posted.form, slot)?;
            let body = serde_json::json!({ "save": &button });
            let key = key(&body)?;
            ledger.put_quick_button(who.user, button, key).await?;
            Ok(format!("F{slot} is saved."))
        }
    }
}

/// The used slots in a new order: `slot` changes places with its neighbour.
fn moved(mut used: Vec<u8>, slot: u8, up: bool) -> Vec<u8> {
    if let Some(at) = used.iter().position(|known| *known == slot) {
        let other = if up { at.checked_sub(1) } else { Some(at + 1) };
        if let Some(other) = other.filter(|other| *other < used.len()) {
            used.swap(at, other);
        }
    }
    used
}

fn button(form: &Form, slot: u8) -> Result<QuickButton, Vec<FieldError>> {
    let mut errors = Vec::new();
    let part = word(form, "part", &mut errors);
    let operation = word(form, "operation", &mut errors);
    let location = match form.given("location") {
        Some(_) => word(form, "location", &mut errors).map(Some),
        None => Some(None),
    };
    let quantity = whole(form, "quantity").and_then(|pieces| {
        let wrong = |code, message: String| FieldError::new("quantity", code, message);
        let pieces =
            pieces.ok_or_else(|| wrong(Code::InvalidBody, "quantity is needed here".to_owned()))?;
        Quantity::pieces(pieces).map_err(|error| wrong(Code::QuantityOutOfRange, error.to_string()))
    });
    let quantity = quantity.map_err(|error| errors.push(error)).ok();
    match (part, operation, quantity, location) {
        (Some(part), Some(operation), Some(quantity), Some(location)) => {
            Ok(QuickButton { slot, part, operation, quantity, location })
        }
        _ => Err(errors),
    }
}

fn word<T: FromStr>(form: &Form, name: &str, errors: &mut Vec<FieldError>) -> Option<T>
where
    T::Err: Display,
{
    let text = form.text(name);
    let read = if text.is_empty() {
        Err(format!("{name} is needed here"))
    } else {
        text.parse().map_err(|error: T::Err| error.to_string())
    };
    read.map_err(|message| errors.push(FieldError::new(name, Code::InvalidBody, message))).ok()
}

async fn blank<N>(web: &Web, visit: &Visit<N>) -> Result<QuickButtonsPage, Problem> {
    let buttons = web.app().ledger().quick_buttons(visit.who.user).await?;
    let slots = (1..=QuickButton::SLOTS).map(|slot| {
        let key = web.app().clock().fresh_uuid().to_string();
        let empty = Slot { slot, idempotency_key: key, ..Slot::default() };
        match buttons.iter().find(|button| button.slot == slot) {
            None => empty,
            Some(button) => Slot {
                filled: true,
                part: Entry::holding(button.part.to_string()),
                operation: Entry::holding(button.operation.to_string()),
                quantity: Entry::holding(button.quantity.to_string()),
                location: Entry::holding(
                    button.location.as_ref().map(ToString::to_string).unwrap_or_default(),
                ),
                ..empty
            },
        }
    });
    Ok(QuickButtonsPage {
        shell: visit.shell(web, "Quick buttons", None),
        slots: slots.collect(),
        ..QuickButtonsPage::default()
    })
}

/// Keeps what was typed, with what is wrong with it.
fn keep(slot: &mut Slot, form: &Form, reply: &Reply) {
    let entries = [
        ("part", &mut slot.part),
        ("operation", &mut slot.operation),
        ("quantity", &mut slot.quantity),
        ("location", &mut slot.location),
    ];
    for (name, entry) in entries {
        *entry = reply.at(name, Entry::holding(form.text(name)));
    }
}

fn told(answer: Answer, slot: u8) -> Refused {
    match answer {
        Answer::Refused(refused) => {
            Refused { title: format!("F{slot} is not saved."), next: String::new(), ..refused }
        }
        Answer::Booked(_) | Answer::Question(_) => {
            Refused { title: format!("F{slot} is not saved."), ..Refused::default() }
        }
    }
}

fn draw<N>(visit: &Visit<N>, page: &QuickButtonsPage) -> Page {
    Page::draw(&visit.manner, page, quick_buttons::page, quick_buttons::fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_changes_places_with_its_neighbour() {
        assert_eq!(moved(vec![1, 3, 7], 3, true), [3, 1, 7]);
        assert_eq!(moved(vec![1, 3, 7], 3, false), [1, 7, 3]);
        assert_eq!(moved(vec![1, 3, 7], 1, true), [1, 3, 7]);
        assert_eq!(moved(vec![1, 3, 7], 7, false), [1, 3, 7]);
        assert_eq!(moved(vec![1], 5, true), [1]);
    }
}
