//! Label printers, one table for each: `[printers.NAME]`.

use std::collections::BTreeSet;
use std::time::Duration;

use mtm_app::printing::{Address, Deadlines, Dpi, PrinterSettings, ReceiptsAt, TEMPLATE};

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "printers";

/// Most printers of one server.
const MOST: usize = 100;
/// How long a label waits for a printer that is not ready, unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest that can be said.
const LONGEST: u64 = 1_440;

const MEMBERS: &[Member] = &[
    member("address", "where it is: host or host:port, port 9100 unless set"),
    member("dpi", "how fine it prints: 203, 300 or 600; 203 unless set"),
    member("template", "the template of lots; lot unless set"),
    member(
        "stations",
        "the stations that print here unless somebody says otherwise, with commas between",
    ),
    member(
        "receipts_at",
        "the stations whose receipts have their labels printed here by themselves, with commas between; * for all, nothing for none",
    ),
    member(
        "patience_minutes",
        "how long a label waits for it before somebody is told; 10 unless set",
    ),
];

/// The printers of a configuration, by name.
pub(super) fn printers(settings: &Settings) -> Result<Vec<PrinterSettings>, ConfigError> {
    let mut wrong = Vec::new();
    let mut printers = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        printers.extend(printer(&mut table));
    }
    if printers.len() > MOST {
        let message = format!("{} printers, more than {MOST}", printers.len());
        wrong.push(Wrong { origin: String::new(), key: SECTION.to_owned(), message });
    }
    if wrong.is_empty() { Ok(printers) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}

fn printer(table: &mut Table<'_>) -> Option<PrinterSettings> {
    let address = table.needed("address", "say where the printer is")?;
    let address = match Address::parse(address) {
        Ok(address) => Some(address),
        Err(error) => {
            table.refuse("address", format!("not taken: {error}"));
            None
        }
    };
    let dpi = dpi(table);
    let patience = patience(table);
    Some(PrinterSettings {
        name: table.name.to_owned(),
        address: address?,
        dpi: dpi?,
        template: table.text("template").unwrap_or(TEMPLATE).to_owned(),
        stations: names(table, "stations"),
        receipts_at: match table.text("receipts_at") {
            None | Some("") => ReceiptsAt::None,
            Some("*") => ReceiptsAt::All,
            Some(_) => ReceiptsAt::Stations(names(table, "receipts_at")),
        },
        patience: patience?,
        deadlines: Deadlines::default(),
    })
}

fn names(table: &Table<'_>, member: &str) -> BTreeSet<String> {
    let text = table.text(member).unwrap_or_default();
    text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn dpi(table: &mut Table<'_>) -> Option<Dpi> {
    let Some(text) = table.text("dpi") else { return Some(Dpi::D203) };
    let dpi = text.parse().ok().and_then(Dpi::from_number);
    if dpi.is_none() {
        table.refuse("dpi", format!("not 203, 300 or 600 ({text})"));
    }
    dpi
}

fn patience(table: &mut Table<'_>) -> Option<Duration> {
    let Some(text) = table.text("patience_minutes") else { return Some(PATIENCE) };
    match text.parse() {
        Ok(minutes) if (1..=LONGEST).contains(&minutes) => Some(Duration::from_secs(minutes * 60)),
        _ => {
            table.refuse("patience_minutes", format!("not from 1 to {LONGEST} ({text})"));
            None
        }
    }
}
