//! Bookings: what arrives, leaves, moves, is counted and completed.

use mtm_core::catalogue::ReasonKind;
use mtm_core::code::Code;
use mtm_core::command::{Adjust, Complete, Count, Move, Open, Receive, Scrap, Split, Take};

use mtm_core::word::Quantity;

use super::{Case, Effect, End, Sheet, Spot, Step, Wrongs, names, refuse, stage};

const SITE_BOUND: i64 = 100_000;

fn step(kind: &'static str, pieces: i64, from: End, to: End) -> Step {
    Step { kind, pieces, from, to, undoes: None }
}

impl Case<'_> {
    pub(super) fn receive(&self, action: &Receive) -> Result<Effect, Wrongs> {
        let containers = usize::from(action.containers.get());
        if containers > 1 && action.lot.is_some() {
            return refuse(Code::InvalidBody);
        }
        let mut w = Wrongs::new();
        let part = self.part(action.part.as_str(), true, &mut w);
        let operation = self.operation(action.operation.as_str(), true, &mut w);
        let location = self.location(action.location.as_str(), true, &mut w);
        let mut carries = names::carried(&action.attributes);
        if carries[0].is_none() {
            carries[0] = part.and_then(|row| self.traits(row).item_type).map(str::to_owned);
        }
        self.spelled(&mut carries, &mut w);
        let notes = action.attributes.notes.as_ref();
        self.reason(ReasonKind::Adjust, action.reason.as_ref(), notes, &mut w);
        stage(&w)?;
        let (part, operation, location) = (part.unwrap(), operation.unwrap(), location.unwrap());

        let pieces = action.quantity.whole();
        self.bounded(part, pieces)?;
        let mut doubts = self.repeated();
        if self.slip(part, pieces) && !self.command.confirm.implausible {
            doubts.insert(Code::ImplausibleQuantity);
        }
        let mut effect = Effect::default();
        if let Err(wrongs) = self.enters(part, operation, &mut effect) {
            doubts.extend(wrongs);
        }
        stage(&doubts)?;

        let numbers = match &action.lot {
            Some(own) if self.naive.lots.contains_key(own.as_str()) => {
                return refuse(Code::AlreadyExists);
            }
            Some(own) => vec![own.as_str().to_owned()],
            None => self.naive.numbers(containers),
        };
        for number in numbers {
            let sheet = Sheet {
                part,
                carries: carries.clone(),
                received_at: self.now,
                received_by: Some(self.command.context.actor.id.0),
                parent: None,
                version: 1,
            };
            let to = End::Spot((part, operation, location, number.clone()));
            effect.lots.push((number, sheet));
            effect.steps.push(step("in", pieces, End::Outside("supplier"), to));
        }
        Ok(effect)
    }

    pub(super) fn open(&self, action: &Open) -> Result<Effect, Wrongs> {
        let mut w = Wrongs::new();
        let part = self.part(action.part.as_str(), false, &mut w);
        let operation = self.operation(action.operation.as_str(), false, &mut w);
        let location = self.location(action.location.as_str(), false, &mut w);
        stage(&w)?;
        if action.quantity.is_zero() {
            return refuse(Code::QuantityOutOfRange);
        }
        let part = part.unwrap();
        let number = action.lot.as_str().to_owned();
        let mut effect = Effect::default();
        match self.naive.lots.get(&number) {
            Some(sheet) if sheet.part != part => return refuse(Code::AlreadyExists),
            Some(_) => {}
            None => {
                let mut carries = names::carried(&action.attributes);
                self.spelled(&mut carries, &mut w);
                stage(&w)?;
                let sheet = Sheet {
                    part,
                    carries,
                    received_at: action.received_at.micros(),
                    received_by: action.received_by.map(|user| user.0),
                    parent: None,
                    version: 1,
                };
                effect.lots.push((number.clone(), sheet));
            }
        }
        let to = End::Spot((part, operation.unwrap(), location.unwrap(), number));
        effect.steps.push(step("opening", action.quantity.whole(), End::Outside("opening"), to));
        Ok(effect)
    }

    pub(super) fn take(&self, action: &Take) -> Result<Effect, Wrongs> {
        let mut w = Wrongs::new();
        let notes = action.notes.as_ref();
        self.reason(ReasonKind::Out, action.reason.as_ref(), notes, &mut w);
        let explained = action.reason.is_some() || notes.is_some();
        let pieces = action.quantity.map(Quantity::whole);
        let taken = self.leaving(&action.pick, pieces, explained, &w)?;
        let out = |(spot, n)| step("out", n, End::Spot(spot), End::Outside("consumed"));
        Ok(Effect { steps: taken.into_iter().map(out).collect(), ..Effect::default() })
    }

    pub(super) fn scrap(&self, action: &Scrap) -> Result<Effect, Wrongs> {
        let mut w = Wrongs::new();
        self.reason(ReasonKind::Scrap, Some(&action.reason), action.notes.as_ref(), &mut w);
        let pieces = action.quantity.map(Quantity::whole);
        let taken = self.leaving(&action.pick, pieces, true, &w)?;
        let out = |(spot, n)| step("scrap", n, End::Spot(spot), End::Outside("scrap"));
        Ok(Effect { steps: taken.into_iter().map(out).collect(), ..Effect::default() })
    }

    /// The stages that everything taking pieces away shares; `wrongs` are the caller's own names.
    fn leaving(
        &self,
        pick: &mtm_core::command::Pick,
        pieces: Option<i64>,
        explained: bool,
        wrongs: &Wrongs,
    ) -> Result<Vec<(Spot, i64)>, Wrongs> {
        if Self::vague(pick) || (pieces.is_none() && pick.lot.is_none()) {
            return refuse(Code::InvalidBody);
        }
        let mut w = wrongs.clone();
        let narrowing = self.narrow(pick, &mut w);
        stage(&w)?;
        if pieces == Some(0) {
            return refuse(Code::QuantityOutOfRange);
        }
        stage(&self.repeated())?;
        self.choose(pick, &narrowing, pieces, explained)
    }

    pub(super) fn transfer(&self, action: &Move) -> Result<Effect, Wrongs> {
        if action.to_operation.is_none() && action.to_location.is_none() {
            return refuse(Code::InvalidBody);
        }
        let mut w = Wrongs::new();
        let operation =
            action.to_operation.as_ref().map(|c| self.operation(c.as_str(), true, &mut w));
        let location = action.to_location.as_ref().map(|c| self.location(c.as_str(), true, &mut w));
        let pieces = action.quantity.map(Quantity::whole);
        let moved = self.leaving(&action.pick, pieces, action.notes.is_some(), &w)?;
        let mut effect = Effect::default();
        for (spot, pieces) in moved {
            let step = Self::carry(&spot, pieces, operation.flatten(), location.flatten())?;
            if let Some(Some(operation)) = operation
                && operation != spot.1
            {
                self.enters(spot.0, operation, &mut effect)?;
            }
            effect.steps.push(step);
        }
        Ok(effect)
    }

    fn carry(
        spot: &Spot,
        pieces: i64,
        operation: Option<i64>,
        location: Option<i64>,
    ) -> Result<Step, Wrongs> {
        let mut target = spot.clone();
        target.1 = operation.unwrap_or(target.1);
        target.2 = location.unwrap_or(target.2);
        if target == *spot {
            return refuse(Code::SamePlace);
        }
        Ok(step("transfer", pieces, End::Spot(spot.clone()), End::Spot(target)))
    }

    pub(super) fn complete(&self, action: &Complete) -> Result<Effect, Wrongs> {
        if Self::vague(&action.pick) {
            return refuse(Code::InvalidBody);
        }
        let mut w = Wrongs::new();
        let narrowing = self.narrow(&action.pick, &mut w);
        let notes = action.notes.as_ref();
        self.reason(ReasonKind::Scrap, action.scrap_reason.as_ref(), notes, &mut w);
        if !action.scrap.is_zero() && action.scrap_reason.is_none() {
            w.insert(Code::ReasonRequired);
        }
        let to_operation =
            action.to_operation.as_ref().and_then(|c| self.operation(c.as_str(), true, &mut w));
        let to_location =
            action.to_location.as_ref().and_then(|c| self.location(c.as_str(), true, &mut w));
        let back_operation =
            action.rework_operation.as_ref().and_then(|c| self.operation(c.as_str(), true, &mut w));
        let back_location =
            action.rework_location.as_ref().and_then(|c| self.location(c.as_str(), true, &mut w));
        stage(&w)?;
        let parts = [action.good, action.scrap, action.rework].map(Quantity::whole);
        let total = parts.iter().sum::<i64>();
        if total == 0 {
            return refuse(Code::QuantityOutOfRange);
        }
        let explained = action.scrap_reason.is_some() || notes.is_some();
        let chosen = self.choose(&action.pick, &narrowing, Some(total), explained)?;

        // Good pieces come from the oldest lots, scrap from the next, rework from the last.
        let mut effect = Effect::default();
        let mut want = parts;
        for (spot, mut left) in chosen {
            let mut given = [0; 3];
            for (give, want) in given.iter_mut().zip(&mut want) {
                *give = left.min(*want);
                *want -= *give;
                left -= *give;
            }
            let [good, scrap, rework] = given;
            if good > 0 {
                let [operation, location] = match to_operation {
                    Some(_) => [to_operation, to_location],
                    None => self.next(&spot, to_location)?,
                };
                let step = Self::carry(&spot, good, operation, location)?;
                if let Some(operation) = operation.filter(|row| *row != spot.1) {
                    self.enters(spot.0, operation, &mut effect)?;
                }
                effect.steps.push(step);
            }
            if scrap > 0 {
                let to = End::Outside("scrap");
                effect.steps.push(step("scrap", scrap, End::Spot(spot.clone()), to));
            }
            if rework > 0
                && let Ok(step) = Self::carry(&spot, rework, back_operation, back_location)
            {
                if let Some(operation) = back_operation.filter(|row| *row != spot.1) {
                    self.enters(spot.0, operation, &mut effect)?;
                }
                effect.steps.push(step);
            }
        }
        Ok(effect)
    }

    pub(super) fn split(&self, action: &Split) -> Result<Effect, Wrongs> {
        let Some(lot) = &action.pick.lot else {
            return refuse(Code::InvalidBody);
        };
        let mut w = Wrongs::new();
        let narrowing = self.narrow(&action.pick, &mut w);
        stage(&w)?;
        let pieces = action.quantity.whole();
        if pieces == 0 {
            return refuse(Code::QuantityOutOfRange);
        }
        let explained = action.notes.is_some();
        let chosen = self.choose(&action.pick, &narrowing, Some(pieces), explained)?;
        let spot = chosen[0].0.clone();
        if self.naive.stock[&spot] == pieces {
            return refuse(Code::QuantityOutOfRange);
        }
        let number = self.naive.numbers(1).remove(0);
        let parent = &self.naive.lots[lot.as_str()];
        let sheet = Sheet { parent: Some(lot.as_str().to_owned()), version: 1, ..parent.clone() };
        let to = End::Spot((spot.0, spot.1, spot.2, number.clone()));
        Ok(Effect {
            lots: vec![(number, sheet)],
            steps: vec![step("transfer", pieces, End::Spot(spot), to)],
            ..Effect::default()
        })
    }

    pub(super) fn adjust(&self, action: &Adjust) -> Result<Effect, Wrongs> {
        if Self::vague(&action.pick) {
            return refuse(Code::InvalidBody);
        }
        let mut w = Wrongs::new();
        let narrowing = self.narrow(&action.pick, &mut w);
        self.reason(ReasonKind::Adjust, Some(&action.reason), action.notes.as_ref(), &mut w);
        stage(&w)?;
        stage(&self.repeated())?;
        let found = self.standing(&narrowing);
        if found.len() > 1 {
            return refuse(Code::AmbiguousLot);
        }
        let there = found.first().map_or(0, |(_, pieces)| *pieces);
        let expected = action.expected.map(Quantity::whole);
        let spot = match (found.into_iter().next(), &narrowing.lot) {
            (Some((spot, _)), _) => Some(spot),
            (None, None) => None,
            (None, Some(lot)) => {
                let (Some(operation), Some(location)) = (narrowing.operation, narrowing.location)
                else {
                    return refuse(Code::InsufficientStock);
                };
                let part = self.naive.lots[lot].part;
                if narrowing.part.is_some_and(|row| row != part) {
                    return refuse(Code::InsufficientStock);
                }
                self.must_take_stock(part, operation, location)?;
                Some((part, operation, location, lot.clone()))
            }
        };
        if expected.is_some_and(|expected| expected != there) {
            return refuse(Code::QuantityChanged);
        }
        let (typed, target) = match action.count {
            Count::Counted(counted) => (counted.whole(), counted.whole()),
            Count::Delta(delta) => (delta.whole().abs(), there + delta.whole()),
        };
        if target < 0 {
            return refuse(Code::InsufficientStock);
        }
        if target == there {
            return Ok(Effect::default());
        }
        let Some(spot) = spot else {
            return refuse(Code::InsufficientStock);
        };
        let (count, stock) = (End::Outside("count"), End::Spot(spot.clone()));
        let step = if target > there {
            self.bounded(spot.0, target - there)?;
            if self.is_part_number(typed) && !self.command.confirm.implausible {
                return refuse(Code::ImplausibleQuantity);
            }
            step("adjust", target - there, count, stock)
        } else {
            stage(&self.blocked(&spot, true).into_iter().collect())?;
            step("adjust", there - target, stock, count)
        };
        Ok(Effect { steps: vec![step], ..Effect::default() })
    }

    fn must_take_stock(&self, part: i64, operation: i64, location: i64) -> Result<(), Wrongs> {
        let retired = |list: &[super::super::plant::Master], row: i64| {
            list.iter().any(|master| master.row == row && master.retired)
        };
        let mut w = Wrongs::new();
        if retired(&self.plant.parts, part) {
            w.insert(Code::UnknownPart);
        }
        if retired(&self.plant.operations, operation) {
            w.insert(Code::UnknownOperation);
        }
        if retired(&self.plant.locations, location) {
            w.insert(Code::UnknownLocation);
        }
        stage(&w)
    }

    fn traits(&self, part: i64) -> &super::super::plant::PartTraits {
        let position = self.plant.parts.iter().position(|master| master.row == part).unwrap();
        &self.plant.traits[position]
    }

    /// The item type of a lot that names none.
    pub(super) fn usual_item_type(&self, part: i64) -> Option<&'static str> {
        self.traits(part).item_type
    }

    fn bounded(&self, part: i64, pieces: i64) -> Result<(), Wrongs> {
        let bound = self.traits(part).bound.unwrap_or(SITE_BOUND);
        if (1..=bound).contains(&pieces) { Ok(()) } else { refuse(Code::QuantityOutOfRange) }
    }

    fn is_part_number(&self, pieces: i64) -> bool {
        self.plant.parts.iter().any(|master| master.answers_to(&pieces.to_string()))
    }

    /// Does a received quantity look like a slip of the finger or the scanner?
    fn slip(&self, part: i64, pieces: i64) -> bool {
        let log = self.naive.log.iter().rev();
        let mut receipts: Vec<i64> = log
            .filter(|done| done.step.kind == "in" && done.part == part && !done.undone)
            .map(|done| done.step.pieces)
            .take(200)
            .collect();
        let typed_twice = |single: i64| format!("{single}{single}") == pieces.to_string();
        let doubled = receipts.len() >= 3 && receipts.iter().any(|usual| typed_twice(*usual));
        receipts.sort_unstable();
        // The value that 99 of 100 receipts do not exceed.
        let p99 = (receipts.len() >= 20).then(|| receipts[(receipts.len() * 99).div_ceil(100) - 1]);
        self.is_part_number(pieces) || doubled || p99.is_some_and(|usual| pieces > 10 * usual)
    }
}
