//! There is room on the disks that the program writes to.

use std::io;
use std::path::PathBuf;

use mtm_platform::disk::{Room, room};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::light::Light;
use crate::truth::settings::Settings;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "disk",
    title: "Disk space",
    checks: "free space under the data directory, the checkpoints and the database's file; a database server's own disk is that server's to watch",
    often: "every 2 s",
    red: "less than `truth.disk_full_mib` is free (64 MiB; yellow: less than `truth.disk_low_mib`, 1024 MiB), or a directory is gone",
    cure: "free space, or move the directory to a larger disk; bookings fail with a clear error when it is used up, and nothing is lost",
    scope: Scope::Here,
};

pub(in crate::truth) struct Disk {
    directories: Vec<PathBuf>,
    low: u64,
    full: u64,
}

impl Disk {
    pub(super) fn of(settings: &Settings) -> Self {
        let mut directories = settings.directories.clone();
        directories.extend(settings.checkpoints.clone());
        Self { directories, low: settings.disk_low, full: settings.disk_full }
    }

    fn judge(&self, rooms: Vec<(PathBuf, io::Result<Option<Room>>)>) -> Finding {
        let (mut worst, mut words, mut keys) = (Light::Green, Vec::new(), Vec::new());
        let mut least = None;
        for (path, room) in rooms {
            let (light, what) = match room {
                Ok(Some(Room { free, .. })) => {
                    least = Some(least.map_or(free, |least: u64| least.min(free)));
                    let light = match free {
                        free if free < self.full => Light::Red,
                        free if free < self.low => Light::Yellow,
                        _ => continue,
                    };
                    (light, format!("{} MiB are free under {}", free >> 20, path.display()))
                }
                // This system is not asked.
                Ok(None) => continue,
                Err(error) => (Light::Red, format!("{}: {error}", path.display())),
            };
            worst = worst.max(light);
            words.push(what);
            keys.push(OffendingKey::new("path", path.display()));
        }
        if worst == Light::Green {
            return Finding::green(match least {
                Some(least) => format!("{} MiB are free.", least >> 20),
                None => "This system does not say how much is free.".to_owned(),
            });
        }
        let next = "Free space, or move the directory to a larger disk.";
        Finding { light: worst, ..Finding::yellow(format!("{}.", words.join("; ")), next) }
            .about(keys)
    }
}

impl Check for Disk {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let mut places = self.directories.clone();
            places.extend(app.ledger().path().and_then(|path| Some(path.parent()?.to_owned())));
            places.sort();
            places.dedup();
            let first = self.directories.first().cloned();
            // A disk of another machine may take its time.
            let asked = tokio::task::spawn_blocking(move || {
                // The folder of checkpoints is made with the first one.
                let there = |path: &PathBuf| path.exists() || Some(path) == first.as_ref();
                let rooms = places.into_iter().filter(there).map(|path| {
                    let found = room(&path);
                    (path, found)
                });
                rooms.collect::<Vec<_>>()
            });
            match asked.await {
                Ok(rooms) => self.judge(rooms),
                Err(error) => Finding::unasked(&error),
            }
        })
    }
}
