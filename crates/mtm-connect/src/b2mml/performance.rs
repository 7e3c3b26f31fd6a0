//! Movements as `OperationsPerformance`: an `OperationsResponse` with one `SegmentResponse` for each.
//!
//! A `MaterialActual` for each end in stock says what a movement did: `Consumed` took pieces from
//! there, `Produced` put them there. So what is produced less what is consumed is what the stock
//! changed by, whatever the movement was; a reversal is a movement of its own that names the one it
//! undoes, and nothing that was told before changes.

use mtm_core::movement::{MovementType, Outside};
use mtm_core::word::{
    CommandId, LocationCode, LotNumber, MovementId, Note, OperationCode, PartCode, Quantity,
    ReasonCode, Timestamp, WorkOrder,
};

use super::Header;
use super::write::Document;

const DATA: &str = "SegmentData";

/// What became of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// They left a place.
    Consumed,
    /// They came to one.
    Produced,
}

impl Use {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Consumed => "Consumed",
            Self::Produced => "Produced",
        }
    }
}

/// An end of a movement in stock.
#[derive(Debug, Clone)]
pub struct Leg {
    /// What became of the pieces there.
    pub used: Use,
    /// The lot.
    pub lot: LotNumber,
    /// Where in the process.
    pub operation: OperationCode,
    /// At which place.
    pub location: LocationCode,
}

/// A movement.
#[derive(Debug, Clone)]
pub struct Movement {
    /// Identity: a receiver that saw it before leaves it out.
    pub id: MovementId,
    /// The command that made it, with others perhaps.
    pub command: CommandId,
    /// Its place in the log.
    pub sequence: Option<u64>,
    /// What kind.
    pub kind: MovementType,
    /// The part.
    pub part: PartCode,
    /// The work order of its lot.
    pub work_order: Option<WorkOrder>,
    /// How many pieces.
    pub quantity: Quantity,
    /// What they are counted in.
    pub unit: &'static str,
    /// One or both of its ends.
    pub legs: Vec<Leg>,
    /// Where they came from, if not from stock.
    pub from_account: Option<Outside>,
    /// Where they went to, if not to stock.
    pub to_account: Option<Outside>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it happened, where that was earlier.
    pub occurred_at: Option<Timestamp>,
    /// Who booked it.
    pub user: String,
    /// At which terminal.
    pub station: Option<String>,
    /// In which shift.
    pub shift: Option<String>,
    /// Why.
    pub reason: Option<ReasonCode>,
    /// What was noted.
    pub notes: Option<Note>,
    /// The movement it undoes.
    pub reverses: Option<MovementId>,
}

impl Movement {
    /// What kind of operation this is to ISA-95: pieces that went on in their process are production,
    /// everything else is inventory.
    fn operations_type(&self) -> &'static str {
        match self.legs.as_slice() {
            [from, to] if from.operation != to.operation => "Production",
            _ => "Inventory",
        }
    }
}

/// Movements, written one after the other.
#[derive(Debug)]
pub struct MovementDocument {
    document: Document,
    is_empty: bool,
}

impl MovementDocument {
    /// Begins a document about what was recorded from a moment on, and before another.
    pub fn begin(header: &Header, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let mut document = Document::show("ShowOperationsPerformance", header);
        document.open("OperationsPerformance");
        document.leaf("ID", &header.id);
        document.leaf("PublishedDate", &header.made_at.to_string());
        if let Some(from) = from {
            document.leaf("StartTime", &from.to_string());
        }
        if let Some(to) = to {
            // The schema spells it so.
            document.leaf("Endtime", &to.to_string());
        }
        document.scope(&header.site);
        document.leaf("OperationsType", "Mixed");
        Self { document, is_empty: true }
    }

    /// Adds a movement.
    pub fn add(&mut self, movement: &Movement) {
        self.is_empty = false;
        let (id, document) = (movement.id.to_string(), &mut self.document);
        document.open("OperationsResponse");
        document.leaf("ID", &id);
        document.leaf("OperationsType", movement.operations_type());
        if let Some(order) = &movement.work_order {
            document.leaf("OperationsRequestID", order.as_str());
        }
        document.leaf("ResponseState", "Completed");
        document.open("SegmentResponse");
        document.leaf("ID", &id);
        if let Some(notes) = &movement.notes {
            document.leaf("Description", notes.as_str());
        }
        let happened = movement.occurred_at.unwrap_or(movement.recorded_at).to_string();
        document.leaf("PostingDate", &movement.recorded_at.to_string());
        document.leaf("ActualStartTime", &happened);
        document.leaf("ActualEndTime", &happened);
        document.leaf("OperationsType", movement.operations_type());
        if let Some(leg) = movement.legs.first() {
            document.leaf("ProcessSegmentID", leg.operation.as_str());
            document.leaf("OperationsSegmentID", leg.operation.as_str());
        }
        document.leaf("SegmentState", "Completed");
        data(document, movement);
        document.open("PersonnelActual");
        document.leaf("ID", &movement.user);
        document.leaf("PersonID", &movement.user);
        document.close();
        for (at, leg) in (1..).zip(&movement.legs) {
            actual(document, at, movement, leg);
        }
        document.close();
        document.close();
    }

    /// What was written since it was asked last.
    pub fn take(&mut self) -> Vec<u8> {
        self.document.take()
    }

    /// Ends the document; gives what was written since it was asked last.
    pub fn end(mut self) -> Vec<u8> {
        if self.is_empty {
            self.nothing();
        }
        self.document.close_all();
        self.document.take()
    }

    /// The schema wants a response also where nothing happened: one without material.
    fn nothing(&mut self) {
        let document = &mut self.document;
        document.open("OperationsResponse");
        document.leaf("ID", "none");
        document.open("SegmentResponse");
        document.leaf("ID", "none");
        document.leaf("Description", "No movement was recorded in this span.");
        document.close();
        document.close();
    }
}

/// What the standard has no element of its own for.
fn data(document: &mut Document, movement: &Movement) {
    document.property(DATA, "MovementType", "string", movement.kind.as_str());
    if let Some(sequence) = movement.sequence {
        document.property(DATA, "Sequence", "nonNegativeInteger", &sequence.to_string());
    }
    document.property(DATA, "CommandID", "Identifier", &movement.command.to_string());
    document.text_property(DATA, "FromAccount", movement.from_account.map(Outside::as_str));
    document.text_property(DATA, "ToAccount", movement.to_account.map(Outside::as_str));
    document.text_property(DATA, "Reason", movement.reason.as_ref());
    document.text_property(DATA, "Shift", movement.shift.as_ref());
    document.text_property(DATA, "Station", movement.station.as_ref());
    if let Some(reverses) = movement.reverses {
        document.property(DATA, "Reverses", "Identifier", &reverses.to_string());
    }
}

fn actual(document: &mut Document, at: usize, movement: &Movement, leg: &Leg) {
    document.open("MaterialActual");
    document.leaf("ID", &format!("{}/{at}", movement.id));
    document.leaf("MaterialDefinitionID", movement.part.as_str());
    document.leaf("MaterialLotID", leg.lot.as_str());
    document.leaf("MaterialUse", leg.used.as_str());
    document.place(leg.location.as_str());
    document.quantity(movement.quantity, movement.unit);
    document.property("MaterialActualProperty", "Operation", "string", leg.operation.as_str());
    document.close();
}
