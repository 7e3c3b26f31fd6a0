//! What machines showed since this server listens to them, for whoever says what is counted.
//!
//! In memory: it is asked for anew by whoever listens next.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mtm_core::machine::{Reading, Tag, Value};

/// Most tags of a machine that are remembered.
const MOST: usize = 2_000;

/// What one machine showed.
#[derive(Debug, Clone, Default)]
struct Shown {
    tags: BTreeMap<String, String>,
    values: BTreeMap<String, Reading>,
    /// Whether it is heard: what it showed before is old otherwise.
    is_heard: bool,
}

/// What machines showed.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<BTreeMap<String, Shown>>);

impl Seen {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the machines that are not kept.
    pub(crate) fn keep(&self, kept: impl Fn(&str) -> bool) {
        self.lock().retain(|name, _| kept(name));
    }

    /// A machine says that it has these tags.
    pub(crate) fn tags(&self, machine: &str, tags: Vec<Tag>) {
        let mut all = self.lock();
        let shown = all.entry(machine.to_owned()).or_default();
        shown.tags = tags.into_iter().take(MOST).map(|tag| (tag.name, tag.words)).collect();
    }

    /// A machine showed this.
    pub(crate) fn values(&self, machine: &str, readings: &[Reading]) {
        let mut all = self.lock();
        let shown = all.entry(machine.to_owned()).or_default();
        shown.is_heard = true;
        for reading in readings {
            if shown.values.len() < MOST || shown.values.contains_key(&reading.tag) {
                shown.values.insert(reading.tag.clone(), reading.clone());
            }
        }
    }

    /// What a tag of a machine shows; nothing while the machine is not heard.
    pub(crate) fn now(&self, machine: &str, tag: &str) -> Option<Reading> {
        let all = self.lock();
        let shown = all.get(machine).filter(|shown| shown.is_heard)?;
        shown.values.get(tag).cloned()
    }

    /// It is not heard any more. What it showed is still told, as what it showed last.
    pub(crate) fn away(&self, machine: &str) {
        if let Some(shown) = self.lock().get_mut(machine) {
            shown.is_heard = false;
        }
    }

    /// Somebody else listens to it by now, or it is another machine.
    pub(crate) fn forget(&self, machine: &str) {
        self.lock().remove(machine);
    }

    /// Tags of a machine by name: what it says of each, and what it showed last.
    pub(crate) fn of(&self, machine: &str) -> Vec<(Tag, Option<Value>)> {
        let all = self.lock();
        let Some(shown) = all.get(machine) else { return Vec::new() };
        let mut names: Vec<&String> = shown.tags.keys().chain(shown.values.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let tag = |name: &String| {
            let words = shown.tags.get(name).cloned().unwrap_or_default();
            (Tag { name: name.clone(), words }, shown.values.get(name).map(|it| it.value.clone()))
        };
        names.into_iter().map(tag).collect()
    }
}
