//! Imports that are undone in steps: whatever ends, where it ends, undoing again goes on there, and
//! nothing is given back twice.

use std::fmt::Write as _;

use mtm_app::import::{CommitBody, ImportView};
use mtm_app::movement::{
    Booked, BookingType, Circumstances, MovementBody, PickBody, ReverseBody, UNDO_GOES_ON,
};
use mtm_app::{AppError, Principal};
use mtm_core::code::Code;
use mtm_core::rejection::Details;
use mtm_core::word::ImportId;
use mtm_store::query::HistoryQuery;
use mtm_testkit::MariaDb;

use crate::import_steps::Site;

/// More than one command undoes.
const ROWS: u32 = 1_260;

/// An import that is taken over.
async fn taken_over(site: &Site, file: &str) -> ImportId {
    let view = site.look(file).await;
    assert_eq!(view.refused, 0);
    let id = ImportId(view.id);
    assert_eq!(site.commit(id, None).await.state, "committed");
    id
}

fn body(id: ImportId, at_most: Option<u32>) -> ReverseBody {
    ReverseBody {
        import_id: Some(id.0),
        reason: Some("wrong file".to_owned()),
        at_most,
        ..ReverseBody::default()
    }
}

async fn reverse(
    site: &Site,
    id: ImportId,
    key: &str,
    at_most: Option<u32>,
) -> Result<Booked, AppError> {
    let key = Some(key.to_owned());
    let around = Circumstances {
        route: "POST /movements/reverse".to_owned(),
        key,
        ..Circumstances::default()
    };
    site.app.reverse(&site.who, around, None, &body(id, at_most)).await
}

async fn view(site: &Site, id: ImportId) -> ImportView {
    site.app.import(&site.who, id).await.unwrap()
}

/// Every movement is given back once, and the ledger verifies.
async fn given_back(site: &Site, id: ImportId, others: i64) {
    assert_eq!(site.pieces().await, others);
    let query = HistoryQuery { import: Some(id), ..HistoryQuery::default() };
    let page = mtm_store::query::PageRequest { limit: 1_000, ..query.page.clone() };
    let mut query = HistoryQuery { page, ..query };
    let mut reversals = std::collections::HashSet::new();
    let mut met = 0;
    loop {
        let page = site.app.ledger().history(query.clone()).await.unwrap();
        for row in page.items {
            met += 1;
            assert!(reversals.insert(row.reversed_by.expect("it is undone")));
        }
        let Some(next) = page.next_cursor else { break };
        query.page.cursor = Some(mtm_store::query::Cursor::decode(&next).unwrap());
    }
    assert!(met >= ROWS as usize, "{met}");
    site.verify().await;
}

/// Ends the program at every boundary between two steps.
async fn ended_at_every_boundary(mut site: Site, file: &str) {
    let id = taken_over(&site, file).await;
    let (mut done, mut ends) = (0, 0);
    loop {
        let now = site.app.undo_import(&site.who, id, "wrong file", Some(170)).await.unwrap();
        if now.state == "undone" {
            assert_eq!((now.movements_undone, now.movements_total), (None, None));
            break;
        }
        let told = (now.state, now.movements_undone.unwrap(), now.movements_total.unwrap());
        assert!(told.0 == "undoing" && told.1 > done && told.2 >= ROWS, "{told:?}");
        assert!(now.progressed_at.is_some());
        done = told.1;
        ends += 1;
        site.restart().await;
        assert_eq!(view(&site, id).await.movements_undone, Some(done));
    }
    assert!(ends >= 5, "{ends}");
    given_back(&site, id, 0).await;
}

/// Lets go of the undo while it is at it, and ends the program.
async fn cut_off_in_the_middle(mut site: Site, file: &str) {
    let id = taken_over(&site, file).await;
    for moment in 1..6 {
        let (app, who): (_, Principal) = (site.app.clone(), site.who.clone());
        let mut undoing = tokio::spawn(async move {
            drop(app.undo_import(&who, id, "wrong file", None).await);
        });
        let mut outbox = site.app.ledger().subscribe();
        let seen = *outbox.borrow_and_update();
        let more = outbox.wait_for(|newest| *newest >= seen + moment * 60);
        tokio::select! {
            _ = more => {
                undoing.abort();
                // Cut off, or it was just done: both are fine.
                let _ = undoing.await;
            }
            done = &mut undoing => done.unwrap(),
        }
        site.restart().await;
        if view(&site, id).await.state == "undone" {
            break;
        }
    }
    if view(&site, id).await.state != "undone" {
        let end = site.app.undo_import(&site.who, id, "wrong file", None).await.unwrap();
        assert_eq!(end.state, "undone");
    }
    given_back(&site, id, 0).await;
}

/// Two at once share the work, by either way.
async fn undone_by_two(site: Site, file: &str) {
    let id = taken_over(&site, file).await;
    let by_import = site.app.undo_import(&site.who, id, "wrong file", None);
    let (one, other) = tokio::join!(reverse(&site, id, "one", None), by_import);
    // Whoever comes when all is done is told so.
    let late = |code| matches!(code, Code::AlreadyReversed | Code::InUse);
    assert!(one.is_ok() || other.is_ok());
    assert!(one.is_ok_and(|it| !it.outcome.movements.is_empty()) || other.is_ok());
    assert_eq!(view(&site, id).await.state, "undone");
    let again = reverse(&site, id, "another", None).await.unwrap_err();
    assert!(late(again.code()), "{again}");
    given_back(&site, id, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_goes_on_where_it_was_cut_off() {
    let file = rows(ROWS);
    ended_at_every_boundary(Site::file().await, &file).await;
    cut_off_in_the_middle(Site::file().await, &file).await;
    undone_by_two(Site::file().await, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_on_a_server_goes_on_where_it_was_cut_off() {
    let suite = "imports on MariaDB";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let file = rows(ROWS);
    ended_at_every_boundary(Site::server(server).await, &file).await;
    cut_off_in_the_middle(Site::server(server).await, &file).await;
    undone_by_two(Site::server(server).await, &file).await;
}

#[tokio::test]
async fn an_answer_to_a_long_undo_is_bounded_and_kept_under_its_key() {
    let site = Site::file().await;
    let id = taken_over(&site, &rows(ROWS)).await;
    let look = ReverseBody { preview: true, ..body(id, None) };
    let around = Circumstances::default;
    let shown = site.app.reverse(&site.who, around(), None, &look).await.unwrap().outcome;
    assert_eq!(shown.movements.len(), 1_000);
    assert!(shown.warnings.iter().any(|it| it.code == "undone_in_steps"));
    assert!(site.pieces().await > 0, "a preview changes nothing");

    let part = reverse(&site, id, "k", Some(200)).await.unwrap();
    assert!(part.outcome.warnings.iter().any(|it| it.code == UNDO_GOES_ON));
    let done = reverse(&site, id, "k", None).await.unwrap();
    assert!(!done.replayed && done.outcome.movements.len() == 1_000);
    assert!(done.outcome.warnings.iter().all(|it| it.code != UNDO_GOES_ON));
    let again = reverse(&site, id, "k", None).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.outcome, done.outcome);
    let other = ReverseBody { reason: Some("another".to_owned()), ..body(id, None) };
    let around = Circumstances { key: Some("k".to_owned()), ..around() };
    let reused = site.app.reverse(&site.who, around, None, &other).await.unwrap_err();
    assert_eq!(reused.code(), Code::IdempotencyKeyReused);
    given_back(&site, id, 0).await;
    // The file may come again.
    assert_eq!(
        site.commit(ImportId(site.look(&rows(ROWS)).await.id), None).await.state,
        "committed"
    );
}

/// Receipts, and now and then a move of what came before.
fn rows(count: u32) -> String {
    let mut file = String::from("type,part,operation,location,quantity,to_location,pick\n");
    for n in 0..count {
        let row = match n % 60 {
            59 => "transfer,P-1,10,A-1,3,A-2,fifo".to_owned(),
            _ => format!("in,P-{},10,A-{},{},,", n % 2 + 1, n % 2 + 1, 101 + n % 40),
        };
        writeln!(file, "{row}").unwrap();
    }
    file
}

/// Takes pieces of the oldest lots.
async fn take_oldest(site: &Site, quantity: i64) {
    let body = MovementBody {
        kind: Some(BookingType::Out),
        part: Some("P-1".to_owned()),
        operation: Some("10".to_owned()),
        location: Some("A-1".to_owned()),
        quantity: Some(quantity),
        pick: Some(PickBody::Fifo),
        ..MovementBody::default()
    };
    site.app.book_line(&site.who, Circumstances::default(), &body).await.unwrap();
}

/// Receipts only, so that what was taken since is known.
fn receipts(count: u32) -> String {
    let mut file = String::from("type,part,operation,location,quantity\n");
    for n in 0..count {
        writeln!(file, "in,P-1,10,A-1,{}", 101 + n % 40).unwrap();
    }
    file
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_whole_before_anything_is_undone() {
    let site = Site::file().await;
    let id = taken_over(&site, &receipts(ROWS)).await;
    let before = site.pieces().await;
    for _ in 0..3 {
        take_oldest(&site, 150).await;
    }
    let refused = reverse(&site, id, "k", None).await.unwrap_err();
    assert_eq!(refused.code(), Code::ConsumedSince);
    let words = refused.to_string();
    assert!(words.contains("nothing was undone") && words.contains("of 1260 movements"), "{words}");
    let AppError::Rejected(rejection) = refused else { panic!("no refusal") };
    let Details::Later(later) = rejection.details else { panic!("{:?}", rejection.details) };
    assert!(later.len() >= 3, "{later:?}");
    assert_eq!(site.pieces().await, before - 450);
    assert_eq!(view(&site, id).await.state, "committed");
    // Without what is in the way it goes.
    for line in later {
        let around = Circumstances::default();
        let body = ReverseBody { reason: Some("back".to_owned()), ..ReverseBody::default() };
        let back = site.app.reverse(&site.who, around, Some(line.id), &body).await;
        assert!(back.is_ok(), "{back:?}");
    }
    reverse(&site, id, "k", None).await.unwrap();
    given_back(&site, id, 0).await;
}

#[tokio::test]
async fn what_stops_halfway_says_how_far_it_came_and_goes_on() {
    let site = Site::file().await;
    let id = taken_over(&site, &receipts(ROWS)).await;
    let part = site.app.undo_import(&site.who, id, "wrong file", Some(400)).await.unwrap();
    assert_eq!((part.state, part.movements_undone), ("undoing", Some(400)));
    // The oldest lot is the last to be given back.
    take_oldest(&site, 50).await;
    let stopped = site.app.undo_import(&site.who, id, "wrong file", None).await.unwrap_err();
    assert_eq!(stopped.code(), Code::ConsumedSince);
    assert!(stopped.to_string().contains("of 1260 movements are undone"), "{stopped}");
    let now = view(&site, id).await;
    assert!(now.state == "undoing" && now.movements_undone > Some(400), "{now:?}");
    let AppError::Rejected(rejection) = stopped else { panic!("no refusal") };
    let Details::Later(later) = rejection.details else { panic!("{:?}", rejection.details) };
    let back = ReverseBody { reason: Some("back".to_owned()), ..ReverseBody::default() };
    site.app.reverse(&site.who, Circumstances::default(), Some(later[0].id), &back).await.unwrap();
    let done = site.app.undo_import(&site.who, id, "wrong file", None).await.unwrap();
    assert_eq!(done.state, "undone");
    given_back(&site, id, 0).await;
}

#[tokio::test]
async fn a_long_import_that_came_halfway_is_given_up_and_undone() {
    let site = Site::file().await;
    let id = ImportId(site.look(&receipts(2 * ROWS)).await.id);
    site.commit(id, Some(ROWS)).await;
    reverse(&site, id, "k", None).await.unwrap();
    assert_eq!(view(&site, id).await.state, "undone");
    let closed = site.app.commit_import(&site.who, id, &CommitBody::default()).await.unwrap_err();
    assert_eq!(closed.code(), Code::InUse);
    given_back(&site, id, 0).await;
}
