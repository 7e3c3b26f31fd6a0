//! What a machine said at once, in one transaction: pieces, questions, and where to go on.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::machine::{Batch, Count, Counter, Doubt, Link, Question, Reading, Rules};
use mtm_core::word::Timestamp;

use super::grow::{Counted, Growth, New, Portion, read_counted};
use super::kept;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, optional_moment, params};
use crate::write::{Failure, WriteContext};

/// Microseconds in which a machine that says nothing new is not written down again.
const PAUSE: i64 = 30_000_000;
/// Longest position that is kept, in bytes: whoever asks begins anew behind a longer one.
const POSITION_MAX: usize = 200;
/// How far a machine's clock may be behind and ahead of ours, in microseconds: else ours says when it counted.
const BEHIND: i64 = 30 * 86_400 * 1_000_000;
const AHEAD: i64 = 5 * 60 * 1_000_000;

/// Which batch of which machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The machine.
    pub machine: String,
    /// The number of whoever listens to it, as [`Ledger::listen_to_machine`] gave it.
    pub listener: i64,
    /// The number of the batch, from 1, growing: one that is tried again keeps its number.
    pub number: i64,
}

/// What came of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// The proposals that were opened, or to which pieces were added, in the order in which that ended.
    pub proposals: Vec<i64>,
    /// Tags in it of which nothing is counted.
    pub unknown_tags: usize,
}

/// A machine's counter while a batch is taken.
struct Lane {
    counted: Counted,
    rules: Rules,
    /// As it was, and as it is.
    before: Counter,
    counter: Counter,
    is_heard: bool,
    /// What grows, once something does.
    growth: Option<Growth>,
}

impl Ledger {
    /// Takes what a machine said: its pieces, its questions and its position, or nothing of it. One that says nothing
    /// new is written down now and then only. `now` is the present moment.
    ///
    /// Taken once more under its number, a batch changes nothing. `None`: somebody else listens by now, and nothing of it
    /// was taken.
    pub async fn take_batch(
        &self,
        heard: Heard,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Option<Taken>, Fault> {
        if batch.readings.is_empty() && batch.link == Link::Next {
            let (heard, position) = (heard.clone(), batch.position.clone());
            let until = batch.at.unwrap_or(now);
            let known = self.query(move |connection| {
                Ok::<_, Fault>(is_known(connection, &heard, position, (until, now))?)
            });
            if known.await? {
                return Ok(Some(Taken::default()));
            }
        }
        self.write(move |context| Ok(take(context, &heard, &batch, now)?)).await
    }
}

/// Whether there is nothing to write down of a machine that said nothing new.
fn is_known(
    connection: Connection<'_>,
    heard: &Heard,
    position: Option<String>,
    (until, now): (Timestamp, Timestamp),
) -> Result<bool, Error> {
    let is_recent = |at: Option<Timestamp>, now: Timestamp| {
        at.is_some_and(|at| now.micros().saturating_sub(at.micros()).saturating_abs() < PAUSE)
    };
    let known = connection
        .prepare_cached(
            "SELECT position, known_at, seen_at FROM machine WHERE name = ?1 AND listener = ?2",
        )?
        .query_row(params![heard.machine, heard.listener], |row| {
            let at: Option<String> = row.get(0)?;
            Ok::<_, Error>((at, optional_moment(row, 1)?, optional_moment(row, 2)?))
        })
        .optional()?;
    Ok(known.is_some_and(|(at, known_at, seen_at)| {
        at == bounded(position) && is_recent(known_at, until) && is_recent(seen_at, now)
    }))
}

fn take(
    context: &mut WriteContext<'_>,
    heard: &Heard,
    batch: &Batch,
    now: Timestamp,
) -> Result<Option<Taken>, Failure> {
    let machine = heard.machine.as_str();
    let known: Option<(i64, i64)> = context
        .sql()
        .query_row(
            "SELECT listener, batch FROM machine WHERE name = ?1",
            params![machine],
            |row: &Row<'_>| Ok::<_, Error>((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match known {
        Some((listener, number)) if listener == heard.listener => {
            if number >= heard.number {
                return Ok(Some(Taken::default()));
            }
        }
        _ => return Ok(None),
    }
    let mut lanes = lanes(context.sql(), machine)?;
    if batch.link == Link::Gap {
        // Whoever begins to listen heard nothing of any tag; later on a gap is of the tags that it is told of.
        let named: BTreeSet<&String> = batch.readings.iter().map(|it| &it.tag).collect();
        for (tag, lane) in &mut lanes {
            if heard.number == 1 || named.contains(tag) {
                lane.counter.lose();
            }
        }
    }
    let mut taken = Taken::default();
    let mut unknown = BTreeSet::new();
    for reading in &batch.readings {
        match lanes.get_mut(&reading.tag) {
            Some(lane) => taken.proposals.extend(lane.hear(context, reading, now)?),
            None => {
                unknown.insert(&reading.tag);
            }
        }
    }
    taken.unknown_tags = unknown.len();
    let until = batch.at.unwrap_or(now);
    for lane in lanes.values_mut() {
        if !lane.is_heard {
            lane.counter.quiet(until);
        }
        taken.proposals.extend(lane.end(context.sql())?);
    }
    context.sql().execute(
        "UPDATE machine SET position = ?2, known_at = ?3, seen_at = ?4, batch = ?5 WHERE name = ?1",
        params![
            machine,
            bounded(batch.position.clone()),
            until.micros(),
            now.micros(),
            heard.number,
        ],
    )?;
    Ok(Some(taken))
}

fn bounded(position: Option<String>) -> Option<String> {
    position.filter(|position| position.len() <= POSITION_MAX)
}

/// The counters of a machine, by their tags.
fn lanes(connection: Connection<'_>, machine: &str) -> Result<BTreeMap<String, Lane>, Error> {
    let read = |row: &Row<'_>| {
        let counter = Counter {
            value: row.get(16)?,
            value_at: optional_moment(row, 17)?,
            known_at: optional_moment(row, 18)?,
            is_broken: row.get(19)?,
        };
        let rules = Rules {
            pieces: row.get(12)?,
            per_hour: row.get(13)?,
            rollover: row.get(14)?,
            resets: row.get(15)?,
            told_within: row.get(20)?,
        };
        let lane = Lane {
            counted: read_counted(row)?,
            rules,
            before: counter.clone(),
            counter,
            is_heard: false,
            growth: None,
        };
        Ok::<_, Error>((row.get(11)?, lane))
    };
    let lanes = connection
        .prepare_cached(
            "SELECT id, machine, booking, part_id, operation_id, location_id, work_order, scrap_reason,
                    container, by_rule, retired_at IS NOT NULL, tag, pieces, per_hour, rollover, resets,
                    value, value_at, known_at, broken, told_within
             FROM machine_counter WHERE machine = ?1 AND retired_at IS NULL",
        )?
        .query_all(params![machine], read)?;
    Ok(lanes.into_iter().collect())
}

impl Lane {
    /// Takes a reading. Gives the question that it left, where it did.
    fn hear(
        &mut self,
        context: &WriteContext<'_>,
        reading: &Reading,
        now: Timestamp,
    ) -> Result<Option<i64>, Failure> {
        self.is_heard = true;
        let at = believed(reading.at, now);
        match self.counter.read(&self.rules, reading, now) {
            Count::Nothing => Ok(None),
            Count::Pieces { pieces, from, to, .. } => {
                let mut growth = match self.growth.take() {
                    Some(growth) => growth,
                    None => Growth::of(context, &self.counted)?,
                };
                let portion = Portion { pieces, steps: 1, from, to, first_at: at, last_at: at };
                let takes = growth.takes(&self.counted, pieces);
                if takes {
                    growth.add(context.sql(), &self.counted, portion)?;
                }
                self.growth = Some(growth);
                if takes {
                    return Ok(None);
                }
                // So many containers at once are nobody's to look through: whether it can be is.
                let doubt = Doubt::TooFast;
                self.ask(context.sql(), Question { doubt, least: 0, most: pieces, from, to }, at)
            }
            Count::Question(question) => self.ask(context.sql(), question, at),
        }
    }

    /// Asks, or adds to what is asked already: of one counter for one reason there is one question at a time.
    fn ask(
        &self,
        connection: Connection<'_>,
        it: Question,
        at: Timestamp,
    ) -> Result<Option<i64>, Failure> {
        let (least, most) = (it.least, it.most.max(it.least));
        let doubt = it.doubt.as_str();
        let target = &self.counted.target;
        let asked: Option<i64> = connection
            .prepare_cached(
                "SELECT id FROM machine_proposal
                 WHERE counter_id = ?1 AND state = 'open' AND kind = 'question' AND doubt = ?2 AND cause IS NULL
                   AND booking = ?3 AND part_id = ?4 AND operation_id = ?5 AND location_id = ?6
                   AND COALESCE(work_order, '') = COALESCE(?7, '') AND COALESCE(scrap_reason, '') = COALESCE(?8, '')
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(
                params![
                    self.counted.id,
                    doubt,
                    target.booking.as_str(),
                    target.part,
                    target.operation,
                    target.location,
                    target.work_order,
                    target.scrap_reason,
                ],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(asked) = asked {
            connection
                .prepare_cached(
                    "UPDATE machine_proposal SET pieces = pieces + ?2, most = most + ?3, steps = steps + 1,
                            to_value = ?4, last_at = ?5, version = version + 1 WHERE id = ?1",
                )?
                .execute(params![asked, kept(least), kept(most), kept(it.to), at.micros()])?;
            return Ok(Some(asked));
        }
        let has = Portion {
            pieces: least,
            steps: 1,
            from: it.from,
            to: it.to,
            first_at: at,
            last_at: at,
        };
        let question = Some((doubt, most));
        let new = New { target, has, question, grows: false, by_rule: false };
        Ok(Some(self.counted.propose(connection, &new)?))
    }

    /// Writes down where the counter stands now. Gives the proposals that its pieces went to.
    fn end(&mut self, connection: Connection<'_>) -> Result<Vec<i64>, Failure> {
        if self.counter != self.before {
            connection
                .prepare_cached(
                    "UPDATE machine_counter SET value = ?2, value_at = ?3, known_at = ?4, broken = ?5
                     WHERE id = ?1",
                )?
                .execute(params![
                    self.counted.id,
                    self.counter.value.map(kept),
                    self.counter.value_at.map(Timestamp::micros),
                    self.counter.known_at.map(Timestamp::micros),
                    self.counter.is_broken,
                ])?;
        }
        let Some(growth) = &mut self.growth else { return Ok(Vec::new()) };
        growth.end(connection, &self.counted)?;
        Ok(std::mem::take(&mut growth.touched))
    }
}

/// When something was counted, as far as the machine's clock can be believed.
fn believed(at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let span = now.plus_micros(-BEHIND)..=now.plus_micros(AHEAD);
    at.filter(|at| span.contains(at)).unwrap_or(now)
}
