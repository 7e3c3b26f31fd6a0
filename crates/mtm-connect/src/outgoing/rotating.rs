//! A client whose certificates may be replaced while it is used.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConfig;

use super::client::{Client, ClientError, Deadlines};
use crate::certificate::Validity;
use crate::secret::{Look, look};
use crate::trust::{self, Identity, Shown};

/// Who is believed, and who we are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Papers {
    /// The authority that alone is believed; the system's where there is none.
    pub ca_file: Option<PathBuf>,
    /// The certificate that is shown where the other side asks for one.
    pub identity: Option<Identity>,
}

/// A client that is made anew when its certificates are others than when it was made. Calls under way end
/// as they began. Files that do not fit (yet) leave the one before.
#[derive(Debug)]
pub struct Rotating {
    deadlines: Deadlines,
    papers: Papers,
    shown: Arc<Shown>,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    client: Option<Client>,
    looks: Vec<Look>,
    failed: Option<ClientError>,
}

impl Rotating {
    /// A client that is made when it is used.
    pub fn new(deadlines: Deadlines, papers: Papers) -> Self {
        Self { deadlines, papers, shown: Arc::default(), made: Mutex::default() }
    }

    /// One that never changes; over a fake in tests.
    pub fn fixed(client: Client) -> Self {
        let made = Made { client: Some(client), ..Made::default() };
        let (deadlines, papers) = (Deadlines::default(), Papers::default());
        Self { deadlines, papers, shown: Arc::default(), made: Mutex::new(made) }
    }

    /// The client, with the certificates that are there now.
    pub fn client(&self) -> Result<Client, ClientError> {
        let looks: Vec<Look> = self.files().map(|path| look(path)).collect();
        let mut made = self.made();
        if made.client.is_none() || made.looks != looks || made.failed.is_some() {
            match self.rules().and_then(|rules| Client::with_rules(self.deadlines, rules)) {
                Ok(client) => {
                    *made = Made { client: Some(client), looks, failed: None };
                }
                Err(error) => made.failed = Some(error),
            }
        }
        match (&made.client, &made.failed) {
            (Some(client), _) => Ok(client.clone()),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Err(ClientError::default()),
        }
    }

    /// Why the certificates that are there now are not used, where those before count on.
    pub fn trouble(&self) -> Option<ClientError> {
        self.made().failed.clone()
    }

    /// Until when the certificate counts that the other side showed last.
    pub fn theirs(&self) -> Option<Validity> {
        self.shown.chain().first().and_then(|certificate| Validity::of(certificate))
    }

    /// All that the other side showed last, its own first.
    pub(crate) fn their_chain(&self) -> Vec<Option<Validity>> {
        self.shown.chain().iter().map(|certificate| Validity::of(certificate)).collect()
    }

    /// Until when ours counts.
    pub fn ours(&self) -> Option<Validity> {
        self.papers.identity.as_ref().and_then(|it| trust::validity(&it.certificate))
    }

    /// Who is believed, and who we are.
    pub const fn papers(&self) -> &Papers {
        &self.papers
    }

    /// How long its calls may take.
    pub(crate) const fn deadlines(&self) -> Deadlines {
        self.deadlines
    }

    /// The rules of its connections, as the files are now.
    pub(crate) fn rules(&self) -> Result<ClientConfig, ClientError> {
        let Papers { ca_file, identity } = &self.papers;
        trust::mutual(ca_file.as_deref(), identity.as_ref(), &self.shown)
            .map_err(|error| ClientError::of(&error))
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let Papers { ca_file, identity } = &self.papers;
        let own = identity.iter().flat_map(|it| [&it.certificate, &it.key]);
        ca_file.iter().chain(own)
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        // Nothing in there panics half way.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
