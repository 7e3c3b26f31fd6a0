//! `/dashboard`: the floor at a glance.

use axum::extract::State;
use mtm_app::report::{AgeingItem, Dashboard, HourItem, WipItem};

use super::frame::Page;
use super::minimum::line;
use super::visit::Visit;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::page::dashboard::{self, AgeRow, DashboardPage, HourBar, QueueRow};
use crate::web::Shared;

/// `GET /dashboard`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let figures = web.app().dashboard(&visit.who).await?;
    let mut model = DashboardPage {
        shell: visit.shell(&web, "Dashboard", None),
        since: figures.since.to_string(),
        ..DashboardPage::default()
    };
    fill(&mut model, &figures);
    Ok(Page::draw(&visit.manner, &model, dashboard::page, dashboard::fragment))
}

fn fill(model: &mut DashboardPage, figures: &Dashboard) {
    model.queues = figures.operations.iter().map(queue).collect();
    model.hours = figures.hours.iter().map(hour).collect();
    model.scrapped = figures.scrap.iter().map(|item| item.scrapped.whole()).sum();
    model.share = figures.share;
    model.counted = number(figures.counted);
    model.accuracy = figures.accuracy;
    model.holds = number(figures.holds);
    model.below_minimum = number(figures.below_minimum);
    model.minimums = figures.minimums.iter().map(line).collect();
    for item in &figures.ageing {
        age(&mut model.ageing, item);
    }
}

fn queue(item: &WipItem) -> QueueRow {
    QueueRow {
        operation: item.operation.to_string(),
        buckets: number(item.buckets),
        quantity: item.quantity.whole(),
        oldest: item.oldest.as_ref().map(ToString::to_string).unwrap_or_default(),
        arrived: item.arrived.whole(),
        left: item.left.whole(),
        scrapped: item.scrapped.whole(),
        growth: item.growth,
        hours_to_clear: item.hours_to_clear,
        bottleneck: item.bottleneck,
    }
}

fn hour(item: &HourItem) -> HourBar {
    HourBar { begins: item.begins.to_string(), movements: number(item.movements) }
}

/// Items come operation by operation.
fn age(rows: &mut Vec<AgeRow>, item: &AgeingItem) {
    let operation = item.operation.to_string();
    if rows.last().is_none_or(|row| row.operation != operation) {
        rows.push(AgeRow { operation, ..AgeRow::default() });
    }
    let Some(row) = rows.last_mut() else { return };
    let pieces = item.quantity.whole();
    match item.age {
        "under_1_day" => row.day = pieces,
        "under_3_days" => row.three_days = pieces,
        "under_7_days" => row.week = pieces,
        "under_30_days" => row.month = pieces,
        _ => row.older = pieces,
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
