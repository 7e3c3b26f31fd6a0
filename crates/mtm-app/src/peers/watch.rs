//! Looks now and then whether systems that are called are well, behind everybody's back.
//!
//! By that a page shows how each stands before somebody needs it, a token is there, and a certificate that
//! ends soon is known. Every server looks for itself: each has its own way there.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use mtm_connect::peer::Peer;
use mtm_store::Fault;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::id_of;
use crate::App;
use crate::bus::Message;

/// Which systems are called has changed, or what somebody decided about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeersChanged;

impl Message for PeersChanged {}

/// Between two looks at what somebody decided, maybe on another server.
const ROUND: Duration = Duration::from_secs(2);

impl App {
    /// Looks after every system that is called, as long as the server runs. An error of the ledger is the
    /// end; looks that are under way end with it.
    pub async fn watch_peers(&self) -> Result<Infallible, Fault> {
        let mut changed = self.bus().follow::<PeersChanged>();
        let mut looks = JoinSet::new();
        let mut under_way = HashSet::new();
        let mut due: HashMap<String, Instant> = HashMap::new();
        loop {
            let peers = self.peers();
            due.retain(|name, _| peers.contains_key(name));
            for (name, peer) in &*peers {
                self.keep_guard(peer).await?;
                let Some(pause) = peer.settings().look else { continue };
                let now = Instant::now();
                if due.get(name).is_some_and(|at| *at > now) || !under_way.insert(name.clone()) {
                    continue;
                }
                due.insert(name.clone(), now + pause);
                let (name, peer) = (name.clone(), peer.clone());
                looks.spawn(async move {
                    look(&peer).await;
                    name
                });
            }
            tokio::select! {
                Some(ended) = looks.join_next() => match ended {
                    Ok(name) => {
                        under_way.remove(&name);
                        if let Some(peer) = self.peer(&name) {
                            self.keep_guard(&peer).await?;
                        }
                    }
                    // Nobody knows which it was: each may be looked at again.
                    Err(_) => under_way.clear(),
                },
                _ = changed.next() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// Has its guard know what somebody decided, and others know how it stands.
    async fn keep_guard(&self, peer: &Peer) -> Result<(), Fault> {
        let id = id_of(peer.name());
        peer.guard().hold(self.ledger().guard_hold(id.clone()).await?);
        self.tell_guard(&id).await
    }
}

/// Looks once; what has changed is told in the log.
async fn look(peer: &Peer) {
    let before = peer.standing();
    let looked = peer.look().await;
    let name = peer.name();
    match looked {
        Ok(_) if before.failed.is_some() => tracing::info!(peer = name, "a system is well again"),
        Ok(_) => {}
        Err(failed) if before.failed.as_ref().is_some_and(|it| it.code() == failed.code()) => {}
        Err(failed) => tracing::warn!(
            peer = name,
            code = failed.code(),
            next_step = failed.next_step(),
            "a system is not well: {failed}"
        ),
    }
}
