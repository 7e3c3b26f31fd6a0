//! Looking at a queue.

use serde_json::{Value, json};

use super::queue::{Entry, Queue, State};
use crate::failure::Outcome;
use crate::output::{Column, Console, Table, moment};

/// How many scans wait, how many were refused.
pub(super) fn status(console: Console, queue: &Queue) -> Outcome {
    let (waiting, refused) = queue.counts();
    let partial = queue.open().filter(|(_, entry)| entry.state == State::Partial).count();
    let held = queue.open().filter(|(n, entry)| is_held(queue, *n, entry)).count();
    let (booked, dismissed) = queue.settled();
    let oldest = queue.open().next().map(|(_, entry)| entry.at);
    let status = json!({
        "waiting": waiting, "held": held, "refused": refused, "unfinished": partial,
        "booked": booked, "dismissed": dismissed, "oldest": oldest,
    });
    console.answer(&status, || {
        let since = oldest.map(|at| format!("   the oldest of {}", moment(at))).unwrap_or_default();
        format!(
            "Waiting     {waiting}{since}\nHeld        {held}   behind a refused scan of the same lot\n\
             Refused     {refused}\nUnfinished  {partial}\nBooked      {booked}\nDismissed   {dismissed}"
        )
    })
}

/// Every scan that is not settled.
pub(super) fn list(console: Console, queue: &Queue) -> Outcome {
    let items: Vec<Value> = queue.open().map(|(n, entry)| item(queue, n, entry)).collect();
    console.answer(&json!({ "items": items }), || {
        let mut table = Table::new([
            Column::number("SCAN"),
            Column::text("AT"),
            Column::text("DATA"),
            Column::text("STATE"),
            Column::text("CAUSE"),
        ]);
        for (n, entry) in queue.open() {
            let cause = match &entry.state {
                State::Refused { code, message, .. } => format!("{message} ({code})"),
                _ => queue.behind(n).map(|n| format!("scan {n} comes first")).unwrap_or_default(),
            };
            let state = name(queue, n, entry).to_owned();
            table.row([n.to_string(), moment(entry.at), entry.data.clone(), state, cause]);
        }
        if table.is_empty() { "Nothing waits.".to_owned() } else { console.table(&table) }
    })
}

fn item(queue: &Queue, n: u64, entry: &Entry) -> Value {
    let mut item = json!({
        "scan": n, "at": entry.at, "data": entry.data, "source": entry.source, "key": entry.key,
        "state": name(queue, n, entry), "behind": queue.behind(n),
    });
    match &entry.state {
        State::Refused { code, message, body } => {
            item["code"] = json!(code);
            item["message"] = json!(message);
            item["booking"] = json!(body);
        }
        State::Ready(body) => item["booking"] = json!(body),
        State::Waiting | State::Partial => {}
    }
    item
}

fn name(queue: &Queue, n: u64, entry: &Entry) -> &'static str {
    match &entry.state {
        State::Refused { .. } => "refused",
        State::Partial => "unfinished",
        State::Ready(_) if is_held(queue, n, entry) => "held",
        State::Waiting | State::Ready(_) => "waiting",
    }
}

fn is_held(queue: &Queue, n: u64, entry: &Entry) -> bool {
    matches!(entry.state, State::Ready(_)) && queue.behind(n).is_some()
}
