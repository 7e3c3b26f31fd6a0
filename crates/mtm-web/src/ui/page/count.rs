//! One cycle count, as whoever decides about it sees it: how far it is, what differs, what posting
//! would do.

use maud::{Markup, html};

use crate::ui::components::{
    field::{guards, tick},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{self, Pager},
    state::{self, Message},
    table::{Column, Row, Table, code},
};
use crate::ui::format::{change, pieces, time};

/// What the page of a count shows.
#[derive(Clone, Debug, Default)]
pub struct CountPage {
    /// Frame.
    pub shell: Shell,
    /// Identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How it stands, in words.
    pub state: String,
    /// Whether people still count.
    pub open: bool,
    /// Whether this person decides about it.
    pub decides: bool,
    /// Who planned it.
    pub planned_by: String,
    /// When.
    pub planned_at: String,
    /// Figures with their words.
    pub facts: Vec<(String, String)>,
    /// What became of the form.
    pub messages: Vec<Message>,
    /// Key of the next change.
    pub idempotency_key: String,
    /// Which lines are shown: empty for all, `waiting` or `different`.
    pub show: String,
    /// The lines.
    pub lines: Vec<LineRow>,
    /// Where they go on.
    pub pager: Pager,
    /// Lines that wait to be posted.
    pub to_post: i64,
    /// What posting would do, where that was asked.
    pub preview: Option<Vec<Consequence>>,
}

/// A line of a count. Empty numbers are kept back, or not there.
#[derive(Clone, Debug, Default)]
pub struct LineRow {
    /// Its number.
    pub line: u32,
    /// Part.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Lot.
    pub lot: String,
    /// How it stands, in words.
    pub state: String,
    /// Pieces that the ledger knew at the moment of counting, or at the planning.
    pub expected: Option<i64>,
    /// Pieces that moved between the planning and the counting.
    pub moved: i64,
    /// Pieces counted.
    pub counted: Option<i64>,
    /// Pieces more or fewer.
    pub variance: Option<i64>,
    /// Who counted last.
    pub counted_by: String,
    /// Why it could not be booked.
    pub refusal: String,
    /// Whether a recount can be asked for.
    pub decided: bool,
}

/// What posting does to one line.
#[derive(Clone, Debug, Default)]
pub struct Consequence {
    /// The line.
    pub line: u32,
    /// Part, lot and place in words.
    pub what: String,
    /// Pieces more or fewer.
    pub variance: i64,
    /// What stands in the way.
    pub refusal: String,
}

/// The document.
pub fn page(model: &CountPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &CountPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &CountPage) -> Markup {
    let address = format!("/counts/{}", model.id);
    html! {
        (heading(&model.name, &model.state))
        div id="answer" tabindex="-1" {
            @for message in &model.messages { (state::message(message)) }
            @if let Some(preview) = &model.preview { (consequences(model, &address, preview)) }
        }
        section class="panel" {
            dl class="facts" {
                @for (words, figure) in &model.facts { div { dt { (words) } dd { (figure) } } }
                div { dt { "Planned by " (model.planned_by) } dd { (time(&model.planned_at)) } }
            }
            div class="form-actions" {
                @if model.open {
                    a class="button primary" href={ (address) "/enter" } { (icon(Icon::Check)) "Count" }
                    a class="button" href={ (address) "/sheet" } { (icon(Icon::Print)) "Count sheet" }
                }
                a class="button plain" href="/counts" { "All counts" }
            }
        }
        nav class="form-actions" aria-label="Which lines" {
            (shown(model, &address, "", "All lines"))
            (shown(model, &address, "waiting", "To be counted"))
            @if model.decides { (shown(model, &address, "different", "With a difference")) }
        }
        @if model.open && model.decides {
            form id="decide" method="post" action=(address) data-book aria-label="Decide about lines" {
                (guards(&model.shell.csrf, &model.idempotency_key, &[]))
                (lines(model))
                (pager::pager(&model.pager))
                (decisions(model))
            }
        } @else {
            (lines(model))
            (pager::pager(&model.pager))
        }
    }
}

fn shown(model: &CountPage, address: &str, show: &str, words: &str) -> Markup {
    let address =
        if show.is_empty() { address.to_owned() } else { format!("{address}?show={show}") };
    html! {
        a class="button" href=(address) aria-current=[(model.show == show).then_some("true")] { (words) }
    }
}

fn lines(model: &CountPage) -> Markup {
    let ticks = model.open && model.decides;
    let mut columns = vec![
        Column::lead("Place"),
        Column::text("Part"),
        Column::text("Lot"),
        Column::number("Expected"),
        Column::number("Counted"),
        Column::main("Difference"),
        Column::text("State"),
    ];
    if ticks {
        columns.push(Column::text("Again"));
    }
    let row = |line: &LineRow| {
        let mut cells = vec![
            Some(html! { span class="code" { (line.location) " · " (line.operation) } }),
            code(&line.part),
            code(&line.lot),
            line.expected.map(|expected| expected_cell(expected, line.moved)),
            line.counted.map(|counted| html! { (pieces(counted)) }),
            line.variance.map(|variance| html! { span class="qty" { (change(variance)) } }),
            Some(state_cell(line)),
        ];
        if ticks {
            let again = || tick("decide", "line", &line.line.to_string(), "recount", false);
            cells.push(line.decided.then(again));
        }
        Row::of(cells)
    };
    let table = Table {
        id: "count-lines",
        caption: "Lines of the count".to_owned(),
        columns,
        rows: model.lines.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if model.lines.is_empty() { p class="quiet" { "No such line." } } @else { (table) }
    }
}

fn expected_cell(expected: i64, moved: i64) -> Markup {
    html! {
        (pieces(expected))
        @if moved != 0 { br; span class="small quiet" { (change(moved)) " moved meanwhile" } }
    }
}

fn state_cell(line: &LineRow) -> Markup {
    html! {
        (line.state)
        @if !line.counted_by.is_empty() { span class="small quiet" { " · " (line.counted_by) } }
        @if !line.refusal.is_empty() { br; (icon(Icon::Warning)) " " (line.refusal) }
    }
}

fn decisions(model: &CountPage) -> Markup {
    html! {
        div class="panel no-print" {
            p class="quiet" {
                (pieces(model.to_post)) " decided lines wait to be posted. Look at the consequences first; lines that are refused wait and say why."
            }
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="preview" { (icon(Icon::Search)) "Show what posting does" }
                button class="button" type="submit" name="action" value="recount" { (icon(Icon::Undo)) "Count ticked lines again" }
            }
            (tick("decide", "sure", "yes", "Give the count up; what was posted stays", false))
            div class="form-actions" {
                button class="button danger" type="submit" name="action" value="cancel" { "Give up" }
            }
        }
    }
}

fn consequences(model: &CountPage, address: &str, preview: &[Consequence]) -> Markup {
    let refused = preview.iter().any(|line| !line.refusal.is_empty());
    html! {
        section class="panel" aria-label="What posting does" {
            h2 { "What posting does" }
            @if preview.is_empty() {
                p { "Nothing differs: " (pieces(model.to_post)) " lines are posted as they are." }
            } @else {
                ul class="places" {
                    @for line in preview {
                        li {
                            span class="where" { (line.what) }
                            span class="qty" { (change(line.variance)) }
                            @if !line.refusal.is_empty() { span class="more" { (icon(Icon::Warning)) " " (line.refusal) } }
                        }
                    }
                }
            }
            form id="post" method="post" action=(address) data-book aria-label="Post the count" {
                (guards(&model.shell.csrf, &format!("{}-post", model.idempotency_key), &[]))
                @if refused {
                    (tick("post", "confirm", "on_hold", "Override holds", false))
                    (tick("post", "confirm", "implausible_quantity", "The quantities are right", false))
                }
                (tick("post", "leave_uncounted", "yes", "Close the count; leave lines that nobody counted", false))
                div class="form-actions" {
                    button class="button primary" type="submit" name="action" value="post" { (icon(Icon::Check)) "Post" }
                    a class="button plain" href=(address) { "Not yet" }
                }
            }
        }
    }
}
