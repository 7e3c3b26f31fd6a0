//! In: pieces arrive. Part → operation → quantity × containers → location → what the part asks → notes.

use maud::{Markup, html};

use crate::ui::{
    components::{
        acknowledgement::{Answer, acknowledgement},
        badge::{self, MovementType},
        field::{Choice, Entry, Field, Kind, Select, guards},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        quick::{self, QuickButton},
    },
    format::{counted, link, pieces, time},
};

/// What the In page shows.
#[derive(Clone, Debug, Default)]
pub struct ReceivePage {
    /// Frame.
    pub shell: Shell,
    /// Key of this booking; kept until it is accepted.
    pub idempotency_key: String,
    /// Questions already answered with yes.
    pub confirmed: Vec<String>,
    /// The server's answer to the last booking.
    pub answer: Option<Answer>,
    /// The person's shortcuts.
    pub quick: Vec<QuickButton>,
    /// Part number.
    pub part: Entry,
    /// Operation.
    pub operation: Entry,
    /// Pieces per container.
    pub quantity: Entry,
    /// Number of equal containers; empty means one.
    pub containers: Entry,
    /// Location.
    pub location: Entry,
    /// The part asks for a colour.
    pub asks_color: bool,
    /// The part asks for a work order.
    pub asks_work_order: bool,
    /// Colour code.
    pub color_code: Entry,
    /// All colour codes.
    pub colors: Vec<Choice>,
    /// Work order.
    pub work_order: Entry,
    /// Notes.
    pub notes: Entry,
    /// What is known about the chosen part.
    pub context: Option<PartContext>,
    /// The person's last bookings.
    pub recent: Vec<Recent>,
}

/// Where the chosen part stands.
#[derive(Clone, Debug, Default)]
pub struct PartContext {
    /// Part number.
    pub part: String,
    /// Description from master data.
    pub description: String,
    /// All pieces on hand.
    pub total: i64,
    /// Places, most pieces first, shortened by the handler.
    pub places: Vec<Place>,
    /// Places left out.
    pub more_places: i64,
    /// Where it was put last.
    pub last_location: String,
    /// The routing's next operation.
    pub next_operation: String,
    /// The routing, in order.
    pub routing: Vec<String>,
}

/// Pieces of a part at one place and operation.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Location.
    pub location: String,
    /// Operation.
    pub operation: String,
    /// Pieces.
    pub quantity: i64,
    /// Lots.
    pub lots: i64,
    /// When the oldest lot was received, RFC 3339 UTC.
    pub oldest_at: String,
}

/// One of the person's last bookings.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Type.
    pub kind: MovementType,
    /// Part number.
    pub part: String,
    /// Pieces.
    pub quantity: i64,
    /// Where, in words.
    pub place: String,
    /// When, RFC 3339 UTC.
    pub recorded_at: String,
    /// Undone meanwhile.
    pub undone: bool,
}

/// The document.
pub fn page(model: &ReceivePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ReceivePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ReceivePage) -> Markup {
    html! {
        (heading("In", "Pieces arrive at a place"))
        (acknowledgement(model.answer.as_ref()))
        (quick::row(&model.quick))
        div class="columns" {
            div { (form(model)) }
            aside aria-label="About this part" {
                (context(model.context.as_ref()))
                (recent(&model.recent))
            }
        }
    }
}

fn form(model: &ReceivePage) -> Markup {
    let field = |name, label, kind, entry| Field::new("receive", name, label, kind, entry);
    html! {
        form id="receive" class="panel" method="post" action="/in" data-book data-flow data-context {
            (guards(&model.shell.csrf, &model.idempotency_key, &model.confirmed))
            div class="fields" {
                (field("part", "Part", Kind::Part, &model.part).big().first(model.answer.is_none()).draw())
                (field("operation", "Operation", Kind::Operation, &model.operation).big().class("w-4").draw())
                (field("quantity", "Quantity", Kind::Quantity, &model.quantity).big().class("w-5").draw())
                (field("containers", "Containers", Kind::Count, &model.containers).empty_means("1").big().class("w-3 containers").draw())
                (field("location", "Location", Kind::Location, &model.location).big().class("place").draw())
                (part_asks(model))
                (field("notes", "Notes", Kind::Text, &model.notes).optional().draw())
            }
            p class="total scripted" { output data-total for="receive-quantity receive-containers" {} }
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::In)) "Book in" }
                a class="button" href="/in" data-reset { "Empty the form" }
            }
        }
    }
}

/// Colour and work order: open when the part asks, folded away when it does not.
fn part_asks(model: &ReceivePage) -> Markup {
    let mut work_order =
        Field::new("receive", "work_order", "Work order", Kind::WorkOrder, &model.work_order);
    if !model.asks_work_order {
        work_order = work_order.optional();
    }
    let color = Select {
        form: "receive",
        name: "color_code",
        label: "Colour",
        entry: &model.color_code,
        choices: &model.colors,
        none: Some(if model.asks_color { "choose" } else { "none" }),
        class: "w-6 w-12-phone",
    };
    let filled = [&model.work_order, &model.color_code];
    let open = model.asks_color
        || model.asks_work_order
        || filled.iter().any(|entry| !entry.value.is_empty() || !entry.error.is_empty());
    html! {
        details id="part-asks" class="asks" open[open] {
            summary { "Colour and work order" }
            div class="fields" {
                (work_order.class("w-6 w-12-phone").draw())
                (color.draw())
            }
        }
    }
}

fn context(context: Option<&PartContext>) -> Markup {
    html! {
        section id="context" class="panel" data-live=[context.map(|context| format!("part:{}", context.part))]
            data-live-from=[context.map(|context| link("/in", &[("part", &context.part)]))]
        {
            @match context {
                Some(context) => (known(context)),
                None => {
                    h2 { "Where it stands" }
                    p class="quiet" { "Choose or scan a part to see where it stands already." }
                }
            }
        }
    }
}

fn known(context: &PartContext) -> Markup {
    html! {
        div {
            h2 { span class="code" { (context.part) } }
            @if !context.description.is_empty() { p class="quiet" { (context.description) } }
        }
        p {
            a class="figure-big" href=(link("/stock", &[("part", &context.part)])) { (pieces(context.total)) }
            " pieces on hand"
        }
        @if !context.last_location.is_empty() || !context.next_operation.is_empty() {
            dl class="facts" {
                @if !context.last_location.is_empty() {
                    div { dt { "Last put at" } dd class="code" { (offer("location", &context.last_location)) } }
                }
                @if !context.next_operation.is_empty() {
                    div { dt { "Next operation" } dd class="code" { (offer("operation", &context.next_operation)) } }
                }
                @if !context.routing.is_empty() {
                    div class="wide" { dt { "Routing" } dd { (context.routing.join(" → ")) } }
                }
            }
        }
        ul class="places" { @for place in &context.places { (draw_place(place)) } }
        @if context.more_places > 0 {
            p { a href=(link("/stock", &[("part", &context.part)])) { "and " (counted(context.more_places, "more place", "more places")) } }
        }
    }
}

/// A value that one tap puts into its field.
fn offer(field: &str, value: &str) -> Markup {
    html! {
        span class="unscripted" { (value) }
        button type="button" class="button scripted" data-fill={ "receive-" (field) } value=(value) { (value) }
    }
}

fn draw_place(place: &Place) -> Markup {
    html! {
        li {
            span { span class="where code" { (place.location) } " · operation " (place.operation) }
            span class="qty" { (pieces(place.quantity)) }
            span class="more" { (counted(place.lots, "lot", "lots")) ", oldest " (time(&place.oldest_at)) }
        }
    }
}

fn recent(recent: &[Recent]) -> Markup {
    html! {
        @if !recent.is_empty() {
            section class="panel" {
                h2 { "Your last bookings" }
                ul class="recent" {
                    @for booking in recent {
                        li {
                            span { (badge::movement(booking.kind)) }
                            span class="code" { (booking.part) }
                            span class={ "qty" @if booking.undone { " struck" } } { (pieces(booking.quantity)) }
                            span class="more" {
                                (booking.place) " · " (time(&booking.recorded_at))
                                @if booking.undone { " · undone" }
                            }
                        }
                    }
                }
            }
        }
    }
}
