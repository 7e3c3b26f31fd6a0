//! A connection to a `MariaDB` server, used by one thread that may block.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row};
use tokio::runtime::Handle;
use tokio::time;

use super::bind::Value;
use super::error::Error;
use super::positional::Positional;
use crate::slow::Watch;

/// What a statement came back with.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) rows: Vec<Row>,
    pub(super) affected: u64,
}

/// How long a statement may take unless somebody says otherwise.
const ANSWER: Duration = Duration::from_secs(60);
/// How long the end of a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The connection, and the runtime that moves its bytes. Not to be used on the runtime's own
/// threads: every statement blocks until it is answered, or until the server is taken for gone.
/// Machines that lose power do not close their connections.
pub(crate) struct Wire {
    /// `None` after an answer that did not come: what comes later must not be taken for the
    /// answer to something else.
    connection: RefCell<Option<Conn>>,
    answer: Cell<Duration>,
    runtime: Handle,
    statements: RefCell<HashMap<String, Rc<Positional>>>,
    last_id: Cell<i64>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Drop for Wire {
    /// Whoever panicked may have left a transaction open. Nobody else shall find it on the
    /// connection: it is closed, and the server undoes what was begun.
    fn drop(&mut self) {
        if thread::panicking()
            && let Some(connection) = self.connection.take()
        {
            self.runtime.spawn(async {
                // It is closed on this side in any case.
                let _ = time::timeout(FAREWELL, connection.disconnect()).await;
            });
        }
    }
}

impl Wire {
    /// Takes `connection` over; `runtime` is the one it was opened on.
    pub(crate) fn new(connection: Conn, runtime: Handle) -> Self {
        Self {
            connection: RefCell::new(Some(connection)),
            answer: Cell::new(ANSWER),
            runtime,
            statements: RefCell::default(),
            last_id: Cell::new(0),
        }
    }

    /// Gives the connection back, if it is still good for anything.
    pub(crate) fn into_inner(self) -> Option<Conn> {
        self.connection.take()
    }

    /// How long a statement may take from now on.
    pub(crate) fn answer_within(&self, answer: Duration) {
        self.answer.set(answer);
    }

    /// Runs a prepared statement and takes its whole result.
    pub(super) fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<Reply, Error> {
        let statement = self.positional(sql);
        let values = statement.order.iter().map(|&at| {
            values.get(at).map(mysql_async::Value::from).ok_or_else(|| {
                Error::shape(at, "no value: the statement has more parameters than values")
            })
        });
        let values: Vec<_> = values.collect::<Result<_, _>>()?;
        let parameters = if values.is_empty() { Params::Empty } else { Params::Positional(values) };
        let mut watch = Watch::of("mariadb", sql.to_owned());
        let reply = watch.work(|| {
            self.ask(async |connection| {
                let mut result = connection.exec_iter(statement.text.as_str(), parameters).await?;
                let rows = result.collect().await?;
                let (affected, last_id) = (result.affected_rows(), result.last_insert_id());
                // A procedure's error may stand behind its last row.
                result.drop_result().await?;
                if let Some(last_id) = last_id {
                    self.last_id.set(last_id.cast_signed());
                }
                Ok(Reply { rows, affected })
            })
        })?;
        watch.add_rows(reply.affected.max(reply.rows.len() as u64));
        Ok(reply)
    }

    /// Runs a statement that cannot be prepared (transactions, sessions).
    pub(crate) fn command(&self, sql: &str) -> Result<(), Error> {
        self.ask(async |connection| connection.query_drop(sql).await)
    }

    /// Runs `question` and waits for its answer, but not for ever.
    fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut Conn) -> Result<T, mysql_async::Error>,
    ) -> Result<T, Error> {
        let failed = |kind: io::ErrorKind| mysql_async::Error::Io(io::Error::from(kind).into());
        let Some(mut connection) = self.connection.take() else {
            return Err(failed(io::ErrorKind::NotConnected).into());
        };
        self.runtime.block_on(async {
            let answer = time::timeout(self.answer.get(), question(&mut connection)).await;
            if let Ok(answer) = answer {
                self.connection.replace(Some(connection));
                return Ok(answer?);
            }
            // It is closed on this side in any case.
            let _ = time::timeout(FAREWELL, connection.disconnect()).await;
            Err(failed(io::ErrorKind::TimedOut).into())
        })
    }

    /// The identity that the last insert was given.
    pub(super) fn last_id(&self) -> i64 {
        self.last_id.get()
    }

    fn positional(&self, sql: &str) -> Rc<Positional> {
        let mut statements = self.statements.borrow_mut();
        if let Some(known) = statements.get(sql) {
            return Rc::clone(known);
        }
        let new = Rc::new(Positional::of(sql));
        statements.insert(sql.to_owned(), Rc::clone(&new));
        new
    }
}
