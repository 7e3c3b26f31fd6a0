//! A lot: what it is, where it stands, how it came there.

use maud::{Markup, html};

use super::lot_labels::{Labels, labels};
use super::lot_reservations::{Reservations, reservations};
use crate::ui::{
    components::{
        badge,
        bucket::{self, Movement},
        field::guards,
        icon::{Icon, icon},
        layout::{self, Screen, Shell},
        life_cycle::{Step, life_cycle},
        state::{self, Empty, Message},
        table::{self, Column, Row, Table},
    },
    format::{counted, link, lot_link, pieces, time},
};

/// What the page of a lot shows.
#[derive(Clone, Debug, Default)]
pub struct LotPage {
    /// Frame.
    pub shell: Shell,
    /// Lot number.
    pub lot: String,
    /// Part number.
    pub part: String,
    /// Description of the part.
    pub description: String,
    /// All pieces on hand.
    pub quantity: i64,
    /// Reason of the hold; `None` if it is free.
    pub hold: Option<String>,
    /// When received, RFC 3339 UTC.
    pub received_at: String,
    /// Who received it.
    pub received_by: String,
    /// Further facts, word and value: item type, work order, colour, notes.
    pub facts: Vec<(String, String)>,
    /// Lot it was split from; empty if none.
    pub parent: String,
    /// Lots split from it.
    pub children: Vec<String>,
    /// The lots that it is made of, newest first.
    pub ancestors: Vec<LotLink>,
    /// The lots that its pieces went on into, oldest first.
    pub descendants: Vec<LotLink>,
    /// More lots belong to it than are shown.
    pub more_lineage: bool,
    /// Where it stands.
    pub buckets: Vec<LotBucket>,
    /// What its pieces are kept for.
    pub reservations: Reservations,
    /// Its labels.
    pub labels: Labels,
    /// How it came there.
    pub steps: Vec<Step>,
    /// All its movements, newest first.
    pub movements: Vec<Movement>,
    /// Whether the reader follows it.
    pub follows: bool,
    /// What the last change did.
    pub message: Option<Message>,
    /// Key of the next change.
    pub idempotency_key: String,
}

/// Pieces of one lot that became part of another.
#[derive(Clone, Debug, Default)]
pub struct LotLink {
    /// Movement id.
    pub movement_id: String,
    /// They became a lot of their own; else they joined one.
    pub split: bool,
    /// The lot that gave them.
    pub from_lot: String,
    /// The lot that got them.
    pub to_lot: String,
    /// Pieces.
    pub quantity: i64,
    /// Who.
    pub user: String,
    /// When, RFC 3339 UTC.
    pub recorded_at: String,
    /// Undone later.
    pub undone: bool,
}

/// Pieces of the lot at one place and operation.
#[derive(Clone, Debug, Default)]
pub struct LotBucket {
    /// Location.
    pub location: String,
    /// Building.
    pub building: String,
    /// Operation.
    pub operation: String,
    /// Pieces.
    pub quantity: i64,
}

/// The document.
pub fn page(model: &LotPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &LotPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &LotPage) -> Markup {
    html! {
        div class="page-head" {
            h1 { "Lot " span class="code" { (model.lot) } }
            (actions(model))
        }
        div id="answer" tabindex="-1" { @if let Some(message) = &model.message { (state::message(message)) } }
        @if let Some(reason) = &model.hold {
            (state::message(&Message {
                tone: state::Tone::Warn, text: format!("On hold: {reason}"), action: None,
            }))
        }
        div class="columns" {
            div {
                (about(model))
                section class="panel" { h2 { "Where it stands" } (buckets(model)) }
                (reservations(&model.reservations))
                (labels(&model.labels))
            }
            aside class="panel" aria-label="Life of the lot" { h2 { "Life of the lot" } (life_cycle(&model.steps)) }
        }
        (lineage(model))
        h2 { "Movements" }
        (movements(model))
    }
}

fn actions(model: &LotPage) -> Markup {
    let may = |screen| model.shell.user.as_ref().is_some_and(|user| user.screens.contains(&screen));
    html! {
        div class="form-actions actions" {
            (follow(model))
            @if model.quantity > 0 {
                @if may(Screen::Out) { a class="button" href=(link("/out", &[("lot", &model.lot)])) { (icon(Icon::Out)) "Take out" } }
                @if may(Screen::Move) {
                    a class="button" href=(link("/move", &[("lot", &model.lot)])) { (icon(Icon::Move)) "Move" }
                    a class="button" href=(link("/merge", &[("into", &model.lot)])) { (icon(Icon::Merge)) "Merge into it" }
                }
            }
        }
    }
}

/// The button by which somebody is told what becomes of the lot.
fn follow(model: &LotPage) -> Markup {
    let (action, words, why) = if model.follows {
        ("unfollow", "Do not follow", "You are told when it is held, free again or used up")
    } else {
        ("follow", "Follow", "Be told when it is held, free again or used up")
    };
    html! {
        form id="follow" method="post" action=(lot_link(&model.lot)) data-book aria-label="Follow" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            button class="button" type="submit" name="action" value=(action) title=(why) { (icon(Icon::Bell)) (words) }
        }
    }
}

fn about(model: &LotPage) -> Markup {
    html! {
        section class="panel" id="lot-about" data-live={ "lot:" (model.lot) } {
            div {
                p class="hero" {
                    span class="figure-big" { (pieces(model.quantity)) small { " pieces" } }
                    a class="code" href=(link("/stock", &[("part", &model.part)])) { (model.part) }
                }
                @if !model.description.is_empty() { p class="quiet" { (model.description) } }
            }
            dl class="facts" {
                div { dt { "Received" } dd { (time(&model.received_at)) } }
                div { dt { "Received by" } dd { (model.received_by) } }
                @for (word, value) in &model.facts { div { dt { (word) } dd { (value) } } }
                @if !model.parent.is_empty() {
                    div { dt { "Split from" } dd { a class="code" href=(lot_link(&model.parent)) { (model.parent) } } }
                }
                @if !model.children.is_empty() {
                    div class="wide" {
                        dt { (counted(i64::try_from(model.children.len()).unwrap_or(i64::MAX), "lot", "lots")) " split from it" }
                        dd { ul class="answer-facts" { @for child in &model.children { li { a class="code" href=(lot_link(child)) { (child) } } } } }
                    }
                }
            }
        }
    }
}

fn buckets(model: &LotPage) -> Markup {
    html! {
        ul id="lot-buckets" class="places" data-live={ "lot:" (model.lot) } {
            @for bucket in &model.buckets {
                li {
                    span {
                        span class="where code" { (bucket.location) } " · operation " (bucket.operation)
                        @if !bucket.building.is_empty() { span class="quiet" { " · " (bucket.building) } }
                    }
                    a class="qty row-link" title="Explain this number" href=(link("/stock/explain", &[
                        ("part", &model.part), ("operation", &bucket.operation),
                        ("location", &bucket.location), ("lot", &model.lot),
                    ])) { (pieces(bucket.quantity)) }
                }
            }
            @if model.buckets.is_empty() { li { span class="quiet" { "Nothing left of this lot." } } }
        }
    }
}

fn lineage(model: &LotPage) -> Markup {
    html! {
        @if !model.ancestors.is_empty() {
            h2 { "What it is made of" }
            (links("lot-ancestors", "Lots that its pieces came from, newest first", model, &model.ancestors))
        }
        @if !model.descendants.is_empty() {
            h2 { "Where its pieces went on" }
            (links("lot-descendants", "Lots that its pieces became part of, oldest first", model, &model.descendants))
        }
        @if model.more_lineage { p class="quiet" { "More lots belong to it than are shown." } }
    }
}

fn links(id: &'static str, caption: &str, model: &LotPage, links: &[LotLink]) -> Markup {
    let lot = |number: &str| {
        // The page of the lot itself is open already.
        let address = (number != model.lot).then(|| lot_link(number));
        html! {
            @if let Some(address) = address { a class="code" href=(address) { (number) } }
            @else { span class="code" { (number) } }
        }
    };
    let draw = |it: &LotLink| {
        Row::of(vec![
            Some(
                html! { a class="row-link" href=(link("/history", &[("movement", &it.movement_id)])) { (time(&it.recorded_at)) } },
            ),
            Some(html! {
                (badge::plain(if it.split { "split" } else { "merged" }))
                @if it.undone { " " (badge::plain("undone")) }
            }),
            Some(
                html! { (lot(&it.from_lot)) " " span class="nowrap" { span class="arrow" { "→" } (lot(&it.to_lot)) } },
            ),
            Some(
                html! { span class={ "qty" @if it.undone { " struck" } } { (pieces(it.quantity)) } },
            ),
            table::text(&it.user),
        ])
    };
    html! {
        (Table {
            id,
            caption: caption.to_owned(),
            columns: vec![
                Column::lead("When"), Column::text("How"), Column::path("From lot → to lot"),
                Column::main("Pieces"), Column::text("Who"),
            ],
            rows: links.iter().map(draw).collect(),
            total: None,
            live: format!("lot:{}", model.lot),
        })
    }
}

fn movements(model: &LotPage) -> Markup {
    let draw = |movement: &Movement| {
        Row::of(vec![
            Some(
                html! { a class="row-link" href=(link("/history", &[("movement", &movement.id)])) { (time(&movement.recorded_at)) } },
            ),
            Some(bucket::kind(movement)),
            Some(bucket::path(movement)),
            Some(bucket::quantity(movement)),
            table::text(&movement.user),
            table::text(&movement.notes),
        ])
    };
    html! {
        @if model.movements.is_empty() {
            (state::empty(&Empty { title: "No movements".into(), ..Empty::default() }))
        } @else {
            (Table {
                id: "lot-movements",
                caption: "Movements of this lot, newest first".into(),
                columns: vec![
                    Column::lead("When"), Column::text("Type"), Column::path("From → to"),
                    Column::main("Pieces"), Column::text("Who"), Column::notes("Notes"),
                ],
                rows: model.movements.iter().map(draw).collect(),
                total: None,
                live: format!("lot:{}", model.lot),
            })
        }
    }
}
