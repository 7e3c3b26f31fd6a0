//! Printers, of two kinds: label printers that speak ZPL ([`zpl`]), and printers and print servers that take
//! documents by IPP ([`ipp`]).
//!
//! Either is asked how it is before anything is sent to it, and again until what it was sent is printed. Only then
//! was it printed ([`Delivery`]). One that is not ready is sent nothing. What was sent, and of which the printer did
//! not say what became of it, is unknown, and nothing here sends it again.

pub mod ipp;
mod wait;
pub mod zpl;

use std::fmt;
use std::time::Duration;

use mtm_core::print::Condition;

pub use self::ipp::Access;

/// How long a printer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Until it takes a connection.
    pub connect: Duration,
    /// Until it says how it is, and takes some of what is sent.
    pub answer: Duration,
    /// Until it has printed what it was sent, as long as it says that all is well.
    pub print: Duration,
    /// Until somebody saw to it, while it says what it lacks.
    pub held: Duration,
    /// Between two questions.
    pub pause: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            print: Duration::from_secs(60),
            held: Duration::from_secs(600),
            pause: Duration::from_millis(250),
        }
    }
}

impl Deadlines {
    /// For printers of documents, which have a queue of everybody's, and many pages to print.
    pub fn of_documents() -> Self {
        Self {
            answer: Duration::from_secs(15),
            print: Duration::from_secs(600),
            pause: Duration::from_secs(1),
            ..Self::default()
        }
    }
}

/// What a printer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// ZPL II.
    Zpl,
    /// Documents, as PDF.
    Pdf,
}

/// Where a printer is, which says how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A label printer, at a host and port.
    Zpl(zpl::Address),
    /// A printer or a print server's queue, at an address of its own.
    Ipp(ipp::Address),
}

/// Why that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Of no label printer.
    #[error(transparent)]
    Zpl(#[from] zpl::AddressError),
    /// Of no printer of documents.
    #[error(transparent)]
    Ipp(#[from] ipp::AddressError),
}

impl Address {
    /// Reads `ipp://host/path` or `ipps://host/path`, and anything else as `host`, `host:port` or `[IPv6]:port`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if ipp::Address::is_meant(text) {
            return Ok(Self::Ipp(ipp::Address::parse(text)?));
        }
        Ok(Self::Zpl(zpl::Address::parse(text)?))
    }

    /// What is printed there.
    pub const fn language(&self) -> Language {
        match self {
            Self::Zpl(_) => Language::Zpl,
            Self::Ipp(_) => Language::Pdf,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zpl(address) => address.fmt(f),
            Self::Ipp(address) => address.fmt(f),
        }
    }
}

/// A printer.
#[derive(Debug, Clone)]
pub enum Printer {
    /// One of labels.
    Zpl(zpl::Printer),
    /// One of documents.
    Ipp(ipp::Printer),
}

/// A printer that is ready.
#[derive(Debug)]
pub enum Line {
    /// One of labels, which serves nobody else meanwhile.
    Zpl(zpl::Line),
    /// One of documents.
    Ipp(ipp::Line),
}

/// What is to be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet<'s> {
    /// What it is called where the printer lists what it has: in ASCII, and of nothing else ever, because by its name it is
    /// looked for where a reply was lost.
    pub name: &'s str,
    /// In the printer's language.
    pub bytes: &'s [u8],
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The printer has printed it.
    Printed,
    /// The printer took nothing of it.
    NotSent(Condition),
    /// The printer says that it did not print it, and why; nothing of it is out.
    Refused(String),
    /// It was sent, or some of it, and nobody knows what became of it.
    Unknown(Lost),
}

/// Why nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The connection broke.
    #[error("the connection broke after the label was sent")]
    Broken,
    /// It says nothing any more.
    #[error("the printer says nothing any more since the label was sent")]
    Silent,
    /// It says what is no answer.
    #[error("the printer's answer after the label was sent is not understood")]
    NotUnderstood,
    /// It did not take all of it.
    #[error("the printer took only a part of the label")]
    Part,
    /// It has the label and lacks something that nobody gave it.
    #[error("the printer has the label and was not ready for too long: {}", .0.words())]
    Held(Condition),
    /// It says that it is well, and does not print it.
    #[error("the printer has the label and did not print it in time")]
    Late,
    /// The reply was lost, and it knows no job of that name.
    #[error("the reply of the printer was lost, and it knows nothing of the label")]
    NotThere,
    /// It had it, and does not know it any more.
    #[error("the printer has forgotten the label before it said that it was printed")]
    Forgotten,
    /// It gave it up after it began.
    #[error("the printer gave the label up after it began with it{}", pages(*.0))]
    Aborted(Option<u32>),
    /// Somebody cancelled it there after it began.
    #[error("the label was cancelled at the printer after it began with it{}", pages(*.0))]
    Cancelled(Option<u32>),
    /// It finished it, and not without errors.
    #[error("the printer says that it finished the label with errors")]
    WithErrors,
    /// It handed it on to a device that does not say what it does.
    #[error("the label was handed on to a device that does not say what becomes of it")]
    HandedOn,
}

/// How far it came, by its own account.
fn pages(counted: Option<u32>) -> String {
    match counted {
        None => String::new(),
        Some(1) => ", and counts 1 page".to_owned(),
        Some(pages) => format!(", and counts {pages} pages"),
    }
}

impl Printer {
    /// Connects, and finds out how it is: a line where it is ready.
    pub async fn open(&self) -> Result<Line, Condition> {
        match self {
            Self::Zpl(printer) => printer.open().await.map(Line::Zpl),
            Self::Ipp(printer) => printer.open().await.map(Line::Ipp),
        }
    }
}

impl Line {
    /// Sends something and waits until it is printed. `told` is what the printer lacks meanwhile, each time that is
    /// something else.
    pub async fn print(self, sheet: Sheet<'_>, told: impl FnMut(Condition)) -> Delivery {
        match self {
            Self::Zpl(line) => line.print(sheet.bytes, told).await,
            Self::Ipp(line) => line.print(sheet, told).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_a_printer_is_spoken_to() {
        for (text, shown, language) in [
            ("dock-2", "dock-2:9100", Language::Zpl),
            ("tcp://10.1.2.3:6101", "10.1.2.3:6101", Language::Zpl),
            ("ipp://print/printers/office", "ipp://print/printers/office", Language::Pdf),
            ("IPPS://10.1.2.3/ipp/print", "ipps://10.1.2.3/ipp/print", Language::Pdf),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.to_string().as_str(), address.language()), (shown, language));
        }
        for text in ["http://print/printers/office", "ipp://", "a b"] {
            assert!(Address::parse(text).unwrap_err().to_string().contains("write"), "{text}");
        }
    }
}
