//! The program's own certificate and key.
//!
//! They are made on first use, by whoever comes first, and kept: a server's administrator trusts this certificate once,
//! and a new one would be a stranger again. The key never leaves its folder, which only the account that runs the
//! program can read.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mtm_core::opcua::protocol::{Failed, FailedKind};
use opcua::crypto::{PrivateKey, X509, X509Data};

/// What the program is to people who administer a server.
pub(crate) const NAME: &str = "MTM WIP";
/// What begins the name of the program among machines; the name of this one follows.
const URI: &str = "urn:mtm-wip:";
/// For how long the certificate counts: as long as a controller stays in its cabinet.
const DAYS: u32 = 20 * 365;
/// Bits of the key: every policy takes them.
const BITS: u32 = 2048;

const CERTIFICATE: &str = "certificate.der";
const KEY: &str = "key.pem";
const WHO: &str = "uri.txt";

/// A certificate, its key, and the name that stands in it.
pub(crate) struct Own {
    pub(crate) certificate: X509,
    pub(crate) key: PrivateKey,
    pub(crate) uri: String,
    /// Where they lie.
    pub(crate) certificate_file: PathBuf,
    pub(crate) key_file: PathBuf,
}

impl Own {
    /// Those in this folder, made where there are none.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failed> {
        let own = folder.join("own");
        let failed = |what: &str, why: &dyn std::fmt::Display| Failed {
            trouble: FailedKind::Files,
            message: format!("{what} {}: {why}", own.display()),
        };
        if !own.join(CERTIFICATE).is_file() {
            make(folder, &own).map_err(|why| failed("failed to make a certificate in", &why))?;
        }
        let (certificate_file, key_file) = (own.join(CERTIFICATE), own.join(KEY));
        let unread = |why: &dyn std::fmt::Display| failed("failed to read the certificate in", why);
        let der = fs::read(&certificate_file).map_err(|why| unread(&why))?;
        let certificate = X509::from_der(&der).map_err(|_| unread(&"it is none"))?;
        let pem = fs::read(&key_file).map_err(|why| unread(&why))?;
        let key = PrivateKey::from_pem(&pem).map_err(|_| unread(&"its key is none"))?;
        let uri = fs::read_to_string(own.join(WHO)).map_err(|why| unread(&why))?;
        let uri = uri.trim().to_owned();
        Ok(Self { certificate, key, uri, certificate_file, key_file })
    }

    /// What it is called in the lists of a server.
    pub(crate) fn thumbprint(&self) -> String {
        self.certificate.thumbprint().as_hex_string()
    }
}

/// Makes them beside, and then all at once: of two programs that start together one is first.
fn make(folder: &Path, own: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let fresh = folder.join(format!("own.{}", std::process::id()));
    let made = fill(&fresh).and_then(|()| match fs::rename(&fresh, own) {
        Err(_) if own.join(CERTIFICATE).is_file() => Ok(()),
        renamed => renamed,
    });
    if fresh.is_dir() {
        // It is not the one that counts.
        fs::remove_dir_all(&fresh)?;
    }
    made
}

fn fill(folder: &Path) -> io::Result<()> {
    let mut private = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
    private.create(folder)?;
    let machine = X509Data::computer_hostnames().into_iter().next();
    let uri = format!("{URI}{}", machine.as_deref().unwrap_or("client"));
    let data = X509Data {
        key_size: BITS,
        common_name: NAME.to_owned(),
        organization: NAME.to_owned(),
        organizational_unit: String::new(),
        country: String::new(),
        state: String::new(),
        alt_host_names: X509Data::alt_host_names(&uri, None, false, true, false),
        certificate_duration_days: DAYS,
    };
    let (certificate, key) = X509::cert_and_pkey(&data).map_err(io::Error::other)?;
    let der = certificate.to_der().map_err(|_| io::Error::other("it cannot be written"))?;
    let secret = key.to_der().map_err(|_| io::Error::other("its key cannot be written"))?;
    write(&folder.join(KEY), pem(secret.as_bytes()).as_bytes())?;
    write(&folder.join(CERTIFICATE), &der)?;
    write(&folder.join(WHO), uri.as_bytes())
}

/// Writes a file that only this account can read, down to the disk.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn pem(der: &[u8]) -> String {
    let digits = STANDARD.encode(der);
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text + "\n-----END PRIVATE KEY-----\n"
}
