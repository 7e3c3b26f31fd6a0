//! From scans to bookings: what a terminal books by, and what was scanned towards the next booking.
//!
//! Options fix a field for the whole session; whatever they leave open is scanned, in any order. The scan
//! after which nothing is missing books. Then what belongs to that one booking is forgotten (the lot, the
//! part, the quantity), and what says where one stands is kept until another place is scanned.
//!
//! A label is taken as a whole or not at all: nobody looks at a screen here, so one that came with a warning is refused,
//! and so is one that says another place than the one that stands.

use std::collections::BTreeMap;

use mtm_app::movement::{BookingType, MovementBody};
use mtm_core::scan::{Kind, Reading, ScanFault};
use mtm_core::word::fold;

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
    /// What nobody can use, whatever a site calls its codes and however its scanners spell separators: told at once, also
    /// while the server is away.
    pub(super) fn at_once(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Unreadable(fault @ (ScanFault::Empty | ScanFault::TooLong { .. })) => {
                Some(fault.clone().into())
            }
            _ => None,
        }
    }

    /// A label that is not to be taken as a whole.
    fn label(code: &'static str, message: &str) -> Self {
        Self { code, message: format!("{message}; {READ_IT}") }
    }

    /// Whether the message says itself what to do.
    pub(super) fn says_what_to_do(&self) -> bool {
        self.message.ends_with(READ_IT)
    }
}

/// What to do with a label that a terminal does not take.
const READ_IT: &str = "read it on the page, or scan the codes of its words one by one";

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
        // Also where the server does not say so, as an older one.
        let is_document = matches!(reading, Reading::Document(label) if label.plain.is_empty());
        if said.is_label || is_document || !said.words.is_empty() {
            self.choose_of_label(said)
        } else {
            self.choose_one(reading, &said.candidates).map(|one| vec![one])
        }
    }

    /// Of a label, what is missing and what says which pieces it is about. Where they go, and how many are
    /// taken of a lot, a label of the past does not decide.
    fn choose_of_label(&self, said: &Said) -> Result<Candidates, Unusable> {
        let is_receipt = self.template.kind == Some(BookingType::In);
        // A supplier's lot is nobody's here, and a receipt needs none.
        let matters = |kind: Option<Kind>| !(is_receipt && kind == Some(Kind::Lot));
        if let Some(warned) = said.warnings.iter().find(|it| matters(it.kind)) {
            return Err(Unusable::label(warned.code, &warned.message));
        }
        let missing = self.missing();
        if let Some(differs) = self.differing(&said.words).filter(|_| is_receipt) {
            return Err(differs);
        }
        // With a part a booking begins, and its pieces are those of this label.
        let begins = said.words.iter().any(|(kind, _)| *kind == Kind::Part);
        let needed = |kind: Kind| match kind {
            Kind::Quantity if begins => is_receipt && self.open(kind),
            Kind::Location | Kind::Operation | Kind::Quantity => {
                is_receipt && missing.contains(&kind)
            }
            _ => self.of_one_booking().contains(&kind),
        };
        if let Some((kind, _)) = said.candidates.iter().find(|(kind, _)| matters(Some(*kind))) {
            let message = format!("the label names more than one {}", name(*kind));
            return Err(Unusable::label("ambiguous_code", &message));
        }
        let words: Candidates =
            said.words.iter().filter(|(kind, _)| needed(*kind)).cloned().collect();
        if words.is_empty() { Err(self.useless(true, &said.words)) } else { Ok(words) }
    }

    /// A label that says another place than was scanned, or another part than the session books: whatever it says else
    /// would be booked there, or as that.
    fn differing(&self, words: &Candidates) -> Option<Unusable> {
        words.iter().find_map(|(kind, word)| {
            let stands = match kind {
                Kind::Part => self.template.part.as_ref(),
                Kind::Location | Kind::Operation => self.scanned.get(kind).map(|(_, word)| word),
                _ => None,
            }?;
            let kind = name(*kind);
            let message = format!("the label says {kind} {word}, and {kind} {stands} stands here");
            (fold(stands) != fold(word)).then(|| Unusable::label("other_label", &message))
        })
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
    ///
    /// A label begins a booking: what was scanned towards another part is not of this one, whether or not the label says
    /// something in its place.
    pub(super) fn set(&mut self, n: u64, words: impl IntoIterator<Item = (Kind, String)>) {
        let words: Candidates = words.into_iter().collect();
        if words.iter().any(|(kind, _)| *kind == Kind::Part) {
            let before = self.scanned.get(&Kind::Part).map(|(before, _)| *before);
            let is_label = words.len() > 1;
            let of_booking = [Kind::Part, Kind::Quantity, Kind::Lot, Kind::WorkOrder];
            self.scanned.retain(|kind, (by, _)| {
                let goes = is_label || Some(*by) == before;
                !(goes && of_booking.contains(kind))
            });
        }
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
mod tests;
