//! Merge: whole lots become part of another one. Scan the lot that stays, then those that join it.

use maud::{Markup, html};

use crate::ui::{
    components::{
        acknowledgement::{Answer, acknowledgement},
        badge,
        field::{Entry, Field, Kind, guards, hidden},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        state::{self, Empty},
        table::{self, Column, Row, Table},
    },
    format::{counted, link, lot_link, pieces, time},
};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct MergePage {
    /// Frame.
    pub shell: Shell,
    /// Key of this booking; kept until it is accepted.
    pub idempotency_key: String,
    /// Questions already answered with yes.
    pub confirmed: Vec<String>,
    /// The server's answer to the last booking.
    pub answer: Option<Answer>,
    /// The lot that the others join.
    pub into: Entry,
    /// Operation that was named, or that it stands at.
    pub operation: String,
    /// Location that was named, or that it stands at.
    pub location: String,
    /// The lot that the others join, where it is known and stands in one place.
    pub target: Option<Target>,
    /// Where it stands, if in several places: words and address.
    pub places: Vec<(String, String)>,
    /// Those that join it.
    pub chosen: Vec<MergeLot>,
    /// Other lots of the part that stand there.
    pub beside: Vec<MergeLot>,
    /// More stand there than are shown.
    pub more: bool,
    /// Notes.
    pub notes: Entry,
}

/// The lot that the others join.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Lot number.
    pub lot: String,
    /// Part number.
    pub part: String,
    /// What it is.
    pub description: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Pieces there.
    pub quantity: i64,
    /// Colour, work order and notes in one line.
    pub attributes: String,
    /// Reason of the hold; `None` if it is free.
    pub hold: Option<String>,
}

/// A lot that joins, or could.
#[derive(Clone, Debug, Default)]
pub struct MergeLot {
    /// Lot number.
    pub lot: String,
    /// Pieces there.
    pub quantity: i64,
    /// When it was received, RFC 3339 UTC; empty if it is not there.
    pub received_at: String,
    /// Colour, work order and notes in one line.
    pub attributes: String,
    /// Reason of the hold; `None` if it is free.
    pub hold: Option<String>,
    /// Why it cannot join; empty if nothing is known to be in the way.
    pub differs: String,
    /// This page with it, or without it.
    pub address: String,
}

/// The document.
pub fn page(model: &MergePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &MergePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &MergePage) -> Markup {
    html! {
        (heading("Merge lots", "Whole lots become part of another one, where they stand"))
        (acknowledgement(model.answer.as_ref()))
        (find(model))
        @if let Some(target) = &model.target {
            (form(model, target))
            (beside(model))
        } @else if !model.places.is_empty() {
            (places(model))
        } @else if model.into.value.is_empty() {
            (state::empty(&Empty {
                title: "Scan the lot that stays".to_owned(),
                text: "Then scan every lot that becomes part of it.".to_owned(),
                action: None,
            }))
        }
    }
}

fn find(model: &MergePage) -> Markup {
    let open = model.answer.is_none();
    let known = model.target.is_some();
    let field = |name, label, entry| {
        Field::new("find", name, label, Kind::Lot, entry).filter().big().class("w-6 w-12-phone")
    };
    let scanned = Entry::default();
    html! {
        form id="find" class="panel" method="get" action="/merge" data-find role="search" aria-label="Name lots" {
            @if known {
                (hidden("into", &model.into.value))
                (hidden("operation", &model.operation))
                (hidden("location", &model.location))
            }
            @for lot in &model.chosen { (hidden("lot", &lot.lot)) }
            div class="fields" {
                @if known {
                    (field("lot", "Lot that joins it", &scanned).first(open).draw())
                } @else {
                    (field("into", "Lot that stays", &model.into).first(open).draw())
                }
                div class="w-6 form-actions push-down" {
                    button class="button" type="submit" { (icon(Icon::Search)) @if known { "Add" } @else { "Show" } }
                    a class="button plain" href="/merge" data-reset { "Start over" }
                }
            }
        }
    }
}

fn places(model: &MergePage) -> Markup {
    html! {
        h2 { "Where?" }
        p { "Lot " span class="code" { (model.into.value) } " stands in several places. Lots are merged in one of them." }
        div class="form-actions" {
            @for (words, address) in &model.places { a class="button" href=(address) { (words) } }
        }
    }
}

fn form(model: &MergePage, target: &Target) -> Markup {
    let joining: i64 = model.chosen.iter().map(|lot| lot.quantity).sum();
    html! {
        form id="merge" class="panel" method="post" action="/merge" data-book aria-label={ "Merge into lot " (target.lot) } {
            (guards(&model.shell.csrf, &model.idempotency_key, &model.confirmed))
            (hidden("into", &target.lot))
            (hidden("operation", &target.operation))
            (hidden("location", &target.location))
            @for lot in &model.chosen { (hidden("lot", &lot.lot)) }
            div {
                h2 { "Lot " a class="code" href=(lot_link(&target.lot)) { (target.lot) } " stays" }
                p {
                    a class="code" href=(link("/stock", &[("part", &target.part)])) { (target.part) }
                    " · " strong { (pieces(target.quantity)) } " pieces at " span class="code" { (target.location) }
                    " · operation " strong { (target.operation) }
                    @if let Some(reason) = &target.hold { " " (badge::hold(reason)) }
                }
                p class="quiet" {
                    (target.description)
                    @if !target.description.is_empty() && !target.attributes.is_empty() { " · " }
                    (target.attributes)
                }
            }
            @if model.chosen.is_empty() {
                p { "Scan a lot that becomes part of it, or add one that stands beside it." }
            } @else {
                (lots("merge-chosen", "Lots that join it", &model.chosen, "Leave out"))
                div class="fields" {
                    (Field::new("merge", "notes", "Notes", Kind::Text, &model.notes).optional().class("w-8 w-12-phone").draw())
                    div class="w-4 form-actions push-down" {
                        button class="button primary" type="submit" { (icon(Icon::Merge)) "Merge" }
                    }
                }
                p {
                    (counted(i64::try_from(model.chosen.len()).unwrap_or(i64::MAX), "lot joins", "lots join"))
                    ", " (pieces(joining)) " pieces; then lot " span class="code" { (target.lot) } " has "
                    strong { (pieces(target.quantity + joining)) } "."
                }
                p class="small quiet" { "The lots that join keep their numbers and their history, and are empty here. Of part of a lot: move or split it first." }
            }
        }
    }
}

fn beside(model: &MergePage) -> Markup {
    html! {
        @if !model.beside.is_empty() {
            h2 { "Also of this part here" }
            (lots("merge-beside", "Other lots of the part at this place", &model.beside, "Add"))
            @if model.more { p class="quiet" { "More stand here than are shown. Scan them." } }
        }
    }
}

fn lots(id: &'static str, caption: &str, lots: &[MergeLot], action: &str) -> Markup {
    let draw = |it: &MergeLot| {
        let fits = it.differs.is_empty();
        Row::of(vec![
            Some(html! {
                a class="code" href=(lot_link(&it.lot)) { (it.lot) }
                @if let Some(reason) = &it.hold { " " (badge::hold(reason)) }
                @if !it.attributes.is_empty() { div class="small quiet" { (it.attributes) } }
            }),
            Some(html! { span class="qty" { (pieces(it.quantity)) } }),
            (!it.received_at.is_empty())
                .then(|| html! { span class="small" { (time(&it.received_at)) } }),
            table::text(&it.differs),
            (action != "Add" || fits).then(|| {
                html! {
                    a class="button" href=(it.address) { (action) span class="visually-hidden" { " lot " (it.lot) } }
                }
            }),
        ])
    };
    html! {
        (Table {
            id,
            caption: caption.to_owned(),
            columns: vec![
                Column::lead("Lot"), Column::number("Pieces"), Column::text("Received"),
                Column::text("In the way"), Column::text(""),
            ],
            rows: lots.iter().map(draw).collect(),
            total: None,
            live: String::new(),
        })
    }
}
