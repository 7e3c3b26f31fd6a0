//! The guide's way from an empty database to a proved ledger, by its own shell lines.

use std::os::unix::fs::symlink;
use std::process::Command;

use mtm_testkit::MariaDb;

use crate::support::{PROGRAM, Run};

#[test]
fn a_newcomer_goes_from_an_empty_mariadb_to_a_proved_ledger_by_the_guide_alone() {
    let Some(server) = MariaDb::start().unwrap().or_skip("guide on MariaDB") else { return };
    let admin = server.create_database().unwrap();
    let of_program = admin.replace("root@", "mtm_server:a-password-of-its-own@");
    let place = tempfile::tempdir().unwrap();
    let programs = place.path().join("bin");
    std::fs::create_dir(&programs).unwrap();
    symlink(PROGRAM, programs.join("mtm")).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let run = Run::of(
        Command::new("sh")
            .arg("-c")
            .arg(include_str!("guide/first_server.sh"))
            .current_dir(place.path())
            .env("PATH", path)
            .env("ADMIN", &admin)
            .env("SERVER", of_program)
            .env("HOME", place.path())
            .output()
            .unwrap(),
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let database = admin.rsplit('/').next().unwrap();
    let pieces = server.sql(database, "SELECT sum(quantity) DIV 1000000 FROM stock").unwrap();
    assert_eq!(pieces.trim(), "500");
    // The program's account could not have written that by itself.
    let other = server.sql_as(
        ("mtm_server", "a-password-of-its-own"),
        database,
        "UPDATE stock SET quantity = quantity + 1000000",
    );
    assert!(other.unwrap_err().to_string().contains("denied"));
}
