//! What the In page knows before anything is typed: shortcuts, the part's whereabouts, the
//! person's last bookings.

use futures_util::future::try_join_all;
use mtm_app::query::{
    GroupBy, HistoryQuery, MovementRow, PageRequest, Pattern, StockGroup, StockQuery,
};
use mtm_core::catalogue::PartRecord;
use mtm_core::movement::MovementType;
use mtm_core::word::{LocationCode, OperationCode, PartCode};

use crate::pages::route;
use crate::pages::visit::Visit;
use crate::pages::words;
use crate::problem::Problem;
use crate::ui::components::field::Choice;
use crate::ui::components::layout::Screen;
use crate::ui::components::quick::QuickButton;
use crate::ui::page::receive::{PartContext, Place, ReceivePage, Recent};
use crate::web::Web;

const MOST_PLACES: usize = 6;
const RECENT: u16 = 6;

/// An empty form with a fresh key, for the part that was chosen, if one was.
pub(super) async fn blank<N>(
    web: &Web,
    visit: &Visit<N>,
    part: &str,
) -> Result<ReceivePage, Problem> {
    let app = web.app();
    let catalogue = app.catalogue();
    let known = PartCode::parse(part).ok().and_then(|code| catalogue.part(&code).cloned());
    let context = match &known {
        Some(part) => Some(context(web, part).await?),
        None => None,
    };
    let mut colors: Vec<String> = catalogue
        .colors
        .iter()
        .filter(|color| color.header.retired_at.is_none())
        .map(|color| color.code.to_string())
        .collect();
    colors.sort_unstable();
    let quick = app.ledger().quick_buttons(visit.who.user).await?;
    Ok(ReceivePage {
        shell: visit.shell(web, "In", Some(Screen::In)),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        quick: quick.into_iter().map(shortcut).collect(),
        colors: colors.into_iter().map(|color| Choice::new(color.clone(), color)).collect(),
        asks_color: known.as_ref().is_some_and(|part| part.requires_color),
        asks_work_order: known.as_ref().is_some_and(|part| part.requires_work_order),
        context,
        recent: recent(web, visit).await?,
        ..ReceivePage::default()
    })
}

fn shortcut(button: mtm_app::record::QuickButton) -> QuickButton {
    QuickButton {
        slot: button.slot,
        part: button.part.to_string(),
        operation: button.operation.to_string(),
        quantity: button.quantity.whole(),
        location: button.location.map(|location| location.to_string()).unwrap_or_default(),
    }
}

/// Where a part stands, exactly: the sums are the ledger's own.
async fn context(web: &Web, part: &PartRecord) -> Result<PartContext, Problem> {
    let ledger = web.app().ledger();
    let whole = StockQuery { part: Some(exactly(part.code.as_str())), ..StockQuery::default() };
    let all = PageRequest { limit: mtm_app::query::MAX_LIMIT, ..PageRequest::default() };
    let (total, mut places, last) = tokio::try_join!(
        ledger.stock_groups(whole.clone(), vec![GroupBy::Part]),
        ledger.stock_groups(
            StockQuery { page: all, ..whole.clone() },
            vec![GroupBy::Location, GroupBy::Operation],
        ),
        ledger.history(HistoryQuery {
            part: whole.part.clone(),
            kinds: vec![MovementType::In],
            page: PageRequest { limit: 1, ..PageRequest::default() },
            ..HistoryQuery::default()
        }),
    )?;
    places.items.sort_by_key(|place| std::cmp::Reverse(place.quantity));
    let more_places = places.items.len().saturating_sub(MOST_PLACES);
    places.items.truncate(MOST_PLACES);
    let shown = places.items.iter().map(|group| place(web, &whole, group));
    let last = last.items.first();
    let text = |code: Option<String>| code.unwrap_or_default();
    let (catalogue, now) = (web.app().catalogue(), web.app().clock().now());
    let routing = route::operations(&catalogue, part, now);
    let routing: Vec<String> = routing.iter().map(OperationCode::to_string).collect();
    let routed = catalogue.routings.in_force(part.row, now).is_some();
    // What the routing does not know is not what should come next.
    let usual = last.and_then(|row| row.operation.as_ref()).map(OperationCode::to_string);
    let usual = usual.filter(|usual| !routed || routing.contains(usual));
    Ok(PartContext {
        part: part.code.to_string(),
        description: part.header.description.clone().unwrap_or_default(),
        total: total.items.first().map_or(0, |group| group.quantity.whole()),
        places: try_join_all(shown).await?,
        more_places: i64::try_from(more_places).unwrap_or(i64::MAX),
        last_location: text(
            last.and_then(|row| row.location.as_ref()).map(LocationCode::to_string),
        ),
        next_operation: text(usual.or_else(|| routing.first().cloned())),
        routing,
    })
}

/// One place with the age of its oldest lot: stock is ordered by receipt within a place.
async fn place(web: &Web, part: &StockQuery, group: &StockGroup) -> Result<Place, Problem> {
    let location = group.location.as_ref().map(ToString::to_string).unwrap_or_default();
    let operation = group.operation.as_ref().map(ToString::to_string).unwrap_or_default();
    let query = StockQuery {
        location: Some(exactly(&location)),
        operation: Some(exactly(&operation)),
        page: PageRequest { limit: 1, ..PageRequest::default() },
        ..part.clone()
    };
    let oldest = web.app().ledger().stock(query).await?;
    Ok(Place {
        location,
        operation,
        quantity: group.quantity.whole(),
        lots: i64::try_from(group.lots).unwrap_or(i64::MAX),
        oldest_at: oldest.items.first().map(|row| row.received_at.to_string()).unwrap_or_default(),
    })
}

/// A code that exists stands for itself, whatever characters it has.
fn exactly(code: &str) -> Pattern {
    Pattern::Exact(code.to_owned())
}

async fn recent<N>(web: &Web, visit: &Visit<N>) -> Result<Vec<Recent>, Problem> {
    let query = HistoryQuery {
        user: Some(Pattern::Exact(mtm_core::word::fold(visit.who.name.as_str()))),
        page: PageRequest { limit: RECENT, ..PageRequest::default() },
        ..HistoryQuery::default()
    };
    let rows = web.app().ledger().history(query).await?.items;
    Ok(rows.iter().map(draw_recent).collect())
}

fn draw_recent(row: &MovementRow) -> Recent {
    let movement = words::movement(row);
    Recent {
        kind: movement.kind,
        quantity: movement.quantity,
        place: words::path(&movement),
        part: movement.part,
        recorded_at: movement.recorded_at,
        undone: !movement.reversed_by.is_empty(),
    }
}
