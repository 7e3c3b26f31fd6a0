//! Bytes to tokens: quotes, escapes and comments as the server reads them.
//!
//! The text of a token lives in one buffer that the next token overwrites, and is dropped while
//! reading when nobody wants it, so memory stays bounded by the longest wanted value.

use std::io::Read;

use super::bytes::Bytes;
use super::error::{DumpError, DumpFault, Position};

/// Longest text a wanted value may have: 64 times the widest column of the inventory database.
pub(super) const LONGEST_VALUE: usize = 256 * 1024;
/// Line comments are kept this far, enough to recognise the tools' marks.
const COMMENT_KEPT: usize = 40;
/// Conditional comments of this version are meant for no server at all.
const NO_SERVER: u32 = 999_999;

/// The kind of a token; its text is [`Lexer::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// The end of the dump.
    End,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// A word without quotes: keyword, name, `@variable`.
    Word,
    /// A name in backticks.
    Name,
    /// A string in this kind of quote.
    Text(u8),
    /// A decimal number without sign.
    Number,
    /// `0x…`; the text holds the digits.
    Hex,
    /// `0b…`; the text holds the digits.
    Bits,
    /// Any other character.
    Other(u8),
}

/// What the comments of a dump tool say about its beginning and end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    /// The header of a tool that also writes an end mark.
    pub(super) begun: bool,
    /// The end mark, after the last token.
    pub(super) completed: bool,
}

/// A stream of tokens.
pub(super) struct Lexer<R> {
    pub(super) bytes: Bytes<R>,
    /// Whether texts are kept; off while skipping what nobody wants.
    pub(super) keep: bool,
    pub(super) marks: Marks,
    text: Vec<u8>,
    begins: Position,
    conditional: Option<Position>,
}

impl<R: Read> Lexer<R> {
    pub(super) fn new(bytes: Bytes<R>) -> Self {
        Self {
            bytes,
            keep: true,
            marks: Marks::default(),
            text: Vec::new(),
            begins: Position::START,
            conditional: None,
        }
    }

    /// The text of the last token, without quotes and escapes.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether the last token is the keyword `word` (upper case).
    pub(super) fn is(&self, token: Token, word: &str) -> bool {
        token == Token::Word && self.text.eq_ignore_ascii_case(word.as_bytes())
    }

    /// The text of the last token for a message, at most a few words of it.
    pub(super) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.text).chars().take(40).collect()
    }

    /// Where the last token begins.
    pub(super) fn begins(&self) -> Position {
        self.begins
    }

    /// Reads the next token.
    pub(super) fn next(&mut self) -> Result<Token, DumpError> {
        self.skip_blanks()?;
        self.text.clear();
        self.begins = self.bytes.at();
        let Some(byte) = self.bytes.next()? else {
            if let Some(begins) = self.conditional {
                return Err(self.cut_off("inside a conditional comment", begins));
            }
            return Ok(Token::End);
        };
        self.marks.completed = false;
        match byte {
            b';' => Ok(Token::Semicolon),
            b'(' => Ok(Token::Open),
            b')' => Ok(Token::Close),
            b',' => Ok(Token::Comma),
            b'\'' | b'"' => self.string(byte),
            b'`' => self.name(),
            b'0'..=b'9' => self.number(byte),
            b'.' if matches!(self.bytes.peek()?, Some(b'0'..=b'9')) => self.number(byte),
            _ if is_word(byte) => self.word(byte),
            _ => Ok(Token::Other(byte)),
        }
    }

    /// The rest of the line, trimmed, as client commands (`DELIMITER ;;`) use it.
    pub(super) fn rest_of_line(&mut self) -> Result<String, DumpError> {
        let mut line = Vec::new();
        while let Some(byte) = self.bytes.next()? {
            if byte == b'\n' {
                break;
            }
            if line.len() < COMMENT_KEPT {
                line.push(byte);
            }
        }
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }

    /// The dump ends inside something that began at `begins`.
    pub(super) fn cut_off(&self, inside: &str, begins: Position) -> DumpError {
        let inside = format!("{inside} that began on line {}", begins.line);
        self.bytes.error(DumpFault::CutOff { inside })
    }

    fn skip_blanks(&mut self) -> Result<(), DumpError> {
        loop {
            let Some(byte) = self.bytes.peek()? else { return Ok(()) };
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0B | 0x0C => {
                    self.bytes.next()?;
                }
                b'#' => self.line_comment()?,
                b'-' if self.bytes.peek_at(1)? == Some(b'-')
                    && self.bytes.peek_at(2)?.is_none_or(|byte| byte <= b' ') =>
                {
                    self.line_comment()?;
                }
                b'/' if self.bytes.peek_at(1)? == Some(b'*') => self.block_comment()?,
                b'*' if self.conditional.is_some() && self.bytes.peek_at(1)? == Some(b'/') => {
                    self.bytes.next()?;
                    self.bytes.next()?;
                    self.conditional = None;
                }
                _ => return Ok(()),
            }
        }
    }

    fn line_comment(&mut self) -> Result<(), DumpError> {
        let comment = self.rest_of_line()?;
        if comment.starts_with("-- MySQL dump") || comment.starts_with("-- MariaDB dump") {
            self.marks.begun = true;
        } else if comment.starts_with("-- Dump completed") {
            self.marks.completed = true;
        }
        Ok(())
    }

    /// Skips `/* … */`; of `/*!40101 … */` only the brackets, since servers execute the inside.
    fn block_comment(&mut self) -> Result<(), DumpError> {
        let begins = self.bytes.at();
        self.bytes.next()?;
        self.bytes.next()?;
        let bang = match (self.bytes.peek()?, self.bytes.peek_at(1)?) {
            (Some(b'!'), _) => 1,
            (Some(b'M'), Some(b'!')) => 2,
            _ => 0,
        };
        if bang > 0 && self.conditional.is_none() {
            for _ in 0..bang {
                self.bytes.next()?;
            }
            let mut version = 0_u32;
            while let Some(digit @ b'0'..=b'9') = self.bytes.peek()? {
                version = version.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                self.bytes.next()?;
            }
            if version < NO_SERVER {
                self.conditional = Some(begins);
                return Ok(());
            }
        }
        let mut star = false;
        loop {
            match self.bytes.next()? {
                Some(b'/') if star => return Ok(()),
                Some(byte) => star = byte == b'*',
                None => return Err(self.cut_off("inside a comment", begins)),
            }
        }
    }

    fn string(&mut self, quote: u8) -> Result<Token, DumpError> {
        loop {
            match self.bytes.next()? {
                Some(b'\\') => {
                    let Some(escaped) = self.bytes.next()? else {
                        return Err(self.cut_off("inside a string", self.begins));
                    };
                    self.escape(escaped)?;
                }
                Some(byte) if byte == quote => {
                    if self.bytes.peek()? != Some(quote) {
                        return Ok(Token::Text(quote));
                    }
                    self.bytes.next()?;
                    self.push(quote)?;
                }
                Some(byte) => self.push(byte)?,
                None => return Err(self.cut_off("inside a string", self.begins)),
            }
        }
    }

    fn escape(&mut self, escaped: u8) -> Result<(), DumpError> {
        match escaped {
            b'0' => self.push(0),
            b'b' => self.push(0x08),
            b'n' => self.push(b'\n'),
            b'r' => self.push(b'\r'),
            b't' => self.push(b'\t'),
            b'Z' => self.push(0x1A),
            // Patterns keep these two escaped; everything else loses its backslash.
            b'%' | b'_' => {
                self.push(b'\\')?;
                self.push(escaped)
            }
            other => self.push(other),
        }
    }

    fn name(&mut self) -> Result<Token, DumpError> {
        loop {
            match self.bytes.next()? {
                Some(b'`') => {
                    if self.bytes.peek()? != Some(b'`') {
                        return Ok(Token::Name);
                    }
                    self.bytes.next()?;
                    self.push(b'`')?;
                }
                Some(byte) => self.push(byte)?,
                None => return Err(self.cut_off("inside a name", self.begins)),
            }
        }
    }

    fn word(&mut self, first: u8) -> Result<Token, DumpError> {
        self.push(first)?;
        while let Some(byte) = self.bytes.peek()?.filter(|&byte| is_word(byte)) {
            self.push(byte)?;
            self.bytes.next()?;
        }
        Ok(Token::Word)
    }

    /// Reads a number, or a name that begins with a digit.
    fn number(&mut self, first: u8) -> Result<Token, DumpError> {
        let radix = if first == b'0' { self.bytes.peek()? } else { None };
        if let Some(radix @ (b'x' | b'b')) = radix {
            let digit = |byte: u8| {
                if radix == b'x' { byte.is_ascii_hexdigit() } else { matches!(byte, b'0' | b'1') }
            };
            if self.bytes.peek_at(1)?.is_some_and(digit) {
                self.bytes.next()?;
                while let Some(byte) = self.bytes.peek()?.filter(|&byte| digit(byte)) {
                    self.push(byte)?;
                    self.bytes.next()?;
                }
                return Ok(if radix == b'x' { Token::Hex } else { Token::Bits });
            }
        }
        self.push(first)?;
        let mut previous = first;
        let mut plain = true;
        while let Some(byte) = self.bytes.peek()? {
            let signed = matches!(byte, b'+' | b'-') && matches!(previous, b'e' | b'E') && plain;
            if !(signed || byte == b'.' || is_word(byte)) {
                break;
            }
            plain &= signed || byte == b'.' || byte.is_ascii_digit() || matches!(byte, b'e' | b'E');
            self.push(byte)?;
            self.bytes.next()?;
            previous = byte;
        }
        Ok(if plain { Token::Number } else { Token::Word })
    }

    #[inline]
    fn push(&mut self, byte: u8) -> Result<(), DumpError> {
        if self.keep {
            if self.text.len() == LONGEST_VALUE {
                let fault = DumpFault::ValueTooLong { max: LONGEST_VALUE };
                return Err(DumpError { fault, at: self.begins, table: None });
            }
            self.text.push(byte);
        }
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@') || byte >= 0x80
}
