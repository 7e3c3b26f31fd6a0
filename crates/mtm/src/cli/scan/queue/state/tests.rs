//! What devices scan side by side.

use mtm_app::movement::BookingType;

use super::*;

fn session(apart: bool) -> Queue {
    let body = MovementBody {
        kind: Some(BookingType::In),
        operation: Some("10".to_owned()),
        location: Some("R-1".to_owned()),
        ..MovementBody::default()
    };
    let mut queue = Queue::default();
    queue.apply(Record::Session { body: Box::new(body), apart }).unwrap();
    queue
}

fn scan(queue: &mut Queue, n: u64, source: Option<&str>, (kind, word): (Kind, &str)) {
    let at = Timestamp::default();
    let (key, data, source) = (format!("scan-{n}"), word.to_owned(), source.map(str::to_owned));
    queue.apply(Record::Scan { n, key, at, data, source }).unwrap();
    let mut after = queue.assembly(n).unwrap().clone();
    let word = word.to_owned();
    after.set(n, [(kind, word.clone())]);
    let more = Vec::new();
    let record = match after.complete() {
        None => Record::Means { n, kind, word, more },
        Some(body) => Record::Command { n, kind, word, more, body: Box::new(body) },
    };
    queue.apply(record).unwrap();
}

/// Part and pieces of what is to be sent.
fn ready(queue: &Queue) -> Vec<(Option<String>, Option<i64>)> {
    let ready = queue.open().filter_map(|(_, entry)| match &entry.state {
        State::Ready(body) => Some((body.part.clone(), body.quantity)),
        _ => None,
    });
    ready.collect()
}

#[test]
fn what_one_device_scans_never_completes_what_another_began() {
    let mut queue = session(true);
    scan(&mut queue, 1, Some("a"), (Kind::Part, "P1"));
    scan(&mut queue, 2, Some("b"), (Kind::Part, "P2"));
    scan(&mut queue, 3, None, (Kind::Part, "P3"));
    assert_eq!(queue.scanned(), "part P3; part P1 (a); part P2 (b)");
    scan(&mut queue, 4, Some("a"), (Kind::Quantity, "40"));
    // Standard input is one source, whether the agent names it or not.
    scan(&mut queue, 5, Some("stdin"), (Kind::Quantity, "50"));
    let (one, three) = (Some("P1".to_owned()), Some("P3".to_owned()));
    assert_eq!(ready(&queue), [(one, Some(40)), (three, Some(50))]);
    assert_eq!(queue.assembly(2).unwrap().missing(), [Kind::Quantity]);
}

#[test]
fn a_journal_of_before_is_read_as_it_was_meant() {
    let before = Record::Session { body: Box::default(), apart: false };
    let written = serde_json::to_string(&before).unwrap();
    assert!(!written.contains("apart"), "{written}");
    assert_eq!(serde_json::from_str::<Record>(&written).unwrap(), before);
    let mut queue = session(false);
    assert!(!queue.keeps_apart());
    scan(&mut queue, 1, Some("a"), (Kind::Part, "P1"));
    scan(&mut queue, 2, Some("scale"), (Kind::Quantity, "40"));
    assert_eq!(ready(&queue), [(Some("P1".to_owned()), Some(40))]);
    assert_eq!(queue.open().count(), 1, "nothing is left of the booking");
}
