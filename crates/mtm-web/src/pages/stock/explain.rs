//! `/stock/explain`: the movements that make a number.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::State;
use futures_util::future::try_join_all;
use mtm_app::query::ExplainQuery;
use mtm_core::code::Code;

use super::is_foreign_cursor;
use crate::pages::filter::{self, moment};
use crate::pages::form::Form;
use crate::pages::frame::Page;
use crate::pages::visit::Visit;
use crate::pages::words;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::bucket::Movement;
use crate::ui::components::layout::Screen;
use crate::ui::page::explain::{self, ExplainItem, ExplainPage};
use crate::web::{Shared, Web};

const PATH: &str = "/stock/explain";

/// `GET /stock/explain`.
pub(in crate::pages) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let query = &visit.query;
    let (as_of, _) = moment(query, "as_of", &web.app().site().zone);
    let wanted = ExplainQuery {
        part: word(query, "part")?,
        operation: word(query, "operation")?,
        location: word(query, "location")?,
        lot: word(query, "lot")?,
        as_of,
        page: filter::page(query),
    };
    let ledger = web.app().ledger();
    let explanation = match ledger.explain(wanted.clone()).await {
        Err(error) if is_foreign_cursor(&error) => {
            let page = mtm_app::query::PageRequest { cursor: None, ..wanted.page.clone() };
            ledger.explain(ExplainQuery { page, ..wanted }).await?
        }
        other => other?,
    };
    let items = try_join_all(explanation.items.iter().map(|item| draw(&web, item))).await?;
    let shown = match items.len() {
        1 => "1 movement".to_owned(),
        many => format!("{many} movements, newest first"),
    };
    let model = ExplainPage {
        shell: visit.shell(&web, "Explain this number", Some(Screen::Stock)),
        part: query.text("part").to_owned(),
        operation: query.text("operation").to_owned(),
        location: query.text("location").to_owned(),
        lot: query.text("lot").to_owned(),
        quantity: explanation.quantity.whole(),
        as_of: explanation.as_of.to_string(),
        opening: explanation.opening,
        items,
        pager: filter::pager(PATH, query, shown, explanation.next_cursor.as_deref()),
    };
    Ok(Page::draw(&visit.manner, &model, explain::page, explain::fragment))
}

async fn draw(web: &Web, item: &mtm_app::query::ExplainItem) -> Result<ExplainItem, Problem> {
    let row = web.app().ledger().movement(item.movement_id).await?;
    let movement = row.as_ref().map_or_else(
        || Movement {
            id: item.movement_id.to_string(),
            kind: words::kind(item.kind),
            lot: item.lot.to_string(),
            user: item.user.clone(),
            recorded_at: item.recorded_at.to_string(),
            ..Movement::default()
        },
        words::movement,
    );
    Ok(ExplainItem { movement, delta: item.delta, balance: item.balance })
}

/// A code of the address. What cannot be a code has no number to explain.
fn word<T: FromStr>(query: &Form, name: &'static str) -> Result<Option<T>, Problem>
where
    T::Err: Display,
{
    query
        .given(name)
        .map(|text| text.parse())
        .transpose()
        .map_err(|error: T::Err| Problem::field(Code::InvalidParameter, name, error.to_string()))
}
