//! Everything that can break while an ERP is read: nothing is lost, nothing is counted twice, and the state
//! says what is so.

use std::sync::Arc;
use std::time::Duration;

use mtm_app::erp::{ReadingError, What};
use mtm_app::guards::{Settings, State};
use mtm_app::integration::{IntegrationKind, IntegrationState};
use mtm_connect::erp::fake::Books;
use mtm_connect::erp::{ErpError, Way};
use mtm_core::erp::protocol::{FailedKind, Table};
use mtm_core::guard::Hold;
use mtm_store::record::ErpState;

use super::{ERP, HOUR, SECOND, Site};

const DAY: &str = "2026-11-22 08:00:00";

fn books(rows: i64) -> Books {
    let books = Books::default();
    for id in 1..=rows {
        post(&books, id, "I", "2");
    }
    books
}

fn post(books: &Books, id: i64, kind: &str, quantity: &str) {
    books.post(id, [kind, "R", quantity, DAY, "MAIN", "FLOOR", "P-1"]);
}

async fn floor(site: &Site) -> i64 {
    let key = ["P-1", "MAIN", "FLOOR"].map(str::to_owned);
    let [part, warehouse, location] = key;
    site.sums().await.get(&(part, warehouse, location)).copied().unwrap_or(0) / 1_000_000
}

#[tokio::test]
async fn a_login_that_may_write_is_refused_until_it_is_another() {
    let books = books(3);
    books.let_write(true);
    let site = Site::reading(Way::fake(books.clone())).await;
    let mut reader = site.reader();
    let refused = reader.round(What::Due).await.unwrap_err();
    assert!(matches!(refused, ReadingError::MayWrite(_)), "{refused:?}");
    let state = site.state().await;
    assert_eq!((state.state, state.cause.as_deref()), (ErpState::Refused, Some("erp_may_write")));
    assert!(state.last_error.unwrap().contains("SELECT and nothing else"));
    // Nothing was asked of its tables.
    assert!(books.asked().iter().all(|it| it.starts_with("Open") || it == "Login"));
    let told = site.app.integrations().await.unwrap();
    assert_eq!((told[0].kind, told[0].state), (IntegrationKind::Erp, IntegrationState::Failing));
    assert_eq!((told[0].id.as_str(), told[0].name.as_str()), ("erp:visual", ERP));

    books.let_write(false);
    reader.round(What::Due).await.unwrap();
    assert_eq!((site.state().await.state, floor(&site).await), (ErpState::Well, 6));
}

#[tokio::test]
async fn killed_at_every_line_it_reads_everything_once() {
    // More than a page, so that pages are cut in the middle.
    let rows = 2_345;
    let books = books(rows);
    let site = Site::reading(Way::fake(books.clone())).await;
    for lines in 0..24 {
        books.end_after(lines);
        let mut reader = site.reader();
        let _ = reader.round(What::Due).await;
        reader.leave().await.unwrap();
    }
    books.end_after(1_000);
    site.reader().round(What::Everything).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.rows, state.position, state.late), (2_345, rows, 0));
    assert_eq!(floor(&site).await, 2 * rows);
    assert_eq!((state.state, state.failing_since), (ErpState::Well, None));
}

#[tokio::test]
async fn away_and_back_it_goes_on_where_it_was() {
    let books = books(10);
    let site = Site::reading(Way::fake(books.clone())).await;
    let mut reader = site.reader();
    reader.round(What::Due).await.unwrap();
    // guide: away
    books.fail(Some(FailedKind::Away));
    post(&books, 11, "O", "5");
    reader.round(What::Due).await.unwrap_err();
    let state = site.state().await;
    assert_eq!((state.state, state.cause.as_deref()), (ErpState::Failing, Some("erp_unreachable")));
    assert_eq!(floor(&site).await, 20);
    books.fail(None);
    reader.round(What::Due).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.state, state.position, state.failing_since), (ErpState::Well, 11, None));
    assert_eq!(floor(&site).await, 15);
    // guide: end
}

#[tokio::test]
async fn what_is_committed_late_is_met_by_the_overlap_or_the_look_for_gaps() {
    let books = books(12_000);
    books.take_back(11_500);
    books.take_back(40);
    let site = Site::reading(Way::fake(books.clone())).await;
    let mut reader = site.reader();
    reader.round(What::Due).await.unwrap();
    // The first look for gaps follows the first reading; it has nothing to find.
    assert!(site.state().await.scanned_at.is_some());
    assert_eq!(site.state().await.rows, 11_998);

    // Two ids that were given then, and are committed now: one within the overlap, one long below.
    post(&books, 11_500, "I", "7");
    post(&books, 40, "I", "100");
    site.clock.advance(HOUR);
    reader.round(What::Due).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.rows, state.late), (11_999, 1));
    // At night.
    site.clock.advance(13 * HOUR);
    reader.round(What::Due).await.unwrap();
    assert_eq!(site.state().await.rows, 11_999);
    site.clock.advance(12 * HOUR);
    assert_eq!(hour_of(&site), 14);
    site.clock.advance(12 * HOUR);
    reader.round(What::Due).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.rows, state.late), (12_000, 2));
    assert_eq!(floor(&site).await, 2 * 11_998 + 107);
    // A changed row, and one that was taken back.
    post(&books, 50, "O", "2");
    books.take_back(60);
    reader.round(What::Everything).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.changed, state.gone), (1, 1));
    assert_eq!(floor(&site).await, 2 * 11_998 + 107 - 4 - 2);
}

fn hour_of(site: &Site) -> i64 {
    use mtm_store::Clock as _;
    site.clock.now().micros().div_euclid(HOUR).rem_euclid(24)
}

#[tokio::test]
async fn a_table_that_may_not_be_read_keeps_the_others_from_nothing() {
    let books = books(1);
    let text = |text: &str| Some(text.to_owned());
    let rows = vec![vec![text(" P-1 "), text("MAIN"), text("FLOOR"), text("2.5")]];
    books.set_table(Table::OnHand, rows);
    // A row with the columns of another table: the program does not keep to its protocol.
    books.set_table(Table::Parts, vec![vec![text("P-1")]]);
    let site = Site::reading(Way::fake(books.clone())).await;
    let failed = site.reader().round(What::Due).await.unwrap_err();
    assert!(matches!(failed, ReadingError::Table { table: "parts", .. }), "{failed:?}");
    let state = site.state().await;
    assert_eq!((state.cause.as_deref(), state.position), (Some("erp_unusable"), 1));
    assert!(state.last_error.unwrap().starts_with("parts: "));
    assert_eq!(site.on_hand().await.len(), 1);
    assert_eq!(state.parts_at, None);
}

#[tokio::test]
async fn paused_it_is_not_asked_and_its_state_stays() {
    let books = books(2);
    let site = Site::reading(Way::fake(books.clone())).await;
    let mut reader = site.reader();
    reader.round(What::Due).await.unwrap();
    let who = site.app.local_principal("tester").await.unwrap();
    let hold = |hold, reason: &str| {
        site.app.hold_integration(&who, "erp:visual", hold, reason.to_owned(), None)
    };
    hold(Hold::Open, "year-end closing").await.unwrap();
    let asked = books.asked().len();
    post(&books, 3, "I", "1");
    reader.round(What::Due).await.unwrap_err();
    assert_eq!(books.asked().len(), asked);
    let told = site.app.integrations().await.unwrap().remove(0);
    assert_eq!((told.state, told.guard.hold), (IntegrationState::Well, Hold::Open));
    hold(Hold::Automatic, "").await.unwrap();
    reader.round(What::Due).await.unwrap();
    assert_eq!(site.state().await.position, 3);
}

/// A site whose guards forget nothing while it reads books of which every question takes so long.
async fn slow(seconds: i64) -> Site {
    let books = books(2);
    let site = Site::reading(Way::fake(books.clone())).await;
    let window = Duration::from_secs(10 * 3_600);
    site.app.guards().set(&Settings { window, ..Settings::default() });
    let clock = Arc::clone(&site.clock);
    books.take_time(move || clock.advance(seconds * SECOND));
    site
}

#[tokio::test]
async fn an_erp_whose_answers_take_their_time_is_read_and_one_that_nearly_fails_is_left_alone() {
    // More than guard.slow_ms, and far from the minute that an answer may take.
    let site = slow(6).await;
    let mut reader = site.reader();
    for _ in 0..5 {
        reader.round(What::Everything).await.unwrap();
    }
    let view = site.app.guards().view("erp:visual").unwrap();
    assert_eq!((view.state, view.slow), (State::Closed, 0), "{view:?}");
    assert!(view.calls > 10, "{view:?}");
    let site = slow(31).await;
    let mut reader = site.reader();
    let mut rounds = 0;
    let refused = loop {
        rounds += 1;
        assert!(rounds < 50, "it is never left alone");
        if let Err(error) = reader.round(What::Everything).await {
            break error;
        }
    };
    assert!(matches!(&refused, ReadingError::Erp(ErpError::NotCalled(_))), "{refused:?}");
    assert_eq!(site.app.guards().view("erp:visual").unwrap().state, State::Open);
}

#[tokio::test]
async fn two_readers_take_turns() {
    let site = Site::reading(Way::fake(books(2))).await;
    let (mut one, mut other) = (site.reader(), site.reader());
    one.round(What::Due).await.unwrap();
    let elsewhere = other.round(What::Due).await.unwrap_err();
    assert!(matches!(elsewhere, ReadingError::Elsewhere), "{elsewhere:?}");
    one.leave().await.unwrap();
    other.round(What::Due).await.unwrap();
    assert_eq!(site.state().await.state, ErpState::Well);
}
