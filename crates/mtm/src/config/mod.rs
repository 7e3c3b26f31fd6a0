//! Configuration, weakest first: built-in defaults, `mtm.toml`, `MTM_*` environment, flags.
//!
//! [`Settings`] keeps every value with its source, so that `mtm config show --effective` can say
//! who set what; [`Config`] is what the program works with. A key nobody knows is an error with a
//! suggestion: a misspelt bound that is silently ignored is worse than a server that does not
//! start. Secrets are read here and never shown.

mod brokers;
mod codes;
mod edge_nodes;
mod erp;
mod error;
mod files;
mod floor;
mod flows;
mod guard;
mod key;
mod keys;
mod layers;
mod machines;
mod mail;
mod masters;
mod nearest;
mod oidc;
mod peers;
mod printers;
mod sparkplug;
mod table;
#[cfg(test)]
mod tests;
mod wedges;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use mtm_app::drop_folder::Settings as DropFolder;
use mtm_app::edge_node::EdgeNodeSettings;
use mtm_app::guards::Settings as Guarding;
use mtm_app::machine::MachineSettings;
use mtm_app::notice::NoticeRules;
use mtm_app::printing::PrinterSettings;
use mtm_connect::mail::Server;
use mtm_connect::peer;
use mtm_core::master_sync::Rules;
use mtm_core::scan::{Patterns, Wedges};
use mtm_core::view::Limits;
use mtm_core::word::Quantity;
use mtm_platform::Directories;

pub(crate) use brokers::Brokers;
pub(crate) use codes::describe as code_members;
pub(crate) use edge_nodes::describe as edge_node_members;
pub(crate) use erp::{Erp, Reach};
pub(crate) use error::ConfigError;
pub(crate) use floor::{Scanner, Weighing};
pub(crate) use flows::Flow;
pub(crate) use flows::describe as flow_members;
pub(crate) use keys::KEYS;
pub(crate) use layers::{Settings, Source};
pub(crate) use machines::describe as machine_members;
pub(crate) use oidc::Oidc;
pub(crate) use peers::describe as peer_members;
pub(crate) use printers::describe as printer_members;
pub(crate) use wedges::describe as wedge_members;

use crate::failure::Outcome;

/// Name of the configuration file.
pub(crate) const FILE_NAME: &str = "mtm.toml";

/// A value that a flag of this command sets: key, value, and the flag's name.
pub(crate) type FlagValue = (&'static str, String, &'static str);

/// A secret of the configuration. Never shown, also not by accident.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hidden(String);

impl Hidden {
    /// The text to hand over.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

/// What the program works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Directory of the database.
    pub(crate) data_dir: PathBuf,
    /// URL of the database, where it is not the data directory's file.
    pub(crate) database: Option<Hidden>,
    /// Bookings under way at once on a database server.
    pub(crate) writers: usize,
    /// Queries at once.
    pub(crate) readers: usize,
    /// Exports and reports at once on a database server.
    pub(crate) reports: usize,
    /// From which duration on a statement is told in the log.
    pub(crate) slow_statement: Option<Duration>,
    /// Name of the plant, for a new ledger.
    pub(crate) site_name: String,
    /// IANA zone of the plant, for a new ledger.
    pub(crate) site_time_zone: String,
    /// Where the server listens.
    pub(crate) listen: SocketAddr,
    /// Certificate and key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// Largest file of an import, in bytes.
    pub(crate) max_upload: usize,
    /// Connections at once.
    pub(crate) max_connections: usize,
    /// Bounds of bookings.
    pub(crate) limits: Limits,
    /// The key of secrets in the database, where it is not in the data directory.
    pub(crate) secrets_key: Option<PathBuf>,
    /// Brokers that events are relayed to.
    pub(crate) brokers: Brokers,
    /// The mail server by which people are told.
    pub(crate) mail: Option<Server>,
    /// What else holds for telling people.
    pub(crate) notices: NoticeRules,
    /// The identity provider by which people may sign in.
    pub(crate) oidc: Option<Oidc>,
    /// The ERP whose books are read.
    pub(crate) erp: Option<Erp>,
    /// Which attributes of parts are the ERP's.
    pub(crate) masters: Rules,
    /// How calls of other systems are guarded.
    pub(crate) guards: Guarding,
    /// The folder by which files are exchanged.
    pub(crate) files: Option<DropFolder>,
    /// Minutes that a movement may wait to be posted in an ERP.
    pub(crate) reconcile_grace: i64,
    /// The hour of the night of the comparison with an ERP's books.
    pub(crate) reconcile_hour: u16,
    /// Systems that are called.
    pub(crate) peers: Vec<peer::Settings>,
    /// What systems are told of movements.
    pub(crate) flows: Vec<Flow>,
    /// Label printers.
    pub(crate) printers: Vec<PrinterSettings>,
    /// Machines that are listened to.
    pub(crate) machines: Vec<MachineSettings>,
    /// What this plant tells by Sparkplug B.
    pub(crate) edge_nodes: Vec<EdgeNodeSettings>,
    /// What codes of this site alone look like.
    pub(crate) scan_patterns: Patterns,
    /// How scanners that type are told from fingers.
    pub(crate) wedges: Wedges,
    /// Scanners that are devices, at a terminal.
    pub(crate) scanner: Scanner,
    /// The scale beside it.
    pub(crate) scale: Option<Weighing>,
    /// Where checkpoints are kept besides the data directory.
    pub(crate) checkpoints_to: Option<PathBuf>,
    /// Between two looks at what must always hold.
    pub(crate) truth_pace: Duration,
    /// Free bytes below which a disk is yellow, and red.
    pub(crate) truth_disk: (u64, u64),
    /// The collector of traces, where there is one.
    pub(crate) collector: Option<String>,
    /// What is logged.
    pub(crate) log_filter: String,
    /// How.
    pub(crate) log_format: LogFormat,
    /// The server to book and look on.
    pub(crate) server: Option<String>,
    /// The token for it.
    pub(crate) token: Option<Hidden>,
    /// The authority behind that server's certificate, where the usual ones do not know it.
    pub(crate) ca_file: Option<PathBuf>,
    /// The password for reading a legacy server.
    pub(crate) legacy_password: Option<Hidden>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON lines otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Variables that other programs understand as well, weaker than our own, and the keys that they set.
const COMMON: &[(&str, &str)] = &[
    ("RUST_LOG", "log.filter"),
    // A program that cannot send spans is not disturbed by what is meant for others.
    #[cfg(feature = "otel")]
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "otel.endpoint"),
];

/// Reads every layer. `file` is the one named with `--config`, which must exist; without it the
/// operating system's place is looked at.
pub(crate) fn read(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    flags: impl IntoIterator<Item = FlagValue>,
) -> Outcome<Settings> {
    let mut settings = Settings::defaults();
    match file {
        Some(path) => settings.read_file(path)?,
        None => {
            if let Some(path) = standard_file().filter(|path| path.exists()) {
                settings.read_file(&path)?;
            }
        }
    }
    let variables: Vec<_> = variables.into_iter().collect();
    for (variable, key) in COMMON {
        if let Some((_, value)) = variables.iter().find(|(name, _)| name == variable)
            && let Some(value) = value.to_str().filter(|value| !value.trim().is_empty())
        {
            let source = Source::Environment((*variable).to_owned());
            settings.set(key, value.to_owned(), source, None)?;
        }
    }
    settings.read_environment(variables)?;
    for (key, value, flag) in flags {
        settings.set(key, value, Source::Flag(flag), None)?;
    }
    Ok(settings)
}

/// Where the file is looked for when nobody names one.
pub(crate) fn standard_file() -> Option<PathBuf> {
    Directories::standard().ok().map(|places| places.config().join(FILE_NAME))
}

impl Config {
    /// What the settings come to. Reads the files that secrets are kept in.
    pub(crate) fn of(settings: &Settings) -> Outcome<Self> {
        let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
        let data_dir = match text("data_dir") {
            Some(path) => PathBuf::from(path),
            None => Directories::standard()?.data().to_path_buf(),
        };
        let number =
            |name: &str| text(name).and_then(|value| value.parse::<i64>().ok()).unwrap_or(0);
        let size = |name: &str| usize::try_from(number(name)).unwrap_or(usize::MAX);
        let mebibytes = |name: &str| number(name).unsigned_abs() << 20;
        let listen = text("server.listen")
            .and_then(|value| value.parse().ok())
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let log_format = match text("log.format").as_deref() {
            Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            _ => LogFormat::Auto,
        };
        let machines = machines::machines(settings, &data_dir)?;
        Ok(Self {
            data_dir,
            database: secret(settings, "database.url", "database.url_file")?,
            writers: size("database.connections"),
            readers: size("database.readers"),
            reports: size("database.reports"),
            slow_statement: u64::try_from(number("database.slow_statement_ms"))
                .ok()
                .filter(|millis| *millis > 0)
                .map(Duration::from_millis),
            site_name: text("site.name").unwrap_or_default(),
            site_time_zone: text("site.time_zone").unwrap_or_else(this_computers_zone),
            listen,
            tls: tls(settings)?,
            max_upload: size("server.max_upload_mib").saturating_mul(1024 * 1024),
            max_connections: size("server.max_connections"),
            limits: Limits {
                max_quantity: Quantity::pieces(number("booking.max_quantity"))
                    .unwrap_or(Quantity::BOUND),
                undo_window: u32::try_from(number("booking.undo_window_minutes") * 60)
                    .unwrap_or(u32::MAX),
            },
            secrets_key: text("secrets.key_file").map(PathBuf::from),
            brokers: Brokers::of(settings)?,
            mail: mail::server(settings)?,
            notices: mail::rules(settings),
            oidc: Oidc::of(settings, listen.ip().is_loopback())?,
            erp: Erp::of(settings)?,
            masters: masters::rules(settings)?,
            guards: guard::settings(settings)?,
            files: files::settings(
                settings,
                size("server.max_upload_mib").saturating_mul(1024 * 1024),
            ),
            reconcile_grace: number("reconcile.grace_minutes"),
            reconcile_hour: u16::try_from(number("reconcile.nightly_hour")).unwrap_or(3),
            peers: peers::peers(settings)?,
            flows: flows::flows(settings)?,
            printers: printers::printers(settings)?,
            machines,
            edge_nodes: edge_nodes::edge_nodes(settings)?,
            scan_patterns: codes::patterns(settings)?,
            wedges: wedges::wedges(settings)?,
            scanner: floor::scanner(settings)?,
            scale: floor::scale(settings)?,
            checkpoints_to: text("audit.checkpoints_to").map(PathBuf::from),
            truth_pace: Duration::from_millis(number("truth.pace_ms").unsigned_abs()),
            truth_disk: (mebibytes("truth.disk_low_mib"), mebibytes("truth.disk_full_mib")),
            collector: text("otel.endpoint"),
            log_filter: text("log.filter").unwrap_or_default(),
            log_format,
            server: text("client.server").map(|url| url.trim_end_matches('/').to_owned()),
            token: secret(settings, "client.token", "client.token_file")?,
            ca_file: text("client.ca_file").map(PathBuf::from),
            legacy_password: secret(settings, "legacy.password", "legacy.password_file")?,
        })
    }
}

fn this_computers_zone() -> String {
    TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

fn tls(settings: &Settings) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    let (cert, key) = ("server.tls_cert", "server.tls_key");
    let path = |name: &str| settings.setting(name).map(|setting| PathBuf::from(&setting.value));
    match (path(cert), path(key)) {
        (Some(cert), Some(key)) => Ok(Some((cert, key))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::Halves { one: cert, other: key }),
        (None, Some(_)) => Err(ConfigError::Halves { one: key, other: cert }),
    }
}

/// The secret itself or the file that holds it, whichever is set in the stronger layer.
fn secret(
    settings: &Settings,
    name: &'static str,
    file: &'static str,
) -> Result<Option<Hidden>, ConfigError> {
    let rank = |source: &Source| match source {
        Source::Default => 0,
        Source::File(..) => 1,
        Source::Environment(_) => 2,
        Source::Flag(_) => 3,
    };
    let (direct, filed) = (settings.setting(name), settings.setting(file));
    let path = match (direct, filed) {
        (Some(direct), Some(filed)) if rank(&direct.source) == rank(&filed.source) => {
            let origin = direct.source.to_string();
            return Err(ConfigError::SecretTwice { origin, key: name });
        }
        (Some(direct), Some(filed)) if rank(&direct.source) < rank(&filed.source) => &filed.value,
        (Some(direct), _) => return Ok(Some(Hidden(direct.value.clone()))),
        (None, Some(filed)) => &filed.value,
        (None, None) => return Ok(None),
    };
    let unreadable = |message: String| ConfigError::Unreadable { path: path.into(), message };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    match text.trim() {
        "" => Err(unreadable("the file is empty".to_owned())),
        secret => Ok(Some(Hidden(secret.to_owned()))),
    }
}
