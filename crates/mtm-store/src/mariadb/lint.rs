//! Rules for our own SQL on the server, kept by a test: no error is swallowed, no handler sets
//! what nobody reads, no statement is built from text, every procedure says under whose rights it
//! runs and what it is for, and is made under strict rules. And for our own calls: they pass as
//! many values as a procedure takes.

use std::fs;
use std::path::Path;

use super::procedures::{PROCEDURES, TRIGGERS, VIEWS, views};
use super::way::SESSION;

/// What is wrong with a procedure's script.
fn procedure(script: &str) -> Vec<String> {
    let code = without_comments(script);
    let mut found = statements(&code);
    if !code.contains("SQL SECURITY DEFINER") {
        found.push("says not SQL SECURITY DEFINER".to_owned());
    }
    if !code.lines().any(|line| line.starts_with("COMMENT '")) {
        found.push("has no COMMENT".to_owned());
    }
    found
}

/// What is wrong with the statements of a script.
fn statements(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let words: Vec<String> = code
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_uppercase)
        .collect();
    for word in ["PREPARE", "EXECUTE", "DEALLOCATE"] {
        if words.iter().any(|other| other == word) {
            found.push(format!("builds statements from text ({word})"));
        }
    }
    for at in (0..words.len()).filter(|&at| words[at] == "HANDLER" && at > 0) {
        // A handler ends with its statement, or with the block that is its statement.
        let rest = &words[at..];
        let conditions = rest.iter().take_while(|word| !is_statement(word)).count();
        let (conditions, body) = rest.split_at(conditions);
        // Declared, set here, and read somewhere: a handler that sets what nobody reads is dead.
        if let [set, variable, ..] = body
            && set == "SET"
            && words.iter().filter(|word| *word == variable).count() < 3
        {
            found.push(format!("has a dead handler (nobody reads {variable})"));
        }
        let catches_all = conditions.iter().any(|word| word == "SQLEXCEPTION");
        if !catches_all {
            continue;
        }
        let end = body.iter().position(|word| word == "END").unwrap_or(body.len().min(1));
        let resignals = body[..end.max(1).min(body.len())].iter().any(|word| word == "RESIGNAL");
        if words[at - 1] == "CONTINUE" {
            found.push("goes on after any error (CONTINUE HANDLER FOR SQLEXCEPTION)".to_owned());
        } else if !resignals {
            found.push("swallows any error (no RESIGNAL)".to_owned());
        }
    }
    found
}

fn is_statement(word: &str) -> bool {
    ["BEGIN", "SET", "ROLLBACK", "RESIGNAL", "SIGNAL", "LEAVE", "CALL", "SELECT", "INSERT"]
        .contains(&word)
}

fn without_comments(script: &str) -> String {
    let lines = script.lines().map(|line| line.split_once("-- ").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn our_procedures_keep_the_rules() {
    for it in PROCEDURES {
        assert!(procedure(it.script).is_empty(), "{}: {:?}", it.name, procedure(it.script));
    }
    assert!(statements(&without_comments(TRIGGERS)).is_empty());
    assert!(statements(&without_comments(VIEWS)).is_empty());
    let marked = views().filter(|(_, view)| view.contains("SQL SECURITY DEFINER VIEW plant_"));
    assert_eq!((marked.count(), views().count()), (3, 3));
    // Whatever we make is made on a connection of ours, and keeps its rules.
    let modes = SESSION.iter().find(|statement| statement.contains("sql_mode"));
    assert!(modes.is_some_and(|modes| modes.contains("STRICT_ALL_TABLES")));
}

/// The calls in a source: name, and how many values are passed.
fn calls(source: &str) -> Vec<(String, usize)> {
    let call = |text: &str| {
        let (name, rest) = text.split_once('(')?;
        let values = rest.split_once(')')?.0;
        name.starts_with("mtm_").then(|| (name.to_owned(), values.matches('?').count()))
    };
    source.split("\"CALL ").skip(1).filter_map(call).collect()
}

fn sources(directory: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_call_of_this_program_passes_what_the_procedure_takes() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let calls: Vec<_> = all.iter().flat_map(|source| calls(source)).collect();
    assert!(calls.len() >= 8, "{calls:?}");
    for (name, values) in &calls {
        let known = PROCEDURES.iter().find(|procedure| procedure.name == name);
        let takes = known.map(|procedure| procedure.parameters.len());
        assert_eq!(takes, Some(*values), "{name}");
    }
}

#[test]
fn every_rule_is_noticed_where_it_is_broken() {
    const HEAD: &str = "CREATE OR REPLACE PROCEDURE p ()\nSQL SECURITY DEFINER\nCOMMENT 'it'\n";
    let broken = |head: &str, body: &str| procedure(&format!("{head}BEGIN\n{body}\nEND"));
    assert!(
        broken(
            HEAD,
            "    DECLARE EXIT HANDLER FOR SQLEXCEPTION\n    BEGIN\n ROLLBACK; RESIGNAL; END;"
        )
        .is_empty()
    );
    assert!(broken(HEAD, "    DECLARE v BOOLEAN; DECLARE CONTINUE HANDLER FOR NOT FOUND SET v = TRUE; IF v THEN LEAVE a; END IF;").is_empty());
    let rules = [
        ("    DECLARE v BOOLEAN; DECLARE CONTINUE HANDLER FOR NOT FOUND SET v = TRUE;", "dead"),
        ("    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;", "goes on"),
        ("    DECLARE EXIT HANDLER FOR NOT FOUND, SQLEXCEPTION ROLLBACK;", "swallows"),
        ("    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; RESIGNAL;", "swallows"),
        ("    PREPARE s FROM 'SELECT 1';", "PREPARE"),
        ("    EXECUTE IMMEDIATE 'SELECT 1';", "EXECUTE"),
    ];
    for (body, expected) in rules {
        let found = broken(HEAD, body);
        assert!(found.len() == 1 && found[0].contains(expected), "{body}: {found:?}");
    }
    let mute = "CREATE OR REPLACE PROCEDURE p ()\nSQL SECURITY INVOKER\n";
    assert_eq!(broken(mute, ""), ["says not SQL SECURITY DEFINER", "has no COMMENT"]);
}
