//! From scans to bookings: what a terminal books by, and what was scanned towards the next booking.
//!
//! Options fix a field for the whole session; whatever they leave open is scanned, in any order. The scan
//! after which nothing is missing books. Then what belongs to that one booking is forgotten (the lot, the
//! part, the quantity), and what says where one stands is kept until another place is scanned.

use std::collections::BTreeMap;

use mtm_app::movement::{BookingType, MovementBody};
use mtm_core::scan::{Kind, Reading, ScanFault};
use mtm_core::word::WordError;

use crate::door::{Candidates, Said};

/// Why a scan cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unusable {
    /// Stable machine-readable name.
    pub(super) code: &'static str,
    /// What is wrong, and what to do.
    pub(super) message: String,
}

impl Unusable {
    /// What nobody can use, whatever a site calls its codes: told at once, also while the server is away.
    pub(super) fn at_once(reading: &Reading) -> Option<Self> {
        match reading {
            // A pattern of the site may know it.
            Reading::Unreadable(ScanFault::NotAWord {
                cause: WordError::TooLong { .. }, ..
            }) => None,
            Reading::Unreadable(fault) => Some(fault.clone().into()),
            _ => None,
        }
    }
}

impl From<ScanFault> for Unusable {
    fn from(fault: ScanFault) -> Self {
        Self { code: "unreadable", message: fault.to_string() }
    }
}

/// The fields that every booking of a session shares, and those scanned for the next one.
#[derive(Debug, Clone)]
pub(super) struct Assembly {
    template: MovementBody,
    scanned: BTreeMap<Kind, (u64, String)>,
}

impl Assembly {
    /// Nothing scanned yet. Refuses a template that leaves nothing to scan.
    pub(super) fn new(template: MovementBody) -> Option<Self> {
        let new = Self { template, scanned: BTreeMap::new() };
        (!new.of_one_booking().is_empty()).then_some(new)
    }

    /// What every booking shares.
    pub(super) fn template(&self) -> &MovementBody {
        &self.template
    }

    /// What is still missing, most wanted first.
    pub(super) fn missing(&self) -> Vec<Kind> {
        let lacks = |kind: &Kind| self.open(*kind) && !self.scanned.contains_key(kind);
        let mut missing: Vec<Kind> = match self.template.kind {
            Some(BookingType::In) => {
                [Kind::Part, Kind::Operation, Kind::Location, Kind::Quantity].to_vec()
            }
            Some(BookingType::Transfer) => [Kind::Location, Kind::Operation, Kind::Lot].to_vec(),
            _ => [Kind::Lot].to_vec(),
        };
        missing.retain(lacks);
        // A move needs one of both.
        if self.template.kind == Some(BookingType::Transfer) {
            let goes = |kind| !self.open(kind) || self.scanned.contains_key(&kind);
            if goes(Kind::Location) || goes(Kind::Operation) {
                missing.retain(|kind| *kind == Kind::Lot);
            }
        }
        missing
    }

    /// What a scan means here: one of its candidates, or what of a label this booking needs. `reading` is what
    /// the scan says by itself.
    pub(super) fn choose(&self, reading: &Reading, said: &Said) -> Result<Candidates, Unusable> {
        if said.words.is_empty() {
            self.choose_one(reading, &said.candidates).map(|one| vec![one])
        } else {
            self.choose_of_label(said)
        }
    }

    /// Of a label, what is missing and what says which pieces it is about. Where they go, and how many are
    /// taken of a lot, a label of the past does not decide.
    fn choose_of_label(&self, said: &Said) -> Result<Candidates, Unusable> {
        let missing = self.missing();
        let is_receipt = self.template.kind == Some(BookingType::In);
        let needed = |kind: Kind| match kind {
            Kind::Location | Kind::Operation | Kind::Quantity => {
                is_receipt && missing.contains(&kind)
            }
            _ => self.of_one_booking().contains(&kind),
        };
        let open = said.candidates.iter().find(|(kind, _)| needed(*kind));
        if let Some((kind, _)) = open {
            let message = format!("the label names more than one {}; scan its code", kind.as_str());
            return Err(Unusable { code: "ambiguous_code", message });
        }
        let words: Candidates =
            said.words.iter().filter(|(kind, _)| needed(*kind)).cloned().collect();
        if words.is_empty() { Err(self.useless(true, &said.words)) } else { Ok(words) }
    }

    fn choose_one(
        &self,
        reading: &Reading,
        candidates: &Candidates,
    ) -> Result<(Kind, String), Unusable> {
        let labelled = matches!(reading, Reading::Label(_));
        let missing = self.missing();
        // Digits can always be pieces or a work order: without a label only where that is missing.
        let meant = |kind: Kind| match kind {
            Kind::Quantity => labelled || missing.contains(&kind),
            Kind::WorkOrder => labelled,
            _ => true,
        };
        let usable: Vec<&(Kind, String)> =
            candidates.iter().filter(|(kind, _)| self.open(*kind) && meant(*kind)).collect();
        let wanted = missing.iter().find_map(|kind| usable.iter().find(|(other, _)| other == kind));
        match (usable.as_slice(), wanted) {
            ([one], _) | (_, Some(one)) => Ok((*one).clone()),
            ([], _) => Err(self.useless(labelled, candidates)),
            _ => {
                let names: Vec<&str> = usable.iter().map(|(kind, _)| kind.as_str()).collect();
                let message = format!(
                    "it can be {}; scan a label that says which (LOC:…, OP:…, LOT:…)",
                    names.join(" or ")
                );
                Err(Unusable { code: "ambiguous_code", message })
            }
        }
    }

    fn useless(&self, labelled: bool, candidates: &Candidates) -> Unusable {
        // Work orders and quantities are taken at their word: they say nothing about what exists.
        let exists = |kind: Kind| !matches!(kind, Kind::WorkOrder | Kind::Quantity);
        let found = candidates.iter().find(|(kind, _)| labelled || exists(*kind));
        let Some((kind, word)) = found else {
            let message = "nothing of that text exists here; check the label".to_owned();
            return Unusable { code: "unknown_code", message };
        };
        let kinds = Kind::ALL.into_iter().filter(|kind| self.open(*kind));
        let kinds: Vec<&str> = kinds.map(Kind::as_str).collect();
        let message =
            format!("{word} is a {}; to be scanned here: {}", kind.as_str(), kinds.join(", "));
        Unusable { code: "not_wanted", message }
    }

    /// Takes what scan `n` said.
    pub(super) fn set(&mut self, n: u64, words: impl IntoIterator<Item = (Kind, String)>) {
        self.scanned.extend(words.into_iter().map(|(kind, word)| (kind, (n, word))));
    }

    /// The booking, once nothing is missing. Call [`Self::booked`] when it is on its way.
    pub(super) fn complete(&self) -> Option<MovementBody> {
        if !self.missing().is_empty() {
            return None;
        }
        let mut body = self.template.clone();
        for (kind, (_, word)) in &self.scanned {
            match kind {
                // Only whole numbers above zero are read as quantities.
                Kind::Quantity => body.quantity = word.parse().ok(),
                _ => {
                    if let Some(slot) = slot(&mut body, *kind) {
                        *slot = Some(word.clone());
                    }
                }
            }
        }
        Some(body)
    }

    /// Forgets what belonged to one booking.
    pub(super) fn booked(&mut self) {
        let gone = self.of_one_booking();
        self.scanned.retain(|kind, _| !gone.contains(kind));
    }

    /// The scans of a booking that was not finished.
    pub(super) fn unfinished(&self) -> Vec<u64> {
        let mine = self.of_one_booking();
        let scans = self.scanned.iter().filter(|(kind, _)| mine.contains(kind));
        scans.map(|(_, (n, _))| *n).collect()
    }

    /// Whether what `kind` says ends with the booking.
    pub(super) fn is_of_one_booking(&self, kind: Kind) -> bool {
        self.of_one_booking().contains(&kind)
    }

    /// What was scanned and counts for the next booking, for people.
    pub(super) fn scanned(&self) -> String {
        let words = self.scanned.iter().map(|(kind, (_, word))| format!("{} {word}", name(*kind)));
        words.collect::<Vec<_>>().join(", ")
    }

    fn of_one_booking(&self) -> Vec<Kind> {
        let all: &[Kind] = match self.template.kind {
            Some(BookingType::In) => &[Kind::Part, Kind::Quantity, Kind::WorkOrder],
            Some(BookingType::Transfer) => &[Kind::Lot, Kind::Quantity],
            _ => &[Kind::Lot, Kind::Quantity, Kind::Operation, Kind::Location],
        };
        let open: Vec<Kind> = all.iter().copied().filter(|kind| self.open(*kind)).collect();
        let books = open.iter().any(|kind| *kind != Kind::WorkOrder);
        if books {
            return open;
        }
        // Part and quantity are fixed: each scan of a place is a booking.
        let place = [Kind::Location, Kind::Operation].into_iter().find(|kind| self.open(*kind));
        place.into_iter().chain(open.into_iter().filter(|_| place.is_some())).collect()
    }

    /// Whether `kind` has a place in this booking that the options left open.
    fn open(&self, kind: Kind) -> bool {
        let mut template = self.template.clone();
        match kind {
            Kind::Quantity => template.quantity.is_none(),
            _ => slot(&mut template, kind).is_some_and(|slot| slot.is_none()),
        }
    }
}

/// The field of a booking that a code of that kind fills.
fn slot(body: &mut MovementBody, kind: Kind) -> Option<&mut Option<String>> {
    let kind_of_booking = body.kind;
    Some(match (kind_of_booking?, kind) {
        (BookingType::In, Kind::Part) => &mut body.part,
        (BookingType::In, Kind::WorkOrder) => &mut body.work_order,
        (BookingType::In | BookingType::Out, Kind::Operation) => &mut body.operation,
        (BookingType::In | BookingType::Out, Kind::Location) => &mut body.location,
        (BookingType::Transfer, Kind::Operation) => &mut body.to_operation,
        (BookingType::Transfer, Kind::Location) => &mut body.to_location,
        (BookingType::Out | BookingType::Transfer, Kind::Lot) => &mut body.lot,
        _ => return None,
    })
}

/// A kind in words.
pub(super) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::WorkOrder => "work order",
        kind => kind.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::scan::{Hints, classify};

    use super::*;

    fn assembly(kind: BookingType) -> Assembly {
        Assembly::new(MovementBody { kind: Some(kind), ..MovementBody::default() }).unwrap()
    }

    fn one_of(candidates: Candidates) -> Said {
        Said { candidates, words: Vec::new() }
    }

    fn take(assembly: &mut Assembly, n: u64, raw: &str, candidates: &[(Kind, &str)]) -> Kind {
        let candidates =
            candidates.iter().map(|(kind, word)| (*kind, (*word).to_owned())).collect();
        let reading = classify(raw, Hints::default()).reading;
        let words = assembly.choose(&reading, &one_of(candidates)).unwrap();
        let kind = words[0].0;
        assembly.set(n, words);
        kind
    }

    #[test]
    fn a_receipt_is_complete_in_any_order_and_keeps_the_place() {
        let mut receive = assembly(BookingType::In);
        take(&mut receive, 1, "R-1", &[(Kind::Location, "R-1")]);
        take(&mut receive, 2, "10", &[(Kind::Operation, "10"), (Kind::Quantity, "10")]);
        take(&mut receive, 3, "50", &[(Kind::Quantity, "50"), (Kind::WorkOrder, "WO-000050")]);
        assert_eq!(receive.missing(), [Kind::Part]);
        assert!(receive.complete().is_none());
        take(&mut receive, 4, "P-1", &[(Kind::Part, "P-1")]);
        let body = receive.complete().unwrap();
        assert_eq!((body.part.as_deref(), body.quantity), (Some("P-1"), Some(50)));
        assert_eq!(
            (body.operation.as_deref(), body.location.as_deref()),
            (Some("10"), Some("R-1"))
        );
        receive.booked();
        assert_eq!(receive.missing(), [Kind::Part, Kind::Quantity]);
        assert_eq!(receive.scanned(), "operation 10, location R-1");
    }

    #[test]
    fn a_move_keeps_its_destination_and_a_take_keeps_nothing() {
        let mut transfer = assembly(BookingType::Transfer);
        take(&mut transfer, 1, "R-2", &[(Kind::Location, "R-2")]);
        take(&mut transfer, 2, "7", &[(Kind::Lot, "0000000007")]);
        assert_eq!(transfer.complete().unwrap().to_location.as_deref(), Some("R-2"));
        transfer.booked();
        assert_eq!(transfer.missing(), [Kind::Lot]);

        let mut out = assembly(BookingType::Out);
        take(&mut out, 1, "QTY:5", &[(Kind::Quantity, "5")]);
        assert_eq!(out.unfinished(), [1]);
        let either = [(Kind::Quantity, "7"), (Kind::Lot, "0000000007")];
        assert_eq!(take(&mut out, 2, "7", &either), Kind::Lot, "digits alone are no quantity here");
        assert_eq!(out.complete().unwrap().quantity, Some(5));
        out.booked();
        assert_eq!(out.scanned(), "");
    }

    #[test]
    fn a_label_fills_a_receipt_and_names_only_the_lot_of_what_leaves() {
        let words = [
            (Kind::Part, "P-1"),
            (Kind::Location, "R-1"),
            (Kind::Lot, "0000000007"),
            (Kind::WorkOrder, "WO-000050"),
            (Kind::Quantity, "40"),
        ];
        let words: Candidates =
            words.iter().map(|(kind, word)| (*kind, (*word).to_owned())).collect();
        let label = Said { candidates: Vec::new(), words };
        let reading = classify("]C110A", Hints::default()).reading;
        let kinds = |of: &Assembly, said: &Said| {
            let words = of.choose(&reading, said).unwrap();
            words.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
        };
        let mut receive = assembly(BookingType::In);
        let all = [Kind::Part, Kind::Location, Kind::WorkOrder, Kind::Quantity];
        assert_eq!(kinds(&receive, &label), all);
        // Where one stands does not change by a label.
        receive.set(1, [(Kind::Location, "R-2".to_owned())]);
        assert_eq!(kinds(&receive, &label), [Kind::Part, Kind::WorkOrder, Kind::Quantity]);
        for kind in [BookingType::Out, BookingType::Transfer] {
            assert_eq!(kinds(&assembly(kind), &label), [Kind::Lot]);
        }
        let lots = [(Kind::Lot, "0000000008".to_owned()), (Kind::Lot, "0000000009".to_owned())];
        let either = Said { candidates: lots.to_vec(), ..label };
        let refused = assembly(BookingType::Out).choose(&reading, &either).unwrap_err();
        assert_eq!(refused.code, "ambiguous_code");
    }

    #[test]
    fn what_options_fix_is_not_scanned() {
        let body = MovementBody {
            kind: Some(BookingType::In),
            part: Some("P-1".to_owned()),
            operation: Some("10".to_owned()),
            quantity: Some(5),
            ..MovementBody::default()
        };
        let mut each_place = Assembly::new(body.clone()).unwrap();
        let part = [(Kind::Part, "P-2".to_owned())].to_vec();
        let reading = classify("P-2", Hints::default()).reading;
        let refused = each_place.choose(&reading, &one_of(part)).unwrap_err();
        assert_eq!(refused.code, "not_wanted");
        assert!(
            refused.message.ends_with("to be scanned here: location, work_order"),
            "{refused:?}"
        );
        take(&mut each_place, 1, "R-1", &[(Kind::Location, "R-1")]);
        assert!(each_place.complete().is_some());
        each_place.booked();
        assert_eq!(each_place.missing(), [Kind::Location]);
        let nothing = MovementBody { location: Some("R-1".to_owned()), ..body };
        assert!(Assembly::new(nothing).is_none());
    }

    #[test]
    fn what_exists_nowhere_or_twice_is_refused() {
        let take = assembly(BookingType::Out);
        let reading = classify("X", Hints::default()).reading;
        assert_eq!(take.choose(&reading, &one_of(Vec::new())).unwrap_err().code, "unknown_code");
        let mut ready = assembly(BookingType::Transfer);
        ready.set(1, [(Kind::Location, "R-1".to_owned())]);
        ready.set(2, [(Kind::Lot, "0000000001".to_owned())]);
        let both = [(Kind::Location, "19".to_owned()), (Kind::Operation, "19".to_owned())].to_vec();
        let refused = ready.choose(&reading, &one_of(both)).unwrap_err();
        assert_eq!(refused.code, "ambiguous_code");
    }
}
