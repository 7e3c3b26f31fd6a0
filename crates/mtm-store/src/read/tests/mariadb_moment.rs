//! A question to a server sees one moment, and leaves none behind for the next.

use std::sync::mpsc::channel;

use tokio::runtime::Runtime;

use crate::fault::Fault;
use crate::sql::{Connection, params};
use crate::{Ledger, OpenOptions};

fn aliases(connection: Connection<'_>) -> Result<u64, Fault> {
    let count =
        connection.query_row("SELECT count(*) FROM alias", params![], |row| row.get::<u64>(0));
    Ok(count?)
}

#[test]
fn mariadb_questions_see_one_moment_and_leave_none_behind() {
    let server = mtm_testkit::MariaDb::shared().unwrap().or_skip("questions to MariaDB");
    let Some(server) = server else { return };
    let url = server.create_database().unwrap();
    let database = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let add = |n: u64| {
        let sql = format!("INSERT INTO alias (noun, folded, row_id) VALUES ('part', 'X{n}', {n})");
        server.sql(database, &sql).unwrap();
    };
    Runtime::new().unwrap().block_on(async {
        // One connection: whatever a question leaves, the next one finds.
        let options = OpenOptions { create: true, readers: 1, ..OpenOptions::default() };
        let ledger = Ledger::connect(&url, options).await.unwrap();

        let (looked, seen) = channel();
        let (told, added) = channel();
        let asked = ledger.clone();
        let question = tokio::spawn(async move {
            let twice = move |connection: Connection<'_>| {
                let before = aliases(connection)?;
                looked.send(()).unwrap();
                added.recv().unwrap();
                Ok::<_, Fault>((before, aliases(connection)?))
            };
            asked.query(twice).await
        });
        tokio::task::block_in_place(|| seen.recv().unwrap());
        add(1);
        told.send(()).unwrap();
        assert_eq!(question.await.unwrap().unwrap(), (0, 0));
        assert_eq!(ledger.query(aliases).await.unwrap(), 1);

        let fails = |connection: Connection<'_>| -> Result<u64, Fault> {
            panic!("after a look: {:?}", aliases(connection))
        };
        assert!(ledger.query(fails).await.is_err());
        add(2);
        assert_eq!(ledger.query(aliases).await.unwrap(), 2);
        ledger.close().await;
    });
}
