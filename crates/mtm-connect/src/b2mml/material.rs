//! Stock as `MaterialInformation`: a `MaterialLot` for each lot, with a `MaterialSubLot` for each of its
//! buckets where they are several.
//!
//! The quantities of all `MaterialLot` add up to the stock; those of a lot's sub-lots to the lot's.

use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, Quantity,
    Timestamp, WorkOrder,
};

use super::Header;
use super::write::Document;

const PROPERTY: &str = "MaterialLotProperty";

/// Pieces of a lot at one place and operation.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// The lot.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// Where in the process the pieces are.
    pub operation: OperationCode,
    /// Where they stand.
    pub location: LocationCode,
    /// The building of that.
    pub building: Option<String>,
    /// How many there are.
    pub quantity: Quantity,
    /// What they are counted in.
    pub unit: &'static str,
    /// Whether a hold blocks them.
    pub held: bool,
    /// The lot's kind of material.
    pub item_type: Option<ItemType>,
    /// The lot's work order.
    pub work_order: Option<WorkOrder>,
    /// The lot's colour.
    pub color_code: Option<ColorCode>,
    /// The lot's notes.
    pub notes: Option<Note>,
    /// When the lot was received.
    pub received_at: Timestamp,
    /// Who received it.
    pub received_by: Option<String>,
}

impl Bucket {
    /// The name of this bucket: lot, operation and location, told apart by slashes. What a part of
    /// it has of them is written `%2F`.
    fn sub_lot(&self) -> String {
        let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
        let (lot, operation) = (part(self.lot.as_str()), part(self.operation.as_str()));
        format!("{lot}/{operation}/{}", part(self.location.as_str()))
    }
}

/// Stock, written lot by lot: the buckets of a lot come one after the other.
#[derive(Debug)]
pub struct StockDocument {
    document: Document,
    /// The bucket that came last, while nobody knows whether its lot has others.
    first: Option<Bucket>,
    /// The lot whose sub-lots are being written.
    within: Option<Within>,
}

#[derive(Debug)]
struct Within {
    lot: LotNumber,
    unit: &'static str,
    /// How many pieces of it there were so far: no number of buckets is too large for it.
    pieces: i128,
}

impl StockDocument {
    /// Begins a document.
    pub fn begin(header: &Header) -> Self {
        let mut document = Document::show("ShowMaterialInformation", header);
        document.open("MaterialInformation");
        document.leaf("ID", &header.id);
        document.scope(&header.site);
        document.leaf("PublishedDate", &header.made_at.to_string());
        Self { document, first: None, within: None }
    }

    /// Adds a bucket.
    pub fn add(&mut self, bucket: Bucket) {
        if self.within.as_ref().is_some_and(|within| within.lot == bucket.lot) {
            self.sub_lot(&bucket);
            return;
        }
        match self.first.take() {
            Some(first) if first.lot == bucket.lot => {
                self.lot(&first, false);
                let (lot, unit) = (first.lot.clone(), first.unit);
                self.within = Some(Within { lot, unit, pieces: 0 });
                self.sub_lot(&first);
                self.sub_lot(&bucket);
            }
            first => {
                self.first = first;
                self.end_lot();
                self.first = Some(bucket);
            }
        }
    }

    /// What was written since it was asked last.
    pub fn take(&mut self) -> Vec<u8> {
        self.document.take()
    }

    /// Ends the document; gives what was written since it was asked last.
    pub fn end(mut self) -> Vec<u8> {
        self.end_lot();
        self.document.close_all();
        self.document.take()
    }

    /// Ends the lot before.
    fn end_lot(&mut self) {
        if let Some(within) = self.within.take() {
            self.document.quantity(within.pieces, within.unit);
            self.document.close();
        }
        let Some(bucket) = self.first.take() else { return };
        self.lot(&bucket, true);
        self.document.place(bucket.location.as_str());
        self.document.quantity(bucket.quantity, bucket.unit);
        self.document.close();
    }

    /// What a lot begins with. A lot that stands in several places says whether it is held, and at
    /// which operation it is, for each of them.
    fn lot(&mut self, bucket: &Bucket, is_alone: bool) {
        let document = &mut self.document;
        document.open("MaterialLot");
        document.leaf("ID", bucket.lot.as_str());
        if let Some(notes) = &bucket.notes {
            document.leaf("Description", notes.as_str());
        }
        document.leaf("MaterialDefinitionID", bucket.part.as_str());
        if is_alone {
            status(document, bucket);
        }
        let received = bucket.received_at.to_string();
        document.text_property(PROPERTY, "WorkOrder", bucket.work_order.as_ref());
        document.text_property(PROPERTY, "ColorCode", bucket.color_code.as_ref());
        document.text_property(PROPERTY, "ItemType", bucket.item_type.as_ref());
        document.property(PROPERTY, "ReceivedAt", "dateTime", &received);
        document.text_property(PROPERTY, "ReceivedBy", bucket.received_by.as_ref());
        if is_alone {
            whereabouts(document, bucket);
        }
    }

    fn sub_lot(&mut self, bucket: &Bucket) {
        let document = &mut self.document;
        document.open("MaterialSubLot");
        document.leaf("ID", &bucket.sub_lot());
        status(document, bucket);
        whereabouts(document, bucket);
        document.place(bucket.location.as_str());
        document.quantity(bucket.quantity, bucket.unit);
        document.close();
        if let Some(within) = &mut self.within {
            within.pieces += i128::from(bucket.quantity.whole());
        }
    }
}

fn status(document: &mut Document, bucket: &Bucket) {
    let (status, disposition) =
        if bucket.held { ("held", "Restricted") } else { ("available", "UnRestricted") };
    document.leaf("Status", status);
    document.leaf("Disposition", disposition);
}

fn whereabouts(document: &mut Document, bucket: &Bucket) {
    document.property(PROPERTY, "Operation", "string", bucket.operation.as_str());
    document.text_property(PROPERTY, "Building", bucket.building.as_ref());
}
