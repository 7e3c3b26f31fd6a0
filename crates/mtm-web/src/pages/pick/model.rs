//! Out and Move as view models: one sheet that either screen draws.

use mtm_core::catalogue::ReasonKind;
use mtm_core::word::{OperationCode, PartCode};

use super::rows::Row;
use super::{Kind, REVIEW};
use crate::pages::answer::Reply;
use crate::pages::form::Form;
use crate::pages::frame::Page;
use crate::pages::route;
use crate::pages::visit::Visit;
use crate::ui::components::acknowledgement::{Answer, PartLine, Question};
use crate::ui::components::field::{Choice, Entry};
use crate::ui::components::layout::Screen;
use crate::ui::page::complete::Onward;
use crate::ui::page::move_stock::{self, MovePage};
use crate::ui::page::pick::{Find, Found};
use crate::ui::page::take::{self, TakePage, TakenFor};
use crate::web::Web;

/// What both screens hold.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) idempotency_key: String,
    pub(super) confirmed: Vec<String>,
    pub(super) answer: Option<Answer>,
    pub(super) find: Find,
    pub(super) found: Found,
    pub(super) taken_for: Vec<TakenFor>,
    reason: Entry,
    to_location: Entry,
    to_operation: Entry,
    notes: Entry,
}

impl Sheet {
    /// Nothing found, with a fresh key.
    pub(super) fn new(web: &Web) -> Self {
        Self { idempotency_key: web.app().clock().fresh_uuid().to_string(), ..Self::default() }
    }

    /// Keeps what was typed beside the rows.
    pub(super) fn keep(&mut self, form: &Form, reply: Option<&Reply>) {
        let entry = |name: &str| {
            let entry = Entry::holding(form.text(name));
            match reply {
                Some(reply) => item_errors(reply, name, entry),
                None => entry,
            }
        };
        self.reason = entry("reason");
        self.to_location = entry("to_location");
        self.to_operation = entry("to_operation");
        self.notes = entry("notes");
    }

    /// Ticks and quantities of the rows that were sent, with what is wrong with them.
    pub(super) fn mark(&mut self, rows: &[Row], reply: Option<&Reply>) {
        let mut item = 0;
        let many = rows.iter().filter(|row| row.picked).count() > 1;
        for (shown, sent) in self.found.rows.iter_mut().zip(rows) {
            shown.picked = sent.picked;
            shown.quantity = Entry::holding(sent.typed.clone());
            if !sent.picked {
                continue;
            }
            let (of_item, prefix) = (format!("items[{item}].quantity"), format!("items[{item}]"));
            item += 1;
            let Some(reply) = reply else { continue };
            let wrong = reply.errors.iter().find(|(field, _)| {
                *field == of_item || *field == prefix || (!many && field == "quantity")
            });
            if let Some((_, message)) = wrong {
                shown.quantity = std::mem::take(&mut shown.quantity).refused(message.clone());
            }
        }
    }
}

/// A field that all rows share: a refusal names it alone, or as the field of one item.
fn item_errors(reply: &Reply, name: &str, entry: Entry) -> Entry {
    let of_item = |field: &str| {
        let rest = field.strip_prefix("items[").and_then(|rest| rest.split_once("]."));
        rest.is_some_and(|(_, last)| last == name)
    };
    match reply.errors.iter().find(|(field, _)| field == name || of_item(field)) {
        Some((_, message)) => entry.refused(message.clone()),
        None => entry,
    }
}

/// The question that several rows ask before they are booked.
pub(super) fn review(kind: Kind, picked: &[&Row]) -> Question {
    let mut lines: Vec<PartLine> = Vec::new();
    for row in picked {
        match lines.iter_mut().find(|line| line.part == row.part) {
            Some(line) => {
                line.lots += 1;
                line.quantity = line.quantity.saturating_add(row.pieces());
            }
            None => {
                lines.push(PartLine { part: row.part.clone(), lots: 1, quantity: row.pieces() });
            }
        }
    }
    let pieces = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.quantity));
    let (verb, after) = match kind {
        Kind::Out => ("Take", "before it leaves the stock"),
        Kind::Move => ("Move", "before it moves"),
    };
    Question {
        title: format!("{verb} {} rows, {pieces} pieces?", picked.len()),
        text: format!("Look it over once {after}."),
        lines,
        code: REVIEW.to_owned(),
        form: kind.form().to_owned(),
        instead: Vec::new(),
        yes: format!("{verb} {pieces} pieces"),
        no: "Go back".to_owned(),
        no_address: kind.path().to_owned(),
    }
}

/// Draws the screen of `kind`.
pub(super) fn draw<N>(web: &Web, visit: &Visit<N>, kind: Kind, sheet: Sheet) -> Page {
    match kind {
        Kind::Out => {
            let model = TakePage {
                shell: visit.shell(web, "Out", Some(Screen::Out)),
                idempotency_key: sheet.idempotency_key,
                confirmed: sheet.confirmed,
                answer: sheet.answer,
                find: sheet.find,
                found: sheet.found,
                taken_for: sheet.taken_for,
                reason: sheet.reason,
                reasons: reasons(web),
                notes: sheet.notes,
            };
            Page::draw(&visit.manner, &model, take::page, take::fragment)
        }
        Kind::Move => {
            let next_operation = next_operation(web, &sheet.found);
            let model = MovePage {
                next_operation,
                shell: visit.shell(web, "Move", Some(Screen::Move)),
                idempotency_key: sheet.idempotency_key,
                confirmed: sheet.confirmed,
                answer: sheet.answer,
                find: sheet.find,
                found: sheet.found,
                to_location: sheet.to_location,
                to_operation: sheet.to_operation,
                notes: sheet.notes,
            };
            Page::draw(&visit.manner, &model, move_stock::page, move_stock::fragment)
        }
    }
}

/// The operation that the routing has next for every row that is ticked, or for every row where
/// none is; empty where it is not one and the same.
fn next_operation(web: &Web, found: &Found) -> String {
    let (catalogue, now) = (web.app().catalogue(), web.app().clock().now());
    let ticked = found.rows.iter().any(|row| row.picked);
    let rows = found.rows.iter().filter(|row| row.picked || !ticked);
    let mut next = rows.map(|row| {
        let part = PartCode::parse(&row.part).ok()?;
        let operation = OperationCode::parse(&row.operation).ok()?;
        match route::onward(&catalogue, now, &part, &operation) {
            Onward::Next(operation, _) => Some(operation),
            Onward::Finished | Onward::Outside | Onward::Unknown => None,
        }
    });
    let first = next.next().flatten();
    if next.all(|other| other == first) { first.unwrap_or_default() } else { String::new() }
}

fn reasons(web: &Web) -> Vec<Choice> {
    let catalogue = web.app().catalogue();
    let mut reasons: Vec<Choice> = catalogue
        .reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::Out && reason.header.retired_at.is_none())
        .map(|reason| {
            let code = reason.code.to_string();
            let words = reason.header.description.clone().unwrap_or_else(|| code.clone());
            Choice::new(code, words)
        })
        .collect();
    reasons.sort_by(|a, b| a.label.cmp(&b.label));
    reasons
}
