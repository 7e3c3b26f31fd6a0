//! Where pieces go on to, and what is outside.

use mtm_core::code::Code;

use super::super::plant::Route;
use super::{Case, Effect, Spot, Wrongs, refuse};

impl Case<'_> {
    /// The route that holds now: of those that began, the one that began last; of two that began
    /// together, the one that was added later.
    fn route(&self, part: i64) -> Option<&Route> {
        let mut held: Option<&Route> = None;
        for route in self.plant.routes.iter().filter(|route| route.part == part) {
            let later = held.is_none_or(|held| route.from >= held.from);
            if route.from <= self.now && later {
                held = Some(route);
            }
        }
        held.filter(|route| !route.stops.is_empty())
    }

    /// Pieces of `part` come to `operation`: is that said, or refused?
    pub(super) fn enters(
        &self,
        part: i64,
        operation: i64,
        effect: &mut Effect,
    ) -> Result<(), Wrongs> {
        let Some(route) = self.route(part) else { return Ok(()) };
        if route.stops.iter().any(|(stop, _)| *stop == operation) {
            return Ok(());
        }
        if self.plant.strict && !self.command.confirm.off_routing {
            return refuse(Code::OffRouting);
        }
        effect.off = true;
        Ok(())
    }

    /// The next operation and its place, where somebody thought of one.
    pub(super) fn next(&self, spot: &Spot, named: Option<i64>) -> Result<[Option<i64>; 2], Wrongs> {
        let stops = self.route(spot.0).map(|route| route.stops.as_slice()).unwrap_or_default();
        let mut rest = stops.iter().skip_while(|(stop, _)| *stop != spot.1).skip(1);
        let Some((operation, place)) = rest.next() else { return refuse(Code::NoNextOperation) };
        let gone = |list: &[super::super::plant::Master], row: i64| {
            list.iter().any(|master| master.row == row && master.retired)
        };
        if gone(&self.plant.operations, *operation) {
            return refuse(Code::UnknownOperation);
        }
        let location = named.or(*place);
        if named.is_none() && place.is_some_and(|place| gone(&self.plant.locations, place)) {
            return refuse(Code::UnknownLocation);
        }
        Ok([Some(*operation), location])
    }
}
