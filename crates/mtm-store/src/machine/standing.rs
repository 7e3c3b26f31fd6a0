//! Machines: how each stands, and where whoever asks one goes on.

use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

use super::{About, cut, write_down};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, named, optional_moment, params};
use crate::write::WriteContext;

/// Whether anybody hears a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MachineStanding {
    /// It says what it counts.
    Connected,
    /// It does not, for the reason that stands beside.
    Away,
}

impl MachineStanding {
    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Away => "away",
        }
    }

    /// The standing of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Connected, Self::Away].into_iter().find(|it| it.as_str() == name)
    }
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineRow {
    /// Its name.
    pub name: String,
    /// Whether anybody hears it; null before it was asked.
    pub standing: Option<MachineStanding>,
    /// Why nobody does, in words.
    pub cause: Option<String>,
    /// Since when it stands so.
    pub since: Option<Timestamp>,
    /// When it was last heard, or was seen to be there.
    pub seen_at: Option<Timestamp>,
    /// Until when everything that it counted is known, by its own clock.
    pub known_at: Option<Timestamp>,
    /// Counters that are read from it.
    pub counters: u64,
    /// Proposals of it that wait for somebody, or for more pieces.
    pub open: u64,
    /// Of those, questions.
    pub questions: u64,
}

/// Somebody who listens to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The number of whoever listens.
    pub listener: i64,
    /// Where to go on; `None`: from what the machine shows now.
    pub position: Option<String>,
}

impl MachineRow {
    /// One that nobody asked yet.
    pub const fn unmet(name: String) -> Self {
        Self {
            name,
            standing: None,
            cause: None,
            since: None,
            seen_at: None,
            known_at: None,
            counters: 0,
            open: 0,
            questions: 0,
        }
    }
}

/// What stands beside a counter that began anew with its machine's place.
const MOVED: &str = "its machine is at another place: what it shows there is where it begins";

const MACHINES: &str = "
    SELECT m.name, m.standing, m.cause, m.standing_since, m.seen_at, m.known_at,
           (SELECT count(*) FROM machine_counter c WHERE c.machine = m.name AND c.retired_at IS NULL),
           (SELECT count(*) FROM machine_proposal p WHERE p.machine = m.name AND p.state = 'open'),
           (SELECT count(*) FROM machine_proposal p
            WHERE p.machine = m.name AND p.state = 'open' AND p.kind = 'question')
    FROM machine m ORDER BY m.name";

impl Ledger {
    /// Every machine that was ever asked, or has a counter, by name.
    pub async fn machines(&self) -> Result<Vec<MachineRow>, Fault> {
        self.query(|connection| {
            Ok::<_, Fault>(connection.prepare_cached(MACHINES)?.query_all(&[], machine)?)
        })
        .await
    }

    /// Says that somebody begins to listen to the machine of this name, at `source`: what an earlier listener still brings
    /// is refused from here on. Where it goes on is given, where the machine was at the same place before.
    pub async fn listen_to_machine(
        &self,
        name: String,
        source: String,
    ) -> Result<Listening, Fault> {
        self.write(move |context| {
            adopt(context, &name, &source)?;
            let connection = context.sql();
            connection.execute(
                "UPDATE machine SET listener = listener + 1, batch = 0 WHERE name = ?1",
                params![name],
            )?;
            let listening = connection.query_row(
                "SELECT listener, position FROM machine WHERE name = ?1",
                params![name],
                |row: &Row<'_>| {
                    Ok::<_, Error>(Listening { listener: row.get(0)?, position: row.get(1)? })
                },
            )?;
            Ok::<_, Fault>(listening)
        })
        .await
    }

    /// Writes down whether the machine of this name, at `source`, is heard, and why not.
    pub async fn machine_stands(
        &self,
        name: String,
        source: String,
        standing: MachineStanding,
        cause: Option<String>,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            adopt(context, &name, &source)?;
            let connection = context.sql();
            connection.execute(
                "UPDATE machine SET
                     standing_since = CASE WHEN standing = ?2 THEN standing_since ELSE ?4 END,
                     seen_at = CASE WHEN ?2 = 'connected' THEN ?4 ELSE seen_at END,
                     standing = ?2, cause = ?3 WHERE name = ?1",
                params![name, standing.as_str(), cause.as_deref().map(cut), now],
            )?;
            Ok::<_, Fault>(())
        })
        .await
    }
}

/// It has a row from here on.
pub(super) fn meet(connection: Connection<'_>, name: &str) -> Result<(), Error> {
    let known: Option<i64> = connection
        .query_row("SELECT 1 FROM machine WHERE name = ?1", params![name], |row| row.get(0))
        .optional()?;
    if known.is_none() {
        connection.execute("INSERT INTO machine (name) VALUES (?1)", params![name])?;
    }
    Ok(())
}

/// The machine is at `source` from here on: where it is, and behind a `:` what of it is asked for. Where it was elsewhere,
/// the position there means nothing here, and its counters begin anew, for what they show next is another machine's. Where
/// only something else is asked for, it is asked from what it shows now.
pub(super) fn adopt(context: &WriteContext<'_>, name: &str, source: &str) -> Result<(), Error> {
    let connection = context.sql();
    meet(connection, name)?;
    let known: Option<String> = connection.query_row(
        "SELECT source FROM machine WHERE name = ?1",
        params![name],
        |row| row.get(0),
    )?;
    if known.as_deref() == Some(source) {
        return Ok(());
    }
    connection.execute(
        "UPDATE machine SET source = ?2, position = NULL, known_at = NULL WHERE name = ?1",
        params![name, source],
    )?;
    let place = |source: &str| source.split_once(':').map_or(source, |(place, _)| place).to_owned();
    if known.is_none_or(|known| place(&known) == place(source)) {
        return Ok(());
    }
    let counters: Vec<i64> = connection
        .prepare_cached(
            "SELECT id FROM machine_counter
             WHERE machine = ?1 AND retired_at IS NULL AND value IS NOT NULL",
        )?
        .query_all(params![name], |row: &Row<'_>| row.get(0))?;
    for counter in counters {
        connection.execute(
            "UPDATE machine_counter SET value = NULL, value_at = NULL, known_at = NULL, broken = 0
             WHERE id = ?1",
            params![counter],
        )?;
        write_down(context, About::Counter(counter), "begun_anew", None, Some(MOVED))?;
    }
    Ok(())
}

fn machine(row: &Row<'_>) -> Result<MachineRow, Error> {
    let standing: Option<String> = row.get(1)?;
    Ok(MachineRow {
        name: row.get(0)?,
        standing: standing
            .is_some()
            .then(|| named(row, 1, MachineStanding::from_name))
            .transpose()?,
        cause: row.get(2)?,
        since: optional_moment(row, 3)?,
        seen_at: optional_moment(row, 4)?,
        known_at: optional_moment(row, 5)?,
        counters: row.get(6)?,
        open: row.get(7)?,
        questions: row.get(8)?,
    })
}
