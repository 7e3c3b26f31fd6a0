//! From the stream of a generated plant into a new ledger.

use std::collections::HashMap;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use mtm_core::command::{Actor, Command, Confirmations, Context};
use mtm_core::outcome::Verdict;
use mtm_core::routing::RoutingDraft;
use mtm_core::word::{CommandId, Timestamp, UserName};
use mtm_lab::plant::{Booking, Plant, PlantItem, PlantSpec, References};
use mtm_store::master::NewMaster;
use mtm_store::record::NewUser;
use mtm_store::{Clock, Ledger, Mode, OpenOptions, Site, Submission};
use serde::Serialize;

use super::clock::HistoryClock;
use super::masters;
use crate::door::open_ledger;
use crate::failure::{Failure, Outcome, exit};
use crate::output::Progress;

/// Commands and records of one transaction.
const GROUP: usize = 1_000;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// Master data is older than the oldest stock on the first day.
const DAYS_BEFORE: i64 = 100;

/// The site a plant is made for.
#[derive(Debug, Clone)]
pub(crate) struct NewSite {
    /// Its name.
    pub(crate) name: String,
    /// Its IANA time zone.
    pub(crate) time_zone: String,
    /// Whether it is a demonstration.
    pub(crate) demo: bool,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PlantSize {
    /// Master records.
    pub(crate) masters: u64,
    /// Routings.
    pub(crate) routings: u64,
    /// People.
    pub(crate) users: u64,
    /// Bookings.
    pub(crate) bookings: u64,
    /// Movements of the bookings.
    pub(crate) movements: u64,
    /// Buckets with stock at the end.
    pub(crate) buckets: u64,
}

/// Makes the plant of `spec` in the ledger at `path`, which holds nothing yet, and leaves the
/// ledger as one file.
pub(crate) async fn write_plant(
    path: &Path,
    spec: &PlantSpec,
    site: &NewSite,
    progress: &Progress,
) -> Outcome<PlantSize> {
    let plant = Plant::new(spec).map_err(|error| Failure::usage(error.to_string()))?;
    let age = (i64::from(spec.days) + DAYS_BEFORE) * DAY_MICROS;
    let clock = Arc::new(HistoryClock::new(spec.ends_at.plus_micros(-age), spec.seed));
    let options = OpenOptions {
        create: true,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..OpenOptions::default()
    };
    let ledger = open_ledger(path, options).await?;
    let written = write(&ledger, clock, plant, site, progress).await;
    ledger.close().await;
    written
}

async fn write(
    ledger: &Ledger,
    clock: Arc<HistoryClock>,
    plant: Plant,
    site: &NewSite,
    progress: &Progress,
) -> Outcome<PlantSize> {
    let system = ledger.system_user().await?;
    let stored = ledger.site().await?;
    let new = Site {
        name: site.name.clone(),
        time_zone: site.time_zone.clone(),
        demo: site.demo,
        ..stored
    };
    ledger.set_site(new, system.row).await?;
    let system = Actor { id: system.row, name: system.name, role: system.role };
    let mut writer = Writer {
        ledger,
        clock,
        zone: TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC),
        people: HashMap::from([(system.name.clone(), system.clone())]),
        system,
        references: References::default(),
        masters: Vec::new(),
        routings: Vec::new(),
        batch: Vec::new(),
        size: PlantSize::default(),
    };
    for item in plant {
        writer.take(item).await?;
        progress.set(writer.size.bookings);
    }
    writer.flush().await?;
    writer.size.buckets = ledger.counts().await?.buckets;
    Ok(writer.size)
}

struct Writer<'l> {
    ledger: &'l Ledger,
    clock: Arc<HistoryClock>,
    zone: TimeZone,
    people: HashMap<UserName, Actor>,
    system: Actor,
    references: References,
    masters: Vec<NewMaster>,
    /// Of the parts among the masters that are not written yet.
    routings: Vec<RoutingDraft>,
    batch: Vec<(Booking, Command)>,
    size: PlantSize,
}

impl Writer<'_> {
    async fn take(&mut self, item: PlantItem) -> Outcome {
        match item {
            PlantItem::Booking(booking) => self.book(booking).await,
            PlantItem::User(user) => {
                self.flush_masters().await?;
                let new = NewUser {
                    name: user.name,
                    display_name: Some(user.display_name),
                    role: user.role,
                    password_hash: None,
                };
                let user = self.ledger.create_user(self.system.id, new, None).await?.value;
                let actor = Actor { id: user.row, name: user.name.clone(), role: user.role };
                self.people.insert(user.name, actor);
                self.size.users += 1;
                Ok(())
            }
            // A generated plant runs the three shifts that every site begins with.
            PlantItem::Shift(_) => Ok(()),
            master => {
                let catalogue = self.ledger.catalogue();
                self.masters.extend(masters::record(&master, &catalogue));
                self.routings.extend(masters::routing(&master));
                // Parts name operations and item types, which must be there before them.
                let last_of_kind = !matches!(master, PlantItem::Part(_) | PlantItem::Location(_));
                if last_of_kind || self.masters.len() >= GROUP {
                    self.flush_masters().await?;
                }
                Ok(())
            }
        }
    }

    async fn flush_masters(&mut self) -> Outcome {
        let masters = mem::take(&mut self.masters);
        if masters.is_empty() {
            return Ok(());
        }
        self.size.masters += masters.len() as u64;
        self.ledger.create_masters(masters, self.system.clone()).await?;
        let routings = mem::take(&mut self.routings);
        self.size.routings += routings.len() as u64;
        self.ledger.create_routings(routings, self.system.clone()).await?;
        Ok(())
    }

    async fn book(&mut self, booking: Booking) -> Outcome {
        if self.batch.len() >= GROUP || !self.references.resolves(&booking) {
            self.flush().await?;
        }
        let action = self.references.action(&booking).map_err(|error| broken(&error))?;
        let actor = self.people.get(&booking.user).unwrap_or(&self.system).clone();
        let catalogue = self.ledger.catalogue();
        let shift = catalogue.shifts.shift_at(booking.at, &self.zone);
        let command = Command {
            id: CommandId::from_fresh(self.clock.fresh_uuid()),
            context: Context {
                actor,
                station: None,
                app_version: None,
                occurred_at: None,
                shift: shift.map(|shift| shift.to_string()),
                import: None,
                session: None,
                intent_window: None,
            },
            confirm: Confirmations::default(),
            action,
        };
        self.batch.push((booking, command));
        Ok(())
    }

    async fn flush(&mut self) -> Outcome {
        self.flush_masters().await?;
        let (bookings, commands): (Vec<Booking>, Vec<Command>) =
            mem::take(&mut self.batch).into_iter().unzip();
        if commands.is_empty() {
            return Ok(());
        }
        let moments: Vec<Timestamp> = bookings.iter().map(|booking| booking.at).collect();
        self.clock.follow(moments);
        let submission = Submission {
            key: None,
            commands,
            atomic: false,
            mode: Mode::Commit,
            traceparent: None,
        };
        let answer = self.ledger.post(submission).await?;
        for (booking, verdict) in bookings.iter().zip(answer.verdicts) {
            match verdict {
                Verdict::Accepted(outcome) => {
                    self.size.bookings += 1;
                    self.size.movements += outcome.movements.len() as u64;
                    self.references
                        .record(booking, outcome.id, &outcome.lots)
                        .map_err(|error| broken(&error))?;
                }
                Verdict::Refused(rejection) => {
                    let number = booking.ordinal.0;
                    let message = format!("generated booking {number} was refused: {rejection}");
                    return Err(broken(&message));
                }
            }
        }
        Ok(())
    }
}

/// The generator and the ledger disagree, which is a fault of this program.
fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("generator_failed", exit::FAILURE, error.to_string())
        .next("Report this with the seed and sizes; nothing of the ledger made is to be used.")
}
