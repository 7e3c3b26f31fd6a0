//! Rules about code: what may be written where, and why.

use super::source::Source;
use super::{Finding, Severity};

/// Words that must not stand in some part of the code.
struct Ban {
    rule: &'static str,
    words: &'static [&'static str],
    why: &'static str,
    /// Whether the ban holds in this file; the flag tells whether the line is a test.
    holds: fn(&Source, bool) -> bool,
}

const BANS: &[Ban] = &[
    Ban {
        rule: "unfinished",
        words: &["todo!", "unimplemented!", "dbg!"],
        why: "unfinished work is written down, not shipped; a panic on the floor loses a booking",
        holds: |_, _| true,
    },
    Ban {
        rule: "spawn",
        words: &["tokio::spawn", "tokio::task::spawn", "task::spawn"],
        why: "a task nobody owns outlives shutdown and dies unseen; the supervisor owns every task",
        holds: |source, test| {
            let supervisor = source.crate_name() == "mtm-app"
                && source.path().to_string_lossy().contains("src/supervisor");
            source.is_product() && !test && !supervisor && source.crate_name() != "mtm-testkit"
        },
    },
    Ban {
        rule: "sleep",
        words: &["thread::sleep", "time::sleep"],
        why: "a sleep is either too short or wasted; wait for the condition with a deadline",
        holds: |_, test| test,
    },
    Ban {
        rule: "clock",
        words: &[
            "Instant::now",
            "SystemTime::now",
            "Timestamp::now",
            "Zoned::now",
            "Uuid::now_v7",
            "Uuid::new_v4",
        ],
        why: "the domain is pure: time and ids are given to it, so that a seed reproduces a run",
        holds: |source, test| source.crate_name() == "mtm-core" && source.is_product() && !test,
    },
    Ban {
        rule: "driver",
        words: &["rusqlite", "mysql_async", "libsqlite3_sys"],
        why: "only the store knows which database it is; the fixtures reach past it on purpose",
        holds: |source, _| !["mtm-store", "mtm-testkit"].contains(&source.crate_name()),
    },
    Ban {
        rule: "http-framework",
        words: &["axum", "axum_extra", "utoipa_axum"],
        why: "only the web crate knows how a request arrives; use cases serve every entry point",
        holds: |source, _| source.crate_name() != "mtm-web",
    },
    Ban {
        rule: "outside-world",
        words: &["reqwest", "lettre", "rumqttc", "async_nats", "async_opcua"],
        why: "every call to another system goes through the one guard, in mtm-connect",
        holds: |source, _| !["mtm-connect", "mtm-testkit"].contains(&source.crate_name()),
    },
    Ban {
        rule: "allow",
        words: &["#[allow(", "#![allow("],
        why: "an expectation (`#[expect(lint, reason = …)]`) ends when its cause does",
        holds: |_, _| true,
    },
];

/// Ends of type names that say nothing about what the type is.
const VAGUE_TYPES: [&str; 3] = ["Manager", "Helper", "Utils"];

const WHY_TYPE: &str = "a type is named for what it is, not for being in charge of something";

const WHY_MODULE_DOC: &str =
    "the first thing a reader needs is why the module exists and what is deliberately absent";

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let finding = |line, rule, message, why| Finding {
        path: source.path().to_path_buf(),
        line,
        severity: Severity::Error,
        rule,
        message,
        why,
    };
    let mut findings = Vec::new();
    for (line, code, test) in source.lines() {
        for ban in BANS.iter().filter(|ban| (ban.holds)(source, test)) {
            if let Some(word) = ban.words.iter().find(|word| contains_word(code, word)) {
                findings.push(finding(line, ban.rule, format!("`{word}` here"), ban.why));
            }
        }
        if let Some(name) = vague_type(code) {
            findings.push(finding(line, "name", format!("a type named `{name}`"), WHY_TYPE));
        }
    }
    if source.is_product() && !has_module_doc(source.text()) {
        let message = "no module documentation (`//!`)".to_owned();
        findings.push(finding(1, "module-doc", message, WHY_MODULE_DOC));
    }
    findings
}

/// Whether `code` has `word` with no word character or path before or after it that would make
/// it another word.
fn contains_word(code: &str, word: &str) -> bool {
    let joins = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let starts = word.starts_with('#') || !before.is_some_and(joins);
        let ends = word.ends_with(['!', '(']) || !after.is_some_and(joins);
        starts && ends
    })
}

fn vague_type(code: &str) -> Option<&str> {
    let mut words = code.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.find(|word| ["struct", "enum", "trait", "type"].contains(word))?;
    words.next().filter(|name| VAGUE_TYPES.iter().any(|vague| name.ends_with(vague)))
}

/// Whether the file's first words, after other comments and attributes, are its documentation.
fn has_module_doc(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| {
            let comment = line.starts_with("//") && !line.starts_with("//!");
            !(line.is_empty() || comment || line.starts_with("#!["))
        })
        .is_some_and(|line| line.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules that one line of code breaks, in a file that is fine otherwise.
    fn rules(path: &str, code: &str) -> Vec<&'static str> {
        let source = Source::new(path, format!("//! Why.\n{code}\n"));
        check(&source).into_iter().map(|finding| finding.rule).collect()
    }

    const CORE: &str = "crates/mtm-core/src/lot.rs";
    const APP: &str = "crates/mtm-app/src/post.rs";
    const STORE: &str = "crates/mtm-store/src/ledger.rs";
    const WEB: &str = "crates/mtm-web/src/stock.rs";
    const TEST: &str = "crates/mtm-web/tests/web/stock.rs";

    #[test]
    fn unfinished_work_is_refused_everywhere() {
        for path in [CORE, TEST, "xtask/src/main.rs"] {
            assert_eq!(rules(path, "fn f() { todo!() }"), ["unfinished"], "{path}");
        }
        assert_eq!(rules(CORE, "fn f() { unimplemented!(); dbg!(1); }"), ["unfinished"]);
        assert_eq!(rules(CORE, "/// Says `todo!()`.\nconst A: &str = \"dbg!\";"), [""; 0]);
    }

    #[test]
    fn only_the_supervisor_and_tests_spawn() {
        let code = "fn f() { tokio::spawn(g()); }";
        assert_eq!(rules(APP, code), ["spawn"]);
        assert_eq!(rules(APP, "fn f() { task::spawn(g()); }"), ["spawn"]);
        for path in [
            "crates/mtm-app/src/supervisor.rs",
            "crates/mtm-app/src/supervisor/restart.rs",
            "crates/mtm-testkit/src/browser.rs",
            TEST,
        ] {
            assert_eq!(rules(path, code), [""; 0], "{path}");
        }
        assert_eq!(rules(APP, "fn f() { tokio::task::spawn_blocking(g); }"), [""; 0]);
        assert_eq!(
            rules(APP, "#[cfg(test)]\nmod tests { fn f() { tokio::spawn(g()); } }"),
            [""; 0]
        );
    }

    #[test]
    fn tests_do_not_sleep() {
        assert_eq!(rules(TEST, "fn f() { std::thread::sleep(d); }"), ["sleep"]);
        assert_eq!(rules(TEST, "async fn f() { tokio::time::sleep(d).await; }"), ["sleep"]);
        let inner = "#[cfg(test)]\nmod tests {\n fn f() { std::thread::sleep(d); }\n}";
        assert_eq!(rules(APP, inner), ["sleep"]);
        assert_eq!(rules(APP, "fn f() { std::thread::sleep(d); }"), [""; 0]);
    }

    #[test]
    fn the_domain_has_no_clock_and_makes_no_ids() {
        for call in ["Instant::now()", "SystemTime::now()", "Timestamp::now()", "Uuid::now_v7()"] {
            let code = format!("fn f() {{ {call}; }}");
            assert_eq!(rules(CORE, &code), ["clock"], "{call}");
            assert_eq!(rules(APP, &code), [""; 0], "{call}");
        }
    }

    #[test]
    fn only_the_store_names_a_driver() {
        for code in ["use rusqlite::Connection;", "fn f(p: mysql_async::Pool) {}"] {
            assert_eq!(rules(APP, code), ["driver"]);
            assert_eq!(rules(STORE, code), [""; 0]);
        }
        assert_eq!(rules(APP, "fn rusqlite_like() {}"), [""; 0]);
    }

    #[test]
    fn only_the_web_names_axum_and_only_connect_a_client() {
        assert_eq!(rules(APP, "use axum::Router;"), ["http-framework"]);
        assert_eq!(rules(WEB, "use axum::Router;"), [""; 0]);
        assert_eq!(rules(WEB, "use reqwest::Client;"), ["outside-world"]);
        assert_eq!(rules("crates/mtm-connect/src/http.rs", "use reqwest::Client;"), [""; 0]);
    }

    #[test]
    fn expect_takes_the_place_of_allow() {
        assert_eq!(rules(CORE, "#[allow(dead_code)]\nfn f() {}"), ["allow"]);
        assert_eq!(rules(CORE, "#![allow(dead_code)]\nfn f() {}"), ["allow"]);
        assert_eq!(rules(CORE, "#[expect(dead_code, reason = \"x\")]\nfn f() {}"), [""; 0]);
    }

    #[test]
    fn types_are_named_for_what_they_are() {
        assert_eq!(rules(APP, "pub struct StockManager;"), ["name"]);
        assert_eq!(rules(APP, "trait DateHelper {}"), ["name"]);
        assert_eq!(rules(APP, "struct Stock { manager: Account }"), [""; 0]);
    }

    #[test]
    fn product_files_say_why_they_exist() {
        let check = |path: &str, text: &str| {
            let source = Source::new(path, text);
            check(&source).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(check(CORE, "use x;\n"), ["module-doc"]);
        assert_eq!(check(CORE, "\n// note\n#![deny(x)]\n//! Why.\n"), [""; 0]);
        assert_eq!(check(TEST, "use x;\n"), [""; 0]);
    }
}
