//! `mtm tls init`: a certificate authority of the plant's own, and a certificate for the server.
//!
//! Handhelds trust the authority once; the server's certificate can then be made anew without
//! touching them. Existing files are never overwritten: a lost authority cannot be made again.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use mtm_platform::{Access, DataDirectory, durable};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use serde_json::json;

use super::Call;
use crate::failure::{Failure, Outcome, exit};

/// Phones and browsers refuse server certificates that are valid for longer.
const SERVER_DAYS: i64 = 397;
const AUTHORITY_DAYS: i64 = 3_650;

const EXAMPLES: &str = "Examples:
  mtm tls init --name mtm.plant.local --name 192.168.1.20
  mtm serve --listen 0.0.0.0:8443 --tls-cert tls/server.pem --tls-key tls/server.key

The files go to DATA-DIR/tls unless --out says otherwise: ca.pem (install this one on handhelds),
ca.key (keep it off the network), server.pem and server.key (for `mtm serve`).";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a local certificate authority and a certificate for this server
    Init(Arguments),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A name or IP address under which the server is reached (repeatable)
    #[arg(long = "name", value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Directory of the files
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(call: &Call, command: Command) -> Outcome {
    let Command::Init(arguments) = command;
    let directory = match arguments.out {
        Some(directory) => directory,
        None => call.globals.config()?.data_dir.join("tls"),
    };
    let pair = Certificates::make(&arguments.names)?;
    let directory = DataDirectory::prepare(&directory)?.path().to_path_buf();
    let files = pair.files(&directory);
    for (path, ..) in &files {
        if path.exists() {
            return Err(Failure::new(
                "file_exists",
                exit::CONFLICT,
                format!("{} exists already and was left alone", path.display()),
            )
            .next("Use the files that are there, or name another directory with --out."));
        }
    }
    for (path, pem) in &files {
        durable::create(path, pem.as_bytes(), Access::Private)?;
    }
    let answer = json!({
        "ca": files[0].0, "ca_key": files[1].0, "certificate": files[2].0, "key": files[3].0,
        "names": arguments.names, "days": SERVER_DAYS,
    });
    call.console.answer(&answer, || {
        let [ca, ca_key, certificate, key] = files.map(|(path, _)| path.display().to_string());
        format!(
            "Made for {names}, valid for {SERVER_DAYS} days:\n  \
             {certificate}\n  {key}\n\
             Install {ca} on handhelds and PCs; keep {ca_key} off the network.\n\
             Start with: mtm serve --tls-cert {certificate} --tls-key {key}",
            names = arguments.names.join(", "),
        )
    })
}

/// An authority and a server's certificate, as PEM.
struct Certificates {
    authority: String,
    authority_key: String,
    certificate: String,
    key: String,
}

impl Certificates {
    fn make(names: &[String]) -> Outcome<Self> {
        let failed = |error: rcgen::Error| {
            Failure::new(
                "certificate_failed",
                exit::FAILURE,
                format!("failed to make a certificate: {error}"),
            )
            .next("Check the names: plain DNS names and IP addresses, no scheme, no port.")
        };
        for name in names {
            check_name(name)?;
        }
        let now = jiff::Timestamp::now();
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "MTM WIP local authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        valid(&mut authority, now, AUTHORITY_DAYS);
        let authority_key = KeyPair::generate().map_err(failed)?;
        let authority_certificate = authority.self_signed(&authority_key).map_err(failed)?;

        let mut server = CertificateParams::new(names.to_vec()).map_err(failed)?;
        if let Some(name) = names.first() {
            server.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        server.use_authority_key_identifier_extension = true;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        valid(&mut server, now, SERVER_DAYS);
        let key = KeyPair::generate().map_err(failed)?;
        let authority_pem = authority_certificate.pem();
        let authority_key_pem = authority_key.serialize_pem();
        let issuer = Issuer::new(authority, authority_key);
        let certificate = server.signed_by(&key, &issuer).map_err(failed)?;
        Ok(Self {
            certificate: certificate.pem() + &authority_pem,
            authority: authority_pem,
            authority_key: authority_key_pem,
            key: key.serialize_pem(),
        })
    }

    fn files(&self, directory: &Path) -> [(PathBuf, &str); 4] {
        [
            (directory.join("ca.pem"), &self.authority),
            (directory.join("ca.key"), &self.authority_key),
            (directory.join("server.pem"), &self.certificate),
            (directory.join("server.key"), &self.key),
        ]
    }
}

fn check_name(name: &str) -> Outcome {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.*_".contains(c);
    if name.parse::<IpAddr>().is_ok() || (!name.is_empty() && name.chars().all(plain)) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name:?} is not a DNS name or IP address"))
        .next("Name the host only, such as mtm.plant.local or 192.168.1.20."))
}

/// Valid from yesterday on, for handhelds whose clock is behind.
fn valid(params: &mut CertificateParams, now: jiff::Timestamp, days: i64) {
    let date = |offset: i64| {
        let moment = now.saturating_add(jiff::SignedDuration::from_hours(24 * offset));
        let day = moment.unwrap_or(now).to_zoned(jiff::tz::TimeZone::UTC).date();
        let number = |value: i8| u8::try_from(value).unwrap_or(1);
        rcgen::date_time_ymd(day.year().into(), number(day.month()), number(day.day()))
    };
    params.not_before = date(-1);
    params.not_after = date(days - 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hosts_and_nothing_else() {
        for good in ["mtm.plant.local", "192.168.1.20", "::1", "*.plant.local", "localhost"] {
            check_name(good).unwrap();
        }
        for wrong in ["", "https://mtm", "mtm:8080", "a b"] {
            assert_eq!(check_name(wrong).unwrap_err().exit, exit::USAGE, "{wrong}");
        }
    }

    #[test]
    fn a_chain_and_two_keys_are_made() {
        let made = Certificates::make(&["mtm.local".to_owned(), "10.0.0.1".to_owned()]).unwrap();
        assert_eq!(made.certificate.matches("BEGIN CERTIFICATE").count(), 2);
        assert!(made.certificate.ends_with(&made.authority));
        assert!(made.key.contains("PRIVATE KEY") && made.authority_key.contains("PRIVATE KEY"));
        assert_ne!(made.key, made.authority_key);
    }
}
