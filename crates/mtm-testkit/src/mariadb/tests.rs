//! Servers of either backend, replicas and encrypted ones: what each keeps.

use super::*;
use crate::backend::Container;

/// What every backend keeps.
fn answers_keeps_what_was_committed_and_leaves_nothing(mut server: MariaDb) {
    let directory = server.directory.path().to_path_buf();
    let url = server.create_database().unwrap();
    let name = url.rsplit('/').next().unwrap().to_owned();
    server.sql(&name, "CREATE TABLE t (n INT); INSERT INTO t VALUES (7)").unwrap();
    assert_eq!(server.sql(&name, "SELECT n FROM t").unwrap(), "7\n");
    assert_eq!(
        server.sql("", "SELECT @@innodb_flush_log_at_trx_commit, @@bind_address").unwrap(),
        "1\t127.0.0.1\n"
    );

    server.kill9().unwrap();
    assert!(server.sql(&name, "SELECT 1").is_err());
    server.restart().unwrap();
    assert_eq!(server.sql(&name, "SELECT n FROM t").unwrap(), "7\n");

    let port = server.port();
    drop(server);
    assert!(!directory.exists());
    let client = Client { program: PathBuf::new(), port };
    assert!(!client.is_greeted());
}

#[test]
fn a_mariadb_process_keeps_the_contract_of_backends() {
    let server = MariaDb::start_on(&Host).unwrap().or_skip("testkit: MariaDB");
    let Some(server) = server else { return };
    answers_keeps_what_was_committed_and_leaves_nothing(server);
}

#[test]
fn a_mariadb_container_keeps_the_contract_of_backends() {
    let suite = "testkit: MariaDB in a container";
    let Some(server) = MariaDb::start_on(&Container).unwrap().or_skip(suite) else { return };
    answers_keeps_what_was_committed_and_leaves_nothing(server);
}

#[test]
fn a_mariadb_container_has_processes_and_a_name_of_its_own() {
    let suite = "testkit: MariaDB in a container";
    let Some(server) = MariaDb::start_on(&Container).unwrap().or_skip(suite) else { return };
    // Its first process is the server, and the machine has another name.
    let pid = fs::read_to_string(server.directory.path().join("data/mariadb.pid")).unwrap();
    assert_eq!(pid.trim(), "1");
    assert_eq!(server.sql("", "SELECT @@hostname").unwrap(), "mtm-testkit\n");
}

#[test]
fn tests_share_one_mariadb_server_and_take_a_database_each() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("testkit: MariaDB") else {
        return;
    };
    let again = MariaDb::shared().unwrap().or_skip("testkit: MariaDB").unwrap();
    assert_eq!(server.port(), again.port());
    assert_ne!(server.create_database().unwrap(), server.create_database().unwrap());
}

#[test]
fn a_mariadb_server_is_prepared_once_and_then_starts_from_a_copy() {
    let version = format!("{:?}", std::time::SystemTime::now());
    let mut prepared = 0;
    let mut start = || {
        let fixture = MariaDb::start_prepared("plant", &version, |url| {
            prepared += 1;
            let port = url.trim_end_matches("/plant").rsplit(':').next().unwrap();
            let client = Client { program: Programs::find().unwrap().client, port: port.parse()? };
            client.sql("plant", "CREATE TABLE t (n INT); INSERT INTO t VALUES (7)").map(drop)
        });
        fixture.unwrap().or_skip("testkit: MariaDB")
    };
    let (Some(first), Some(second)) = (start(), start()) else { return };
    assert_eq!(prepared, 1);
    first.sql("plant", "UPDATE t SET n = 8").unwrap();
    assert_eq!(first.sql("plant", "SELECT n FROM t").unwrap(), "8\n");
    assert_eq!(second.sql("plant", "SELECT n FROM t").unwrap(), "7\n");
    assert_eq!(second.take_prepared(), Some(second.url_of("plant")));
    assert_eq!(second.take_prepared(), None);
    template::forget(&format!("plant-{version}"), &second.programs).unwrap();
}
