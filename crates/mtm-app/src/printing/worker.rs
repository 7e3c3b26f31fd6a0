//! At each printer, as long as the server runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mtm_connect::printer::{Delivery, Line, Sheet};
use mtm_core::print::Condition;
use mtm_store::Fault;
use mtm_store::print::{DueJob, Labels, PrintEnd, PrinterRow};
use tokio::sync::mpsc;

use super::label::{read, spelled};
use super::{PrinterSettings, PrintersSet, ReceiptsAt};
use crate::App;
use crate::bus::{Channel, Message};
use crate::error::AppError;
use crate::relay::{Stop, serve_each};

/// Which printers there are has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintersChanged;

impl Message for PrintersChanged {}

/// Somebody asked for a label, or decided something about one. Sent on the channel of the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrintDue;

impl Message for PrintDue {}

/// Longest until it is looked whether something is to be done that nobody here told of.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure of the database, while another server works, and while a printer is not ready.
const PAUSE: Duration = Duration::from_secs(1);
/// Until a printer that has nothing to do is asked again how it is, in microseconds.
const ASKED_EVERY: i64 = 30_000_000;
/// How long what a printer has is waited for when the server stops.
const GRACE: Duration = Duration::from_millis(150);
/// How often a label is begun of which the printer takes nothing.
const ATTEMPTS: u32 = 60;
/// What a person is told of it then.
const NEVER_TAKEN: &str =
    "the printer says that it is ready and takes nothing: look at it, and at the network";
/// What a person is told of a label that the server left.
const STOPPED: &str = "the server was stopped while the printer had the label";

/// How long a label waits for a printer that no server has.
const UNKNOWN_PATIENCE: i64 = 10 * 60 * 1_000_000;

/// Prints.
#[derive(Debug, Clone)]
pub struct Printing {
    pub(super) app: App,
    stop: Stop,
    /// For each printer the place in the log that is written down, and the one up to which nothing concerned it.
    ahead: Arc<Mutex<BTreeMap<String, (u64, u64)>>>,
}

/// How a round at a printer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// There may be more to do at once.
    More,
    /// There is nothing to do.
    Nothing,
    /// The printer is not ready, or another server works.
    NotNow,
}

impl Printing {
    /// Prints on the printers that `app` is given.
    pub fn new(app: App) -> Self {
        Self { app, stop: Stop::new(), ahead: Arc::default() }
    }

    /// Has [`Printing::run`] end as soon as what a printer has is printed, and at once all the same.
    pub fn stop(&self) {
        self.stop.now();
    }

    /// Goes on until it is stopped.
    pub async fn run(&self) {
        let changed = self.app.bus().follow::<PrintersChanged>();
        let names = || async { self.app.printer_set().keys().cloned().collect() };
        let printing = serve_each(&self.stop, changed, names, |name: String| async move {
            self.serve(&name).await;
        });
        // Beside them: no printer waits for what becomes of those that are gone.
        tokio::join!(printing, self.leave_again_and_again());
    }

    async fn leave_again_and_again(&self) {
        while !self.stop.is_wanted() {
            if let Err(error) = self.leave().await {
                tracing::warn!(%error, "labels for printers that are gone wait for the database");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.stop.wanted() => {}
            }
        }
    }

    /// One round at every printer, of what [`Printing::run`] does again and again, for whoever decides when the next
    /// is. Whether there may be more to do at once.
    pub async fn step(&self) -> Result<bool, Fault> {
        self.leave().await?;
        let mut more = false;
        for settings in PrintersSet::clone(&self.app.printer_set()).values() {
            more |= self.round(settings).await? == Round::More;
        }
        Ok(more)
    }

    pub(super) fn ahead(&self) -> MutexGuard<'_, BTreeMap<String, (u64, u64)>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits for a printer that this server does not have is somebody's to send elsewhere.
    async fn leave(&self) -> Result<(), Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            return Ok(());
        }
        let set = self.app.printer_set();
        for row in ledger.printers().await?.into_iter().filter(|row| !set.contains_key(&row.name)) {
            if row.sending {
                ledger.orphaned_prints(row.name.clone()).await?;
            }
            let long_ago = self.app.clock().now().plus_micros(-UNKNOWN_PATIENCE);
            // Should it come back, it goes on with what is received then.
            if row.rule.is_some() && row.seen_at.is_none_or(|seen| seen < long_ago) {
                ledger.meet_printer(row.name.clone(), None).await?;
            }
            if row.waiting > 0 {
                ledger.give_up_prints(row.name, long_ago, None).await?;
            }
        }
        Ok(())
    }

    async fn serve(&self, name: &str) {
        let mut newest = self.app.ledger().subscribe();
        let mut due = self.app.bus().follow_on::<PrintDue>(&Channel::named(name));
        while !self.stop.is_wanted() {
            let Some(settings) = self.app.printer_set().get(name).cloned() else { return };
            newest.mark_unchanged();
            let pause = match self.round(&settings).await {
                Ok(Round::More) => continue,
                Ok(Round::Nothing) => LOOK,
                Ok(Round::NotNow) => PAUSE,
                Err(error) => {
                    tracing::warn!(printer = name, %error, "a printer waits for the database");
                    PAUSE
                }
            };
            // Whoever is not ready is not asked more often because of what waits for it.
            if pause == PAUSE {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.stop.wanted() => {}
                }
                continue;
            }
            // What is booked concerns only those that print labels of receipts.
            let booked = async {
                match settings.receipts_at {
                    ReceiptsAt::None => std::future::pending().await,
                    // The ledger outlives its printers.
                    _ => drop(newest.changed().await),
                }
            };
            tokio::select! {
                () = booked => {}
                _ = due.next() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.stop.wanted() => {}
            }
        }
    }

    async fn round(&self, settings: &PrinterSettings) -> Result<Round, Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            return Ok(Round::NotNow);
        }
        let rule = settings.receipts_at.rule();
        let found = ledger.printer(settings.name.clone()).await?;
        let Some(row) = found.filter(|row| row.rule == rule) else {
            ledger.meet_printer(settings.name.clone(), rule).await?;
            return Ok(Round::More);
        };
        // There is one at work for each printer: whoever was sending is gone, or lost count.
        if row.sending {
            let left = ledger.orphaned_prints(row.name.clone()).await?;
            tracing::warn!(printer = settings.name, left, "labels may be out that nobody knows of");
        }
        let laid_out = self.lay_out(settings, &row).await?;
        let printed = self.print(settings, &row).await?;
        Ok(if laid_out && printed == Round::Nothing { Round::More } else { printed })
    }

    /// The label of a job as this printer takes it, or why it cannot be made.
    async fn spell(
        &self,
        settings: &PrinterSettings,
        job: &DueJob,
    ) -> Result<Result<Labels, String>, Fault> {
        let spelled = async {
            let template = self.app.label_template_named(&job.template).await?;
            spelled(template, read(&job.fields)?, settings.spelling()).await
        };
        match spelled.await {
            Ok(labels) => Ok(Ok(labels)),
            Err(AppError::Fault(fault)) => Err(fault),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// Prints the next label, where one waits.
    async fn print(&self, settings: &PrinterSettings, row: &PrinterRow) -> Result<Round, Fault> {
        let ledger = self.app.ledger();
        let name = || settings.name.clone();
        let due = ledger.next_print_job(name()).await?;
        let now = self.app.clock().now();
        let is_fresh = row.seen_at.is_some_and(|seen| now.micros() - seen.micros() < ASKED_EVERY);
        if due.is_none() && is_fresh {
            return Ok(Round::Nothing);
        }
        let opened = async { settings.printer()?.open().await };
        let found = tokio::select! {
            found = opened => found,
            () = self.stop.wanted() => return Ok(Round::NotNow),
        };
        let standing = found.as_ref().map_or_else(|lacking| *lacking, |_| Condition::Ready);
        // A row that says the same is not written anew with each label, or each second that one waits.
        if row.standing != Some(standing) || !is_fresh {
            ledger.printer_stands(name(), standing).await?;
        }
        let line = match found {
            Ok(line) => line,
            Err(lacking) => {
                let patience = i64::try_from(settings.patience.as_micros()).unwrap_or(i64::MAX);
                let oldest = now.plus_micros(-patience);
                // A queue is long because it is long: only a printer that is not ready for so long is given up.
                let is_over = row.standing.is_some_and(|it| it != Condition::Ready)
                    && row.since.is_some_and(|since| since <= oldest);
                if is_over && due.is_some() {
                    ledger.give_up_prints(name(), oldest, Some(lacking)).await?;
                }
                return Ok(if due.is_some() { Round::NotNow } else { Round::Nothing });
            }
        };
        let Some(due) = due else { return Ok(Round::Nothing) };
        let (id, version, about) = (due.id, due.version, due.template.clone());
        // It says that it is ready, and breaks off before it takes anything, again and again.
        if due.attempts >= ATTEMPTS {
            ledger.refuse_print(id, version, NEVER_TAKEN.to_owned()).await?;
            return Ok(Round::More);
        }
        let labels = match self.spell(settings, &due).await? {
            Ok(labels) => labels,
            Err(cause) => {
                ledger.refuse_print(id, version, cause).await?;
                return Ok(Round::More);
            }
        };
        // What has not begun by now waits for the next program.
        if self.stop.is_wanted() {
            return Ok(Round::NotNow);
        }
        let Some((version, label)) = ledger.begin_print(due, labels).await? else {
            return Ok(Round::More);
        };
        // By this name it is looked for at a printer that has it and others'; nothing else is ever called so.
        let nonce = self.app.clock().fresh_uuid().simple().to_string();
        let called = format!("mtm-{id}-{version}-{} {about}", &nonce[20..]);
        let sheet = Sheet { name: &called, bytes: label.bytes() };
        let end = self.deliver(settings, line, sheet, (id, version)).await;
        if let PrintEnd::Unknown(cause) = &end {
            tracing::warn!(printer = settings.name, job = id, cause, "a label may be out");
        }
        // A label that is out is written down, however long the database is away.
        while let Err(error) = ledger.end_print(id, version, end.clone()).await {
            if self.stop.is_wanted() {
                return Err(error);
            }
            tracing::warn!(printer = settings.name, job = id, %error, "what became of a label waits for the database");
            tokio::time::sleep(PAUSE).await;
        }
        Ok(if matches!(end, PrintEnd::NotSent(_)) { Round::NotNow } else { Round::More })
    }

    async fn deliver(
        &self,
        settings: &PrinterSettings,
        line: Line,
        sheet: Sheet<'_>,
        (id, version): (i64, i64),
    ) -> PrintEnd {
        let (tell, mut told) = mpsc::unbounded_channel();
        let printing = line.print(sheet, move |lacking| {
            // Whoever is told waits for this.
            let _ = tell.send(lacking);
        });
        tokio::pin!(printing);
        let stopped = async {
            self.stop.wanted().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::pin!(stopped);
        let delivery = loop {
            tokio::select! {
                delivery = &mut printing => break delivery,
                Some(lacking) = told.recv() => {
                    let ledger = self.app.ledger();
                    let (held, stands) = tokio::join!(
                        ledger.print_is_held(id, version, lacking),
                        ledger.printer_stands(settings.name.clone(), lacking),
                    );
                    if let Err(error) = held.and(stands) {
                        tracing::warn!(printer = settings.name, %error, "how a printer is was not written down");
                    }
                }
                () = &mut stopped => return PrintEnd::Unknown(STOPPED.to_owned()),
            }
        };
        match delivery {
            Delivery::Printed => PrintEnd::Printed,
            Delivery::NotSent(lacking) => PrintEnd::NotSent(lacking),
            Delivery::Refused(why) => PrintEnd::Refused(why),
            Delivery::Unknown(lost) => PrintEnd::Unknown(lost.to_string()),
        }
    }
}
