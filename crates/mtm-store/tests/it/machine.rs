//! What machines say, and what is kept of it.

use mtm_core::machine::{
    Batch, Booking, Doubt, Link, ProposalKind, ProposalState, Reading, Rules, TOLD_WITHIN, Value,
};
use mtm_core::word::{ReasonCode, UserId};
use mtm_store::Clock as _;
use mtm_store::machine::{
    CounterRow, CounterSetting, Heard, Listening, MachineStanding, NewCounter, ProposalQuery,
    ProposalRow, Taken,
};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, location, operation, part};

contract!(
    counted_pieces_are_one_proposal_that_grows,
    a_proposal_is_cut_where_its_container_is_full,
    more_containers_than_anybody_looks_through_are_a_question,
    what_may_be_missing_is_asked_and_invents_no_piece,
    a_position_is_of_its_source_and_comes_with_its_pieces,
    a_batch_is_taken_once_and_only_of_who_listens,
    a_gap_is_of_the_tags_that_it_names_but_for_the_first_batch_of_a_line,
    a_machine_that_says_nothing_new_is_written_down_now_and_then,
    how_a_machine_stands_is_kept_since_it_does,
);

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Counts pieces of `P-1` one by one, at most 3,600 an hour; begins again now and then.
pub(crate) fn setting(tag: &str) -> CounterSetting {
    CounterSetting {
        tag: tag.to_owned(),
        booking: Booking::Receive,
        part: part("P-1"),
        operation: operation("10"),
        location: location("A-1"),
        work_order: None,
        scrap_reason: None,
        rules: Rules {
            pieces: 1,
            per_hour: 3_600,
            rollover: None,
            resets: true,
            told_within: TOLD_WITHIN,
        },
        container: None,
        by_rule: false,
    }
}

pub(crate) fn contained(tag: &str, pieces: u64, by_rule: bool) -> CounterSetting {
    CounterSetting { container: Some(pieces), by_rule, ..setting(tag) }
}

pub(crate) fn scrapped(tag: &str) -> CounterSetting {
    let scrap_reason = Some(ReasonCode::parse("damaged").unwrap());
    CounterSetting { booking: Booking::Scrap, scrap_reason, ..setting(tag) }
}

pub(crate) fn by() -> UserId {
    actor().id
}

pub(crate) async fn add(plant: &Plant, setting: CounterSetting) -> CounterRow {
    let counter = NewCounter { machine: "press".to_owned(), setting, first: None };
    plant.ledger.add_counter(counter, by(), None).await.unwrap().value
}

pub(crate) fn reading(plant: &Plant, tag: &str, total: u64) -> Reading {
    let (value, at) = (Value::Total(total), Some(plant.clock.now()));
    Reading { tag: tag.to_owned(), value, at, began_again: false }
}

/// The last of the totals is shown now, each of the others ten minutes before the next.
pub(crate) fn batch(plant: &Plant, link: Link, totals: &[(&str, u64)]) -> Batch {
    let now = plant.clock.now();
    let ages = (0..i64::try_from(totals.len()).unwrap()).rev();
    let readings = totals.iter().zip(ages).map(|((tag, total), age)| Reading {
        at: Some(now.plus_micros(-age * 600 * SECOND)),
        ..reading(plant, tag, *total)
    });
    let position = totals.first().map(|(tag, total)| format!("{tag}={total}"));
    Batch { link, at: Some(now), position, readings: readings.collect() }
}

/// Somebody begins to listen to the machine.
async fn listen(plant: &Plant, machine: &str, source: &str) -> (Heard, Option<String>) {
    let listening = plant.ledger.listen_to_machine(machine.to_owned(), source.to_owned());
    let Listening { listener, position } = listening.await.unwrap();
    (Heard { machine: machine.to_owned(), listener, number: 1 }, position)
}

/// What somebody heard who just began to listen.
pub(crate) async fn take_from(plant: &Plant, source: &str, batch: Batch) -> Taken {
    let (heard, _) = listen(plant, "press", source).await;
    plant.ledger.take_batch(heard, batch, plant.clock.now()).await.unwrap().unwrap()
}

pub(crate) async fn take(plant: &Plant, batch: Batch) -> Taken {
    take_from(plant, "here", batch).await
}

/// An hour later the machine shows these totals, and nothing was missed.
pub(crate) async fn shows(plant: &Plant, totals: &[(&str, u64)]) -> Taken {
    plant.clock.advance(HOUR);
    take(plant, batch(plant, Link::Next, totals)).await
}

/// A counter of `setting` that showed 100,000.
pub(crate) async fn begun(plant: &Plant, setting: CounterSetting) -> CounterRow {
    let tag = setting.tag.clone();
    let row = add(plant, setting).await;
    shows(plant, &[(&tag, 100_000)]).await;
    row
}

pub(crate) async fn proposal(plant: &Plant, id: i64) -> ProposalRow {
    plant.ledger.proposal(id).await.unwrap().unwrap().row
}

/// Every proposal, the oldest first.
pub(crate) async fn proposals(plant: &Plant) -> Vec<ProposalRow> {
    let query = ProposalQuery { limit: 1_000, ..ProposalQuery::default() };
    let mut found = plant.ledger.proposals(query).await.unwrap();
    found.reverse();
    found
}

/// Pieces of each, the oldest first, and whether it takes no more.
pub(crate) async fn heaps(plant: &Plant) -> Vec<(u64, bool)> {
    proposals(plant).await.iter().map(|it| (it.pieces, it.full)).collect()
}

async fn counter(plant: &Plant, id: i64) -> CounterRow {
    plant.ledger.counter(id).await.unwrap().unwrap().row
}

async fn counted_pieces_are_one_proposal_that_grows(engine: Engine) {
    let plant = Plant::on(engine).await;
    let good = add(&plant, setting("good")).await;
    let bad = add(&plant, scrapped("bad")).await;
    let first = shows(&plant, &[("good", 100_000), ("bad", 50_000), ("speed", 7)]).await;
    assert_eq!(first, Taken { proposals: vec![], unknown_tags: 1 }, "what was before is nobody's");
    let began = plant.clock.now();
    let second = shows(&plant, &[("good", 100_005), ("good", 100_008), ("x", 1), ("x", 2)]).await;
    assert_eq!((second.proposals.len(), second.unknown_tags), (1, 1));
    let id = second.proposals[0];
    let third = shows(&plant, &[("bad", 50_001), ("good", 100_010)]).await;
    assert_eq!((third.proposals.len(), third.proposals.contains(&id)), (2, true));
    let row = proposal(&plant, id).await;
    assert_eq!((row.kind, row.state), (ProposalKind::Count, ProposalState::Open));
    assert_eq!((row.pieces, row.steps, row.from, row.to), (10, 3, 100_000, 100_010));
    assert_eq!((row.full, row.most, row.doubt), (false, None, None));
    assert_eq!((row.machine.as_str(), row.tag.as_str(), row.counter), ("press", "good", good.id));
    assert_eq!((row.part, row.operation.as_str()), (part("P-1"), "10"));
    assert_eq!(row.first_at, began.plus_micros(HOUR - 3 * 600 * SECOND), "the machine says when");
    assert_eq!(row.last_at, began.plus_micros(2 * HOUR));
    let scrap = proposals(&plant).await.remove(1);
    assert_eq!((scrap.counter, scrap.pieces, scrap.booking), (bad.id, 1, Booking::Scrap));
    assert_eq!(scrap.scrap_reason.unwrap().as_str(), "damaged");
    let row = counter(&plant, good.id).await;
    assert_eq!((row.value, row.value_at), (Some(100_010), Some(plant.clock.now())));
    assert!(!row.broken);
    // Whose clock nobody can believe counted when it was heard.
    plant.clock.advance(HOUR);
    let mut wrong = batch(&plant, Link::Next, &[("good", 100_011)]);
    wrong.readings[0].at = Some(plant.clock.now().plus_micros(600 * SECOND));
    take(&plant, wrong).await;
    assert_eq!(proposal(&plant, id).await.last_at, plant.clock.now());
}

async fn a_proposal_is_cut_where_its_container_is_full(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, contained("good", 30, true)).await;
    let taken = shows(&plant, &[("good", 100_040)]).await;
    assert_eq!(heaps(&plant).await, [(30, true), (10, false)]);
    assert_eq!(taken.proposals.len(), 2);
    shows(&plant, &[("good", 100_045), ("good", 100_115)]).await;
    assert_eq!(
        heaps(&plant).await,
        [(30, true), (30, true), (30, true), (25, false)],
        "every piece is in one of them"
    );
    shows(&plant, &[("good", 100_120)]).await;
    assert_eq!(heaps(&plant).await.last(), Some(&(30, true)), "exactly full");
    shows(&plant, &[("good", 100_121)]).await;
    let all = proposals(&plant).await;
    assert_eq!((all.len(), all[4].pieces), (5, 1));
    assert_eq!((all[1].from, all[1].to, all[1].steps), (100_000, 100_115, 3));
    let due = plant.ledger.due_by_rule(9).await.unwrap();
    assert_eq!(due, all[..4], "the oldest first");
    assert_eq!(plant.ledger.due_by_rule(2).await.unwrap().len(), 2);
}

async fn more_containers_than_anybody_looks_through_are_a_question(engine: Engine) {
    let plant = Plant::on(engine).await;
    let mut fast = contained("good", 2, true);
    fast.rules.per_hour = 1_000_000;
    begun(&plant, fast).await;
    shows(&plant, &[("good", 100_003)]).await;
    shows(&plant, &[("good", 120_004)]).await;
    assert_eq!(heaps(&plant).await, [(2, true), (1, false), (0, true)]);
    let asked = proposals(&plant).await.remove(2);
    assert_eq!((asked.kind, asked.doubt), (ProposalKind::Question, Some(Doubt::TooFast)));
    assert_eq!((asked.pieces, asked.most), (0, Some(20_001)));
    // What comes then is counted as ever.
    shows(&plant, &[("good", 120_005)]).await;
    assert_eq!(heaps(&plant).await[1], (2, true));
}

async fn what_may_be_missing_is_asked_and_invents_no_piece(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, setting("good")).await;
    // The line was down, and the counter is too high to have begun again.
    plant.clock.advance(HOUR);
    take(&plant, batch(&plant, Link::Gap, &[])).await;
    assert!(counter(&plant, row.id).await.broken);
    take(&plant, batch(&plant, Link::Next, &[("good", 100_020)])).await;
    assert!(!counter(&plant, row.id).await.broken);
    assert_eq!(heaps(&plant).await, [(20, false)]);
    // It was down again, and the counter did begin again.
    plant.clock.advance(HOUR);
    let taken = take(&plant, batch(&plant, Link::Gap, &[("good", 40)])).await;
    assert_eq!(heaps(&plant).await, [(20, false), (40, true)]);
    let asked = proposal(&plant, taken.proposals[0]).await;
    assert_eq!((asked.kind, asked.doubt), (ProposalKind::Question, Some(Doubt::BeganAgain)));
    assert_eq!((asked.from, asked.to, asked.steps), (100_020, 40, 1));
    assert!(asked.most.unwrap() >= 3_600, "{asked:?}");
    // What it says it does not know is believed.
    plant.clock.advance(HOUR);
    let mut unsure = batch(&plant, Link::Next, &[("good", 0)]);
    unsure.readings[0].value = Value::Unavailable;
    take(&plant, unsure).await;
    assert!(counter(&plant, row.id).await.broken);
    assert_eq!(counter(&plant, row.id).await.value, Some(40));
    assert_eq!(heaps(&plant).await.len(), 2);
}

async fn a_position_is_of_its_source_and_comes_with_its_pieces(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let row = begun(&plant, setting("good")).await;
    assert_eq!(listen(&plant, "press", "here").await.1.as_deref(), Some("good=100000"));
    assert_eq!(listen(&plant, "mill", "here").await.1, None);
    shows(&plant, &[("good", 100_007)]).await;
    plant.restart().await;
    assert_eq!(listen(&plant, "press", "here").await.1.as_deref(), Some("good=100007"));
    assert_eq!(heaps(&plant).await, [(7, false)]);
    assert!(!counter(&plant, row.id).await.broken, "nothing was missed so far");
    // Somebody moved it: what it shows next may be another machine's.
    assert_eq!(listen(&plant, "press", "there").await.1, None);
    assert_eq!(counter(&plant, row.id).await.value, None, "it begins anew");
    assert_eq!(listen(&plant, "press", "here").await.1, None, "it was elsewhere meanwhile");
    plant.clock.advance(HOUR);
    let mut long = batch(&plant, Link::Next, &[("good", 100_009)]);
    long.position = Some("x".repeat(201));
    take_from(&plant, "there", long.clone()).await;
    assert_eq!(listen(&plant, "press", "there").await.1, None, "too long to be kept");
    long.position = Some("x".repeat(200));
    take_from(&plant, "there", long.clone()).await;
    assert_eq!(listen(&plant, "press", "there").await.1, long.position);
    assert_eq!(heaps(&plant).await, [(7, false)], "what it shows elsewhere is where it begins");
    // Something else is asked of it at the same place: its counters go on.
    assert_eq!(listen(&plant, "press", "there:more").await.1, None);
    assert_eq!(counter(&plant, row.id).await.value, Some(100_009));
}

async fn a_batch_is_taken_once_and_only_of_who_listens(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, setting("good")).await;
    let (mut heard, _) = listen(&plant, "press", "here").await;
    let now = plant.clock.now();
    // It began again in the middle of it: read once more, it would count once more.
    plant.clock.advance(HOUR);
    let first = batch(&plant, Link::Next, &[("good", 100_003), ("good", 0), ("good", 4)]);
    let ledger = &plant.ledger;
    let taken = ledger.take_batch(heard.clone(), first.clone(), now).await.unwrap().unwrap();
    assert_eq!(taken.proposals.len(), 1);
    let again = ledger.take_batch(heard.clone(), first, now).await.unwrap();
    assert_eq!(again, Some(Taken::default()), "it is known");
    assert_eq!(heaps(&plant).await, [(7, false)]);
    assert_eq!(counter(&plant, row.id).await.value, Some(4));
    // Somebody else listens: what the first one still brings is refused.
    let (other, _) = listen(&plant, "press", "here").await;
    plant.clock.advance(HOUR);
    let next = batch(&plant, Link::Next, &[("good", 9)]);
    heard.number += 1;
    let late = ledger.take_batch(heard.clone(), next.clone(), plant.clock.now()).await.unwrap();
    assert_eq!(late, None);
    ledger.take_batch(other, next, plant.clock.now()).await.unwrap().unwrap();
    assert_eq!(heaps(&plant).await, [(12, false)]);
    let unmet = Heard { machine: "nobody".to_owned(), ..heard };
    let none = batch(&plant, Link::Next, &[("good", 9)]);
    assert_eq!(ledger.take_batch(unmet, none, plant.clock.now()).await.unwrap(), None);
}

async fn a_gap_is_of_the_tags_that_it_names_but_for_the_first_batch_of_a_line(engine: Engine) {
    let plant = Plant::on(engine).await;
    let near = begun(&plant, setting("near")).await;
    let far = begun(&plant, setting("far")).await;
    let is_broken = async |id| counter(&plant, id).await.broken;
    let (mut heard, _) = listen(&plant, "press", "here").await;
    let gap = |totals: &[(&str, u64)]| batch(&plant, Link::Gap, totals);
    let now = plant.clock.now();
    plant.ledger.take_batch(heard.clone(), gap(&[("near", 100_000)]), now).await.unwrap().unwrap();
    assert!(is_broken(far.id).await, "nobody heard it yet");
    heard.number = 2;
    plant.ledger.take_batch(heard.clone(), gap(&[("far", 100_000)]), now).await.unwrap().unwrap();
    assert!(!is_broken(far.id).await);
    heard.number = 3;
    plant.ledger.take_batch(heard, gap(&[("far", 100_001)]), now).await.unwrap().unwrap();
    assert!(!is_broken(near.id).await, "it was heard all the time");
}

async fn a_machine_that_says_nothing_new_is_written_down_now_and_then(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = begun(&plant, setting("good")).await;
    let (_, position) = listen(&plant, "press", "here").await;
    let began = plant.clock.now();
    let still = async |plant: &Plant, position: Option<String>| {
        let quiet = Batch { position, ..batch(plant, Link::Next, &[]) };
        take(plant, quiet).await;
        let machine = plant.ledger.machines().await.unwrap().remove(0);
        let known = counter(plant, row.id).await.known_at.unwrap();
        assert_eq!((machine.known_at, machine.seen_at), (Some(known), Some(known)));
        known
    };
    plant.clock.advance(29 * SECOND);
    assert_eq!(still(&plant, position.clone()).await, began);
    plant.clock.advance(2 * SECOND);
    let known = still(&plant, position.clone()).await;
    assert_eq!(known, began.plus_micros(31 * SECOND));
    plant.clock.advance(SECOND);
    assert_eq!(still(&plant, position).await, known);
    let moved = still(&plant, Some("further".to_owned())).await;
    assert_eq!(moved, known.plus_micros(SECOND), "whoever asks goes on from there");
    assert!(proposals(&plant).await.is_empty());
    assert_eq!(counter(&plant, row.id).await.version, row.version);
    // One without a clock is known to be still by ours.
    plant.clock.advance(HOUR);
    take(&plant, Batch { at: None, ..batch(&plant, Link::Next, &[]) }).await;
    assert_eq!(counter(&plant, row.id).await.known_at, Some(plant.clock.now()));
}

async fn how_a_machine_stands_is_kept_since_it_does(engine: Engine) {
    let plant = Plant::on(engine).await;
    let stands = async |plant: &Plant, standing: MachineStanding, cause: Option<&str>| {
        let (name, source) = ("press".to_owned(), "here".to_owned());
        let cause = cause.map(str::to_owned);
        plant.ledger.machine_stands(name, source, standing, cause).await.unwrap();
        plant.ledger.machines().await.unwrap().remove(0)
    };
    let first = stands(&plant, MachineStanding::Connected, None).await;
    assert_eq!((first.name.as_str(), first.standing), ("press", Some(MachineStanding::Connected)));
    assert_eq!((first.seen_at, first.counters, first.open), (first.since, 0, 0));
    plant.clock.advance(HOUR);
    let again = stands(&plant, MachineStanding::Connected, None).await;
    assert_eq!(again.since, first.since);
    assert!(again.seen_at.unwrap() >= first.seen_at.unwrap().plus_micros(HOUR - SECOND));
    plant.clock.advance(HOUR);
    let away = stands(&plant, MachineStanding::Away, Some(&"é".repeat(600))).await;
    assert_eq!(away.standing, Some(MachineStanding::Away));
    assert_eq!((away.since > again.since, away.seen_at), (true, again.seen_at));
    assert_eq!(away.cause.unwrap().chars().count(), 500);
    let good = begun(&plant, setting("good")).await;
    shows(&plant, &[("good", 100_003)]).await;
    plant.ledger.retire_counter(good.id, None, by(), None).await.unwrap();
    add(&plant, setting("other")).await;
    let row = plant.ledger.machines().await.unwrap().remove(0);
    assert_eq!((row.counters, row.open), (1, 1));
}
