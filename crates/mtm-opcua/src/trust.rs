//! Whether the server is the one that somebody trusted.
//!
//! Before anything is said to it that counts, the certificate that it shows is compared, octet by octet, with those that
//! an administrator named; what is then said can be read by the owner of its key only, and by nobody else. One that nobody
//! named is refused, with its thumbprint, and laid down beside: so that who knows it better can name it, and nobody
//! does without looking.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use mtm_core::opcua::protocol::{Failed, FailedKind};
use mtm_opcua::certificate::{FILE_MAX, first, read};
use opcua::crypto::X509;
use opcua::types::DateTime;

/// Most files of a folder of certificates.
const FILES_MAX: usize = 500;
/// Most refused certificates that are laid down.
const REFUSED_MAX: usize = 50;

/// Certificates that a server may show.
pub(crate) struct Trusted(Vec<Vec<u8>>);

impl Trusted {
    /// Those in these files and folders.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, Failed> {
        let mut all = Vec::new();
        for path in paths {
            for file in files(path)? {
                all.extend(read(&bounded(&file)?));
            }
        }
        Ok(Self(all))
    }

    /// The certificate that a server shows, where it is one of them and counts today.
    pub(crate) fn judge(&self, shown: &[u8], folder: &Path) -> Result<X509, Failed> {
        let refused = |message: String| Failed { trouble: FailedKind::Certificate, message };
        let certificate = first(shown).and_then(|der| Some((der, X509::from_der(der).ok()?)));
        let Some((der, certificate)) = certificate else {
            return Err(refused("the server shows no certificate that can be read".to_owned()));
        };
        let thumbprint = certificate.thumbprint().as_hex_string();
        if !self.0.iter().any(|it| it == der) {
            let place = lay_down(der, &thumbprint, folder);
            let place =
                place.map_or_else(String::new, |it| format!("; it lies in {}", it.display()));
            return Err(refused(format!(
                "nobody trusted the certificate that the server shows (thumbprint {thumbprint}{place})"
            )));
        }
        if let Err(error) = certificate.is_time_valid(&DateTime::now().as_chrono()) {
            let message = format!(
                "the server's certificate does not count today (thumbprint {thumbprint}): {error}"
            );
            return Err(refused(message));
        }
        Ok(certificate)
    }
}

fn failed(path: &Path, why: &dyn std::fmt::Display) -> Failed {
    let message = format!("failed to read trusted certificates of {}: {why}", path.display());
    Failed { trouble: FailedKind::Files, message }
}

/// A file, or those of a folder.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failed> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|why| failed(path, &why))? {
        let file = entry.map_err(|why| failed(path, &why))?.path();
        if file.is_file() {
            files.push(file);
        }
        if files.len() > FILES_MAX {
            return Err(failed(path, &format!("there are more than {FILES_MAX} files")));
        }
    }
    files.sort();
    Ok(files)
}

fn bounded(path: &Path) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|why| failed(path, &why))?;
    file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(|why| failed(path, &why))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_MAX) {
        return Err(failed(path, &format!("it has more than {FILE_MAX} octets")));
    }
    Ok(bytes)
}

/// Lays a certificate down that was refused; where that is not possible, its thumbprint has to do.
fn lay_down(der: &[u8], thumbprint: &str, folder: &Path) -> Option<PathBuf> {
    let refused = folder.join("refused");
    fs::create_dir_all(&refused).ok()?;
    let place = refused.join(format!("{thumbprint}.der"));
    if place.is_file() {
        return Some(place);
    }
    // Whoever can answer for a server can show ever new ones.
    if fs::read_dir(&refused).ok()?.count() >= REFUSED_MAX {
        return None;
    }
    fs::write(&place, der).ok()?;
    Some(place)
}
