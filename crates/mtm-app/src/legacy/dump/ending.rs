//! Whether the dump is all there.
//!
//! SQL text may stop after any `;` and still look well. So the reader holds a dump to what it
//! began: a tool's header needs the tool's end mark, `LOCK TABLES` its `UNLOCK TABLES`,
//! `START TRANSACTION` its `COMMIT`, and `SET @OLD_X=@@X` its `SET X=@OLD_X`. A plain dump without
//! any of these is proved by what follows a table; only the last table has nothing behind it, and
//! there the size of the INSERT statements tells: tools split a table's rows into equally full
//! statements, so a last statement that is not full had no successor.

use std::fmt;

use super::error::DumpFault;

/// Something a dump begins and must end. Shown as the statement that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `LOCK TABLES`.
    Lock,
    /// `START TRANSACTION`.
    Transaction,
    /// `SET @OLD_X=@@X`: a setting saved in this variable.
    Saved(String),
}

impl fmt::Display for Bracket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lock => f.write_str("UNLOCK TABLES"),
            Self::Transaction => f.write_str("COMMIT"),
            Self::Saved(variable) => write!(f, "SET … = {variable}"),
        }
    }
}

/// What the statements so far have begun, and how full they were.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// Brackets not closed yet.
    open: Vec<Bracket>,
    /// How many of `open` were opened before any table, and are closed only at the very end.
    frame: usize,
    tables_begun: bool,
    /// The last of the frame was closed, and no table came after it.
    frame_closed: bool,
    /// The table whose definition or rows came last.
    last: Option<Last>,
    /// Rows of the smallest INSERT that had a successor for the same table.
    smallest_full: Option<u64>,
}

#[derive(Debug)]
struct Last {
    table: Vec<u8>,
    rows: u64,
}

impl Ending {
    /// A bracket is opened.
    pub(super) fn open(&mut self, bracket: Bracket) {
        if !self.open.contains(&bracket) {
            self.open.push(bracket);
            if !self.tables_begun {
                self.frame = self.open.len();
            }
        }
    }

    /// A bracket is closed; one that was never opened is nothing.
    pub(super) fn close(&mut self, bracket: &Bracket) {
        let Some(found) = self.open.iter().position(|open| open == bracket) else { return };
        self.open.remove(found);
        if found < self.frame {
            self.frame -= 1;
            self.frame_closed = self.tables_begun;
        }
        // Settings are restored around every definition, before the rows come.
        if !matches!(bracket, Bracket::Saved(_)) {
            self.last = None;
        }
    }

    fn touch(&mut self) {
        self.tables_begun = true;
        self.frame_closed = false;
    }

    /// A statement that names `table` without adding rows to it: whatever stood last is complete.
    pub(super) fn names(&mut self, table: &[u8]) {
        self.touch();
        if self.last.as_ref().is_some_and(|last| !last.table.eq_ignore_ascii_case(table)) {
            self.last = None;
        }
    }

    /// `table` was defined; its rows may follow.
    pub(super) fn defines(&mut self, table: &[u8]) {
        self.touch();
        self.last = Some(Last { table: table.to_vec(), rows: 0 });
    }

    /// An INSERT put `rows` into `table`.
    pub(super) fn fills(&mut self, table: &[u8], rows: u64) {
        self.touch();
        if let Some(last) = &self.last
            && last.rows > 0
            && last.table.eq_ignore_ascii_case(table)
        {
            let smallest = self.smallest_full.map_or(last.rows, |full| full.min(last.rows));
            self.smallest_full = Some(smallest);
        }
        self.last = Some(Last { table: table.to_vec(), rows });
    }

    /// Judges a dump that ended between statements. `begun` and `completed` are the tool's marks.
    /// The answer says whether the end is proved by the dump itself.
    pub(super) fn judge(&self, begun: bool, completed: bool) -> Result<bool, DumpFault> {
        if let Some(open) = self.open.last() {
            return Err(DumpFault::CutOff { inside: format!("before `{open}`") });
        }
        if completed {
            return Ok(true);
        }
        if begun {
            return Err(DumpFault::CutOff { inside: "before `-- Dump completed`".to_owned() });
        }
        if self.frame_closed {
            return Ok(true);
        }
        match &self.last {
            None => Ok(true),
            Some(last) if last.rows == 0 => {
                let table = String::from_utf8_lossy(&last.table);
                Err(DumpFault::CutOff { inside: format!("before the rows of {table}") })
            }
            Some(last) if self.smallest_full.is_some_and(|full| last.rows >= full) => {
                Err(DumpFault::EndNotProved)
            }
            Some(_) => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_proves_the_end_only_when_closed() {
        let mut ending = Ending::default();
        ending.open(Bracket::Transaction);
        ending.defines(b"a");
        ending.fills(b"a", 3);
        assert!(matches!(ending.judge(false, false), Err(DumpFault::CutOff { .. })));
        ending.close(&Bracket::Transaction);
        assert!(ending.judge(false, false).unwrap());
    }

    #[test]
    fn a_frame_closed_before_the_tables_proves_nothing() {
        let mut ending = Ending::default();
        ending.open(Bracket::Transaction);
        ending.close(&Bracket::Transaction);
        ending.fills(b"a", 3);
        assert!(!ending.judge(false, false).unwrap());
    }

    #[test]
    fn a_saved_variable_inside_is_no_frame() {
        let mut ending = Ending::default();
        ending.names(b"a");
        ending.open(Bracket::Saved("@OLD_X".to_owned()));
        ending.defines(b"a");
        ending.close(&Bracket::Saved("@OLD_X".to_owned()));
        assert!(matches!(ending.judge(false, false), Err(DumpFault::CutOff { .. })));
    }

    #[test]
    fn a_full_last_statement_proves_nothing() {
        let mut ending = Ending::default();
        ending.fills(b"a", 200);
        ending.fills(b"a", 7);
        ending.fills(b"b", 87);
        assert!(!ending.judge(false, false).unwrap());
        ending.fills(b"c", 200);
        assert!(matches!(ending.judge(false, false), Err(DumpFault::EndNotProved)));
        ending.names(b"d");
        assert!(ending.judge(false, false).unwrap());
    }

    #[test]
    fn a_tools_header_needs_its_end_mark() {
        let ending = Ending::default();
        assert!(ending.judge(true, false).is_err());
        assert!(ending.judge(true, true).unwrap());
    }
}
