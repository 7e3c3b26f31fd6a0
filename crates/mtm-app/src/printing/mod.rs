//! Printing labels and documents: asked for, sent to a printer when it is ready, and told truthfully.
//!
//! Each printer has one that works for it ([`Printing`]), on a shared database where the sealer does. It lays out the
//! labels of receipts where the printer prints these by itself, and sends what waits, one label after the other. What the
//! printer did not say is not known, and is a person's to look for ([`App::decide_print`]). A booking never waits for a
//! printer.

mod ask;
mod decide;
mod label;
mod list;
mod receipts;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use mtm_connect::printer::{Language, Printer, ipp, zpl};
use mtm_core::code::Code;

pub use self::ask::PrintBody;
pub use self::decide::JobBody;
pub use self::list::{PrintJobs, PrinterView, Printers};
pub use self::worker::{PrintersChanged, Printing};
pub use mtm_connect::printer::{Access, Address, Deadlines};
pub use mtm_core::label::Dpi;
pub use mtm_core::print::{Condition, JobDeed, JobState};
pub use mtm_store::print::{DeedRow, JobQuery, JobSheet, PrintJob, PrinterRow};

use crate::App;
use crate::error::AppError;
use crate::label::LabelFormat;

/// The template of receipts, unless a printer has another.
pub const TEMPLATE: &str = "lot";

/// At which stations a receipt has its label printed by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReceiptsAt {
    /// At none.
    #[default]
    None,
    /// At these.
    Stations(BTreeSet<String>),
    /// Wherever it is booked.
    All,
}

impl ReceiptsAt {
    /// The same in a word, as it is kept beside the place in the log that it counts from.
    fn rule(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::All => Some("*".to_owned()),
            Self::Stations(all) => Some(all.iter().cloned().collect::<Vec<_>>().join(", ")),
        }
    }

    /// Whether one that was booked at `station` has.
    fn has(&self, station: Option<&str>) -> bool {
        match self {
            Self::None => false,
            Self::Stations(all) => station.is_some_and(|station| all.contains(station)),
            Self::All => true,
        }
    }
}

/// A printer that this server is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterSettings {
    /// Its name here.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// How it is spoken to, where it is a printer of documents.
    pub access: Access,
    /// How fine it prints.
    pub dpi: Dpi,
    /// The template of receipts.
    pub template: String,
    /// The stations that print here unless somebody says otherwise.
    pub stations: BTreeSet<String>,
    /// Whose receipts have their labels printed here by themselves.
    pub receipts_at: ReceiptsAt,
    /// How long a label waits for a printer that is not ready, before somebody is told.
    pub patience: Duration,
    /// How long the printer is waited for.
    pub deadlines: Deadlines,
}

impl PrinterSettings {
    /// The printer as it is spoken to now.
    fn printer(&self) -> Result<Printer, Condition> {
        let (access, deadlines) = (self.access.clone(), self.deadlines);
        match self.address.clone() {
            Address::Zpl(address) => Ok(Printer::Zpl(zpl::Printer::new(address, deadlines))),
            Address::Ipp(address) => {
                let printer = ipp::Printer::new(address, access, deadlines);
                printer.map(Printer::Ipp).map_err(|error| {
                    tracing::warn!(printer = self.name, %error, "a printer cannot be spoken to");
                    Condition::Untrusted
                })
            }
        }
    }

    /// In what, and how finely, what it prints is spelled.
    const fn spelling(&self) -> (Language, Dpi) {
        (self.address.language(), self.dpi)
    }
}

/// What printers of a language are sent.
const fn format(language: Language) -> LabelFormat {
    match language {
        Language::Zpl => LabelFormat::Zpl,
        Language::Pdf => LabelFormat::Pdf,
    }
}

/// Printers by name.
pub type PrintersSet = BTreeMap<String, PrinterSettings>;

impl App {
    /// From now on these print, and no others.
    pub fn use_printers(&self, all: Vec<PrinterSettings>) {
        let all = all.into_iter().map(|printer| (printer.name.clone(), printer)).collect();
        self.store_printers(Arc::new(all));
        self.bus().send(&PrintersChanged);
    }

    /// As what, and how finely, those print that have this template for receipts.
    pub(crate) fn printed_as(&self, template: &str) -> Vec<(LabelFormat, Dpi)> {
        let set = self.printer_set();
        let mut all: Vec<_> = set
            .values()
            .filter(|it| it.template == template)
            .map(|it| (format(it.address.language()), it.dpi))
            .collect();
        all.dedup();
        all
    }

    /// The printer of this name, or the one that prints for `station`, or the only one there is.
    fn printer_for(
        &self,
        name: Option<&str>,
        station: Option<&str>,
    ) -> Result<PrinterSettings, AppError> {
        let all = self.printer_set();
        let no = |message: String| AppError::field("printer", Code::InvalidBody, message);
        let names = || all.keys().cloned().collect::<Vec<_>>().join(", ");
        if all.is_empty() {
            return Err(no(
                "no printer is configured: add [printers.NAME] to the configuration".to_owned()
            ));
        }
        if let Some(name) = name {
            let found = all.get(name).cloned();
            return found
                .ok_or_else(|| no(format!("there is no printer {name}; there are {}", names())));
        }
        let of_station =
            station.and_then(|station| all.values().find(|it| it.stations.contains(station)));
        let only = all.values().next().filter(|_| all.len() == 1);
        of_station.or(only).cloned().ok_or_else(|| no(format!("say which printer: {}", names())))
    }
}
