//! Who may do what on a real server: the ledger is written by procedures only, and the program
//! needs no more than its role.

use mtm_store::database::{self, AccountError, Accounts, Deviation, Login, LoginRole};
use mtm_store::{Ledger, OpenError, OpenOptions};
use mtm_testkit::MariaDb;

use crate::home::accounts;
use crate::mariadb::{Plant, block_on, name_of};

const PASSWORD: &str = "of its own";

/// The tables that say what the plant has and what happened, and what stands for a key.
const LEDGER: [&str; 8] =
    ["movement", "stock", "lot", "hold", "audit", "outbox", "seal_queue", "idempotency_key"];

/// A plant with a lot, made by an administrator, and the accounts of every role.
fn plant(server: &MariaDb) -> String {
    let url = server.create_database().unwrap();
    block_on(async {
        let plant = Plant::open(&url).await;
        plant.post(Some("the first receipt"), plant.receive(5)).await.unwrap();
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| ()).await.unwrap();
        plant.ledger.close().await;
        for (role, name) in LOGINS {
            accounts(&url, role, name).await;
        }
    });
    url
}

const LOGINS: [(LoginRole, &str); 4] = [
    (LoginRole::App, "program"),
    (LoginRole::Plant, "press"),
    (LoginRole::Read, "reports"),
    (LoginRole::Migrate, "upgrades"),
];

fn of(url: &str, login: &str) -> String {
    url.replace("root@", &format!("{login}:of%20its%20own@"))
}

#[test]
fn nobody_on_mariadb_writes_the_ledger_but_through_the_procedures() {
    let suite = "MariaDB accounts";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = plant(server);
    let database = name_of(&url);
    let sums = || server.sql(&database, &format!("CHECKSUM TABLE {}", LEDGER.join(", "))).unwrap();
    let before = sums();
    let denied = |login: &str, statement: &str| {
        let refused = server.sql_as((login, PASSWORD), &database, statement).unwrap_err();
        let refused = format!("{refused:#}");
        assert!(refused.to_lowercase().contains("denied"), "{login}: {statement}: {refused}");
    };
    for login in ["program", "press", "reports"] {
        for table in LEDGER {
            denied(login, &format!("INSERT INTO {table} SELECT * FROM {table} LIMIT 0"));
            denied(login, &format!("DELETE FROM {table}"));
            denied(login, &format!("TRUNCATE TABLE {table}"));
            denied(login, &format!("DROP TABLE {table}"));
        }
        for statement in [
            "UPDATE movement SET quantity = 1",
            "UPDATE movement SET sequence = NULL",
            "UPDATE stock SET quantity = 1",
            "UPDATE lot SET ledger_version = 0",
            "UPDATE hold SET released_at = 1",
            "UPDATE audit SET entry = ''",
            "UPDATE outbox SET data = ''",
            "UPDATE seal_queue SET entry = ''",
            "UPDATE idempotency_key SET body = NULL",
            "UPDATE site SET lot_counter = 0",
            "UPDATE routing_version SET effective_from = 0",
            "DELETE FROM routing_step",
            "UPDATE shift_version SET effective_from = 0",
            "DELETE FROM shift_span",
            "UPDATE period_closing SET through = NULL",
            "UPDATE label_template SET body = NULL",
            "DELETE FROM label_template",
            "INSERT INTO lot (lot, part_id, received_at) VALUES ('8', 1, 1)",
            "UPDATE legacy_movement SET quantity = 1",
            "DELETE FROM legacy_movement",
            "DROP PROCEDURE mtm_post",
            "CREATE PROCEDURE mtm_more () SELECT 1",
            "DROP TRIGGER audit_is_never_changed",
            "DROP VIEW plant_stock",
            "CREATE TABLE more (n INT)",
        ] {
            denied(login, statement);
        }
    }
    // Reports read no secrets, and a plant's clients see views only.
    for table in ["user", "token", "session", "setup_link", "identity", "idempotency_key"] {
        denied("reports", &format!("SELECT * FROM {table}"));
    }
    for table in LEDGER.iter().chain(&["user", "token", "part", "site"]) {
        denied("press", &format!("SELECT 1 FROM {table}"));
    }
    for call in ["mtm_apply('', @s)", "mtm_post('', @s)", "mtm_seal('', @s)", "mtm_lots(1, @s)"] {
        denied("press", &format!("CALL {call}"));
        denied("reports", &format!("CALL {call}"));
    }
    assert_eq!(sums(), before);
    for (_, login) in &LOGINS[1..3] {
        let see = |sql: &str| server.sql_as((login, PASSWORD), &database, sql).unwrap();
        assert_eq!(
            see("SELECT part, operation, location, quantity, held FROM plant_stock"),
            "A-1\t10\tR-1\t5\t0\n"
        );
        assert_eq!(
            see("SELECT type, part, quantity, user FROM plant_movement"),
            "in\tA-1\t5\tcli:tester\n"
        );
        assert_eq!(see("SELECT count(*) FROM plant_lot"), "1\n");
    }
    // The owner signs in with no password at all.
    for password in ["", "invalid", PASSWORD] {
        let refused = server.sql_as(("mtm_owner", password), &database, "SELECT 1").unwrap_err();
        assert!(format!("{refused:#}").contains("Access denied"), "{refused:#}");
    }
}

#[test]
fn a_program_that_may_not_migrate_mariadb_says_so_and_starts_when_it_is_done() {
    let suite = "MariaDB accounts";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = plant(server);
    let database = name_of(&url);
    let (program, upgrades) = (of(&url, "program"), of(&url, "upgrades"));
    let open = |url: &str| {
        block_on(async {
            Ledger::connect(url, OpenOptions::default()).await?.close().await;
            Ok::<_, OpenError>(())
        })
    };
    let findings = |url: &str| {
        let mut found = block_on(database::check(url)).unwrap();
        found.retain(|drift| drift.what != Deviation::BodyHidden);
        found
    };
    open(&program).unwrap();
    assert_eq!(findings(&url), []);
    assert_eq!(findings(&program), []);

    // Another version's procedure, a step that was not done, a view that is gone.
    for change in [
        "ALTER PROCEDURE mtm_apply COMMENT 'of another version'",
        "DROP PROCEDURE mtm_seal",
        "UPDATE mtm_schema SET version = 1; DROP TABLE plant_login",
        "DROP VIEW plant_lot",
        // A step that only adds tables: nothing else tells that somebody needs them.
        "UPDATE mtm_schema SET version = 4; DROP TABLE legacy_stock, legacy_follow;
         REVOKE ALL ON legacy_stock FROM mtm_app; REVOKE ALL ON legacy_follow FROM mtm_app",
    ] {
        server.sql(&database, change).unwrap();
        let refused = open(&program).unwrap_err();
        assert!(matches!(refused, OpenError::NotPermitted { .. }), "{change}: {refused}");
        open(&upgrades).unwrap();
        open(&program).unwrap();
        // What was made anew belongs to the owner and was given to the roles again.
        assert_eq!(findings(&url), [], "{change}");
    }
    let owners = "SELECT DISTINCT definer FROM information_schema.routines
                  WHERE routine_schema = DATABASE()
                  UNION SELECT definer FROM information_schema.triggers
                  WHERE trigger_schema = DATABASE()
                  UNION SELECT definer FROM information_schema.views
                  WHERE table_schema = DATABASE()";
    assert_eq!(server.sql(&database, owners).unwrap(), "mtm_owner@localhost\n");
}

#[test]
fn rights_on_mariadb_that_are_missing_or_too_much_are_told() {
    let suite = "MariaDB accounts";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = plant(server);
    let database = name_of(&url);
    let told = |url: &str| {
        let found = block_on(database::check(url)).unwrap();
        let about = found.iter().filter(|drift| drift.what != Deviation::BodyHidden);
        about.map(ToString::to_string).collect::<Vec<_>>()
    };
    server.sql(&database, "REVOKE DELETE ON session FROM mtm_app").unwrap();
    server.sql(&database, "GRANT UPDATE (quantity) ON stock TO mtm_app").unwrap();
    let expected = [
        format!("role mtm_app lacks DELETE on {database}.session"),
        format!("role mtm_app has UPDATE (quantity) on {database}.stock, which nobody there needs"),
    ];
    assert_eq!(told(&url), expected);
    // The program is told about itself.
    assert_eq!(told(&of(&url, "program")), expected);
    server.sql(&database, "REVOKE UPDATE (quantity) ON stock FROM mtm_app").unwrap();
    block_on(accounts(&url, LoginRole::App, "program"));
    assert_eq!(told(&url), [""; 0]);
    // An object of somebody else.
    let other = "SET sql_mode = ''; CREATE OR REPLACE VIEW plant_lot AS SELECT 1 AS lot";
    server.sql(&database, other).unwrap();
    assert!(told(&url)[0].starts_with("view plant_lot belongs to root@"), "{:?}", told(&url));
}

#[test]
fn accounts_on_mariadb_are_shown_before_and_never_without_a_password() {
    let suite = "MariaDB accounts";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let login = |password: Option<&str>| Login {
        role: LoginRole::App,
        name: "it's new".to_owned(),
        host: "%".to_owned(),
        password: password.map(str::to_owned),
    };
    let make = |prefix: &str, password: Option<&str>, look| {
        let asked = Accounts { prefix: prefix.to_owned(), logins: vec![login(password)] };
        block_on(database::accounts(&url, &asked, look))
    };
    let refused = make("new", None, false).unwrap_err();
    assert!(matches!(refused, AccountError::NoPassword { .. }), "{refused}");
    let refused = make("New'", Some("secret"), false).unwrap_err();
    assert!(matches!(refused, AccountError::Prefix { .. }), "{refused}");
    let statements = make("new", Some("sec'ret"), true).unwrap();
    let everything = statements.join("\n");
    assert!(!everything.contains("sec"), "{everything}");
    assert!(everything.contains("CREATE USER IF NOT EXISTS 'new_owner'@'localhost'"));
    let people = "SELECT count(*) FROM mysql.user WHERE user LIKE 'new%' OR user LIKE 'it%'";
    assert_eq!(server.sql("", people).unwrap(), "0\n");
    assert_eq!(server.sql(&name_of(&url), "SHOW TABLES").unwrap(), "");

    assert_eq!(make("new", Some("sec'ret"), false).unwrap(), statements);
    // Again, and without a password for who is there already.
    make("new", None, false).unwrap();
    let as_login = |sql: &str| server.sql_as(("it's new", "sec'ret"), &name_of(&url), sql);
    assert_eq!(as_login("SELECT CURRENT_ROLE()").unwrap(), "new_app\n");
}
