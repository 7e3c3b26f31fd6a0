//! What moved: pieces and movements per day, shift or hour, by type and operation.

use maud::{Markup, html};

use crate::ui::{
    components::{
        badge::{self, MovementType},
        field::{Choice, Entry, Field, Kind, Select},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        state::{self, Empty, Message, Tone},
        table::{self, Column, Row, Table},
    },
    format::{counted, pieces, time},
};

/// What the page of the throughput shows.
#[derive(Clone, Debug, Default)]
pub struct ThroughputPage {
    /// Frame.
    pub shell: Shell,
    /// First day.
    pub from: Entry,
    /// Last day.
    pub to: Entry,
    /// How the days are cut: `day`, `shift`, `hour`.
    pub period: Entry,
    /// Of this operation only.
    pub operation: Entry,
    /// Why there are no figures.
    pub refused: String,
    /// The days shown, in words.
    pub days: String,
    /// Everything of these days, by type.
    pub sums: Vec<ThroughputSum>,
    /// By period, type and operation.
    pub rows: Vec<ThroughputRow>,
}

/// All of one type.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThroughputSum {
    /// Type.
    pub kind: MovementType,
    /// Movements.
    pub movements: i64,
    /// Pieces.
    pub quantity: i64,
}

/// What of one type moved at one operation in one period.
#[derive(Clone, Debug, Default)]
pub struct ThroughputRow {
    /// The day, with the shift where asked by shift.
    pub period: String,
    /// When the period begins, RFC 3339 UTC, where asked by the hour; the page shows it instead.
    pub begins: String,
    /// Type.
    pub kind: MovementType,
    /// Operation.
    pub operation: String,
    /// Movements.
    pub movements: i64,
    /// Pieces.
    pub quantity: i64,
}

/// The document.
pub fn page(model: &ThroughputPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ThroughputPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ThroughputPage) -> Markup {
    html! {
        (heading("What moved", "Undone movements are taken off what they undid"))
        (filters(model))
        @if !model.refused.is_empty() {
            (state::message(&Message { tone: Tone::Bad, text: model.refused.clone(), action: None }))
        } @else if model.rows.is_empty() {
            (state::empty(&Empty {
                title: "Nothing moved".into(),
                text: format!("Nothing was booked {}.", model.days),
                action: None,
            }))
        } @else {
            section class="panel" id="throughput-sums" data-live="*" {
                h2 { "Altogether " (model.days) }
                dl class="facts" {
                    @for sum in &model.sums {
                        div {
                            dt { (badge::movement(sum.kind)) }
                            dd {
                                span class="qty" { (pieces(sum.quantity)) }
                                " pieces in " (counted(sum.movements, "movement", "movements"))
                            }
                        }
                    }
                }
            }
            (rows(model))
        }
    }
}

fn filters(model: &ThroughputPage) -> Markup {
    let field =
        |name, label, kind, entry| Field::new("throughput", name, label, kind, entry).filter();
    let cuts = [("day", "Day"), ("shift", "Shift"), ("hour", "Hour")];
    let cuts = cuts.map(|(value, label)| Choice::new(value, label));
    html! {
        form id="throughput" class="panel" method="get" action="/throughput" data-find
            role="search" aria-label="Which days"
        {
            div class="filters" {
                (field("from", "From", Kind::Day, &model.from).draw())
                (field("to", "To", Kind::Day, &model.to).draw())
                (Select {
                    form: "throughput", name: "by", label: "By", entry: &model.period,
                    choices: &cuts, none: None, class: "",
                }.draw())
                (field("operation", "Operation", Kind::Operation, &model.operation).draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/throughput" data-reset { "Today" }
                    (state::print_button())
                }
            }
        }
    }
}

fn rows(model: &ThroughputPage) -> Markup {
    let draw = |row: &ThroughputRow| {
        let period = if row.begins.is_empty() {
            html! { (row.period) }
        } else {
            time(&row.begins)
        };
        Row::of(vec![
            Some(period),
            Some(badge::movement(row.kind)),
            table::text(&row.operation),
            Some(html! { (pieces(row.movements)) }),
            Some(html! { span class="qty" { (pieces(row.quantity)) } }),
        ])
    };
    html! {
        (Table {
            id: "throughput-rows",
            caption: "What moved, by period, type and operation".into(),
            columns: vec![
                Column::lead("When"), Column::text("Type"), Column::text("Operation"),
                Column::number("Movements"), Column::main("Pieces"),
            ],
            rows: model.rows.iter().map(draw).collect(),
            total: None,
            live: "*".into(),
        })
    }
}
