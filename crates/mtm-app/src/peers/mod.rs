//! Systems that this server calls: who they are, how each stands, and a look now and then.
//!
//! Which there are stands in the configuration. When that changes, those that stay as they were keep their
//! token and their connections; the others begin anew, and calls under way end as they began.

mod view;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use mtm_connect::peer::{CallFailed, Peer, Request, Response, Settings, Standing};

pub use self::view::CredentialView;
pub use self::watch::PeersChanged;
use crate::App;
use crate::guards::seed;

/// Systems by name.
pub type Peers = BTreeMap<String, Peer>;

/// What the ids of systems that are called begin with, in tables and in the API.
const PREFIX: &str = "peer:";

/// The id of the system of this name.
pub(crate) fn id_of(name: &str) -> String {
    format!("{PREFIX}{name}")
}

impl App {
    /// From now on these are called, and no others.
    pub fn use_peers(&self, all: Vec<Settings>) {
        let before = self.peers();
        let now: Peers = all
            .into_iter()
            .map(|settings| {
                let name = settings.name.clone();
                let known = before.get(&name).filter(|peer| *peer.settings() == settings);
                let peer = known.cloned().unwrap_or_else(|| self.made(settings));
                (name, peer)
            })
            .collect();
        for name in before.keys().filter(|name| !now.contains_key(*name)) {
            self.guards().forget(&id_of(name));
            self.guards().forget(&tokens_of(name));
        }
        self.store_peers(Arc::new(now));
        self.bus().send(&PeersChanged);
    }

    /// The system of this name, where one is configured.
    pub fn peer(&self, name: &str) -> Option<Peer> {
        self.peers().get(name).cloned()
    }

    fn made(&self, settings: Settings) -> Peer {
        let (id, tokens) = (id_of(&settings.name), tokens_of(&settings.name));
        let guards = mtm_connect::peer::Guards {
            calls: self.guards().limited(&id, &settings.limits),
            tokens: self.guards().limited(&tokens, &settings.limits),
        };
        let clock = Arc::clone(self.ledger().clock());
        Peer::new(settings, guards, Arc::new(move || clock.now()), seed(&id))
    }
}

/// The id of the guard of the server that gives tokens for it.
fn tokens_of(name: &str) -> String {
    format!("{PREFIX}{name}:token")
}
