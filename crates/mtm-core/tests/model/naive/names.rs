//! Does everything exist that a command names, and what does it look like?

use mtm_core::catalogue::ReasonKind;
use mtm_core::code::Code;
use mtm_core::command::{Action, Count, LotAttributes, Pick};
use mtm_core::word::{Note, Quantity, ReasonCode};

use super::super::plant::Master;
use super::{Case, Likeness, Narrowing, Wrongs};

impl Case<'_> {
    fn row(list: &[Master], code: &str, fresh: bool, missing: Code, w: &mut Wrongs) -> Option<i64> {
        let found = list.iter().find(|master| master.answers_to(code));
        let usable = found.filter(|master| !(fresh && master.retired));
        if usable.is_none() {
            w.insert(missing);
        }
        usable.map(|master| master.row)
    }

    /// The row of a part; `fresh` where it must be able to take new stock.
    pub(super) fn part(&self, code: &str, fresh: bool, w: &mut Wrongs) -> Option<i64> {
        Self::row(&self.plant.parts, code, fresh, Code::UnknownPart, w)
    }

    pub(super) fn operation(&self, code: &str, fresh: bool, w: &mut Wrongs) -> Option<i64> {
        Self::row(&self.plant.operations, code, fresh, Code::UnknownOperation, w)
    }

    pub(super) fn location(&self, code: &str, fresh: bool, w: &mut Wrongs) -> Option<i64> {
        Self::row(&self.plant.locations, code, fresh, Code::UnknownLocation, w)
    }

    /// Checks item type and colour of what a lot shall carry, and spells them as master data does.
    pub(super) fn spelled(&self, carries: &mut [Option<String>; 4], w: &mut Wrongs) {
        Self::spell(&self.plant.item_types, &mut carries[0], Code::UnknownItemType, w);
        Self::spell(&self.plant.colors, &mut carries[1], Code::UnknownColorCode, w);
    }

    fn spell(list: &[Master], carried: &mut Option<String>, missing: Code, w: &mut Wrongs) {
        let Some(typed) = carried.take() else { return };
        match list.iter().find(|master| master.answers_to(&typed) && !master.retired) {
            Some(master) => *carried = Some(master.code.clone()),
            None => {
                w.insert(missing);
            }
        }
    }

    pub(super) fn reason(
        &self,
        kind: ReasonKind,
        code: Option<&ReasonCode>,
        notes: Option<&Note>,
        w: &mut Wrongs,
    ) {
        let Some(code) = code else { return };
        let mut reasons = self.plant.reasons.iter();
        match reasons.find(|(of, known, _)| *of == kind && *known == code.as_str()) {
            None => w.insert(Code::UnknownReason),
            Some((_, _, true)) if notes.is_none() => w.insert(Code::ReasonRequired),
            Some(_) => false,
        };
    }

    pub(super) fn lot(&self, number: &str, w: &mut Wrongs) {
        if !self.naive.lots.contains_key(number) {
            w.insert(Code::UnknownLot);
        }
    }

    /// Whether a pick names too little to mean anything.
    pub(super) fn vague(pick: &Pick) -> bool {
        pick.lot.is_none()
            && (pick.part.is_none() || pick.operation.is_none() || pick.location.is_none())
    }

    pub(super) fn narrow(&self, pick: &Pick, w: &mut Wrongs) -> Narrowing {
        if let Some(lot) = &pick.lot {
            self.lot(lot.as_str(), w);
        }
        Narrowing {
            part: pick.part.as_ref().and_then(|code| self.part(code.as_str(), false, w)),
            operation: pick
                .operation
                .as_ref()
                .and_then(|code| self.operation(code.as_str(), false, w)),
            location: pick
                .location
                .as_ref()
                .and_then(|code| self.location(code.as_str(), false, w)),
            lot: pick.lot.as_ref().map(|lot| lot.as_str().to_owned()),
        }
    }
}

/// Item type, colour, work order, notes.
pub(super) fn carried(attributes: &LotAttributes) -> [Option<String>; 4] {
    [
        attributes.item_type.as_ref().map(ToString::to_string),
        attributes.color_code.as_ref().map(ToString::to_string),
        attributes.work_order.as_ref().map(ToString::to_string),
        attributes.notes.as_ref().map(ToString::to_string),
    ]
}

fn words(pick: &Pick) -> Vec<Option<String>> {
    vec![
        pick.part.as_ref().map(ToString::to_string),
        pick.operation.as_ref().map(ToString::to_string),
        pick.location.as_ref().map(ToString::to_string),
        pick.lot.as_ref().map(ToString::to_string),
    ]
}

/// What is compared with earlier bookings; `None` where nothing is.
pub(super) fn likeness(action: &Action) -> Option<Likeness> {
    let whole = |quantity: Option<Quantity>| quantity.map(Quantity::whole);
    let (kind, words, numbers) = match action {
        Action::Receive(a) => (
            "in",
            vec![
                Some(a.part.to_string()),
                Some(a.operation.to_string()),
                Some(a.location.to_string()),
                a.lot.as_ref().map(ToString::to_string),
            ],
            vec![whole(Some(a.quantity)), Some(a.containers.get().into())],
        ),
        Action::Take(a) => ("out", words(&a.pick), vec![whole(a.quantity)]),
        Action::Scrap(a) => ("scrap", words(&a.pick), vec![whole(a.quantity)]),
        Action::Move(a) => {
            let mut words = words(&a.pick);
            words.push(a.to_operation.as_ref().map(ToString::to_string));
            words.push(a.to_location.as_ref().map(ToString::to_string));
            ("transfer", words, vec![whole(a.quantity)])
        }
        Action::Adjust(a) => match a.count {
            Count::Delta(delta) => ("adjust", words(&a.pick), vec![Some(delta.whole())]),
            Count::Counted(_) => return None,
        },
        _ => return None,
    };
    Some(Likeness { kind, words, numbers })
}
