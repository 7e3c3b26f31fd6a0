//! Lots that become one.

use std::collections::BTreeSet;

use mtm_core::code::Code;
use mtm_core::command::{Merge, Pick};

use super::{Case, Effect, End, Sheet, Step, Wrongs, refuse, stage};

impl Case<'_> {
    pub(super) fn merge(&self, action: &Merge) -> Result<Effect, Wrongs> {
        let target = action.into.as_str().to_owned();
        let lots: Vec<String> = action.lots.iter().map(ToString::to_string).collect();
        let distinct: BTreeSet<&String> = lots.iter().collect();
        if lots.is_empty()
            || lots.len() > 100
            || lots.contains(&target)
            || distinct.len() < lots.len()
        {
            return refuse(Code::InvalidBody);
        }
        let mut w = Wrongs::new();
        let mut narrowings = Vec::new();
        for lot in lots.iter().chain([&target]) {
            let pick = Pick {
                lot: Some(lot.parse().unwrap()),
                operation: action.operation.clone(),
                location: action.location.clone(),
                ..Pick::default()
            };
            narrowings.push(self.narrow(&pick, &mut w));
        }
        stage(&w)?;
        let sheet = |lot: &String| &self.naive.lots[lot];
        if lots.iter().any(|lot| self.unlike(sheet(lot), sheet(&target))) {
            return refuse(Code::LotsDiffer);
        }

        let mut spots = Vec::new();
        for narrowing in &narrowings {
            let found = self.standing(narrowing);
            match found.as_slice() {
                [] => drop(w.insert(Code::InsufficientStock)),
                [(spot, pieces)] => {
                    w.extend(self.blocked(spot, action.notes.is_some()));
                    spots.push((spot.clone(), *pieces));
                }
                _ => drop(w.insert(Code::AmbiguousLot)),
            }
        }
        stage(&w)?;
        let (joined, _) = spots.pop().expect("the target stands in one place");
        if spots
            .iter()
            .any(|((_, operation, location, _), _)| (*operation, *location) != (joined.1, joined.2))
        {
            return refuse(Code::LotsDiffer);
        }
        let steps = spots.into_iter().map(|(spot, pieces)| Step {
            kind: "transfer",
            pieces,
            from: End::Spot(spot),
            to: End::Spot(joined.clone()),
            undoes: None,
        });
        Ok(Effect { steps: steps.collect(), ..Effect::default() })
    }

    /// Whether the pieces of two lots must be kept apart.
    fn unlike(&self, one: &Sheet, other: &Sheet) -> bool {
        let marks = |sheet: &Sheet| {
            let [item_type, color, order, _] = sheet.carries.clone();
            let own = || self.usual_item_type(sheet.part).map(str::to_owned);
            (sheet.part, item_type.or_else(own), color, order)
        };
        marks(one) != marks(other)
    }
}
