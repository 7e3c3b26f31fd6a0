//! Two servers, of which one follows the other: an ordinary asynchronous replica.

use std::time::Duration;

use anyhow::Result;

use super::MariaDb;
use crate::poll;
use crate::skip::Fixture;

/// How long a replica may take to be as far as its source.
const CATCH_UP: Duration = Duration::from_secs(60);

/// A server and one that follows it; both stopped and removed on drop.
#[derive(Debug)]
pub struct Replicated {
    /// What is written to.
    pub source: MariaDb,
    /// What follows.
    pub replica: MariaDb,
}

/// What makes server `number` one of several.
pub(super) fn settings(number: u32) -> String {
    format!(
        "server-id={number}\nlog-bin=binlog\nbinlog-format=ROW\nsync-binlog=1\n\
         log-slave-updates\nslave-net-timeout=5\n"
    )
}

impl Replicated {
    /// Starts both for the caller.
    pub fn start() -> Result<Fixture<Self>> {
        let Fixture::Ready(mut source) = MariaDb::start()? else {
            return Ok(Fixture::Unavailable("no MariaDB for a replica".to_owned()));
        };
        let Fixture::Ready(mut replica) = MariaDb::start()? else {
            return Ok(Fixture::Unavailable("no second MariaDB".to_owned()));
        };
        for (number, server) in (1..).zip([&mut source, &mut replica]) {
            server.number = Some(number);
            server.restart()?;
        }
        replica.sql(
            "",
            &format!(
                "CHANGE MASTER TO master_host = '127.0.0.1', master_port = {}, master_user = 'root',
                     master_log_file = 'binlog.000001', master_log_pos = 4, master_connect_retry = 1;
                 START SLAVE",
                source.port()
            ),
        )?;
        Ok(Fixture::Ready(Self { source, replica }))
    }

    /// Waits until the replica has everything that the source has now.
    pub fn catch_up(&self) -> Result<()> {
        let status = self.source.sql("", "SHOW MASTER STATUS")?;
        let mut words = status.split_whitespace();
        let (file, position) = (words.next().unwrap_or(""), words.next().unwrap_or("0"));
        let question = format!("SELECT MASTER_POS_WAIT('{file}', {position}, 1)");
        poll::until("the replica to catch up", CATCH_UP, || {
            let told = self.replica.sql("", &question)?;
            Ok(told.trim().parse::<i64>().is_ok_and(|events| events >= 0).then_some(()))
        })
    }

    /// The replica gets what the source does and does not do it.
    pub fn hold(&self) -> Result<()> {
        self.replica.sql("", "STOP SLAVE SQL_THREAD").map(drop)
    }

    /// It does it again.
    pub fn go_on(&self) -> Result<()> {
        self.replica.sql("", "START SLAVE SQL_THREAD").map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mariadb_replica_follows_stops_and_catches_up() {
        let Some(servers) = Replicated::start().unwrap().or_skip("testkit: replica") else {
            return;
        };
        let url = servers.source.create_database().unwrap();
        let name = url.rsplit('/').next().unwrap();
        servers.source.sql(name, "CREATE TABLE t (n INT); INSERT INTO t VALUES (7)").unwrap();
        servers.catch_up().unwrap();
        let read = || servers.replica.sql(name, "SELECT max(n) FROM t").unwrap();
        assert_eq!(read(), "7\n");
        servers.hold().unwrap();
        servers.source.sql(name, "INSERT INTO t VALUES (8)").unwrap();
        assert_eq!(read(), "7\n");
        servers.go_on().unwrap();
        servers.catch_up().unwrap();
        assert_eq!(read(), "8\n");
    }
}
