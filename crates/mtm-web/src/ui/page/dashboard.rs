//! The floor at a glance: queues by operation, ages, today's hours, scrap, holds.

use maud::{Markup, html};

use super::minimum::{self, MinimumLine};
use crate::ui::{
    components::{
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        state::{self, Empty},
        table::{self, Column, Row, Table},
    },
    format::{change, counted, link, percent, pieces, time},
};

/// A ledger that is right less often wants to be looked at: inventory record accuracy of 97 % is
/// where plans made from it begin to hold.
const ACCURATE: f64 = 0.97;

/// What the dashboard shows.
#[derive(Clone, Debug, Default)]
pub struct DashboardPage {
    /// Frame.
    pub shell: Shell,
    /// From when on what came and went is counted, RFC 3339 UTC.
    pub since: String,
    /// Queues, in the order of the operations.
    pub queues: Vec<QueueRow>,
    /// What waits, by operation and age.
    pub ageing: Vec<AgeRow>,
    /// The hours of today so far.
    pub hours: Vec<HourBar>,
    /// Pieces scrapped today.
    pub scrapped: i64,
    /// Good ones of all that left their operation today, 0 to 1.
    pub share: Option<f64>,
    /// Lines counted in the last 30 days.
    pub counted: i64,
    /// Those of them where the ledger was right, 0 to 1.
    pub accuracy: Option<f64>,
    /// Holds that are not released.
    pub holds: i64,
    /// Parts below their minimum stock.
    pub below_minimum: i64,
    /// The emptiest of them.
    pub minimums: Vec<MinimumLine>,
}

/// The queue of an operation.
#[derive(Clone, Debug, Default)]
pub struct QueueRow {
    /// Operation.
    pub operation: String,
    /// Buckets.
    pub buckets: i64,
    /// Pieces.
    pub quantity: i64,
    /// When the oldest lot was received, RFC 3339 UTC; empty where nothing waits.
    pub oldest: String,
    /// Pieces that came lately.
    pub arrived: i64,
    /// Pieces that went on lately.
    pub left: i64,
    /// Pieces scrapped lately.
    pub scrapped: i64,
    /// By how many pieces the queue grew.
    pub growth: i64,
    /// Hours until it is empty at the pace of lately.
    pub hours_to_clear: Option<f64>,
    /// Whether it grew most.
    pub bottleneck: bool,
}

/// What waits at an operation, by age.
#[derive(Clone, Debug, Default)]
pub struct AgeRow {
    /// Operation.
    pub operation: String,
    /// Pieces received less than a day ago.
    pub day: i64,
    /// One to three days ago.
    pub three_days: i64,
    /// Three to seven.
    pub week: i64,
    /// Seven to thirty.
    pub month: i64,
    /// Longer ago.
    pub older: i64,
}

/// An hour of today.
#[derive(Clone, Debug, Default)]
pub struct HourBar {
    /// When it begins, RFC 3339 UTC.
    pub begins: String,
    /// Movements.
    pub movements: i64,
}

/// The document.
pub fn page(model: &DashboardPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &DashboardPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &DashboardPage) -> Markup {
    html! {
        (heading("Dashboard", "What waits, what moves, what is lost"))
        (tiles(model))
        @if model.queues.is_empty() {
            (state::empty(&Empty {
                title: "Nothing waits".into(),
                text: "Nothing is on hand, and nothing moved in the last eight hours.".into(),
                action: Some(("Receive".into(), "/in".into())),
            }))
        } @else {
            h2 { "Queues by operation" }
            p class="quiet" { "What came and went is counted since " (time(&model.since)) "." }
            (queues(model))
            div class="columns" {
                section aria-labelledby="hours-title" {
                    h2 id="hours-title" { "Movements today, by the hour" }
                    (hours(model))
                }
                section aria-labelledby="ageing-title" {
                    h2 id="ageing-title" { "How long pieces have been here" }
                    (ageing(model))
                }
            }
        }
        @if !model.minimums.is_empty() {
            section aria-labelledby="minimum-title" {
                h2 id="minimum-title" { "Below minimum" }
                (minimum::table("dashboard-minimums", &model.minimums))
                @if usize::try_from(model.below_minimum).is_ok_and(|all| all > model.minimums.len()) {
                    p { a href="/minimum" { "All " (model.below_minimum) " parts below their minimum" } }
                }
            }
        }
        p class="form-actions" {
            a class="button plain" href="/throughput" { (icon(Icon::Adjust)) "What moved" }
            a class="button plain" href="/shift-report" { (icon(Icon::Clock)) "What each shift did" }
            a class="button plain" href="/stock" { (icon(Icon::Stock)) "Stock" }
            (state::print_button())
        }
    }
}

fn tiles(model: &DashboardPage) -> Markup {
    let waiting = model.queues.iter().map(|queue| queue.quantity).sum();
    let buckets = model.queues.iter().map(|queue| queue.buckets).sum();
    let moved = model.hours.iter().map(|hour| hour.movements).sum();
    let worst = model.queues.iter().find(|queue| queue.bottleneck);
    html! {
        section class="tiles" id="dashboard-tiles" data-live="*" aria-label="At a glance" {
            (tile("Waiting", &pieces(waiting), &format!("pieces in {}", counted(buckets, "bucket", "buckets")), ""))
            @match worst {
                Some(queue) => {
                    (tile("Queue that grows", &queue.operation, &format!("{} pieces in eight hours", change(queue.growth)), "ask"))
                }
                None => { (tile("Queue that grows", "None", "in eight hours", "ok")) }
            }
            (tile("Movements today", &pieces(moved), "booked and not undone", ""))
            (tile("Yield today", &model.share.map_or_else(|| "–".to_owned(), percent), "good ones of all that left", ""))
            (tile("Scrapped today", &pieces(model.scrapped), "pieces", if model.scrapped > 0 { "bad" } else { "" }))
            (tile("Ledger right", &model.accuracy.map_or_else(|| "–".to_owned(), percent), &format!("of {} counted in 30 days", counted(model.counted, "line", "lines")), if model.accuracy.is_some_and(|share| share < ACCURATE) { "ask" } else { "" }))
            (tile("Below minimum", &pieces(model.below_minimum), if model.below_minimum == 1 { "part" } else { "parts" }, if model.below_minimum > 0 { "ask" } else { "" }))
            (tile("On hold", &pieces(model.holds), if model.holds == 1 { "hold" } else { "holds" }, if model.holds > 0 { "ask" } else { "" }))
        }
    }
}

fn tile(label: &str, figure: &str, more: &str, tone: &str) -> Markup {
    html! {
        div class={ "tile panel " (tone) } {
            h2 class="tile-label" { (label) }
            p class="figure-big" { (figure) }
            p class="small quiet" { (more) }
        }
    }
}

fn queues(model: &DashboardPage) -> Markup {
    let longest = model.queues.iter().map(|queue| queue.quantity).max().unwrap_or(0);
    let draw = |queue: &QueueRow| {
        let name = html! {
            a href=(link("/stock", &[("operation", &queue.operation)])) { (queue.operation) }
            @if queue.bottleneck { " " span class="badge hold" { "grows most" } }
        };
        let row = vec![
            Some(name),
            Some(html! {
                span class="qty" { (pieces(queue.quantity)) }
                (bar(queue.quantity, longest))
            }),
            count(queue.buckets),
            count(queue.arrived),
            count(queue.left),
            count(queue.scrapped),
            (queue.growth != 0).then(|| {
                html! { span class=[(queue.growth > 0).then_some("grows")] { (change(queue.growth)) } }
            }),
            queue.hours_to_clear.map(|hours| html! { (duration(hours)) }),
            (!queue.oldest.is_empty())
                .then(|| html! { span class="small" { (time(&queue.oldest)) } }),
        ];
        Row { selected: queue.bottleneck, ..Row::of(row) }
    };
    html! {
        (Table {
            id: "dashboard-queues",
            caption: "What waits at each operation, and what came and went in eight hours".into(),
            columns: vec![
                Column::lead("Operation"), Column::main("Waiting"), Column::number("Buckets"),
                Column::number("Arrived"), Column::number("Left"), Column::number("Scrapped"),
                Column::number("Growth"), Column::number("Clears in"), Column::text("Oldest"),
            ],
            rows: model.queues.iter().map(draw).collect(),
            total: None,
            live: "*".into(),
        })
    }
}

/// Nothing where nothing happened: what did is what somebody looks for.
fn count(number: i64) -> Option<Markup> {
    (number != 0).then(|| html! { (pieces(number)) })
}

/// A bar of `value` where the longest one is `most`; drawn, not told: the number stands beside it.
fn bar(value: i64, most: i64) -> Markup {
    html! {
        svg class="meter" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect class="meter-ground" width="1000" height="10" {}
            rect class="meter-value" width=(share(value, most)) height="10" {}
        }
    }
}

/// In thousandths.
fn share(value: i64, most: i64) -> i64 {
    let share = i128::from(value.max(0)) * 1_000 / i128::from(most.max(1));
    i64::try_from(share).unwrap_or(1_000).min(1_000)
}

fn hours(model: &DashboardPage) -> Markup {
    let busiest = model.hours.iter().map(|hour| hour.movements).max().unwrap_or(0);
    html! {
        ol class="hours panel" id="dashboard-hours" data-live="*" {
            @for hour in &model.hours {
                li {
                    span class="small" { (time(&hour.begins)) }
                    (bar(hour.movements, busiest))
                    span class="qty" { (pieces(hour.movements)) }
                }
            }
        }
    }
}

fn ageing(model: &DashboardPage) -> Markup {
    let draw = |row: &AgeRow| {
        Row::of(vec![
            table::text(&row.operation),
            count(row.day),
            count(row.three_days),
            count(row.week),
            count(row.month),
            count(row.older),
        ])
    };
    html! {
        (Table {
            id: "dashboard-ageing",
            caption: "Pieces by operation and by how long ago their lots were received".into(),
            columns: vec![
                Column::lead("Operation"), Column::number("Under 1 day"), Column::number("1–3 days"),
                Column::number("3–7 days"), Column::number("7–30 days"), Column::number("Longer"),
            ],
            rows: model.ageing.iter().map(draw).collect(),
            total: None,
            live: "*".into(),
        })
    }
}

/// Hours as people say them.
fn duration(hours: f64) -> String {
    if hours < 48.0 { format!("{hours:.1} h") } else { format!("{:.1} days", hours / 24.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_within_their_ground() {
        assert_eq!(share(5, 10), 500);
        assert_eq!(share(0, 0), 0);
        assert_eq!(share(-3, 10), 0);
        assert_eq!(share(i64::MAX, 1), 1_000);
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(duration(3.25), "3.2 h");
        assert_eq!(duration(120.0), "5.0 days");
    }
}
