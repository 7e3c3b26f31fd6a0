//! `/throughput`: what moved, per day, shift or hour.

use std::collections::BTreeMap;

use axum::extract::State;
use jiff::civil::Date;
use mtm_app::AppError;
use mtm_app::report::{Days, Period, Throughput, ThroughputAsk, ThroughputItem};
use mtm_core::movement::MovementType;
use mtm_core::word::OperationCode;

use super::frame::{Page, is_ours, sentence};
use super::visit::Visit;
use super::words;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::page::throughput::{self, ThroughputPage, ThroughputRow, ThroughputSum};
use crate::web::Shared;

/// `GET /throughput`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let query = &visit.query;
    let by = match query.text("by") {
        "shift" => Period::Shift,
        "hour" => Period::Hour,
        _ => Period::Day,
    };
    let (from, from_entry) = day(query.text("from"));
    let (to, to_entry) = day(query.text("to"));
    let operation = Entry::holding(query.text("operation"));
    let (operation, operation_entry) = match query.given("operation") {
        None => (None, operation),
        Some(text) => match text.parse::<OperationCode>() {
            Ok(code) => (Some(code), operation),
            Err(error) => (None, operation.refused(sentence(&error.to_string()))),
        },
    };
    let ask = ThroughputAsk { days: Days { from, to }, period: by, operation };
    let mut model = ThroughputPage {
        shell: visit.shell(&web, "What moved", None),
        days: days(from, to),
        from: from_entry,
        to: to_entry,
        period: Entry::holding(key(by)),
        operation: operation_entry,
        ..ThroughputPage::default()
    };
    match web.app().throughput(&visit.who, ask).await {
        Ok(figures) => fill(&mut model, &figures, by),
        Err(error) => model.refused = words_of(error)?,
    }
    Ok(Page::draw(&visit.manner, &model, throughput::page, throughput::fragment))
}

const fn key(by: Period) -> &'static str {
    match by {
        Period::Day => "day",
        Period::Shift => "shift",
        Period::Hour => "hour",
    }
}

/// The day of a field; an entry that says so where it is none.
pub(super) fn day(text: &str) -> (Option<Date>, Entry) {
    let entry = Entry::holding(text);
    match text.parse() {
        _ if text.is_empty() => (None, entry),
        Ok(day) => (Some(day), entry),
        Err(_) => (None, entry.refused("This is not a day. Write it like 2026-11-23.")),
    }
}

/// The days asked for, in words.
fn days(from: Option<Date>, to: Option<Date>) -> String {
    match (from, to) {
        (None, None) => "today".to_owned(),
        (Some(from), None) => format!("since {from}"),
        (None, Some(to)) => format!("on {to}"),
        (Some(from), Some(to)) if from == to => format!("on {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    }
}

/// Why there are no figures.
pub(super) fn words_of(error: AppError) -> Result<String, Problem> {
    let problem = Problem::from(error);
    if is_ours(&problem) {
        return Err(problem);
    }
    Ok(sentence(problem.detail()))
}

/// Newest periods first: what somebody looks for is what just happened.
fn fill(model: &mut ThroughputPage, figures: &Throughput, by: Period) {
    let mut sums: BTreeMap<&str, (MovementType, i64, i64)> = BTreeMap::new();
    for item in &figures.items {
        let sum = sums.entry(item.kind.as_str()).or_insert((item.kind, 0, 0));
        sum.1 = sum.1.saturating_add(number(item.movements));
        sum.2 = sum.2.saturating_add(item.quantity.whole());
    }
    model.sums = sums
        .into_values()
        .map(|(kind, movements, quantity)| ThroughputSum {
            kind: words::kind(kind),
            movements,
            quantity,
        })
        .collect();
    let mut items: Vec<&ThroughputItem> = figures.items.iter().collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.begins));
    model.rows = items.into_iter().map(|item| row(item, by)).collect();
}

fn row(item: &ThroughputItem, by: Period) -> ThroughputRow {
    ThroughputRow {
        period: match &item.shift {
            Some(shift) => format!("{}, shift {shift}", item.day),
            None if by == Period::Shift => format!("{}, between shifts", item.day),
            None => item.day.clone(),
        },
        begins: if by == Period::Hour { item.begins.to_string() } else { String::new() },
        kind: words::kind(item.kind),
        operation: item.operation.to_string(),
        movements: number(item.movements),
        quantity: item.quantity.whole(),
    }
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
