//! Breaks about movements of ours.

use super::Judge;
use crate::reconcile::cell::{Leg, Met, Units, quantity};
use crate::reconcile::class::BreakClass;
use crate::reconcile::found::{Break, Fix, Posting};
use crate::reconcile::tell;

impl Judge<'_> {
    /// Breaks about movements of ours.
    pub(super) fn movements(&mut self) {
        for movement in std::mem::take(&mut self.missed) {
            let legs = self.table.legs_of[movement];
            let legs: Vec<&Leg> =
                legs.iter().flatten().filter_map(|n| self.table.legs.get(*n)).collect();
            let proof = legs.iter().find_map(|leg| match leg.met {
                Met::One(row) => Some(row),
                _ => None,
            });
            let Some(open) = legs.iter().find(|leg| leg.met == Met::Nothing) else { continue };
            let cell = open.cell;
            let units = open.units;
            let is_half = proof.is_some_and(|row| {
                let number = self.table.rows[row].transaction;
                self.group_of.contains_key(&number)
            });
            if is_half {
                continue;
            }
            let half =
                proof.filter(|row| self.transaction(*row).class.trim().eq_ignore_ascii_case("A"));
            let told = match half {
                Some(row) => {
                    let mut told = self.on(BreakClass::TransferUnpaired, cell, units);
                    told.subject = Some(self.transaction(row).id.to_string());
                    told.cause = tell::half_posted(self.transaction(row));
                    told.evidence = vec![
                        self.of_movement(movement),
                        self.of_transaction(self.table.rows[row].transaction),
                    ];
                    told.fix = self.post(cell, units);
                    told
                }
                None => self.unposted(movement, &legs, cell, units),
            };
            self.findings.breaks.push(told);
        }
    }

    pub(super) fn unposted(
        &self,
        movement: usize,
        legs: &[&Leg],
        cell: usize,
        units: Units,
    ) -> Break {
        let mut told = self.on(BreakClass::UnpostedMove, cell, units);
        told.subject = Some(self.table.movements[movement].id.to_string());
        let open: Vec<&&Leg> = legs.iter().filter(|leg| leg.met == Met::Nothing).collect();
        told.cause = tell::unposted(open.len() < legs.len());
        told.evidence = vec![self.of_movement(movement)];
        told.fix = match open.as_slice() {
            [from, to] => Fix::PostThere {
                posting: Posting::Transfer,
                part: self.cell(cell).part.clone(),
                from: self.cell(from.cell).place.clone(),
                to: self.cell(to.cell).place.clone(),
                quantity: quantity(units.abs()),
            },
            _ => self.post(cell, units),
        };
        told
    }

    /// What to post for `units` more or fewer at one place.
    pub(super) fn post(&self, cell: usize, units: Units) -> Fix {
        let it = self.cell(cell);
        let more = units > 0;
        Fix::PostThere {
            posting: if more { Posting::In } else { Posting::Out },
            part: it.part.clone(),
            from: it.place.clone().filter(|_| !more),
            to: it.place.clone().filter(|_| more),
            quantity: quantity(units.abs()),
        }
    }
}
