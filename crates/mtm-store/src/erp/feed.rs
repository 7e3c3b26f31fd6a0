//! Taking rows of an ERP's ledger: each is counted once, however often and by whomever it is read.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::erp::{ErpPlace, Figures, Flag, Transaction};
use mtm_core::word::Timestamp;

use super::block::{self, Blocks};
use super::peer::{Standing, begin_anew, standing, standing_or_new};
use super::row;
use super::sweep::KEPT_MICROS;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{BlockTaken, Page, Taken};
use crate::sql::{Connection, Error, params};

impl Ledger {
    /// Takes a page of this ERP's ledger, as it was read behind some id: what is new is counted and moves
    /// the position, what says something else now is counted anew, in one transaction.
    pub async fn erp_take(&self, name: String, page: Page) -> Result<Taken, Fault> {
        self.write(move |context| {
            let now = context.now();
            let known = standing_or_new(context.sql(), &name, now)?;
            Ok(take(context.sql(), known, page, now)?)
        })
        .await
    }

    /// Takes all rows of a block of this ERP's ledger up to the position, as the block was read again: what
    /// is missing here is counted, what is missing there is taken off. Where sums are being made anew, or the
    /// block is not the one up to `upto` any more, nothing is done.
    pub async fn erp_take_block(
        &self,
        name: String,
        block: i64,
        upto: i64,
        page: Page,
    ) -> Result<BlockTaken, Fault> {
        self.write(move |context| {
            let now = context.now();
            let Some(known) = standing(context.sql(), &name)? else {
                return Ok(BlockTaken::default());
            };
            Ok::<_, Fault>(take_block(context.sql(), known, (block, upto), page, now)?)
        })
        .await
    }

    /// What is known here of a block of this ERP's ledger, and up to which id of it; `None` where there is
    /// nothing to compare: the block begins behind the position, or sums are being made anew.
    pub async fn erp_figures(
        &self,
        name: String,
        block: i64,
    ) -> Result<Option<(i64, Figures)>, Fault> {
        self.query(move |connection| {
            let Some(known) = standing(connection, &name)? else { return Ok(None) };
            let Some((_, upto)) = block::span(block, known.position) else { return Ok(None) };
            if known.building.is_some() {
                return Ok(None);
            }
            let found = block::read(connection, known.peer, known.sums, block)?;
            Ok::<_, Fault>(Some((upto, found.map(|it| it.figures).unwrap_or_default())))
        })
        .await
    }
}

fn take(
    connection: Connection<'_>,
    mut known: Standing,
    page: Page,
    now: Timestamp,
) -> Result<Taken, Error> {
    let mut counting = Counting::new(connection, known, now, &page.rows)?;
    // While sums are made anew, every id is below what was read once.
    counting.late_upto = if known.building.is_some() { 0 } else { known.position };
    let last = page.rows.iter().map(|row| row.id).max().unwrap_or(0);
    for row in page.rows {
        counting.count(row)?;
    }
    known.position = known.position.max(last).max(page.end.unwrap_or(0));
    let done = counting.end(page.refused, known.position)?;
    match (page.end, known.building) {
        (Some(_), Some(made)) => {
            known.sums = made;
            known.building = None;
            (known.older, known.mark, known.mark_at) = (known.position, known.position, Some(now));
        }
        _ if known.building.is_none() => known.mark(now),
        _ => {}
    }
    connection.execute(
        "UPDATE erp_peer SET position = ?2, older = ?3, mark = ?4, mark_at = ?5, sums = ?6,
                building = ?7, newest = CASE WHEN newest < ?2 THEN ?2 ELSE newest END,
                read_at = CASE WHEN ?8 = 1 THEN ?9 ELSE read_at END,
                whole_at = CASE WHEN ?8 = 1 THEN ?9 ELSE whole_at END
         WHERE id = ?1",
        params![
            known.peer,
            known.position,
            known.older,
            known.mark,
            known.mark_at.map(Timestamp::micros),
            known.sums,
            known.building,
            page.end.is_some(),
            now.micros(),
        ],
    )?;
    Ok(done)
}

fn take_block(
    connection: Connection<'_>,
    known: Standing,
    (block, upto): (i64, i64),
    page: Page,
    now: Timestamp,
) -> Result<BlockTaken, Error> {
    let Some((first, last)) = block::span(block, known.position).filter(|it| it.1 == upto) else {
        return Ok(BlockTaken::default());
    };
    if known.building.is_some() {
        return Ok(BlockTaken::default());
    }
    let mut counting = Counting::new(connection, known, now, &[])?;
    counting.late_upto = known.position;
    counting.kept = row::kept(connection, known.peer, first, last)?;
    let mut theirs = Figures::default();
    let mut there = BTreeSet::new();
    for row in page.rows.into_iter().filter(|row| (first..=last).contains(&row.id)) {
        if there.insert(row.id) {
            theirs.add(&row);
            counting.count(row)?;
        }
    }
    let mut rebuild = false;
    for id in counting.blocks.counted(first, last)? {
        // One that was counted before it was kept, and is not shown any more, cannot be taken off.
        rebuild |= !there.contains(&id) && !counting.take_off(id)?;
    }
    rebuild |= counting.blocks.of_id(first)?.figures != theirs;
    let taken = counting.end(page.refused, known.position)?;
    if rebuild {
        begin_anew(connection, known)?;
    }
    Ok(BlockTaken { taken, rebuild })
}

/// Rows under way into the sums.
struct Counting<'c> {
    connection: Connection<'c>,
    peer: i64,
    fed: i64,
    now: Timestamp,
    blocks: Blocks<'c>,
    kept: BTreeMap<i64, Transaction>,
    moved: BTreeMap<(String, ErpPlace), i64>,
    late_upto: i64,
    taken: Taken,
    flagged: u64,
}

impl<'c> Counting<'c> {
    fn new(
        connection: Connection<'c>,
        known: Standing,
        now: Timestamp,
        rows: &[Transaction],
    ) -> Result<Self, Error> {
        let ids = || rows.iter().map(|row| row.id);
        let kept = match (ids().min(), ids().max()) {
            (Some(first), Some(last)) => row::kept(connection, known.peer, first, last)?,
            _ => BTreeMap::new(),
        };
        Ok(Self {
            connection,
            peer: known.peer,
            fed: known.fed(),
            now,
            blocks: Blocks::of(connection, known.peer, known.fed()),
            kept,
            moved: BTreeMap::new(),
            late_upto: 0,
            taken: Taken::default(),
            flagged: 0,
        })
    }

    /// Counts a row that was read.
    fn count(&mut self, mut row: Transaction) -> Result<(), Error> {
        let before = self.kept.get(&row.id).cloned();
        let counted = self.blocks.of_id(row.id)?.has(row.id);
        if let Some(before) = &before {
            let changed = !row.says_the_same(before) || before.flags.has(Flag::Gone);
            if counted && !changed {
                return Ok(());
            }
            if changed || before.flags.has(Flag::Changed) {
                row.flags.set(Flag::Changed);
            }
            self.taken.changed += u64::from(changed);
            (row.read_at, row.late) = (before.read_at, before.late);
        } else if counted {
            // It is not kept any more: figures of its block show whether it changed.
            return Ok(());
        }
        if counted && let Some(before) = &before {
            self.blocks.change(row.id)?.figures.take(before);
            self.move_by(before, -1);
        } else {
            self.blocks.change(row.id)?.mark(row.id);
            row.late |= row.id <= self.late_upto;
            self.taken.new += 1;
            self.taken.late += u64::from(row.late && row.id <= self.late_upto);
            self.flagged += u64::from(!row.flags.is_empty());
        }
        self.blocks.change(row.id)?.figures.add(&row);
        self.move_by(&row, 1);
        if before.is_some() || row.late || is_recent(&row, self.now) {
            row::keep(self.connection, self.peer, &row)?;
            self.kept.insert(row.id, row);
        }
        Ok(())
    }

    /// Takes off a row that the ERP does not show any more; whether what it did is known.
    fn take_off(&mut self, id: i64) -> Result<bool, Error> {
        let Some(mut row) = self.kept.get(&id).cloned() else { return Ok(false) };
        let block = self.blocks.change(id)?;
        block.figures.take(&row);
        block.unmark(id);
        self.move_by(&row, -1);
        row.flags.set(Flag::Gone);
        row::keep(self.connection, self.peer, &row)?;
        self.taken.gone += 1;
        Ok(true)
    }

    fn move_by(&mut self, row: &Transaction, sign: i64) {
        if let Some(quantity) = row.signed().filter(|it| it.units() != 0) {
            let place = (row.part.clone(), row.place.clone());
            let sum = self.moved.entry(place).or_insert(0);
            *sum = sum.saturating_add(quantity.units().saturating_mul(sign));
        }
    }

    /// Writes sums, blocks and what is counted of the rows.
    fn end(self, refused: u64, position: i64) -> Result<Taken, Error> {
        let sql = self.connection.pick(
            "INSERT INTO erp_sum (peer_id, sums, part, warehouse, location, quantity)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (peer_id, sums, part, warehouse, location)
             DO UPDATE SET quantity = quantity + excluded.quantity",
            "INSERT INTO erp_sum (peer_id, sums, part, warehouse, location, quantity)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)",
        );
        let (peer, fed) = (self.peer, self.fed);
        for ((part, place), units) in self.moved.iter().filter(|(_, units)| **units != 0) {
            self.connection
                .execute(sql, params![peer, fed, part, place.warehouse, place.location, *units])?;
        }
        self.blocks.write()?;
        let Taken { new, late, changed, gone, .. } = self.taken;
        let counts = [new, late, changed, gone, self.flagged, refused].map(u64::cast_signed);
        self.connection.execute(
            "UPDATE erp_peer SET rows_read = rows_read + ?2 - ?5, rows_late = rows_late + ?3,
                    rows_changed = rows_changed + ?4, rows_gone = rows_gone + ?5,
                    rows_flagged = rows_flagged + ?6, rows_refused = rows_refused + ?7
             WHERE id = ?1",
            params![peer, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]],
        )?;
        Ok(Taken { position, ..self.taken })
    }
}

/// Whether a row is kept, and not only counted.
fn is_recent(row: &Transaction, now: Timestamp) -> bool {
    row.happened >= now.plus_micros(-KEPT_MICROS)
}
