//! The ERP whose books are read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::layers::Settings;
use super::{Hidden, secret};

const CONNECTION: &str = "erp.connection";
const PEER: &str = "erp.peer";
const MAPPING: &str = "erp.mapping";
const PROGRAM: &str = "erp.program";
const SCHEMA: &str = "erp.schema";
const NAME: &str = "erp.name";
/// Longest name, as the ledger keeps it.
const LONGEST_NAME: usize = 40;
/// Keys that say nothing without a connection.
const OF_IT: [&str; 2] = [PROGRAM, SCHEMA];
/// Keys that say nothing without an ERP.
const OF_ANY: [&str; 2] = ["erp.time_zone", "erp.map_file"];
/// The reading program, where nobody names one.
const HELPER: &str = "mtm-odbc";

/// An ERP of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Erp {
    /// Its name.
    pub(crate) name: String,
    /// How it is reached.
    pub(crate) reach: Reach,
    /// The zone of its moments; the site's where `None`.
    pub(crate) time_zone: Option<String>,
    /// Which places are which.
    pub(crate) map_file: Option<PathBuf>,
    /// Between two readings of its ledger.
    pub(crate) every: Duration,
    /// Between two readings of its figures.
    pub(crate) on_hand_every: Duration,
    /// Between two readings of its master data.
    pub(crate) masters_every: Duration,
    /// When gaps are looked for.
    pub(crate) scan_hour: i8,
    /// How long it may take to answer.
    pub(crate) timeout: Duration,
}

/// How an ERP is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Its database, over ODBC.
    Odbc {
        /// The connection string.
        connection: Hidden,
        /// The reading program.
        program: PathBuf,
        /// The schema of its tables.
        schema: Option<String>,
    },
    /// Its interface, over REST.
    Rest {
        /// The system that is called.
        peer: String,
        /// The mapping, by its file or name.
        mapping: String,
    },
}

impl Erp {
    /// The ERP, where there is one.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
        let Some(reach) = reach(settings)? else {
            return match OF_IT.into_iter().chain(OF_ANY).find(|key| text(key).is_some()) {
                Some(one) => Err(ConfigError::Halves { one, other: CONNECTION }),
                None => Ok(None),
            };
        };
        let name = text(NAME).unwrap_or_default();
        if name.chars().count() > LONGEST_NAME {
            return Err(wrong(settings, NAME, format!("longer than {LONGEST_NAME} characters")));
        }
        // Every key has a default, and was checked when it was set.
        let number = |name: &str| text(name).and_then(|it| it.parse::<u32>().ok()).unwrap_or(1);
        let minutes = |name: &str| Duration::from_secs(u64::from(number(name)) * 60);
        let seconds = |name: &str| Duration::from_secs(u64::from(number(name)));
        Ok(Some(Self {
            name,
            reach,
            time_zone: text("erp.time_zone"),
            map_file: text("erp.map_file").map(PathBuf::from),
            every: seconds("erp.every_seconds"),
            on_hand_every: minutes("erp.on_hand_minutes"),
            masters_every: minutes("erp.masters_minutes"),
            scan_hour: i8::try_from(number("erp.scan_hour")).unwrap_or(2),
            timeout: seconds("erp.timeout_seconds"),
        }))
    }
}

/// How the ERP is reached, where one is named: by one way, and with all of it.
fn reach(settings: &Settings) -> Result<Option<Reach>, ConfigError> {
    let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
    let connection = secret(settings, CONNECTION, "erp.connection_file")?;
    let (peer, mapping) = match (connection, text(PEER), text(MAPPING)) {
        (None, None, None) => return Ok(None),
        (Some(connection), None, None) => {
            let (program, schema) = (text(PROGRAM), schema(settings)?);
            let program = program.map_or_else(|| beside(HELPER), PathBuf::from);
            return Ok(Some(Reach::Odbc { connection, program, schema }));
        }
        (Some(_), peer, _) => {
            let key = if peer.is_some() { PEER } else { MAPPING };
            let why = "set, and erp.connection is as well; an ERP is read by one way";
            return Err(wrong(settings, key, why.to_owned()));
        }
        (None, Some(peer), Some(mapping)) => (peer, mapping),
        (None, Some(_), None) => {
            return Err(ConfigError::Halves { one: PEER, other: MAPPING });
        }
        (None, None, Some(_)) => {
            return Err(ConfigError::Halves { one: MAPPING, other: PEER });
        }
    };
    if let Some(key) = OF_IT.into_iter().find(|key| text(key).is_some()) {
        let why = "set, and goes with erp.connection only; this ERP is read over REST";
        return Err(wrong(settings, key, why.to_owned()));
    }
    if !settings.tables(super::peers::SECTION).any(|(name, _)| name == peer) {
        let why = format!("no system; there is no table [peers.{peer}]");
        return Err(wrong(settings, PEER, why));
    }
    Ok(Some(Reach::Rest { peer, mapping }))
}

fn schema(settings: &Settings) -> Result<Option<String>, ConfigError> {
    let schema = settings.setting(SCHEMA).map(|setting| setting.value.clone());
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if schema.as_ref().is_some_and(|it| !it.chars().all(plain) || it.len() > 60) {
        let why = "not a plain name of letters, digits and _".to_owned();
        return Err(wrong(settings, SCHEMA, why));
    }
    Ok(schema)
}

fn wrong(settings: &Settings, key: &str, message: String) -> ConfigError {
    let origin = settings.setting(key).map(|it| it.source.to_string()).unwrap_or_default();
    ConfigError::WrongValue { origin, key: key.to_owned(), message }
}

/// The program of that name beside this one.
pub(super) fn beside(program: &str) -> PathBuf {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let here = std::env::current_exe().ok();
    let folder = here.as_deref().and_then(Path::parent);
    folder.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
}
