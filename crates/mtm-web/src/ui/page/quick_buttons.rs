//! Quick buttons: ten slots, one form each.

use maud::{Markup, html};

use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Message},
};

/// What the page of the quick buttons shows.
#[derive(Clone, Debug, Default)]
pub struct QuickButtonsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// The ten slots.
    pub slots: Vec<Slot>,
}

/// One slot.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// 1–10; F1–F10.
    pub slot: u8,
    /// Holds a button.
    pub filled: bool,
    /// Key of the next change of this slot.
    pub idempotency_key: String,
    /// Part number.
    pub part: Entry,
    /// Operation.
    pub operation: Entry,
    /// Pieces.
    pub quantity: Entry,
    /// Location, optional.
    pub location: Entry,
}

/// The document.
pub fn page(model: &QuickButtonsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &QuickButtonsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &QuickButtonsPage) -> Markup {
    html! {
        (heading("Quick buttons", "They fill the In form by one tap, or by F1 to F10"))
        div id="answer" tabindex="-1" {
            @if let Some(message) = &model.message { (state::message(message)) }
            @if let Some(refused) = &model.refused {
                (state::message(&Message {
                    tone: state::Tone::Bad, text: format!("{} {} {}", refused.title, refused.text, refused.next), action: None,
                }))
            }
        }
        ol class="panel slots" { @for slot in &model.slots { li { (form(model, slot)) } } }
    }
}

fn form(model: &QuickButtonsPage, slot: &Slot) -> Markup {
    let id = format!("slot-{}", slot.slot);
    let field = |name, label, kind, entry| Field::new(&id, name, label, kind, entry).draw();
    html! {
        form id=(id) class="slot" method="post" action="/quick-buttons" data-book aria-label={ "Quick button " (slot.slot) } {
            (guards(&model.shell.csrf, &slot.idempotency_key, &[]))
            (hidden("slot", &slot.slot.to_string()))
            span class="slot-number" { kbd { "F" (slot.slot) } }
            (field("part", "Part", Kind::Part, &slot.part))
            (field("operation", "Operation", Kind::Operation, &slot.operation))
            (field("quantity", "Quantity", Kind::Quantity, &slot.quantity))
            (Field::new(&id, "location", "Location", Kind::Location, &slot.location).optional().draw())
            div class="form-actions" {
                button class="button" type="submit" name="action" value="save" { (icon(Icon::Check)) "Save" }
                @if slot.filled {
                    button class="button danger" type="submit" name="action" value="remove" { "Remove" }
                    @if slot.slot > 1 { button class="button" type="submit" name="action" value="up" { "Up" } }
                    @if slot.slot < 10 { button class="button" type="submit" name="action" value="down" { "Down" } }
                }
            }
        }
    }
}
