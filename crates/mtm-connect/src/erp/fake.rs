//! An ERP's books in memory, for tests. They answer as the reading program does
//! (`tests/connect/erp.rs` of the crate, and the tests on real drivers).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mtm_core::erp::protocol::{
    Ask, Failed, FailedKind, Login, Opened, ROWS_MAX, Reply, Request, Say, TRANSACTIONS, Table,
};
use mtm_core::erp::{Fields, Figures, Moments, RawRow};
use mtm_core::word::Timestamp;

use super::ErpError;

/// A row, a text per column.
pub type Texts = Vec<Option<String>>;

/// Books in memory. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Books(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    ledger: BTreeMap<i64, Texts>,
    tables: BTreeMap<Table, Vec<Texts>>,
    writes: bool,
    failing: Option<FailedKind>,
    ends_after: Option<u64>,
    asked: Vec<String>,
    taking: Option<Taking>,
}

/// What goes on while a question is answered.
#[derive(Clone)]
struct Taking(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Taking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Taking")
    }
}

/// The other end of one session.
#[derive(Debug)]
pub(super) struct Side {
    books: Books,
    said: VecDeque<Reply>,
}

impl Books {
    /// A row of the ledger: id, `I` or `O`, class, quantity, moment, warehouse, location, part.
    pub fn post(
        &self,
        id: i64,
        [kind, class, quantity, moment, warehouse, location, part]: [&str; 7],
    ) {
        let mut texts: Texts = vec![None; TRANSACTIONS.len()];
        let given = [
            (0, id.to_string()),
            (1, kind.to_owned()),
            (2, class.to_owned()),
            (3, quantity.to_owned()),
            (4, moment.to_owned()),
            (6, warehouse.to_owned()),
            (7, location.to_owned()),
            (8, part.to_owned()),
        ];
        for (at, text) in given {
            texts[at] = Some(text);
        }
        self.state().ledger.insert(id, texts);
    }

    /// A row is not shown any more.
    pub fn take_back(&self, id: i64) {
        self.state().ledger.remove(&id);
    }

    /// A table is this from now on.
    pub fn set_table(&self, table: Table, rows: Vec<Texts>) {
        self.state().tables.insert(table, rows);
    }

    /// Its login may write, or not.
    pub fn let_write(&self, writes: bool) {
        self.state().writes = writes;
    }

    /// Every question fails so, or not any more.
    pub fn fail(&self, failing: Option<FailedKind>) {
        self.state().failing = failing;
    }

    /// It ends, as if it had been killed, after so many lines; once.
    pub fn end_after(&self, lines: u64) {
        self.state().ends_after = Some(lines);
    }

    /// From now on this goes on while a question is answered: a clock moves.
    pub fn take_time(&self, taking: impl Fn() + Send + Sync + 'static) {
        self.state().taking = Some(Taking(Arc::new(taking)));
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    pub(super) fn side(&self) -> Side {
        Side { books: self.clone(), said: VecDeque::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Side {
    pub(super) fn send(&mut self, request: &Request) {
        let taking = self.books.state().taking.clone();
        if let Some(Taking(taking)) = taking {
            taking();
        }
        let mut state = self.books.state();
        state.asked.push(format!("{:?}", request.ask));
        let says = state.answer(&request.ask);
        self.said = says.into_iter().map(|say| Reply { id: request.id, say }).collect();
    }

    pub(super) fn reply(&mut self) -> Result<Reply, ErpError> {
        let mut state = self.books.state();
        if let Some(left) = state.ends_after {
            state.ends_after = left.checked_sub(1);
            if left == 0 {
                return Err(ErpError::Ended("killed".to_owned()));
            }
        }
        self.said.pop_front().ok_or_else(|| ErpError::Protocol("it says nothing".to_owned()))
    }
}

impl State {
    fn answer(&self, ask: &Ask) -> Vec<Say> {
        if let Some(trouble) = self.failing {
            let failed = Failed { trouble, message: "the books are closed".to_owned() };
            return vec![Say::Failed { failed }];
        }
        let within = |from: i64, upto: i64| self.ledger.range(from..=upto);
        match ask {
            Ask::Open { .. } => {
                let word = |text: &str| text.to_owned();
                let to = Opened {
                    product: word("memory"),
                    dialect: word("memory"),
                    database: word("memory"),
                    isolation: word("snapshot"),
                };
                vec![Say::Opened { to }]
            }
            Ask::Login => {
                let evidence = "as the test says".to_owned();
                vec![Say::Login { found: Login { writes: Some(self.writes), evidence } }]
            }
            Ask::Newest => {
                let newest = self.ledger.keys().next_back().copied().unwrap_or(0);
                vec![Say::Newest { newest }]
            }
            Ask::Table { table } => told(self.tables.get(table).into_iter().flatten().cloned()),
            Ask::Transactions { after, limit } => {
                let most = usize::try_from(*limit).unwrap_or(usize::MAX);
                let from = after.saturating_add(1);
                told(within(from, i64::MAX).take(most).map(|(_, row)| row.clone()))
            }
            Ask::Block { from, upto } => told(within(*from, *upto).map(|(_, row)| row.clone())),
            Ask::Figures { from, upto } => {
                let mut figures = Figures::default();
                if let Some(moments) = Moments::of_zone("UTC") {
                    for (_, texts) in within(*from, *upto) {
                        let row = RawRow { texts: texts.clone(), cut: false };
                        let read = Fields::of(&row).transaction(&moments, Timestamp::default());
                        if let Some(row) = &read {
                            figures.add(row);
                        }
                    }
                }
                vec![Say::Figures { figures }]
            }
        }
    }
}

fn told(rows: impl Iterator<Item = Texts>) -> Vec<Say> {
    let rows: Vec<Texts> = rows.collect();
    let done = Say::Done { rows: u64::try_from(rows.len()).unwrap_or(0) };
    let lines = rows.chunks(ROWS_MAX).map(|rows| Say::Rows { rows: rows.to_vec(), cut: vec![] });
    lines.chain([done]).collect()
}
