//! Quick buttons: links that fill the In form; a script fills it in place and adds F1–F10.

use maud::{Markup, html};

use crate::ui::format::{link, pieces};

/// A person's shortcut.
#[derive(Clone, Debug, Default)]
pub struct QuickButton {
    /// Slot 1–10.
    pub slot: u8,
    /// Part number.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Pieces.
    pub quantity: i64,
    /// Location, or empty.
    pub location: String,
}

/// The row of buttons above the form.
pub fn row(buttons: &[QuickButton]) -> Markup {
    html! {
        @if !buttons.is_empty() {
            nav class="quick" aria-label="Quick buttons" { ol { @for button in buttons { li { (draw(button)) } } } }
        }
    }
}

fn draw(button: &QuickButton) -> Markup {
    let quantity = button.quantity.to_string();
    let address = link(
        "/in",
        &[
            ("part", &button.part),
            ("operation", &button.operation),
            ("quantity", &quantity),
            ("location", &button.location),
        ],
    );
    html! {
        a class="quick-item" href=(address) data-quick=(button.slot) data-part=(button.part)
            data-operation=(button.operation) data-quantity=(quantity) data-location=(button.location)
        {
            kbd { "F" (button.slot) }
            span class="code" { (button.part) }
            span class="quiet" {
                (pieces(button.quantity)) " · op " (button.operation)
                @if !button.location.is_empty() { " · " (button.location) }
            }
        }
    }
}
