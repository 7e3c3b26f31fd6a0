//! The ERP whose books are read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::layers::Settings;
use super::{Hidden, secret};

const CONNECTION: &str = "erp.connection";
const SCHEMA: &str = "erp.schema";
const NAME: &str = "erp.name";
/// Longest name, as the ledger keeps it.
const LONGEST_NAME: usize = 40;
/// Keys that say nothing without a connection.
const OF_IT: [&str; 4] = ["erp.program", SCHEMA, "erp.time_zone", "erp.map_file"];
/// The reading program, where nobody names one.
const HELPER: &str = "mtm-odbc";

/// An ERP of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Erp {
    /// Its name.
    pub(crate) name: String,
    /// How its database is reached.
    pub(crate) connection: Hidden,
    /// The reading program.
    pub(crate) program: PathBuf,
    /// The schema of its tables.
    pub(crate) schema: Option<String>,
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

impl Erp {
    /// The ERP, where there is one.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
        let connection = secret(settings, CONNECTION, "erp.connection_file")?;
        let Some(connection) = connection else {
            return match OF_IT.into_iter().find(|key| settings.setting(key).is_some()) {
                Some(one) => Err(ConfigError::Halves { one, other: CONNECTION }),
                None => Ok(None),
            };
        };
        let wrong = |key: &str, message: String| ConfigError::WrongValue {
            origin: settings.setting(key).map(|it| it.source.to_string()).unwrap_or_default(),
            key: key.to_owned(),
            message,
        };
        let name = text(NAME).unwrap_or_default();
        if name.chars().count() > LONGEST_NAME {
            return Err(wrong(NAME, format!("longer than {LONGEST_NAME} characters")));
        }
        let schema = text(SCHEMA);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if schema.as_ref().is_some_and(|it| !it.chars().all(plain) || it.len() > 60) {
            return Err(wrong(SCHEMA, "not a plain name of letters, digits and _".to_owned()));
        }
        // Every key has a default, and was checked when it was set.
        let number = |name: &str| text(name).and_then(|it| it.parse::<u32>().ok()).unwrap_or(1);
        let minutes = |name: &str| Duration::from_secs(u64::from(number(name)) * 60);
        let seconds = |name: &str| Duration::from_secs(u64::from(number(name)));
        Ok(Some(Self {
            name,
            connection,
            program: text("erp.program").map_or_else(beside, PathBuf::from),
            schema,
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

/// The program of that name beside this one.
fn beside() -> PathBuf {
    let name = format!("{HELPER}{}", std::env::consts::EXE_SUFFIX);
    let here = std::env::current_exe().ok();
    let folder = here.as_deref().and_then(Path::parent);
    folder.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
}
