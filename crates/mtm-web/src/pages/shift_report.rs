//! `/shift-report`: what each shift did.

use axum::extract::State;
use mtm_app::report::{Days, ShiftFigures, ShiftItem, ShiftSum};
use mtm_core::movement::MovementType;

use super::frame::Page;
use super::throughput::{day, number, words_of};
use super::visit::Visit;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::page::shift_report::{self, Figures, ShiftLine, ShiftReportPage};
use crate::web::Shared;

/// `GET /shift-report`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let (from, from_entry) = day(visit.query.text("from"));
    let (to, to_entry) = day(visit.query.text("to"));
    let asked = [("from", from), ("to", to)];
    let asked = asked.into_iter().filter_map(|(name, day)| Some((name, day?.to_string())));
    let mut model = ShiftReportPage {
        shell: visit.shell(&web, "What each shift did", None),
        from: from_entry,
        to: to_entry,
        asked: asked.collect(),
        ..ShiftReportPage::default()
    };
    match web.app().shift_figures(&visit.who, Days { from, to }).await {
        Ok(figures) => model.shifts = lines(&figures),
        Err(error) => model.refused = words_of(error)?,
    }
    Ok(Page::draw(&visit.manner, &model, shift_report::page, shift_report::fragment))
}

/// The newest first: what somebody looks for is what just happened.
fn lines(figures: &ShiftFigures) -> Vec<ShiftLine> {
    figures.items.iter().rev().map(line).collect()
}

fn line(item: &ShiftItem) -> ShiftLine {
    ShiftLine {
        name: match &item.shift {
            Some(shift) => format!("{}, shift {shift}", item.day),
            None => format!("{}, between shifts", item.day),
        },
        begins: item.begins.to_string(),
        ends: item.ends.to_string(),
        sum: sums(item.movements, &item.types),
        operations: item
            .operations
            .iter()
            .map(|it| (it.operation.to_string(), sums(it.movements, &it.types)))
            .collect(),
    }
}

fn sums(movements: u64, types: &[ShiftSum]) -> Figures {
    let of = |kind: MovementType| {
        types.iter().find(|sum| sum.kind == kind).map_or(0, |sum| sum.quantity.whole())
    };
    Figures {
        movements: number(movements),
        received: of(MovementType::In),
        moved: of(MovementType::Transfer),
        taken: of(MovementType::Out),
        scrapped: of(MovementType::Scrap),
        corrected: of(MovementType::Adjust).saturating_add(of(MovementType::Opening)),
        undone: of(MovementType::Reversal),
    }
}
