//! A legacy database on a real server: it gives exactly what its dump gives.

use jiff::tz::TimeZone;
use mtm_app::legacy::plant::{LegacyPlant, LogFrom, Source, read_plant, read_server};
use mtm_app::legacy::report::reconcile;
use mtm_app::legacy::server::Address;
use mtm_testkit::MariaDb;

/// The made-up plant as a server can hold it: what its column types would change is changed
/// before, so that the dump and the server hold the same.
pub(crate) fn dump() -> String {
    include_str!("../legacy/plant.sql")
        .replace("enum('IN','OUT','TRANSFER')", "varchar(20)")
        .replace("`Operations` json", "`Operations` longtext")
        .replace("'not a time'", "'0000-00-00 00:00:00'")
}

/// The plant in a database of its own: its name and address.
pub(crate) fn loaded(server: &MariaDb, dump: &str) -> (String, Address) {
    let url = server.create_database().unwrap();
    let name = url.rsplit('/').next().unwrap().to_owned();
    server.sql(&name, dump).unwrap();
    (name, Address::parse(&url, None).unwrap())
}

async fn read(address: &Address) -> LegacyPlant {
    read_server(address, LogFrom::Beginning, |_| ()).await.unwrap()
}

#[tokio::test]
async fn a_server_gives_the_plan_and_the_report_of_its_dump() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("legacy server") else { return };
    let dump = dump();
    let (_, address) = loaded(server, &dump);
    let mut from_server = read(&address).await;
    let from_dump = read_plant(dump.as_bytes()).unwrap();
    assert_eq!(from_server.source.tables, from_dump.source.tables);
    assert!(from_server.source.end_proved && from_server.source.server.is_some());

    let again = read(&address).await;
    assert_eq!(again.source, from_server.source, "the same data has the same hash");
    // All that differs is what was read.
    from_server.source = Source { end_proved: true, ..from_dump.source.clone() };
    let zone = TimeZone::get("America/Chicago").unwrap();
    let (plan, report) = reconcile(&from_server, &zone).unwrap();
    let (expected_plan, mut expected) = reconcile(&from_dump, &zone).unwrap();
    expected.source.end_proved = true;
    assert_eq!(plan, expected_plan);
    assert_eq!(report, expected);
}

#[tokio::test]
async fn other_character_sets_types_and_cases_are_the_same_plant() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("legacy server") else { return };
    let (name, address) = loaded(server, &dump());
    let before = read(&address).await;
    server
        .sql(
            &name,
            "SET sql_mode = '';
             ALTER TABLE inv_transaction CONVERT TO CHARACTER SET latin1;
             ALTER TABLE inv_inventory CONVERT TO CHARACTER SET utf8mb3,
                 MODIFY Quantity decimal(12,2), ADD COLUMN Colour2 blob;
             UPDATE inv_inventory SET Colour2 = x'ff00';
             ALTER TABLE md_locations MODIFY ID int unsigned, ADD PRIMARY KEY (ID);
             ALTER TABLE md_part_ids MODIFY RequiresColorCode bit(1);
             ALTER TABLE usr_users CHANGE `User` `USER` varchar(100);
             CREATE TABLE tool_crib (n INT)",
        )
        .unwrap();
    let after = read(&address).await;
    let report = |plant: &LegacyPlant| {
        let (_, mut report) = reconcile(plant, &TimeZone::UTC).unwrap();
        report.source = Source::default();
        report
    };
    assert_eq!(report(&after), report(&before));
    assert!(after.log.iter().any(|row| row.notes.verbatim() == Some("großer Käfig")));
}

#[tokio::test]
async fn what_a_server_lacks_is_named_with_what_to_do() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("legacy server") else { return };
    let (name, address) = loaded(server, &dump());
    let refused = async || {
        let error = read_server(&address, LogFrom::Beginning, |_| ()).await.unwrap_err();
        assert!(!error.next_step().is_empty());
        (error.code(), error.to_string())
    };
    server.sql(&name, "ALTER TABLE inv_inventory DROP COLUMN BatchNumber").unwrap();
    let (code, message) = refused().await;
    assert_eq!(code, "legacy_column_missing");
    assert!(message.contains("inv_inventory") && message.contains("BatchNumber"), "{message}");
    server.sql(&name, "DROP TABLE sys_roles, md_color_codes").unwrap();
    let (code, message) = refused().await;
    assert_eq!(code, "legacy_tables_missing");
    assert!(message.contains("md_color_codes") && message.contains("sys_roles"), "{message}");
    server.sql("", &format!("DROP DATABASE {name}")).unwrap();
    assert_eq!(refused().await.0, "legacy_database_missing");
}

#[tokio::test]
async fn an_account_that_may_only_read_what_is_wanted_suffices_and_secrets_stay_unread() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("legacy server") else { return };
    let (name, all) = loaded(server, &dump());
    let user = format!("r{}", std::process::id());
    server
        .sql(
            &name,
            &format!(
                "CREATE USER '{user}'@'%' IDENTIFIED BY 'hush hush';
                 GRANT SELECT (ID, `User`, `Full Name`, Shift) ON usr_users TO '{user}'@'%'"
            ),
        )
        .unwrap();
    let url = format!("mysql://{user}@127.0.0.1:{}/{name}", server.port());
    let own = Address::parse(&url, Some("hush hush")).unwrap();
    let error = read_server(&own, LogFrom::Beginning, |_| ()).await.unwrap_err();
    assert_eq!(error.code(), "legacy_tables_missing", "{error}");
    let tables = read(&all).await.source.tables;
    for table in tables.iter().filter(|table| table.table != "usr_users") {
        let grant = format!("GRANT SELECT ON {} TO '{user}'@'%'", table.table);
        server.sql(&name, &grant).unwrap();
    }
    // Pin and Password are not granted: asking for them would be refused.
    let plant = read(&own).await;
    assert_eq!(plant.source.sha256, read(&all).await.source.sha256);

    let wrong = Address::parse(&url, Some("guessed")).unwrap();
    let error = read_server(&wrong, LogFrom::Beginning, |_| ()).await.unwrap_err();
    assert_eq!(error.code(), "legacy_denied");
    assert!(!error.to_string().contains("guessed"), "{error}");
}
