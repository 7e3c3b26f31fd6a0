//! Questions to an ERP, one after the other.

use mtm_core::erp::protocol::{
    Ask, Column, Login, Opened, Reply, Request, Say, TRANSACTIONS, Table, WORDED,
};
use mtm_core::erp::{Figures, RawRow};

#[cfg(feature = "fakes")]
use super::fake;
use super::process::Process;
use super::{Deadlines, ErpError, To, Way, rest};
use crate::guard::{Guard, Verdict};

/// An open way to an ERP. After an error it is of no use: it is dropped, and another one opened.
#[derive(Debug)]
pub struct Session {
    side: Side,
    guard: Guard,
    deadlines: Deadlines,
    asked: u64,
}

/// Who answers.
#[derive(Debug)]
enum Side {
    Process(Box<Process>),
    Rest(Box<rest::Side>),
    #[cfg(feature = "fakes")]
    Fake(fake::Side),
}

/// Rows on their way; they are read to their end before something else is asked.
#[derive(Debug)]
#[must_use = "rows have to be read to their end"]
pub struct Rows<'s> {
    session: &'s mut Session,
    columns: &'static [Column],
    first: Option<Say>,
    done: bool,
}

/// Where a look at an ERP's books failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{error}", table.map_or_else(String::new, |it| format!("{}: ", it.as_str())))]
pub struct Unread {
    /// The table; its ledger where there is none.
    pub table: Option<Table>,
    /// Why.
    pub error: ErpError,
}

impl Session {
    /// Opens a way: starts the program, and has it connect. Over REST nothing is asked yet.
    pub async fn open(way: &Way, guard: &Guard) -> Result<(Self, Opened), ErpError> {
        if let To::Rest(_) = &way.to {
            return Self::connect(way, guard).await;
        }
        let passage = guard.admit().map_err(ErpError::NotCalled)?;
        let opened = Self::connect(way, guard).await;
        passage.ended(opened.as_ref().map_or_else(ErpError::verdict, |_| Verdict::Taken));
        opened
    }

    async fn connect(way: &Way, guard: &Guard) -> Result<(Self, Opened), ErpError> {
        let deadlines = way.deadlines;
        let (side, connection, schema) = match &way.to {
            To::Program(reader) => {
                let process = Process::start(reader, deadlines.greeting).await?;
                let (connection, schema) = (reader.connection.clone(), reader.schema.clone());
                (Side::Process(Box::new(process)), connection, schema)
            }
            To::Rest(system) => (Side::Rest(Box::new(system.side(guard)?)), String::new(), None),
            #[cfg(feature = "fakes")]
            To::Fake(books) => (Side::Fake(books.side()), String::new(), None),
        };
        let mut session = Self { side, guard: guard.clone(), deadlines, asked: 0 };
        let timeout = u32::try_from(deadlines.answer.as_secs().max(1)).unwrap_or(u32::MAX);
        match session.first(Ask::Open { connection, schema, timeout }).await? {
            Say::Opened { to } => Ok((session, to)),
            other => Err(unexpected(&other)),
        }
    }

    /// Whether the login may write.
    pub async fn login(&mut self) -> Result<Login, ErpError> {
        match self.ask(Ask::Login).await? {
            Say::Login { found } => Ok(found),
            other => Err(unexpected(&other)),
        }
    }

    /// Looks whether everything can be read, and reads no more than it has to. The greatest id of the ledger,
    /// where one is told at once.
    pub async fn look(&mut self) -> Result<Option<i64>, Unread> {
        let unread = |table| move |error| Unread { table, error };
        let Side::Rest(side) = &self.side else {
            return self.newest().await.map(Some).map_err(unread(None));
        };
        if side.has_ledger() {
            side.look_at_ledger().await.map_err(unread(None))?;
        }
        for table in Table::ALL.into_iter().filter(|table| side.has(*table)) {
            side.look_at(table).await.map_err(unread(Some(table)))?;
        }
        Ok(None)
    }

    /// Whether its ledger can be read at all; one that a mapping does not have cannot.
    pub fn has_ledger(&self) -> bool {
        match &self.side {
            Side::Rest(side) => side.has_ledger(),
            _ => true,
        }
    }

    /// Whether this table can be read at all; one that a mapping does not have cannot.
    pub fn has(&self, table: Table) -> bool {
        match &self.side {
            Side::Rest(side) => side.has(table),
            _ => true,
        }
    }

    /// The greatest id of the ledger; 0 where it is empty.
    pub async fn newest(&mut self) -> Result<i64, ErpError> {
        match self.ask(Ask::Newest).await? {
            Say::Newest { newest } => Ok(newest),
            other => Err(unexpected(&other)),
        }
    }

    /// The figures of a block of the ledger.
    pub async fn figures(&mut self, from: i64, upto: i64) -> Result<Figures, ErpError> {
        match self.ask(Ask::Figures { from, upto }).await? {
            Say::Figures { figures } => Ok(figures),
            other => Err(unexpected(&other)),
        }
    }

    /// At most `limit` rows of the ledger behind an id, by id.
    pub async fn transactions(&mut self, after: i64, limit: u32) -> Result<Vec<RawRow>, ErpError> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        self.gather(Ask::Transactions { after, limit }, most).await
    }

    /// All rows of a block of the ledger.
    pub async fn block(&mut self, from: i64, upto: i64) -> Result<Vec<RawRow>, ErpError> {
        let most = usize::try_from(upto.saturating_sub(from).saturating_add(1)).unwrap_or(0);
        self.gather(Ask::Block { from, upto }, most).await
    }

    /// All rows of a table, as they come.
    pub async fn table(&mut self, table: Table) -> Result<Rows<'_>, ErpError> {
        self.rows(Ask::Table { table }, table.columns()).await
    }

    async fn gather(&mut self, ask: Ask, most: usize) -> Result<Vec<RawRow>, ErpError> {
        let columns: &'static [Column] = match &self.side {
            Side::Rest(_) => &WORDED,
            _ => &TRANSACTIONS,
        };
        let mut rows = self.rows(ask, columns).await?;
        let mut all = Vec::new();
        while let Some(some) = rows.next().await? {
            all.extend(some);
            if all.len() > most {
                return Err(ErpError::Protocol("it says more rows than were asked for".to_owned()));
            }
        }
        Ok(all)
    }

    async fn rows(&mut self, ask: Ask, columns: &'static [Column]) -> Result<Rows<'_>, ErpError> {
        let first = Some(self.ask(ask).await?);
        Ok(Rows { session: self, columns, first, done: false })
    }

    /// Asks under the guard, and hears the first line of the answer.
    async fn ask(&mut self, ask: Ask) -> Result<Say, ErpError> {
        if let Side::Rest(_) = &self.side {
            // Each page passes by itself.
            return self.first(ask).await;
        }
        let passage = self.guard.admit().map_err(ErpError::NotCalled)?;
        let said = self.first(ask).await;
        passage.ended(said.as_ref().map_or_else(ErpError::verdict, |_| Verdict::Taken));
        said
    }

    async fn first(&mut self, ask: Ask) -> Result<Say, ErpError> {
        self.asked += 1;
        let request = Request { id: self.asked, ask };
        match &mut self.side {
            Side::Process(process) => process.send(&request, self.deadlines.line).await?,
            Side::Rest(side) => side.send(&request.ask),
            #[cfg(feature = "fakes")]
            Side::Fake(side) => side.send(&request),
        }
        self.next().await
    }

    async fn next(&mut self) -> Result<Say, ErpError> {
        let Reply { id, say } = match &mut self.side {
            Side::Process(process) => process.reply(self.deadlines.line).await?,
            Side::Rest(side) => Reply { id: self.asked, say: side.next().await? },
            #[cfg(feature = "fakes")]
            Side::Fake(side) => side.reply()?,
        };
        match say {
            Say::Failed { failed } => Err(ErpError::Failed(failed)),
            _ if id != self.asked => {
                Err(ErpError::Protocol(format!("it answers question {id}, not {}", self.asked)))
            }
            say => Ok(say),
        }
    }
}

impl Rows<'_> {
    /// The next rows; `None` at their end.
    pub async fn next(&mut self) -> Result<Option<Vec<RawRow>>, ErpError> {
        if self.done {
            return Ok(None);
        }
        let say = match self.first.take() {
            Some(say) => say,
            None => self.session.next().await?,
        };
        match say {
            Say::Rows { rows, .. } if matches!(self.session.side, Side::Rest(_)) => {
                listed(self.columns, rows).map(Some)
            }
            Say::Rows { rows, cut } => checked(self.columns, rows, &cut).map(Some),
            Say::Done { .. } => {
                self.done = true;
                Ok(None)
            }
            other => Err(unexpected(&other)),
        }
    }
}

/// Columns that name a part, a place or an order, and how long they may be where no database says so: as long
/// as they are kept.
const NAMES: [(&str, usize); 6] = [
    ("PART_ID", 60),
    ("WAREHOUSE_ID", 40),
    ("LOCATION_ID", 40),
    ("BASE_ID", 60),
    ("WORKORDER_BASE_ID", 60),
    ("PURC_ORDER_ID", 40),
];

/// What a database has a letter for is a word in a list: a state, a direction, a class.
const WORD: usize = 20;

/// Rows of lists: texts are as long as they are kept, and a name that is longer is none. Of a name that was cut
/// nobody knows whether it is another one's.
pub(super) fn listed(
    columns: &[Column],
    rows: Vec<Vec<Option<String>>>,
) -> Result<Vec<RawRow>, ErpError> {
    let name = |(name, width): &Column| match (*name, *width) {
        ("ID", 30) => Some(60),
        ("ID", _) => Some(40),
        (name, _) => NAMES.iter().find(|(known, _)| *known == name).map(|(_, most)| *most),
    };
    let wide: Vec<Column> =
        columns.iter().map(|it| (it.0, name(it).unwrap_or(it.1).max(WORD))).collect();
    for texts in &rows {
        for (text, column) in texts.iter().zip(columns) {
            let most = name(column).unwrap_or(usize::MAX);
            let is_longer = |text: &String| text.trim().chars().count() > most;
            if text.as_ref().is_some_and(is_longer) {
                let why = format!("a row's {} has more than {most} characters", column.0);
                return Err(ErpError::Answer(why));
            }
        }
    }
    checked(&wide, rows, &[])
}

/// Rows as they were asked for: so many columns, and no text longer than its column.
pub(super) fn checked(
    columns: &[Column],
    rows: Vec<Vec<Option<String>>>,
    cut: &[usize],
) -> Result<Vec<RawRow>, ErpError> {
    let mut checked = Vec::with_capacity(rows.len());
    for (at, mut texts) in rows.into_iter().enumerate() {
        if texts.len() != columns.len() {
            let (said, asked) = (texts.len(), columns.len());
            let message = format!("a row has {said} columns, and {asked} were asked for");
            return Err(ErpError::Protocol(message));
        }
        let mut is_cut = cut.contains(&at);
        for (text, (_, width)) in texts.iter_mut().zip(columns) {
            if let Some(text) = text
                && let Some((end, _)) = text.char_indices().nth(*width)
            {
                text.truncate(end);
                is_cut = true;
            }
        }
        checked.push(RawRow { texts, cut: is_cut });
    }
    Ok(checked)
}

fn unexpected(say: &Say) -> ErpError {
    let said = match say {
        Say::Rows { .. } => "rows",
        Say::Done { .. } => "the end of rows",
        Say::Opened { .. } => "that it is connected",
        Say::Login { .. } => "what the login may",
        Say::Newest { .. } => "the newest id",
        Say::Figures { .. } => "figures",
        Say::Failed { .. } => "a failure",
    };
    ErpError::Protocol(format!("it says {said}, which was not asked for"))
}
