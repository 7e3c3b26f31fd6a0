//! `mtm serve`.

use std::path::PathBuf;

use clap::Args;

use super::Call;
use crate::config::{FlagValue, standard_file};
use crate::failure::Outcome;
use crate::serve::Origin;

const EXAMPLES: &str = "Examples:
  mtm serve --demo
  mtm serve --data-dir /srv/mtm --listen 0.0.0.0:8443 --tls-cert server.pem --tls-key server.key
  mtm serve --mqtt-url mqtts://mtm@broker.plant --mqtt-password-file mqtt.password";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Fill an empty directory with a believable plant; browsers here sign in with one click
    #[arg(long)]
    demo: bool,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// PEM file of the certificate and its intermediates
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file of its private key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// MQTT 5 broker to relay every event to, such as `mqtt://user@host:1883` (mqtts:// with TLS)
    #[arg(long, value_name = "URL")]
    mqtt_url: Option<String>,
    /// File that holds that user's password
    #[arg(long, value_name = "FILE", requires = "mqtt_url")]
    mqtt_password_file: Option<PathBuf>,
    /// NATS server with `JetStream` to relay every event to, such as `nats://user@host:4222` (tls:// with TLS)
    #[arg(long, value_name = "URL")]
    nats_url: Option<String>,
    /// File that holds that user's password
    #[arg(long, value_name = "FILE", requires = "nats_url")]
    nats_password_file: Option<PathBuf>,
    /// Mail server by which people are told, such as `smtp://user@host:587` (smtps:// with TLS from the start)
    #[arg(long, value_name = "URL", requires = "mail_from")]
    mail_url: Option<String>,
    /// From whom that mail is, such as mtm@plant.example
    #[arg(long, value_name = "ADDRESS", requires = "mail_url")]
    mail_from: Option<String>,
    /// File that holds that user's password
    #[arg(long, value_name = "FILE", requires = "mail_url")]
    mail_password_file: Option<PathBuf>,
    /// What to log, as in `RUST_LOG`
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How: auto, text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

pub(crate) fn run(call: &Call, it: Arguments) -> Outcome {
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let flags: [Option<FlagValue>; 12] = [
        it.listen.map(|listen| ("server.listen", listen, "--listen")),
        it.tls_cert.map(|file| ("server.tls_cert", path(file), "--tls-cert")),
        it.tls_key.map(|file| ("server.tls_key", path(file), "--tls-key")),
        it.mqtt_url.map(|url| ("mqtt.url", url, "--mqtt-url")),
        it.mqtt_password_file
            .map(|file| ("mqtt.password_file", path(file), "--mqtt-password-file")),
        it.nats_url.map(|url| ("nats.url", url, "--nats-url")),
        it.nats_password_file
            .map(|file| ("nats.password_file", path(file), "--nats-password-file")),
        it.mail_url.map(|url| ("mail.url", url, "--mail-url")),
        it.mail_from.map(|from| ("mail.from", from, "--mail-from")),
        it.mail_password_file
            .map(|file| ("mail.password_file", path(file), "--mail-password-file")),
        it.log.map(|filter| ("log.filter", filter, "--log")),
        it.log_format.map(|format| ("log.format", format, "--log-format")),
    ];
    let flags: Vec<FlagValue> = flags.into_iter().flatten().collect();
    let globals = call.globals.clone();
    let file = globals.config.clone().or_else(standard_file);
    let read = Box::new(move || globals.settings(flags.iter().cloned()));
    super::run_on(
        tokio::runtime::Builder::new_multi_thread(),
        crate::serve::serve(call.console, Origin { read, file }, it.demo),
    )
}
