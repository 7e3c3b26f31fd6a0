//! What goes on behind everybody's back goes on.

use mtm_core::word::Timestamp;

use super::{Check, Looking};
use crate::App;
use crate::supervisor::{Phase, TaskState};
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::light::Light;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "tasks",
    title: "Background tasks",
    checks: "every background task of this server runs, and can do what it is there for",
    often: "every 2 s",
    red: "a task failed three times in a row (yellow: it failed, or has something to say)",
    cure: "the finding and the log say why it failed; what it does waits, and nothing is lost",
    scope: Scope::Here,
};

/// A task that failed so often in a row does not come right by itself.
const OFTEN: u64 = 3;
/// What was begun again has shown by then that it can do its work, in microseconds.
const SHOWN: i64 = 5 * 1_000_000;

pub(in crate::truth) struct Tasks;

impl Check for Tasks {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(std::future::ready(judge(&app.tasks().states(), app.clock().now())))
    }
}

fn trouble(task: &TaskState, now: Timestamp) -> Option<(Light, String)> {
    let name = task.name;
    // One that fails as soon as it is begun again is at work for a moment each time.
    let just_begun = task.in_a_row > 0 && now < task.since.plus_micros(SHOWN);
    match (task.phase, &task.note) {
        (Phase::Failed, _) => Some(failed(task)),
        (Phase::Running, _) if just_begun => Some(failed(task)),
        (Phase::Running, Some(note)) => Some((Light::Yellow, format!("{name}: {note}"))),
        (Phase::Running | Phase::Stopped, _) => None,
    }
}

fn failed(task: &TaskState) -> (Light, String) {
    let light = if task.in_a_row >= OFTEN { Light::Red } else { Light::Yellow };
    let why = task.last_error.as_deref().unwrap_or("it ended");
    (light, format!("{} failed {} times in a row: {why}", task.name, task.in_a_row))
}

fn judge(tasks: &[TaskState], now: Timestamp) -> Finding {
    let troubled: Vec<_> =
        tasks.iter().filter_map(|task| trouble(task, now).map(|it| (task.name, it))).collect();
    let Some(light) = troubled.iter().map(|(_, (light, _))| *light).max() else {
        return Finding::green(format!("All {} tasks are at work.", tasks.len()));
    };
    let words: Vec<_> = troubled.iter().map(|(_, (_, message))| message.as_str()).collect();
    let keys = troubled.iter().map(|(name, _)| OffendingKey::new("task", name)).collect();
    let next = "The log says why it failed. It is begun again by itself; put right what it needs.";
    Finding { light, ..Finding::yellow(format!("{}.", words.join("; ")), next) }.about(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_keeps_failing_is_red_and_named() {
        let task = |phase, in_a_row, note: Option<&str>| TaskState {
            name: "webhooks",
            phase,
            since: Timestamp::default(),
            failures: in_a_row + 7,
            in_a_row,
            last_error: Some("no route".to_owned()),
            note: note.map(str::to_owned),
        };
        let later = Timestamp::from_micros(SHOWN);
        let light = |task| judge(&[task], later).light;
        assert_eq!(judge(&[], later).light, Light::Green);
        assert_eq!(light(task(Phase::Running, 9, None)), Light::Green, "it runs again");
        let just_begun = judge(&[task(Phase::Running, 9, None)], Timestamp::default());
        assert_eq!(just_begun.light, Light::Red, "it has shown nothing yet");
        let first = judge(&[task(Phase::Running, 0, None)], Timestamp::default());
        assert_eq!(first.light, Light::Green, "it never failed");
        assert_eq!(light(task(Phase::Running, 0, Some("a key waits"))), Light::Yellow);
        assert_eq!(light(task(Phase::Failed, 1, None)), Light::Yellow);
        let found = judge(&[task(Phase::Failed, 3, None)], later);
        assert_eq!(
            (found.light, found.message.as_str()),
            (Light::Red, "webhooks failed 3 times in a row: no route.")
        );
        assert_eq!(found.keys, [OffendingKey::new("task", "webhooks")]);
    }
}
