//! The listening program when it does not do as it should: a script stands in for it, and says what the test wants.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use mtm_connect::opcua::{Away, Opcua, Settings};
use mtm_core::machine::{Batch, Link, Reading, Value};
use mtm_core::opcua::protocol::{LINE_MAX, Security};
use mtm_core::word::Timestamp;

use super::{PARTS, login};

const GREETING: &str = r#"{"protocol":1,"program":"script"}"#;
const OPENED: &str = r#"{"say":"opened","to":{"server":"script","thumbprint":"","own_thumbprint":"","interval":100}}"#;

/// A program that greets, takes its question, says `lines`, and then does `end`.
fn script(directory: &Path, greeting: &str, lines: &[&str], end: &str) -> Settings {
    let program = directory.join("listener.sh");
    let mut script = format!("#!/bin/sh\nprintf '%s\\n' '{greeting}'\nread -r asked\n");
    for line in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(script, "printf '%s\\n' '{line}'");
    }
    script.push_str(end);
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    Settings {
        program,
        url: "opc.tcp://script".to_owned(),
        security: Security::default(),
        login: Some(login("geheim")),
        certificates: directory.to_owned(),
        trusted: Vec::new(),
        nodes: vec![PARTS.to_owned()],
        interval: Duration::from_millis(100),
        timeout: Duration::from_secs(1),
    }
}

async fn heard(greeting: &str, lines: &[&str], end: &str) -> Result<Batch, Away> {
    let directory = tempfile::tempdir().unwrap();
    let settings = script(directory.path(), greeting, lines, end);
    assert!(!format!("{settings:?}").contains("geheim"));
    let mut source = Opcua::open(&settings, None).await?;
    source.next().await
}

#[tokio::test]
async fn a_program_that_keeps_to_the_protocol_is_believed_but_not_that_nothing_is_missing() {
    let batch =
        r#"{"say":"batch","gap":false,"at":9,"readings":[{"node":0,"shown":{"total":7},"at":8}]}"#;
    let heard = heard(GREETING, &[OPENED, batch], "cat >/dev/null").await.unwrap();
    let at = |micros| Some(Timestamp::from_micros(micros));
    let reading =
        Reading { tag: PARTS.to_owned(), value: Value::Total(7), at: at(8), began_again: false };
    // Before the first one something may be, whatever it says.
    let first = Batch { link: Link::Gap, at: at(9), position: None, readings: vec![reading] };
    assert_eq!(heard, first);
}

#[tokio::test]
async fn one_that_does_not_is_not() {
    let another = r#"{"say":"batch","gap":true,"readings":[{"node":1,"shown":"unavailable"}]}"#;
    let many = r#"{"node":0,"shown":"unavailable"},"#.repeat(2_000);
    let many = format!(
        r#"{{"say":"batch","gap":true,"readings":[{many}{{"node":0,"shown":"unavailable"}}]}}"#
    );
    let (other, end) = (r#"{"protocol":2,"program":"script"}"#, "cat >/dev/null");
    for (greeting, lines) in [
        (other, vec![]),
        ("hello", vec![]),
        (GREETING, vec!["{}"]),
        (GREETING, vec![r#"{"say":"done","is_cut":false}"#]),
        (GREETING, vec![OPENED, OPENED]),
        (GREETING, vec![OPENED, another]),
        (GREETING, vec![OPENED, &many]),
    ] {
        let failed = heard(greeting, &lines, end).await.unwrap_err();
        assert!(matches!(failed, Away::Protocol(_)), "{lines:?}: {failed:?}");
    }
    let endless = format!("head -c {} /dev/zero | tr '\\0' x; cat >/dev/null", 2 * LINE_MAX);
    let failed = heard(GREETING, &[OPENED], &endless).await.unwrap_err();
    assert!(matches!(failed, Away::Protocol(_)), "{failed:?}");
}

#[tokio::test]
async fn one_that_ends_is_told_as_it_is() {
    // Half a line, nothing at all, and a word of why.
    for end in ["printf '{\"say\"'", "kill -9 $$"] {
        let failed = heard(GREETING, &[OPENED], end).await.unwrap_err();
        assert!(matches!(failed, Away::Ended(_)), "{end}: {failed:?}");
    }
    let why = r#"{"say":"failed","failed":{"trouble":"lost","message":"the line is cut"}}"#;
    let failed = heard(GREETING, &[OPENED, why], "").await.unwrap_err();
    assert_eq!(failed.to_string(), "the line is cut");
    let directory = tempfile::tempdir().unwrap();
    let mut settings = script(directory.path(), GREETING, &[], "");
    settings.program = "/no/such/mtm-opcua".into();
    let failed = Opcua::open(&settings, None).await.unwrap_err();
    assert!(matches!(failed, Away::NotStarted { .. }), "{failed:?}");
}

#[tokio::test]
async fn tags_come_in_several_lines_and_too_many_do_not() {
    let directory = tempfile::tempdir().unwrap();
    let line = r#"{"say":"tags","tags":[{"name":"i=1","words":"one"}]}"#;
    let done = r#"{"say":"done","is_cut":true}"#;
    let settings = script(directory.path(), GREETING, &[line, line, done], "cat >/dev/null");
    let found = Opcua::tags(&settings, &[]).await.unwrap();
    assert_eq!((found.tags.len(), found.is_cut), (2, true));
    let endless = format!("while printf '%s\\n' '{line}'; do :; done");
    let settings = script(directory.path(), GREETING, &[], &endless);
    let failed = Opcua::tags(&settings, &[]).await.unwrap_err();
    assert!(matches!(failed, Away::Protocol(_)), "{failed:?}");
}
