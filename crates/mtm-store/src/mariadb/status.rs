//! What an administrator asks about the server, without opening the ledger.

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::connect::Connections;
use super::drift;
use super::fault::fault_before_writing;
use super::procedures::mark;
use super::route::Route;
use super::schema::{self, State};
use super::way::Ways;
use crate::database::{Access, DatabaseStatus, Sealing, ServerRole, ServerState, TableSize};
use crate::fault::Fault;
use crate::ledger::OpenError;

/// Looks at the database at `url` and changes nothing.
pub(crate) async fn status(url: &str) -> Result<DatabaseStatus, OpenError> {
    let failed = |fault: Fault| OpenError::Server { message: fault.to_string() };
    let connections = Connections::new(url, 1).map_err(failed)?;
    let mut connection = connections.acquire().await.map_err(failed)?;
    let read = match schema::found(&mut connection).await {
        Ok(state) => {
            read(&mut connection, state).await.map_err(|error| failed(fault_before_writing(error)))
        }
        Err(error) => Err(error),
    };
    drop(connection);
    connections.close().await;
    let mut status = read?;
    status.servers = servers(Ways::of(url).map_err(failed)?).await;
    Ok(status)
}

/// How each server is, where there are several.
pub(super) async fn servers(ways: Ways) -> Vec<ServerState> {
    let Ways { hosts, replica } = ways;
    if hosts.len() == 1 && replica.is_none() {
        return Vec::new();
    }
    let newest = Route::newest(&hosts).await;
    let mut servers = Vec::new();
    for way in hosts {
        let host = way.name.clone();
        let unfit = Route::along(vec![way]).look(0).await.err();
        let usable = unfit.is_none();
        let state = unfit.map_or_else(|| "takes bookings".to_owned(), |unfit| unfit.to_string());
        servers.push(ServerState { host, role: ServerRole::Writer, usable, state });
    }
    if let Some(way) = replica {
        let host = way.name.clone();
        let (usable, state) = match (Route::newest(&[way]).await, newest) {
            (Some(its), Some(newest)) if its < newest => {
                (false, format!("late by {} events, and not asked", newest - its))
            }
            (Some(_), _) => (true, "has everything".to_owned()),
            (None, _) => (false, "does not answer, or holds no ledger".to_owned()),
        };
        servers.push(ServerState { host, role: ServerRole::Replica, usable, state });
    }
    servers
}

async fn read(connection: &mut Conn, state: State) -> Result<DatabaseStatus, mysql_async::Error> {
    let version: Option<String> = connection.query_first("SELECT VERSION()").await?;
    let tables: Vec<TableSize> = connection
        .query_map(
            "SELECT table_name, CAST(COALESCE(data_length + index_length, 0) AS SIGNED)
             FROM information_schema.tables
             WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
             ORDER BY 2 DESC, 1",
            |(table, bytes)| TableSize { table, bytes },
        )
        .await?;
    Ok(DatabaseStatus {
        engine: "mariadb",
        version: version.unwrap_or_default(),
        schema: state.version,
        schema_known: schema::known(),
        incomplete: state.incomplete,
        bytes: tables.iter().map(|table| table.bytes).sum(),
        tables,
        servers: Vec::new(),
        sealing: if state.version > 0 { Some(sealing(connection).await?) } else { None },
        access: if state.version > 0 { Some(access(connection).await?) } else { None },
    })
}

async fn access(connection: &mut Conn) -> Result<Access, mysql_async::Error> {
    let this: Option<(String, Option<String>)> =
        connection.query_first("SELECT CURRENT_USER(), CURRENT_ROLE()").await?;
    let (account, role) = this.unwrap_or_default();
    let owner = drift::owner(connection).await?;
    let owner_locked = match owner.as_deref().and_then(|owner| owner.rsplit_once('@')) {
        Some((name, host)) => {
            let locked: Result<Option<Option<String>>, _> = connection
                .exec_first(
                    "SELECT JSON_VALUE(Priv, '$.account_locked') FROM mysql.global_priv
                     WHERE User = ? AND Host = ?",
                    (name, host),
                )
                .await;
            // Few may look there.
            locked.ok().flatten().map(|locked| locked.is_some_and(|locked| locked == "1"))
        }
        None => None,
    };
    let rights = drift::rights(connection).await?;
    Ok(Access { account, role, owner, owner_locked, contract: mark(), rights })
}

async fn sealing(connection: &mut Conn) -> Result<Sealing, mysql_async::Error> {
    let lease: Option<(Option<String>, u64)> = connection
        .query_first(
            "SELECT IF(expires_at > now(6), LOWER(HEX(owner)), NULL), fence
             FROM lease WHERE name = 'sealer'",
        )
        .await?;
    // The age is of the same clock that the rows were written by, give or take the servers'.
    let queue: Option<(u64, Option<i64>)> = connection
        .query_first(
            "SELECT count(*),
                    CAST(UNIX_TIMESTAMP(now(6)) * 1000000 AS SIGNED)
                        - (SELECT at FROM seal_queue ORDER BY id LIMIT 1)
             FROM seal_queue",
        )
        .await?;
    let (holder, fence) = lease.unwrap_or_default();
    let (waiting, age) = queue.unwrap_or_default();
    Ok(Sealing { holder, fence, waiting, oldest_age_micros: age.map(|age| age.max(0)) })
}
