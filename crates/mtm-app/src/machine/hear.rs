//! At each machine, as long as the server runs.

use std::pin::pin;
use std::time::Duration;

use mtm_core::machine::Batch;
use mtm_store::Fault;
use mtm_store::machine::{Heard, Listening, MachineStanding};

use super::source::Source;
use super::{MachineSettings, MachinesSet};
use crate::App;
use crate::bus::Message;
use crate::relay::{Stop, serve_each};

/// Which machines there are has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachinesChanged;

impl Message for MachinesChanged {}

/// Something was confirmed, or may be by its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProposalsDue;

impl Message for ProposalsDue {}

/// How often it is looked whether this server is still the one that listens.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure of the database, or while another server listens.
const PAUSE: Duration = Duration::from_secs(1);
/// After a machine did not answer; each further pause is twice the one before.
const FIRST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_secs(30);

/// Listens to machines, and books what was confirmed of what they counted.
#[derive(Debug, Clone)]
pub struct Machines {
    pub(super) app: App,
    pub(super) stop: Stop,
}

/// Why nobody listens any more.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    /// The machine says nothing more.
    Away {
        /// Why.
        cause: String,
        /// Whether anything was heard of it before.
        was_heard: bool,
    },
    /// The server stops, another one listens, or something about the machine was changed.
    Otherwise,
}

impl Machines {
    /// Listens to the machines that `app` is given.
    pub fn new(app: App) -> Self {
        Self { app, stop: Stop::new() }
    }

    /// Has [`Machines::run`] end as soon as what was heard is kept.
    pub fn stop(&self) {
        self.stop.now();
    }

    /// Goes on until it is stopped.
    pub async fn run(&self) {
        let changed = self.app.bus().follow::<MachinesChanged>();
        let names = || async { self.app.machine_set().keys().cloned().collect() };
        let hearing = serve_each(&self.stop, changed, names, |name: String| async move {
            self.hear(&name).await;
        });
        tokio::join!(hearing, self.book_again_and_again());
    }

    /// Listens to one machine, as long as it is configured as it is.
    async fn hear(&self, name: &str) {
        let Some(settings) = MachinesSet::clone(&self.app.machine_set()).remove(name) else {
            return;
        };
        // It may be another machine than the one of that name before.
        self.app.machines_seen().forget(name);
        let mut pause = FIRST;
        let mut told = None;
        while !self.stop.is_wanted() && self.is_configured(&settings) {
            match self.listen(&settings).await {
                Ok(Ended::Otherwise) => pause = PAUSE,
                Ok(Ended::Away { cause, was_heard }) => {
                    self.app.machines_seen().away(name);
                    // Whoever was heard for a while is asked again soon.
                    if was_heard {
                        pause = FIRST;
                    }
                    // What is so for hours is told once.
                    if was_heard || told.as_ref() != Some(&cause) {
                        tracing::warn!(machine = name, cause, "a machine is not heard");
                    }
                    told = Some(cause.clone());
                    self.write_down(&settings, MachineStanding::Away, Some(cause)).await;
                }
                Err(error) => {
                    tracing::warn!(machine = name, %error, "a machine waits for the database");
                    pause = PAUSE;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.wanted() => {}
            }
            pause = (pause * 2).min(LONGEST);
        }
    }

    fn is_configured(&self, settings: &MachineSettings) -> bool {
        self.app.machine_set().get(&settings.name) == Some(settings)
    }

    async fn write_down(
        &self,
        settings: &MachineSettings,
        standing: MachineStanding,
        cause: Option<String>,
    ) {
        let (name, source) = (settings.name.clone(), settings.protocol.source());
        if let Err(error) = self.app.ledger().machine_stands(name, source, standing, cause).await {
            tracing::warn!(machine = settings.name, %error, "how a machine is was not written down");
        }
    }

    async fn listen(&self, settings: &MachineSettings) -> Result<Ended, Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            // What it showed here is not what it shows whoever listens now.
            self.app.machines_seen().forget(&settings.name);
            return Ok(Ended::Otherwise);
        }
        let (name, source) = (settings.name.clone(), settings.protocol.source());
        let Listening { listener, position } = ledger.listen_to_machine(name, source).await?;
        let opened = tokio::select! {
            opened = settings.protocol.open(position.as_deref()) => opened,
            () = self.stop.wanted() => return Ok(Ended::Otherwise),
        };
        let source = match opened {
            Ok(source) => source,
            Err(cause) => return Ok(Ended::Away { cause, was_heard: false }),
        };
        self.write_down(settings, MachineStanding::Connected, None).await;
        self.take(settings, listener, source).await
    }

    /// Takes what the machine says, one after the other.
    async fn take(
        &self,
        settings: &MachineSettings,
        listener: i64,
        mut source: Source,
    ) -> Result<Ended, Fault> {
        let mut heard = Heard { machine: settings.name.clone(), listener, number: 0 };
        let mut machines = self.app.bus().follow::<MachinesChanged>();
        let mut look = tokio::time::interval(LOOK);
        loop {
            self.app.machines_seen().tags(&settings.name, source.tags());
            let batch = {
                // Not every source can be left in the middle of a word.
                let mut next = pin!(source.next());
                loop {
                    tokio::select! {
                        batch = &mut next => break batch,
                        _ = look.tick() => {
                            if !self.app.ledger().is_elected().await? {
                                return Ok(Ended::Otherwise);
                            }
                        }
                        _ = machines.next() => {
                            if !self.is_configured(settings) {
                                return Ok(Ended::Otherwise);
                            }
                        }
                        () = self.stop.wanted() => return Ok(Ended::Otherwise),
                    }
                }
            };
            let batch = match batch {
                Ok(batch) => batch,
                Err(cause) => {
                    let was_heard = heard.number > 1;
                    return Ok(Ended::Away { cause, was_heard });
                }
            };
            self.app.machines_seen().values(&settings.name, &batch.readings);
            heard.number += 1;
            if !self.keep(&heard, &batch).await {
                return Ok(Ended::Otherwise);
            }
        }
    }

    /// Keeps what a machine said, however long the database is away: what it says next waits meanwhile. Whether it is
    /// kept, and nobody else listens by now.
    async fn keep(&self, heard: &Heard, batch: &Batch) -> bool {
        let machine = &heard.machine;
        loop {
            let now = self.app.clock().now();
            match self.app.ledger().take_batch(heard.clone(), batch.clone(), now).await {
                Ok(Some(taken)) => {
                    if !taken.proposals.is_empty() {
                        self.app.bus().send(&ProposalsDue);
                    }
                    return true;
                }
                Ok(None) => {
                    tracing::warn!(machine, "somebody else listens to this machine by now");
                    return false;
                }
                Err(error) if self.stop.is_wanted() => {
                    tracing::warn!(machine, %error, "what a machine said is asked for again");
                    return false;
                }
                Err(error) => {
                    tracing::warn!(machine, %error, "what a machine said waits for the database");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
