//! What goes on behind everybody's back goes on.

use super::{Check, Looking};
use crate::App;
use crate::supervisor::{Phase, TaskState};
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::light::Light;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "tasks",
    title: "Background tasks",
    checks: "every background task of this server runs",
    often: "every 2 s",
    red: "a task failed three times and waits to be begun again (yellow: it failed, or has something to say)",
    cure: "the finding and the log say why it failed; what it does waits, and nothing is lost",
    scope: Scope::Here,
};

/// A task that failed so often does not come right by itself.
const OFTEN: u64 = 3;

pub(in crate::truth) struct Tasks;

impl Check for Tasks {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(std::future::ready(judge(&app.tasks().states())))
    }
}

fn trouble(task: &TaskState) -> Option<(Light, String)> {
    let name = task.name;
    match (task.phase, &task.note) {
        (Phase::Failed, _) => {
            let light = if task.failures >= OFTEN { Light::Red } else { Light::Yellow };
            let why = task.last_error.as_deref().unwrap_or("it ended");
            Some((light, format!("{name} failed {} times: {why}", task.failures)))
        }
        (Phase::Running, Some(note)) => Some((Light::Yellow, format!("{name}: {note}"))),
        (Phase::Running | Phase::Stopped, _) => None,
    }
}

fn judge(tasks: &[TaskState]) -> Finding {
    let troubled: Vec<_> =
        tasks.iter().filter_map(|task| trouble(task).map(|it| (task.name, it))).collect();
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
    use mtm_core::word::Timestamp;

    use super::*;

    #[test]
    fn a_task_that_keeps_failing_is_red_and_named() {
        let task = |phase, failures, note: Option<&str>| TaskState {
            name: "webhooks",
            phase,
            since: Timestamp::default(),
            failures,
            last_error: Some("no route".to_owned()),
            note: note.map(str::to_owned),
        };
        let light = |task| judge(&[task]).light;
        assert_eq!(judge(&[]).light, Light::Green);
        assert_eq!(light(task(Phase::Running, 9, None)), Light::Green, "it runs again");
        assert_eq!(light(task(Phase::Running, 0, Some("a key waits"))), Light::Yellow);
        assert_eq!(light(task(Phase::Failed, 1, None)), Light::Yellow);
        let found = judge(&[task(Phase::Failed, 3, None)]);
        assert_eq!(
            (found.light, found.message.as_str()),
            (Light::Red, "webhooks failed 3 times: no route.")
        );
        assert_eq!(found.keys, [OffendingKey::new("task", "webhooks")]);
    }
}
