//! The background tasks of a server, as Prometheus reads them.
//!
//! | series | meaning |
//! |---|---|
//! | `mtm_task_running{task}` | 1 while it is at work, 0 while it failed and waits to be begun again |
//! | `mtm_task_failures_total{task}` | how often it failed since the server started |
//! | `mtm_task_note{task}` | 1 while it has something to say: the status page shows what |

use std::fmt::Write as _;

use mtm_app::supervisor::{Phase, TaskState};

/// A series: name, kind, help, value.
type Series = (&'static str, &'static str, &'static str, fn(&TaskState) -> u64);

const SERIES: [Series; 3] = [
    ("mtm_task_running", "gauge", "Whether a background task is at work.", |task| {
        u64::from(task.phase == Phase::Running)
    }),
    ("mtm_task_failures_total", "counter", "How often a background task failed.", |task| {
        task.failures
    }),
    ("mtm_task_note", "gauge", "Whether a background task has something to say.", |task| {
        u64::from(task.note.is_some())
    }),
];

/// Every series of the tasks.
pub(crate) fn render(tasks: &[TaskState]) -> String {
    let mut text = String::new();
    if tasks.is_empty() {
        return text;
    }
    for (name, kind, help, value) in SERIES {
        // A String takes whatever is written to it.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for task in tasks {
            let _ = writeln!(text, "{name}{{task=\"{}\"}} {}", task.name, value(task));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use mtm_core::word::Timestamp;

    use super::*;

    #[test]
    fn each_task_has_a_line_of_each_series() {
        let task = TaskState {
            name: "webhooks",
            phase: Phase::Failed,
            since: Timestamp::parse("2026-11-29T06:00:00Z").unwrap(),
            failures: 3,
            in_a_row: 3,
            last_error: Some("no route".to_owned()),
            note: None,
        };
        let lines: Vec<String> = render(&[task])
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let expected = [
            "mtm_task_running{task=\"webhooks\"} 0",
            "mtm_task_failures_total{task=\"webhooks\"} 3",
            "mtm_task_note{task=\"webhooks\"} 0",
        ];
        assert_eq!(lines, expected);
        assert!(render(&[]).is_empty());
    }
}
