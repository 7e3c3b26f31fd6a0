//! Opening: what is made, what is refused, what is left alone.

use mtm_core::catalogue::ReasonKind;
use mtm_core::word::{OperationCode, ReasonCode};
use mtm_store::{Ledger, OpenError, OpenOptions, Site};

use crate::engine::{Engine, contract};
use crate::home::Home;

fn create() -> OpenOptions {
    OpenOptions { create: true, ..OpenOptions::default() }
}

contract!(a_new_ledger_knows_its_reasons_and_opens_again);

async fn a_new_ledger_knows_its_reasons_and_opens_again(engine: Engine) {
    let home = Home::empty(engine);
    let ledger = home.open(create()).await;
    let site = ledger.site().await.unwrap();
    let renamed =
        Site { name: "Plant 2".to_owned(), time_zone: "Europe/Berlin".to_owned(), ..site };
    ledger.set_site(renamed.clone(), mtm_core::word::UserId(1)).await.unwrap();
    ledger.close().await;
    if engine == Engine::Sqlite {
        let log = home.path().with_file_name("mtm.db-wal");
        assert!(!log.exists(), "the file alone is the whole ledger");
    }

    let ledger = home.open(OpenOptions::default()).await;
    assert_eq!(ledger.site().await.unwrap(), renamed);
    let catalogue = ledger.catalogue();
    assert!(catalogue.operation(&OperationCode::not_applicable()).is_some());
    for (kind, code) in [
        (ReasonKind::Scrap, "damaged"),
        (ReasonKind::Adjust, "count"),
        (ReasonKind::Hold, "quality"),
        (ReasonKind::Out, "other"),
    ] {
        let code = ReasonCode::parse(code).unwrap();
        assert!(catalogue.reason(kind, &code).is_some(), "{kind:?}/{code}");
    }
    assert_eq!(catalogue.item_types.len(), 4);
}

#[tokio::test]
async fn what_is_not_a_ledger_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mtm.db");
    let missing = Ledger::open(&path, OpenOptions::default()).await.unwrap_err();
    assert!(matches!(missing, OpenError::Missing { .. }), "{missing:?}");
    assert!(!path.exists());

    let text = "this is a letter, not a database, and it is long enough to be read as a header";
    std::fs::write(&path, text.repeat(20)).unwrap();
    let letter = Ledger::open(&path, create()).await.unwrap_err();
    assert!(matches!(letter, OpenError::NotADatabase { .. }), "{letter:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text.repeat(20));

    let other = directory.path().join("other.db");
    std::fs::write(&other, b"").unwrap();
    mtm_testkit::sqlite::execute(&other, "CREATE TABLE song (title TEXT)").unwrap();
    let foreign = Ledger::open(&other, create()).await.unwrap_err();
    assert!(matches!(foreign, OpenError::Foreign { .. }), "{foreign:?}");

    let newer = directory.path().join("newer.db");
    Ledger::open(&newer, create()).await.unwrap().close().await;
    mtm_testkit::sqlite::execute(&newer, "PRAGMA user_version = 99").unwrap();
    let refused = Ledger::open(&newer, create()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused:?}");
}
