//! Statements of a dump: which matter, which do not, and which must not be there.

use std::io::Read;

use super::ending::{Bracket, Ending};
use super::error::{DumpError, DumpFault, Position};
use super::lexer::{Lexer, Token};
use super::schema::{Slots, TableSpec, slots};
use super::value::{Charset, Value};

/// Statements that change nothing about the rows of a dump.
const HARMLESS: &[&str] = &[
    "ALTER",
    "ANALYZE",
    "CALL",
    "CHANGE",
    "CHECK",
    "DO",
    "FLUSH",
    "GRANT",
    "OPTIMIZE",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "RESET",
    "REVOKE",
    "SAVEPOINT",
    "RELEASE",
    "SELECT",
    "SHOW",
    "USE",
];

/// Words that begin an item of a table definition that is no column.
const NO_COLUMN: &[&str] = &[
    "PRIMARY",
    "KEY",
    "INDEX",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "CONSTRAINT",
    "FOREIGN",
    "CHECK",
    "PERIOD",
    "LIKE",
];

/// What is known about one wanted table.
#[derive(Debug, Default)]
pub(super) struct TableState {
    /// Line of its CREATE TABLE.
    pub(super) defined: Option<u64>,
    /// Columns in the order of its CREATE TABLE.
    pub(super) columns: Option<Slots>,
    /// Rows delivered.
    pub(super) rows: u64,
}

/// Reads statements and hands wanted rows to a visitor.
pub(super) struct Reader<'s, R> {
    pub(super) lexer: Lexer<R>,
    pub(super) selection: &'s [TableSpec],
    pub(super) tables: Vec<TableState>,
    pub(super) charset: Charset,
    pub(super) ending: Ending,
    /// Where the statement at hand begins.
    pub(super) statement: Position,
    /// The values of the row at hand; reused.
    pub(super) row: Vec<Value>,
}

impl<'s, R: Read> Reader<'s, R> {
    pub(super) fn new(lexer: Lexer<R>, selection: &'s [TableSpec]) -> Self {
        Self {
            lexer,
            selection,
            tables: selection.iter().map(|_| TableState::default()).collect(),
            charset: Charset::Utf8,
            ending: Ending::default(),
            statement: Position::START,
            row: Vec::new(),
        }
    }

    /// An error at the last token.
    pub(super) fn error(&self, fault: DumpFault) -> DumpError {
        DumpError { fault, at: self.lexer.begins(), table: None }
    }

    /// The next token of a statement, which cannot be the end of the dump.
    pub(super) fn token(&mut self) -> Result<Token, DumpError> {
        match self.lexer.next()? {
            Token::End => Err(self.lexer.cut_off("inside a statement", self.statement)),
            token => Ok(token),
        }
    }

    /// Skips what is left of the statement.
    pub(super) fn skip(&mut self) -> Result<(), DumpError> {
        self.lexer.keep = false;
        while self.token()? != Token::Semicolon {}
        self.lexer.keep = true;
        Ok(())
    }

    /// The place of the wanted table called `name`.
    pub(super) fn wanted(&self, name: &[u8]) -> Option<usize> {
        self.selection.iter().position(|spec| spec.name.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Reads every statement to the end of the dump. `Ok(true)` if there was any.
    pub(super) fn statements<E: From<DumpError>>(
        &mut self,
        visit: &mut impl FnMut(super::Row<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut any = false;
        loop {
            let token = self.lexer.next()?;
            self.statement = self.lexer.begins();
            match token {
                Token::End => return Ok(any),
                Token::Semicolon => continue,
                Token::Word if self.lexer.is(token, "INSERT") => self.insert(visit)?,
                Token::Word if self.lexer.is(token, "REPLACE") => self.insert(visit)?,
                Token::Word => self.other_statement()?,
                _ => return Err(self.not_sql(token).into()),
            }
            any = true;
        }
    }

    fn not_sql(&self, token: Token) -> DumpError {
        let text = match token {
            Token::Other(byte) if byte.is_ascii_graphic() => char::from(byte).to_string(),
            Token::Open => "(".to_owned(),
            Token::Close => ")".to_owned(),
            Token::Comma => ",".to_owned(),
            _ => self.lexer.shown(),
        };
        self.error(DumpFault::NotSql { text })
    }

    fn other_statement(&mut self) -> Result<(), DumpError> {
        let word = self.lexer.text().to_ascii_uppercase();
        match word.as_slice() {
            b"CREATE" => self.create(),
            b"DROP" | b"TRUNCATE" | b"DELETE" | b"UPDATE" | b"RENAME" | b"LOAD" => {
                self.change_of_rows()
            }
            b"LOCK" => {
                self.ending.open(Bracket::Lock);
                self.skip()
            }
            b"UNLOCK" => {
                self.ending.close(&Bracket::Lock);
                self.skip()
            }
            b"START" | b"BEGIN" => {
                self.ending.open(Bracket::Transaction);
                self.skip()
            }
            b"COMMIT" => {
                self.ending.close(&Bracket::Transaction);
                self.skip()
            }
            b"SET" => self.set(),
            b"DELIMITER" => self.delimiter(),
            known if HARMLESS.iter().any(|word| word.as_bytes() == known) => self.skip(),
            _ => Err(self.not_sql(Token::Word)),
        }
    }

    /// Skips a `DELIMITER ;;` block whole: it holds triggers and procedures, never rows.
    fn delimiter(&mut self) -> Result<(), DumpError> {
        if self.lexer.rest_of_line()? == ";" {
            return Ok(());
        }
        loop {
            if self.lexer.bytes.peek()?.is_none() {
                return Err(self.lexer.cut_off("inside a DELIMITER block", self.statement));
            }
            let line = self.lexer.rest_of_line()?;
            let mut words = line.split_whitespace();
            if words.next().is_some_and(|word| word.eq_ignore_ascii_case("DELIMITER"))
                && words.next() == Some(";")
            {
                return Ok(());
            }
        }
    }

    /// Refuses a statement that would take back rows already delivered.
    fn change_of_rows(&mut self) -> Result<(), DumpError> {
        let statement = self.lexer.shown().to_ascii_uppercase();
        loop {
            let token = self.token()?;
            match token {
                Token::Semicolon => return Ok(()),
                Token::Word | Token::Name => {
                    let name = self.lexer.text().to_vec();
                    if let Some(table) = self.wanted(&name) {
                        self.ending.names(&name);
                        if self.tables[table].rows > 0 {
                            let fault = DumpFault::RowsTakenBack { statement };
                            let table = Some(self.selection[table].name.to_owned());
                            return Err(DumpError { table, ..self.error(fault) });
                        }
                    } else if token == Token::Name {
                        self.ending.names(&name);
                    }
                }
                _ => {}
            }
        }
    }

    fn create(&mut self) -> Result<(), DumpError> {
        let mut token = self.token()?;
        while ["OR", "REPLACE", "TEMPORARY"].iter().any(|word| self.lexer.is(token, word)) {
            token = self.token()?;
        }
        if !self.lexer.is(token, "TABLE") {
            return if token == Token::Semicolon { Ok(()) } else { self.skip() };
        }
        token = self.token()?;
        while ["IF", "NOT", "EXISTS"].iter().any(|word| self.lexer.is(token, word)) {
            token = self.token()?;
        }
        let (name, token) = self.table_name(token)?;
        let Some(table) = self.wanted(&name) else {
            self.ending.names(&name);
            return if token == Token::Semicolon { Ok(()) } else { self.skip() };
        };
        self.ending.defines(&name);
        if let Some(first_line) = self.tables[table].defined.replace(self.statement.line) {
            return Err(self.error(DumpFault::TableTwice { first_line }));
        }
        if token != Token::Open {
            let what = "a table defined by another one".to_owned();
            return Err(self.error(DumpFault::Unsupported { what }));
        }
        let names = self.defined_columns()?;
        let slots = slots(&self.selection[table], &names).map_err(|fault| self.error(fault))?;
        self.tables[table].columns = Some(slots);
        self.skip()
    }

    /// Reads the columns of a CREATE TABLE from after its `(` to after its `)`.
    fn defined_columns(&mut self) -> Result<Vec<String>, DumpError> {
        let mut columns = Vec::new();
        loop {
            let mut token = self.token()?;
            let column = match token {
                Token::Name | Token::Text(b'"') => true,
                Token::Word => !NO_COLUMN.iter().any(|word| self.lexer.is(token, word)),
                _ => false,
            };
            if column {
                columns.push(String::from_utf8_lossy(self.lexer.text()).into_owned());
            }
            let mut depth = 0_u32;
            loop {
                match token {
                    Token::Open => depth += 1,
                    Token::Close if depth == 0 => return Ok(columns),
                    Token::Close => depth -= 1,
                    Token::Comma if depth == 0 => break,
                    Token::Semicolon => {
                        let what = "a table definition without its closing bracket".to_owned();
                        return Err(self.error(DumpFault::Unsupported { what }));
                    }
                    _ => {}
                }
                token = self.token()?;
            }
        }
    }

    /// Reads a table's name that begins with `token`; a schema in front of it is dropped. The
    /// answer holds the token after the name.
    pub(super) fn table_name(&mut self, token: Token) -> Result<(Vec<u8>, Token), DumpError> {
        let mut token = token;
        loop {
            if !matches!(token, Token::Name | Token::Word | Token::Text(b'"')) {
                let what = "this table name".to_owned();
                return Err(self.error(DumpFault::Unsupported { what }));
            }
            let name = self.lexer.text().to_vec();
            token = self.token()?;
            if token != Token::Other(b'.') {
                return Ok((name, token));
            }
            token = self.token()?;
        }
    }

    /// Follows the settings that decide how the rest is read and whether the end is reached.
    fn set(&mut self) -> Result<(), DumpError> {
        let mut token = self.token()?;
        if self.lexer.is(token, "NAMES") {
            self.token()?;
            let name = self.lexer.shown();
            self.charset = match Charset::from_name(&name) {
                Some(Charset::Binary) => Charset::Utf8,
                Some(charset) => charset,
                None => return Err(self.error(DumpFault::Charset { name })),
            };
            return self.skip();
        }
        loop {
            // One assignment: the names left and right of its `=`.
            let mut target = String::new();
            let mut assigned = false;
            loop {
                match token {
                    Token::Semicolon | Token::Comma => break,
                    Token::Other(b'=') => assigned = true,
                    Token::Word | Token::Text(_) if !assigned => target = self.lexer.shown(),
                    Token::Word | Token::Text(_) => self.assignment(&target)?,
                    _ => {}
                }
                token = self.token()?;
            }
            if token == Token::Semicolon {
                return Ok(());
            }
            token = self.token()?;
        }
    }

    fn assignment(&mut self, target: &str) -> Result<(), DumpError> {
        let value = self.lexer.shown();
        if self.lexer.text().to_ascii_uppercase().windows(20).any(|w| w == b"NO_BACKSLASH_ESCAPES")
        {
            let what = "the SQL mode NO_BACKSLASH_ESCAPES".to_owned();
            return Err(self.error(DumpFault::Unsupported { what }));
        }
        let is_own = |name: &str| name.starts_with('@') && !name.starts_with("@@");
        if is_own(target) && value.starts_with("@@") {
            self.ending.open(Bracket::Saved(target.to_ascii_uppercase()));
        } else if is_own(&value) {
            self.ending.close(&Bracket::Saved(value.to_ascii_uppercase()));
        }
        Ok(())
    }
}
