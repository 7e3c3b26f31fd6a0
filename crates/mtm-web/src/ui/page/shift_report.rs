//! What each shift did: movements and pieces by type, scrap, and the same by operation.

use maud::{Markup, html};

use crate::ui::{
    components::{
        field::{Entry, Field, Kind},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        state::{self, Empty, Message, Tone},
        table::{self, Column, Row, Table},
    },
    format::{link, pieces, time},
};

/// What the report of the shifts shows.
#[derive(Clone, Debug, Default)]
pub struct ShiftReportPage {
    /// Frame.
    pub shell: Shell,
    /// First day.
    pub from: Entry,
    /// Last day.
    pub to: Entry,
    /// Why there are no figures.
    pub refused: String,
    /// The days as the address has them, for the sheets.
    pub asked: Vec<(&'static str, String)>,
    /// Shifts, the newest first.
    pub shifts: Vec<ShiftLine>,
}

/// What a shift did.
#[derive(Clone, Debug, Default)]
pub struct ShiftLine {
    /// Day and name, in words.
    pub name: String,
    /// When it began, RFC 3339 UTC.
    pub begins: String,
    /// When it is over, RFC 3339 UTC.
    pub ends: String,
    /// Altogether.
    pub sum: Figures,
    /// By operation.
    pub operations: Vec<(String, Figures)>,
}

/// Movements, and pieces by type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Movements.
    pub movements: i64,
    /// Pieces that came.
    pub received: i64,
    /// Pieces that went on.
    pub moved: i64,
    /// Pieces that left.
    pub taken: i64,
    /// Pieces scrapped.
    pub scrapped: i64,
    /// Pieces that counts corrected, and first stock.
    pub corrected: i64,
    /// Pieces whose movement was undone.
    pub undone: i64,
}

/// The document.
pub fn page(model: &ShiftReportPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ShiftReportPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ShiftReportPage) -> Markup {
    html! {
        (heading("What each shift did", "Undone movements are taken off what they undid"))
        (filters(model))
        @if !model.refused.is_empty() {
            (state::message(&Message { tone: Tone::Bad, text: model.refused.clone(), action: None }))
        } @else if model.shifts.is_empty() {
            (state::empty(&Empty {
                title: "No shift began".into(),
                text: "On these days no shift began yet, and nothing was booked between shifts.".into(),
                action: Some(("Shifts of the site".into(), "/shifts".into())),
            }))
        } @else {
            (table("shift-sums", "What each shift did", model, |shift| vec![(String::new(), shift.sum)]))
            @if model.shifts.iter().any(|shift| !shift.operations.is_empty()) {
                h2 { "By operation" }
                (table("shift-operations", "What each shift did, by operation", model, |shift| shift.operations.clone()))
            }
            (sheets(model))
        }
    }
}

/// The same as files.
fn sheets(model: &ShiftReportPage) -> Markup {
    let sheet = |format: &str| {
        let mut asked: Vec<(&str, &str)> =
            model.asked.iter().map(|(name, day)| (*name, day.as_str())).collect();
        asked.push(("format", format));
        link("/api/v1/reports/shift", &asked)
    };
    html! {
        div class="form-actions" {
            (state::print_button())
            a class="button" href=(sheet("csv")) download { (icon(Icon::Download)) "CSV" }
            a class="button" href=(sheet("xlsx")) download { (icon(Icon::Download)) "Excel" }
        }
    }
}

fn filters(model: &ShiftReportPage) -> Markup {
    let field =
        |name, label, kind, entry| Field::new("shift-report", name, label, kind, entry).filter();
    html! {
        form id="shift-report" class="panel" method="get" action="/shift-report" data-find
            role="search" aria-label="Which days"
        {
            div class="filters" {
                (field("from", "From", Kind::Day, &model.from).draw())
                (field("to", "To", Kind::Day, &model.to).draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/shift-report" data-reset { "Today" }
                }
            }
        }
    }
}

fn table(
    id: &'static str,
    caption: &str,
    model: &ShiftReportPage,
    lines: impl Fn(&ShiftLine) -> Vec<(String, Figures)>,
) -> Markup {
    let by_operation = id == "shift-operations";
    let draw = |shift: &ShiftLine, operation: &str, it: Figures| {
        let name = html! {
            (shift.name)
            @if !by_operation {
                " " span class="small quiet" { (time(&shift.begins)) " – " (time(&shift.ends)) }
            }
        };
        let mut row = vec![Some(name)];
        if by_operation {
            row.push(table::text(operation));
        }
        row.extend([
            count(it.movements),
            count(it.received),
            count(it.moved),
            count(it.taken),
            (it.scrapped != 0).then(|| html! { span class="qty" { (pieces(it.scrapped)) } }),
            count(it.corrected),
            count(it.undone),
        ]);
        Row::of(row)
    };
    let mut columns = vec![Column::lead("Shift")];
    if by_operation {
        columns.push(Column::text("Operation"));
    }
    columns.extend([
        Column::number("Movements"),
        Column::number("Received"),
        Column::number("Moved"),
        Column::number("Taken"),
        Column::number("Scrapped"),
        Column::number("Corrected"),
        Column::number("Undone"),
    ]);
    let rows = model.shifts.iter().flat_map(|shift| {
        let lines = lines(shift).into_iter();
        lines.map(|(operation, figures)| draw(shift, &operation, figures)).collect::<Vec<_>>()
    });
    html! {
        (Table {
            id,
            caption: caption.to_owned(),
            columns,
            rows: rows.collect(),
            total: None,
            live: "*".into(),
        })
    }
}

/// Nothing where nothing happened: what did is what somebody looks for.
fn count(number: i64) -> Option<Markup> {
    (number != 0).then(|| html! { (pieces(number)) })
}
