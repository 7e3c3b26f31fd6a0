//! INSERT and REPLACE statements: rows of wanted tables, one at a time.

use std::io::Read;

use super::Row;
use super::error::{DumpError, DumpFault, Position};
use super::lexer::Token;
use super::schema::{Slots, slots};
use super::statement::Reader;
use super::value::{Charset, Value, from_bits, from_hex};

impl<R: Read> Reader<'_, R> {
    /// Reads one INSERT or REPLACE from after its first word.
    pub(super) fn insert<E: From<DumpError>>(
        &mut self,
        visit: &mut impl FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut token = self.token()?;
        while ["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"]
            .iter()
            .any(|word| self.lexer.is(token, word))
        {
            token = self.token()?;
        }
        let (name, token) = self.table_name(token)?;
        let Some(table) = self.wanted(&name) else {
            self.ending.names(&name);
            if token != Token::Semicolon {
                self.skip()?;
            }
            return Ok(());
        };
        let before = self.tables[table].rows;
        self.rows(table, token, visit).map_err(|error| match error {
            RowsError::Dump(mut error) => {
                error.table.get_or_insert_with(|| self.selection[table].name.to_owned());
                error.into()
            }
            RowsError::Visitor(error) => error,
        })?;
        let rows = self.tables[table].rows - before;
        self.ending.fills(&name, rows);
        Ok(())
    }

    /// Reads the column list, if any, and the rows, to the end of the statement.
    fn rows<E>(
        &mut self,
        table: usize,
        token: Token,
        visit: &mut impl FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), RowsError<E>> {
        let mut token = token;
        let slots = if token == Token::Open {
            let names = self.listed_columns()?;
            token = self.token()?;
            slots(&self.selection[table], &names).map_err(|fault| self.error(fault))?
        } else {
            let defined = self.tables[table].columns.clone();
            defined.ok_or_else(|| self.error(DumpFault::ColumnsUnknown))?
        };
        if !self.lexer.is(token, "VALUES") && !self.lexer.is(token, "VALUE") {
            return Err(self.unsupported("an INSERT without VALUES").into());
        }
        token = self.token()?;
        loop {
            if token != Token::Open {
                return Err(self.unsupported("a row without its opening bracket").into());
            }
            let at = self.lexer.begins();
            self.row(table, &slots)?;
            self.tables[table].rows += 1;
            visit(Row { table, spec: &self.selection[table], at, values: &mut self.row })
                .map_err(RowsError::Visitor)?;
            match self.token()? {
                Token::Comma => token = self.token()?,
                Token::Semicolon => return Ok(()),
                // `AS new`, `ON DUPLICATE KEY UPDATE …`: the rows of a dump never collide.
                Token::Word => return Ok(self.skip()?),
                _ => return Err(self.unsupported("this after a row").into()),
            }
        }
    }

    fn number(&self) -> String {
        String::from_utf8_lossy(self.lexer.text()).into_owned()
    }

    fn unsupported(&self, what: &str) -> DumpError {
        self.error(DumpFault::Unsupported { what: what.to_owned() })
    }

    fn listed_columns(&mut self) -> Result<Vec<String>, DumpError> {
        let mut columns = Vec::new();
        loop {
            match self.token()? {
                Token::Name | Token::Word | Token::Text(b'"') => {
                    columns.push(String::from_utf8_lossy(self.lexer.text()).into_owned());
                }
                Token::Comma => {}
                Token::Close => return Ok(columns),
                _ => return Err(self.unsupported("this in a column list")),
            }
        }
    }

    /// Reads one row from after its `(` to after its `)` into `self.row`.
    fn row(&mut self, table: usize, slots: &Slots) -> Result<(), DumpError> {
        let spec = &self.selection[table];
        self.row.clear();
        self.row.resize(spec.columns.len(), Value::Absent);
        let mut found = 0;
        loop {
            let after = match slots.get(found).copied().flatten() {
                Some(slot) => {
                    let (value, after) = self.value(spec.columns[slot].name)?;
                    self.row[slot] = value;
                    after
                }
                None => self.skip_value()?,
            };
            found += 1;
            if after == Token::Close {
                break;
            }
        }
        if found == slots.len() {
            Ok(())
        } else {
            Err(self.error(DumpFault::ValueCount { expected: slots.len(), found }))
        }
    }

    /// Skips one value of any shape; the answer is the `,` or `)` after it.
    fn skip_value(&mut self) -> Result<Token, DumpError> {
        self.lexer.keep = false;
        let mut depth = 0_u32;
        let after = loop {
            match self.token()? {
                Token::Open => depth += 1,
                Token::Close if depth > 0 => depth -= 1,
                after @ (Token::Comma | Token::Close) if depth == 0 => break after,
                Token::Semicolon => return Err(self.unsupported("a row without its end")),
                _ => {}
            }
        };
        self.lexer.keep = true;
        Ok(after)
    }

    /// Reads one literal of the wanted `column`; with it comes the `,` or `)` after it.
    fn value(&mut self, column: &str) -> Result<(Value, Token), DumpError> {
        let mut charset = self.charset;
        let mut token = self.token()?;
        let at = self.lexer.begins();
        if token == Token::Word && self.lexer.text().first() == Some(&b'_') {
            let name = self.lexer.shown();
            charset = Charset::from_name(&name[1..])
                .ok_or_else(|| self.error(DumpFault::Charset { name: name[1..].to_owned() }))?;
            token = self.token()?;
        } else if self.lexer.is(token, "N") {
            token = self.token()?;
        }
        let literal = match token {
            Token::Text(b'\'' | b'"') => return self.text(column, charset, at),
            Token::Word if self.lexer.is(token, "NULL") => Value::Null,
            Token::Word if self.lexer.is(token, "TRUE") => Value::Number("1".to_owned()),
            Token::Word if self.lexer.is(token, "FALSE") => Value::Number("0".to_owned()),
            Token::Number => Value::Number(self.number()),
            Token::Other(sign @ (b'-' | b'+')) => {
                if self.token()? != Token::Number {
                    return Err(self.unsupported("this expression"));
                }
                let sign = if sign == b'-' { "-" } else { "" };
                Value::Number(format!("{sign}{}", self.number()))
            }
            Token::Hex => self.hex(column, charset, at)?,
            Token::Bits => from_bits(self.lexer.text()).map_err(|fault| self.error(fault))?,
            Token::Word => self.quoted_digits(column, charset, at)?,
            _ => return Err(self.unsupported("this expression")),
        };
        Ok((literal, self.after_value()?))
    }

    /// `x'4D'` and `b'01'`.
    fn quoted_digits(
        &mut self,
        column: &str,
        charset: Charset,
        at: Position,
    ) -> Result<Value, DumpError> {
        let hex = self.lexer.is(Token::Word, "X");
        let bits = self.lexer.is(Token::Word, "B");
        if !(hex || bits) || !matches!(self.token()?, Token::Text(_)) {
            return Err(self.unsupported(&format!("the expression in column {column}")));
        }
        if hex {
            self.hex(column, charset, at)
        } else {
            from_bits(self.lexer.text()).map_err(|fault| self.error(fault))
        }
    }

    /// A hexadecimal literal is a byte string: text unless its bytes are none.
    fn hex(&self, column: &str, charset: Charset, at: Position) -> Result<Value, DumpError> {
        let bytes = from_hex(self.lexer.text()).map_err(|fault| self.error(fault))?;
        let charset = if charset == Charset::Utf8 { Charset::Binary } else { charset };
        decode(&bytes, column, charset, at)
    }

    /// A string, together with the strings that follow it directly, as SQL joins them.
    fn text(
        &mut self,
        column: &str,
        charset: Charset,
        at: Position,
    ) -> Result<(Value, Token), DumpError> {
        let mut value = decode(self.lexer.text(), column, charset, at)?;
        loop {
            let token = self.token()?;
            match token {
                Token::Comma | Token::Close => return Ok((value, token)),
                Token::Text(_) => {
                    let more = decode(self.lexer.text(), column, charset, at)?;
                    match (&mut value, more) {
                        (Value::Text(text), Value::Text(more)) => text.push_str(&more),
                        _ => return Err(self.unsupported("a joined binary string")),
                    }
                }
                _ => return Err(self.unsupported(&format!("the expression in column {column}"))),
            }
        }
    }

    fn after_value(&mut self) -> Result<Token, DumpError> {
        match self.token()? {
            after @ (Token::Comma | Token::Close) => Ok(after),
            _ => Err(self.unsupported("an expression")),
        }
    }
}

enum RowsError<E> {
    Dump(DumpError),
    Visitor(E),
}

impl<E> From<DumpError> for RowsError<E> {
    fn from(error: DumpError) -> Self {
        Self::Dump(error)
    }
}

fn decode(bytes: &[u8], column: &str, charset: Charset, at: Position) -> Result<Value, DumpError> {
    charset.decode(bytes).map_err(|_| DumpError {
        fault: DumpFault::NotText { column: column.to_owned() },
        at,
        table: None,
    })
}
