//! Breaks about transactions of theirs.

use std::collections::BTreeSet;

use super::Judge;
use crate::reconcile::cell::{Met, quantity};
use crate::reconcile::class::BreakClass;
use crate::reconcile::found::{Break, Fix, Posting};
use crate::reconcile::rows::came_late;
use crate::reconcile::tell;

impl Judge<'_> {
    /// Breaks about transactions of theirs.
    pub(super) fn transactions(&mut self) {
        for (id, group) in std::mem::take(&mut self.unpaired) {
            let told = self.halves(id, &group);
            self.findings.breaks.extend(told);
        }
        let twice = std::mem::take(&mut self.twice);
        let mut told_of: BTreeSet<usize> = BTreeSet::new();
        for (row, before) in &twice {
            let number = self.table.rows[*row].transaction;
            // Both halves of a transfer that was posted twice are one fault.
            let other = self.other_half(number);
            if !told_of.insert(number) || other.is_some_and(|it| told_of.contains(&it)) {
                continue;
            }
            let told = self.repeat(*row, *before, other);
            told_of.extend(other);
            self.findings.breaks.push(told);
        }
        for number in 0..self.table.transactions.len() {
            let it = self.table.transactions[number];
            let Some(row) = self.table.row_of[number] else { continue };
            let is_told = told_of.contains(&number) || self.group_of.contains_key(&number);
            if is_told || !came_late(it, self.books) {
                continue;
            }
            let (cell, open) =
                (self.table.rows[row].cell, self.table.rows[row].met == Met::Nothing);
            let units = if open { -self.table.rows[row].units } else { 0 };
            let made = it.created.unwrap_or(it.happened).micros();
            let minutes = it.read_at.micros().saturating_sub(made) / 60_000_000;
            let mut told = self.on(BreakClass::LateCommit, cell, units);
            told.subject = Some(it.id.to_string());
            told.cause = tell::late(it, minutes);
            told.evidence = vec![self.of_transaction(number)];
            told.fix = Fix::LookThere { transaction: Some(it.id) };
            self.findings.breaks.push(told);
        }
    }

    /// The other half of a whole transfer.
    pub(super) fn other_half(&self, number: usize) -> Option<usize> {
        let named = self.table.transactions[number].transfer_of;
        let named = named.and_then(|id| self.table.by_id.get(&id).copied());
        named.or_else(|| self.tied.get(&number).copied())
    }

    pub(super) fn halves(&self, id: i64, group: &[usize]) -> Option<Break> {
        let row = group.iter().find_map(|n| self.table.row_of[*n])?;
        let units = self.table.rows[row].units;
        let cell = self.table.rows[row].cell;
        let mut told = self.on(BreakClass::TransferUnpaired, cell, -units);
        told.subject = Some(id.to_string());
        told.cause = match group {
            [one, other, ..] => {
                let id = |n: &usize| self.table.transactions[*n].id;
                tell::halves_differ(id(one), id(other))
            }
            _ => tell::other_half_missing(self.transaction(row)),
        };
        told.evidence = group.iter().map(|n| self.of_transaction(*n)).collect();
        let movement = match self.table.rows[row].met {
            Met::One(leg) => Some(self.table.legs[leg].movement),
            _ => None,
        };
        told.fix = Fix::LookThere { transaction: Some(self.transaction(row).id) };
        if let Some(movement) = movement {
            told.evidence.push(self.of_movement(movement));
            let open = self.table.legs_of[movement].iter().flatten();
            let open = open.map(|n| &self.table.legs[*n]).find(|leg| leg.met == Met::Nothing);
            if let (Some(leg), 1) = (open, group.len()) {
                told.fix = self.post(leg.cell, leg.units);
            }
        }
        Some(told)
    }

    pub(super) fn repeat(&self, row: usize, before: usize, other: Option<usize>) -> Break {
        let number = self.table.rows[row].transaction;
        let units = self.table.rows[row].units;
        let cell = self.table.rows[row].cell;
        let first = other.map_or(number, |other| number.min(other));
        let mut told = self.on(BreakClass::PostedTwice, cell, -units);
        told.subject = Some(self.table.transactions[first].id.to_string());
        told.cause = tell::twice(self.transaction(row), self.transaction(before));
        let all = [Some(number), other, Some(self.table.rows[before].transaction)];
        told.evidence = all.into_iter().flatten().map(|n| self.of_transaction(n)).collect();
        if let Met::One(leg) = self.table.rows[before].met {
            told.evidence.push(self.of_movement(self.table.legs[leg].movement));
        }
        let back = other.and_then(|other| self.table.row_of[other]).map(|n| &self.table.rows[n]);
        told.fix = match back {
            // The way back.
            Some(back) => {
                let (from, to) = if units > 0 { (cell, back.cell) } else { (back.cell, cell) };
                Fix::PostThere {
                    posting: Posting::Transfer,
                    part: self.cell(cell).part.clone(),
                    from: self.cell(from).place.clone(),
                    to: self.cell(to).place.clone(),
                    quantity: quantity(units.abs()),
                }
            }
            None => self.post(cell, -units),
        };
        told
    }
}
