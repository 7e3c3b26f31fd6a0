//! Imports that are cut off: whatever ends, where it ends, committing again goes on there, and the
//! ledger is what it would have been.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use mtm_app::import::{CommitBody, ImportKind, ImportView};
use mtm_app::movement::{BookingType, Circumstances, MovementBody};
use mtm_app::{App, Principal};
use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::integrity::VerifyRange;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::{GroupBy, HistoryQuery, StockQuery};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::{MariaDb, poll};

/// How long a loaded machine may need.
const SOON: Duration = Duration::from_secs(60);

/// A plant that can be closed and opened again.
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) who: Principal,
    url: String,
    _directory: Option<tempfile::TempDir>,
}

impl Site {
    pub(crate) async fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("mtm.db").display());
        Self::furnished(url, Some(directory)).await
    }

    pub(crate) async fn server(server: &MariaDb) -> Self {
        Self::furnished(server.create_database().unwrap(), None).await
    }

    async fn furnished(url: String, directory: Option<tempfile::TempDir>) -> Self {
        let (app, who) = open(&url).await;
        let masters = [
            (MasterNoun::Part, "P-1"),
            (MasterNoun::Part, "P-2"),
            (MasterNoun::Operation, "10"),
            (MasterNoun::Location, "A-1"),
            (MasterNoun::Location, "A-2"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        app.ledger().create_masters(masters, who.actor()).await.unwrap();
        Self { app, who, url, _directory: directory }
    }

    /// Ends the program and starts it again.
    pub(crate) async fn restart(&mut self) {
        self.app.ledger().close().await;
        (self.app, self.who) = open(&self.url).await;
    }

    pub(crate) async fn look(&self, file: &str) -> ImportView {
        let bytes = file.as_bytes().to_vec();
        self.app.preview_import(&self.who, ImportKind::Movements, "rows.csv", bytes).await.unwrap()
    }

    pub(crate) async fn commit(&self, id: ImportId, at_most: Option<u32>) -> ImportView {
        let how = CommitBody { at_most, ..CommitBody::default() };
        self.app.commit_import(&self.who, id, &how).await.unwrap()
    }

    /// The log once it has so many movements: a server gives them their places after the commit.
    async fn log_of(&self, count: usize) -> Vec<String> {
        let whole = async || {
            let log = self.log().await;
            Ok((log.len() >= count).then_some(log))
        };
        poll::eventually("the whole log", SOON, whole).await.unwrap()
    }

    /// Every movement in the order of the log, with lots named by the order in which they came.
    async fn log(&self) -> Vec<String> {
        let (send, mut receive) = tokio::sync::mpsc::channel(8);
        let streaming = self.app.ledger().history_stream(HistoryQuery::default(), send);
        let reading = async {
            let mut rows = Vec::new();
            while let Some(chunk) = receive.recv().await {
                rows.extend(chunk);
            }
            rows
        };
        let (streamed, mut rows) = tokio::join!(streaming, reading);
        streamed.unwrap();
        rows.sort_by_key(|row| row.sequence);
        let mut lots = HashMap::new();
        let mut line = |row: mtm_store::query::MovementRow| {
            let known = lots.len();
            let lot = *lots.entry(row.lot.clone()).or_insert(known);
            format!(
                "{:?} {} {:?} {:?} {} of lot {lot}",
                row.kind, row.part, row.location, row.to_location, row.quantity
            )
        };
        rows.into_iter().map(&mut line).collect()
    }

    /// Books pieces of `P-1` at `A-1`.
    pub(crate) async fn book(&self, kind: BookingType, quantity: i64) {
        let body = MovementBody {
            kind: Some(kind),
            part: Some("P-1".to_owned()),
            operation: Some("10".to_owned()),
            location: Some("A-1".to_owned()),
            quantity: Some(quantity),
            ..MovementBody::default()
        };
        self.app.book(&self.who, Circumstances::default(), &body).await.unwrap();
    }

    pub(crate) async fn pieces(&self) -> i64 {
        let groups = self.app.ledger().stock_groups(StockQuery::default(), vec![GroupBy::Part]);
        groups.await.unwrap().items.iter().map(|row| row.quantity.whole()).sum()
    }

    pub(crate) async fn verify(&self) {
        let report = self.app.ledger().verify(VerifyRange::Full, |_| ()).await.unwrap();
        assert!(report.first_bad.is_none(), "{report:?}");
    }
}

async fn open(url: &str) -> (App, Principal) {
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let ledger = Ledger::connect(url, options).await.unwrap();
    let app = App::new(ledger).await.unwrap();
    let who = app.local_principal("tester").await.unwrap();
    (app, who)
}

/// Receipts, moves of what came before and takes of it: rows that depend on each other.
fn rows(count: u32) -> String {
    let mut file = String::from("type,part,operation,location,quantity,to_location,pick\n");
    for n in 0..count {
        let part = if n % 2 == 0 { "P-1" } else { "P-2" };
        let row = match n % 6 {
            0..=2 => format!("in,{part},10,A-1,{},,", 101 + n % 40),
            3 => format!("in,{part},10,A-2,{},,", 101 + n % 40),
            4 => format!("out,{part},10,A-1,7,,fifo"),
            _ => format!("transfer,{part},10,A-1,3,A-2,fifo"),
        };
        writeln!(file, "{row}").unwrap();
    }
    file
}

/// The same log, or the first line that differs.
#[track_caller]
fn same(log: &[String], expected: &[String]) {
    for (line, (is, should)) in log.iter().zip(expected).enumerate() {
        assert_eq!(is, should, "movement {line}");
    }
    assert_eq!(log.len(), expected.len());
}

/// What the file makes of an empty plant when nothing ends.
async fn unbroken(mut site: Site, file: &str) -> Vec<String> {
    let view = site.look(file).await;
    assert_eq!(view.refused, 0, "{:?}", view.verdicts.iter().find(|row| !row.accepted));
    let done = site.commit(ImportId(view.id), None).await;
    assert_eq!((done.state, done.rows_done, done.rows_total), ("committed", view.rows, view.rows));
    site.verify().await;
    site.restart().await;
    site.log_of(file.lines().count() - 1).await
}

/// Ends the program at every boundary between two steps.
async fn ended_at_every_boundary(mut site: Site, file: &str, expected: &[String]) {
    let view = site.look(file).await;
    let (mut done, mut ends) = (0, 0);
    loop {
        let view = site.commit(ImportId(view.id), Some(50)).await;
        assert!(view.rows_done > done);
        done = view.rows_done;
        if view.state == "committed" {
            break;
        }
        assert_eq!((view.state, view.rows_total), ("committing", view.rows));
        assert!(view.progressed_at.is_some());
        ends += 1;
        site.restart().await;
        // The same file is that import, and it is not begun anew.
        let again = site.look(file).await;
        assert_eq!((again.id, again.rows_done), (view.id, done));
    }
    assert!(ends >= 5, "{ends}");
    same(&site.log_of(expected.len()).await, expected);
    site.verify().await;
}

/// Lets go of the commit while it is at it, and ends the program.
async fn cut_off_in_the_middle(mut site: Site, file: &str, expected: &[String]) {
    let id = ImportId(site.look(file).await.id);
    for moment in 1..8 {
        let (app, who) = (site.app.clone(), site.who.clone());
        let mut committing = tokio::spawn(async move {
            drop(app.commit_import(&who, id, &CommitBody::default()).await);
        });
        let mut outbox = site.app.ledger().subscribe();
        let seen = *outbox.borrow_and_update();
        // One, two, three … more commits are seen; which step is under way then is chance.
        let more = outbox.wait_for(|newest| *newest >= seen + moment * 10);
        tokio::select! {
            _ = more => {
                committing.abort();
                // Cut off, or it was just done: both are fine.
                let _ = committing.await;
            }
            done = &mut committing => done.unwrap(),
        }
        site.restart().await;
        let view = site.app.import(&site.who, id).await.unwrap();
        if view.state == "committed" {
            break;
        }
    }
    assert_eq!(site.commit(id, None).await.state, "committed");
    same(&site.log_of(expected.len()).await, expected);
    site.verify().await;
}

/// Two at once share the work; every row is taken over once.
async fn taken_over_by_two(site: Site, file: &str, expected: &[String]) {
    let id = ImportId(site.look(file).await.id);
    let (one, other) = tokio::join!(site.commit(id, None), site.commit(id, None));
    assert_eq!((one.state, other.state), ("committed", "committed"));
    same(&site.log_of(expected.len()).await, expected);
    site.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_on_where_it_was_cut_off() {
    let file = rows(360);
    let expected = unbroken(Site::file().await, &file).await;
    assert!(expected.len() >= 360);
    ended_at_every_boundary(Site::file().await, &file, &expected).await;
    cut_off_in_the_middle(Site::file().await, &file, &expected).await;
    taken_over_by_two(Site::file().await, &file, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_on_where_it_was_cut_off() {
    let suite = "imports on MariaDB";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let file = rows(360);
    // Both engines make the same of it.
    let expected = unbroken(Site::file().await, &file).await;
    same(&unbroken(Site::server(server).await, &file).await, &expected);
    ended_at_every_boundary(Site::server(server).await, &file, &expected).await;
    cut_off_in_the_middle(Site::server(server).await, &file, &expected).await;
    taken_over_by_two(Site::server(server).await, &file, &expected).await;
}

/// Receipts at `A-2`, and before them rows of the test's own.
fn receipts_after(first: &str, count: u32) -> String {
    let mut file = format!("type,part,operation,location,quantity,pick\n{first}");
    for n in 0..count {
        writeln!(file, "in,P-2,10,A-2,{},", 101 + n % 40).unwrap();
    }
    file
}

#[tokio::test]
async fn what_does_not_hold_any_more_is_told_before_anything_is_taken_over_or_left_out() {
    let site = Site::file().await;
    let (app, who) = (&site.app, &site.who);
    site.book(BookingType::In, 250).await;
    // The first take has nothing to take from; the second takes all that stands there.
    let takes = "out,P-1,10,A-2,1,\nout,P-1,10,A-1,250,\n";
    let view = site.look(&receipts_after(takes, 240)).await;
    assert_eq!(view.refused, 1);
    let whole = ImportId(site.look(&receipts_after("out,P-1,10,A-1,250,\n", 240)).await.id);
    site.book(BookingType::Out, 50).await;

    let changed = app.commit_import(who, whole, &CommitBody::default()).await.unwrap_err();
    assert_eq!(changed.code(), Code::InsufficientStock);
    let words = changed.to_string();
    assert!(words.contains("line 2") && words.contains("nothing was taken over"), "{words}");
    assert_eq!(site.pieces().await, 200);

    let id = ImportId(view.id);
    let skipping = |at_most| CommitBody { skip_refused: true, at_most, ..CommitBody::default() };
    let part = app.commit_import(who, id, &skipping(Some(100))).await.unwrap();
    assert_eq!((part.state, part.rows_done), ("committing", 100));
    let done = app.commit_import(who, id, &skipping(None)).await.unwrap();
    assert_eq!((done.state, done.refused, done.rows_done), ("committed", 2, 240));
    let left_out: Vec<u64> =
        done.verdicts.iter().filter(|row| !row.accepted).map(|row| row.line).collect();
    assert_eq!(left_out, [2, 3]);
    site.verify().await;
}

#[tokio::test]
async fn what_stops_halfway_says_how_far_it_came_and_goes_on() {
    let site = Site::file().await;
    let (app, who) = (&site.app, &site.who);
    site.book(BookingType::In, 250).await;
    let file = receipts_after("", 240) + "out,P-1,10,A-1,250,fifo\n";
    let id = ImportId(site.look(&file).await.id);
    assert_eq!(site.commit(id, Some(200)).await.rows_done, 200);
    site.book(BookingType::Out, 50).await;

    let stopped = app.commit_import(who, id, &CommitBody::default()).await.unwrap_err();
    assert_eq!(stopped.code(), Code::InsufficientStock);
    let words = stopped.to_string();
    assert!(words.starts_with("line 242: "), "{words}");
    let view = app.import(who, id).await.unwrap();
    assert_eq!((view.state, view.rows_total), ("committing", 241));
    assert!((200..241).contains(&view.rows_done), "{view:?}");
    let so_far = format!("{} of 241 rows are taken over", view.rows_done);
    assert!(words.contains(&so_far), "{words}");
    assert_eq!(app.imports(who).await.unwrap()[0].state, "committing");

    site.book(BookingType::In, 60).await;
    assert_eq!(site.commit(id, None).await.state, "committed");
    site.verify().await;
}

#[tokio::test]
async fn an_import_is_undone_as_far_as_it_came_and_takes_no_more_rows() {
    let site = Site::file().await;
    let file = rows(240);
    let id = ImportId(site.look(&file).await.id);
    site.commit(id, Some(120)).await;
    assert!(site.pieces().await > 0);
    let undone = site.app.undo_import(&site.who, id, "wrong file", None).await.unwrap();
    assert_eq!(undone.state, "undone");
    assert_eq!(site.pieces().await, 0);
    let closed = site.app.commit_import(&site.who, id, &CommitBody::default()).await.unwrap_err();
    assert_eq!(closed.code(), Code::InUse);
    // The file may come again, as another import.
    let again = site.look(&file).await;
    assert_ne!(again.id, id.0);
    assert_eq!(site.commit(ImportId(again.id), None).await.state, "committed");
    site.verify().await;
}

#[tokio::test]
async fn master_data_comes_in_steps_as_well() {
    let site = Site::file().await;
    let mut file = String::new();
    for n in 0..330 {
        writeln!(
            file,
            "{{\"code\":\"N-{n}\",\"description\":\"Part {n}\",\"operations\":[\"10\"]}}"
        )
        .unwrap();
    }
    let kind = ImportKind::Masters(MasterNoun::Part);
    let look =
        || site.app.preview_import(&site.who, kind, "parts.ndjson", file.clone().into_bytes());
    let view = look().await.unwrap();
    assert_eq!((view.rows, view.refused), (330, 0));
    let id = ImportId(view.id);
    assert_eq!(site.commit(id, Some(150)).await.rows_done, 150);
    // Somebody adds one that the file names further down.
    let new = vec![NewMaster::named(MasterNoun::Part, "N-300")];
    site.app.ledger().create_masters(new, site.who.actor()).await.unwrap();
    assert_eq!(look().await.unwrap().id, id.0);
    let how = CommitBody::default();
    let stopped = site.app.commit_import(&site.who, id, &how).await.unwrap_err();
    assert_eq!(stopped.code(), Code::AlreadyExists);
    assert!(stopped.to_string().starts_with("line 301: "), "{stopped}");
    let how = CommitBody { skip_refused: true, ..how };
    let done = site.app.commit_import(&site.who, id, &how).await.unwrap();
    assert_eq!((done.state, done.refused), ("committed", 1));
    assert_eq!(site.app.catalogue().parts.iter().count(), 2 + 330);
}

#[tokio::test]
async fn a_file_of_a_thousand_rows_is_told_all_its_errors_at_once() {
    let site = Site::file().await;
    let file = rows(1_000).replace("in,P-1,10,A-1,101", "in,P-1,10,NOWHERE,101");
    let wrong = file.matches("NOWHERE").count();
    let view = site.look(&file).await;
    assert!(view.refused as usize >= wrong && wrong > 5);
    let told = view.verdicts.iter().filter(|row| !row.accepted).count();
    assert_eq!(told, view.refused as usize);
    assert_eq!(site.pieces().await, 0);
}
