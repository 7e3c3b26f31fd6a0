//! `/counts/{id}/sheet`: the count sheet for paper.

use axum::extract::State;
use mtm_app::count::CountLineView;
use mtm_app::query::{Cursor, PageRequest};
use mtm_app::record::LineFilter;
use mtm_core::code::Code;
use mtm_core::scan::Sheet;
use mtm_core::word::CountId;

use super::super::frame::Page;
use super::super::visit::Visit;
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::page::count_sheet::{self, CountSheetPage, SheetLine};
use crate::web::Shared;

/// Lines read at a time.
const CHUNK: u16 = 1_000;

/// `GET /counts/{id}/sheet`: every line that waits for somebody to count.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<CountId>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let count = web.app().stock_count(&visit.who, id).await?;
    let mut lines = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let decoded = cursor.as_deref().map(Cursor::decode).transpose();
        let decoded = decoded.map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        let page = PageRequest { limit: CHUNK, cursor: decoded, count: false };
        let filter = LineFilter { waiting: true, ..LineFilter::default() };
        let found = web.app().blind_lines(&visit.who, id, filter, page).await?;
        lines.extend(found.items.into_iter().map(|it| line(id, it)));
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let model = CountSheetPage {
        shell: visit.shell(&web, &count.name, None),
        id: id.to_string(),
        code: Sheet { count: id, line: None }.text(),
        planned_by: count.planned_by,
        planned_at: count.planned_at.to_string(),
        name: count.name,
        lines,
    };
    Ok(Page::draw(&visit.manner, &model, count_sheet::page, count_sheet::fragment))
}

fn line(count: CountId, line: CountLineView) -> SheetLine {
    SheetLine {
        scan: Sheet { count, line: Some(line.line) }.text(),
        line: line.line,
        location: line.location.to_string(),
        part: line.part.to_string(),
        operation: line.operation.to_string(),
        lot: line.lot.map(|lot| lot.to_string()).unwrap_or_default(),
    }
}
