//! Printers of labels and documents, one table for each: `[printers.NAME]`.

use std::collections::BTreeSet;
use std::time::Duration;

use mtm_app::printing::{Access, Address, Deadlines, Dpi, PrinterSettings, ReceiptsAt, TEMPLATE};
use mtm_connect::outgoing::{self, Client};

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "printers";

/// Most printers of one server.
const MOST: usize = 100;
/// How long a label waits for a printer that is not ready, unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest name of a user that every printer takes, in bytes.
const USER_MAX: usize = 127;
/// Longest that can be said.
const LONGEST: u64 = 1_440;

const MEMBERS: &[Member] = &[
    member(
        "address",
        "where it is: host or host:port of a label printer, port 9100 unless set; ipp:// or ipps:// of one of documents",
    ),
    member("ca_file", "ipps: PEM file of the authority that signed the printer's certificate"),
    member("user", "ipp, ipps: in whose name is printed; mtm unless set"),
    member("password", "ipps: where the password is: env:NAME, file:PATH or credential:NAME"),
    member("password_file", "the same as file:PATH"),
    member("dpi", "how fine a label printer prints: 203, 300 or 600; 203 unless set"),
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
    let access = address.as_ref().and_then(|it| access(table, it));
    let dpi = dpi(table);
    let patience = patience(table);
    let address = address?;
    let deadlines = match &address {
        Address::Zpl(_) => Deadlines::default(),
        Address::Ipp(_) => Deadlines::of_documents(),
    };
    Some(PrinterSettings {
        name: table.name.to_owned(),
        address,
        access: access?,
        dpi: dpi?,
        template: table.text("template").unwrap_or(TEMPLATE).to_owned(),
        stations: names(table, "stations"),
        receipts_at: match table.text("receipts_at") {
            None | Some("") => ReceiptsAt::None,
            Some("*") => ReceiptsAt::All,
            Some(_) => ReceiptsAt::Stations(names(table, "receipts_at")),
        },
        patience: patience?,
        deadlines,
    })
}

/// How a printer of documents is spoken to. What means nothing for the kind of printer that it is, is somebody's mistake.
fn access(table: &mut Table<'_>, address: &Address) -> Option<Access> {
    let is_encrypted = match address {
        Address::Zpl(_) => {
            refuse_all(table, &["ca_file", "user", "password", "password_file"], "a label printer");
            return Some(Access::default());
        }
        Address::Ipp(address) => address.is_encrypted(),
    };
    refuse_all(table, &["dpi"], "a printer of documents");
    if !is_encrypted {
        refuse_all(table, &["ca_file"], "a printer at ipp://; write ipps://");
        let why = "a printer at ipp://, where everybody could read it; write ipps://";
        refuse_all(table, &["password", "password_file"], why);
    }
    let ca_file = table.path("ca_file");
    if is_encrypted {
        let made = Client::trusting(outgoing::Deadlines::default(), ca_file.as_deref());
        if let Err(error) = made {
            table.refuse("ca_file", format!("not taken: {error}"));
        }
    }
    let user = table.text("user").filter(|it| !it.is_empty()).map(str::to_owned);
    if user.as_ref().is_some_and(|it| it.len() > USER_MAX || it.contains(':')) {
        table
            .refuse("user", format!("no name of a user: at most {USER_MAX} letters, and no colon"));
    }
    let password = table.password().ok()?;
    Some(Access { ca_file, user, password })
}

fn refuse_all(table: &mut Table<'_>, members: &[&str], of: &str) {
    for member in members {
        if table.text(member).is_some() {
            table.refuse(member, format!("not a member of {of}"));
        }
    }
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
