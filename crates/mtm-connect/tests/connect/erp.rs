//! The reading program when it does not do as it should: a script stands in for it, and says what the test
//! wants.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mtm_connect::erp::{Deadlines, ErpError, Program, Session, Way};
use mtm_connect::guard::{Guard, Settings, State};
use mtm_core::erp::protocol::{LINE_MAX, Table};
use mtm_core::word::Timestamp;

const GREETING: &str = r#"{"protocol":1,"program":"script"}"#;
const OPENED: &str = r#"{"id":1,"say":"opened","to":{"product":"script","dialect":"sqlite","database":"","isolation":"snapshot"}}"#;

fn guard() -> Guard {
    let settings = Settings { least_calls: 3, ..Settings::default() };
    Guard::new(settings, 1, Arc::new(|| Timestamp::from_micros(1)))
}

/// A program that says `lines`, each after it was asked (the first at once), and then does `end`.
fn program(directory: &Path, lines: &[&str], end: &str) -> Way {
    let path = directory.join("reader.sh");
    let mut script = "#!/bin/sh\n".to_owned();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            script.push_str("read -r asked\n");
        }
        // Writing to a string cannot fail.
        let _ = writeln!(script, "printf '%s\\n' '{line}'");
    }
    script.push_str(end);
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let reader = Program { program: path, connection: "PWD=geheim".to_owned(), schema: None };
    let second = Duration::from_secs(1);
    Way::reader(reader, Deadlines { greeting: 5 * second, answer: second, line: 2 * second })
}

async fn asked(lines: &[&str], end: &str) -> Result<i64, ErpError> {
    let directory = tempfile::tempdir().unwrap();
    let way = program(directory.path(), lines, end);
    let (mut session, _) = Session::open(&way, &guard()).await?;
    session.newest().await
}

#[tokio::test]
async fn a_program_that_keeps_to_the_protocol_is_believed() {
    let newest = r#"{"id":2,"say":"newest","newest":41}"#;
    assert_eq!(asked(&[GREETING, OPENED, newest], "").await, Ok(41));
}

#[tokio::test]
async fn one_that_does_not_is_not() {
    let other = r#"{"protocol":2,"program":"script"}"#;
    for (lines, end) in [
        (vec![other], "cat >/dev/null"),
        (vec!["hello"], "cat >/dev/null"),
        (vec![GREETING, "{}"], "cat >/dev/null"),
        // The answer to another question, and another kind of answer.
        (vec![GREETING, OPENED, r#"{"id":7,"say":"newest","newest":41}"#], "cat >/dev/null"),
        (vec![GREETING, OPENED, r#"{"id":2,"say":"done","rows":0}"#], "cat >/dev/null"),
    ] {
        let failed = asked(&lines, end).await.unwrap_err();
        assert!(matches!(failed, ErpError::Protocol(_)), "{lines:?}: {failed:?}");
        assert!(!failed.to_string().contains("geheim"));
    }
    let endless = format!("head -c {} /dev/zero | tr '\\0' x; cat >/dev/null", 2 * LINE_MAX);
    let failed = asked(&[GREETING, OPENED], &format!("read -r asked; {endless}")).await;
    assert!(matches!(failed.unwrap_err(), ErpError::Protocol(_)));
}

#[tokio::test]
async fn one_that_ends_or_hangs_is_told_as_it_is() {
    // Half a line, and nothing at all.
    for end in ["read -r asked; printf '{\"id\":2,\"say\"'", "read -r asked; kill -9 $$"] {
        let failed = asked(&[GREETING, OPENED], end).await.unwrap_err();
        assert!(matches!(failed, ErpError::Ended(_)), "{end}: {failed:?}");
    }
    let failed = asked(&[GREETING, OPENED], "read -r asked; exec sleep 600").await.unwrap_err();
    assert!(matches!(failed, ErpError::Hung(_)), "{failed:?}");
    let missing =
        Program { program: "/no/such/mtm-odbc".into(), connection: String::new(), schema: None };
    let way = Way::reader(missing, Deadlines::answering_within(Duration::from_secs(1)));
    let failed = Session::open(&way, &guard()).await.unwrap_err();
    assert!(matches!(failed, ErpError::NotStarted { .. }), "{failed:?}");
}

#[tokio::test]
async fn a_failure_is_told_and_one_that_goes_on_failing_is_left_alone() {
    let away = r#"{"id":1,"say":"failed","failed":{"trouble":"away","message":"no route"}}"#;
    let directory = tempfile::tempdir().unwrap();
    let way = program(directory.path(), &[GREETING, away], "cat >/dev/null");
    let guard = guard();
    for _ in 0..3 {
        let failed = Session::open(&way, &guard).await.unwrap_err();
        assert!(matches!(failed, ErpError::Failed(_)), "{failed:?}");
    }
    assert_eq!(guard.state(), State::Open);
    let failed = Session::open(&way, &guard).await.unwrap_err();
    assert!(matches!(failed, ErpError::NotCalled(_)), "{failed:?}");
}

#[tokio::test]
async fn texts_that_are_too_long_are_cut_and_rows_of_another_shape_refused() {
    let rows = format!(
        r#"{{"id":2,"say":"rows","rows":[["{}","M","F","1"],["B","M","F",null]],"cut":[1]}}"#,
        "ä".repeat(40)
    );
    let done = r#"{"id":2,"say":"done","rows":2}"#;
    let directory = tempfile::tempdir().unwrap();
    let end = format!("printf '%s\\n' '{done}'\ncat >/dev/null");
    let way = program(directory.path(), &[GREETING, OPENED, &rows], &end);
    let (mut session, _) = Session::open(&way, &guard()).await.unwrap();
    let mut table = session.table(Table::OnHand).await.unwrap();
    let read = table.next().await.unwrap().unwrap();
    assert_eq!(read[0].texts[0].as_deref(), Some("ä".repeat(30).as_str()));
    assert!(read[0].cut && read[1].cut && read[1].texts[3].is_none());
    assert_eq!(table.next().await.unwrap(), None);
    let short = r#"{"id":2,"say":"rows","rows":[["A"]]}"#;
    let way = program(directory.path(), &[GREETING, OPENED, short], "cat >/dev/null");
    let (mut session, _) = Session::open(&way, &guard()).await.unwrap();
    let mut table = session.table(Table::OnHand).await.unwrap();
    assert!(matches!(table.next().await.unwrap_err(), ErpError::Protocol(_)));
}
