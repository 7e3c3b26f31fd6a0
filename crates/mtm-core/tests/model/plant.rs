//! Master data as plain lists, and the catalogue made of them.

use mtm_core::approval::ApprovalPolicy;
use mtm_core::catalogue::{
    Catalogue, ColorRecord, Holds, ItemTypeRecord, LocationRecord, MasterHeader, OffRouting,
    OperationRecord, PartRecord, ReasonKind, ReasonRecord, RoutingStep, RoutingVersion,
};
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LocationId, OperationCode, OperationId, PartCode, PartId,
    Quantity, ReasonCode, Timestamp,
};
use uuid::Uuid;

/// One master record.
#[derive(Debug, Clone)]
pub struct Master {
    /// Row, from 1, unique in its list.
    pub row: i64,
    /// Its code today.
    pub code: String,
    /// Codes it had before.
    pub aliases: Vec<String>,
    /// Whether it takes no new stock.
    pub retired: bool,
}

impl Master {
    fn new(row: i64, code: &str) -> Self {
        Self { row, code: code.to_owned(), aliases: Vec::new(), retired: false }
    }

    /// Whether `code`, folded, names this record.
    pub fn answers_to(&self, code: &str) -> bool {
        let names = |own: &str| own.to_uppercase() == code.to_uppercase();
        names(&self.code) || self.aliases.iter().any(|alias| names(alias))
    }

    fn header(&self) -> MasterHeader {
        MasterHeader {
            id: Uuid::from_u128(self.row.unsigned_abs().into()),
            description: None,
            retired_at: self.retired.then_some(Timestamp::from_micros(1)),
            version: 1,
            unverified: false,
        }
    }
}

/// What a part has besides.
#[derive(Debug, Clone, Default)]
pub struct PartTraits {
    /// Its own hard bound.
    pub bound: Option<i64>,
    /// Item type of its lots.
    pub item_type: Option<&'static str>,
    /// Whether its lots should carry a colour.
    pub requires_color: bool,
    /// Whether its lots should carry a work order.
    pub requires_work_order: bool,
}

/// A version of a part's routing.
#[derive(Debug, Clone)]
pub struct Route {
    /// The part's row.
    pub part: i64,
    /// From when on it holds, in microseconds.
    pub from: i64,
    /// Rows of its operations and of their places.
    pub stops: Vec<(i64, Option<i64>)>,
}

/// A plant's master data.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Parts.
    pub parts: Vec<Master>,
    /// Traits of the parts, in the same order.
    pub traits: Vec<PartTraits>,
    /// Operations.
    pub operations: Vec<Master>,
    /// Locations.
    pub locations: Vec<Master>,
    /// Item types.
    pub item_types: Vec<Master>,
    /// Colour codes.
    pub colors: Vec<Master>,
    /// Reasons: kind, code, whether it needs notes.
    pub reasons: Vec<(ReasonKind, &'static str, bool)>,
    /// Routings, in the order in which they were made.
    pub routes: Vec<Route>,
    /// Whether entries outside a routing must be confirmed.
    pub strict: bool,
    /// How large an adjustment may be before a second person must approve it.
    pub approval: ApprovalPolicy,
}

fn masters(codes: &[&str]) -> Vec<Master> {
    codes.iter().zip(1..).map(|(code, row)| Master::new(row, code)).collect()
}

impl Plant {
    /// Four parts, the last retired; four operations and five locations, the last of each
    /// retired. `500` is a part number, so that a scan into the wrong field can be tried.
    pub fn small() -> Self {
        let mut plant = Self {
            parts: masters(&["11058-1779", "24 126 251", "500", "OLD-1"]),
            traits: vec![
                PartTraits {
                    item_type: Some("WIP"),
                    requires_color: true,
                    ..PartTraits::default()
                },
                PartTraits { bound: Some(250_000), ..PartTraits::default() },
                PartTraits { requires_work_order: true, ..PartTraits::default() },
                PartTraits::default(),
            ],
            operations: masters(&["10", "20", "N/A", "99"]),
            locations: masters(&["R-E4-18", "DC-A0-01", "NCM", "FLOOR - WIP AISLE", "R-GONE"]),
            item_types: masters(&["WIP", "Dunnage", "Bygone"]),
            colors: masters(&["Red", "Blue", "Mauve"]),
            reasons: vec![
                (ReasonKind::Scrap, "damaged", false),
                (ReasonKind::Scrap, "other", true),
                (ReasonKind::Adjust, "count", false),
                (ReasonKind::Adjust, "other", true),
                (ReasonKind::Hold, "quality", false),
                (ReasonKind::Out, "shipped", false),
                (ReasonKind::Out, "other", true),
            ],
            routes: Vec::new(),
            strict: false,
            approval: ApprovalPolicy::default(),
        };
        for list in [
            &mut plant.parts,
            &mut plant.operations,
            &mut plant.locations,
            &mut plant.item_types,
            &mut plant.colors,
        ] {
            if let Some(last) = list.last_mut() {
                last.retired = true;
            }
        }
        plant
    }

    /// The catalogue of this master data with `holds`.
    pub fn catalogue(&self, holds: Holds) -> Catalogue {
        let off_routing = if self.strict { OffRouting::Refuse } else { OffRouting::Warn };
        let approval = self.approval;
        let mut catalogue = Catalogue { holds, off_routing, approval, ..Catalogue::default() };
        for route in &self.routes {
            let part = PartId(route.part);
            let number = catalogue.routings.of(part).map_or(1, |it| it.versions().len() + 1);
            let stop =
                |(position, (operation, location)): (u16, &(i64, Option<i64>))| RoutingStep {
                    position,
                    operation: OperationId(*operation),
                    location: location.map(LocationId),
                    yields: None,
                };
            let version = RoutingVersion {
                number: u32::try_from(number).unwrap(),
                effective_from: Timestamp::from_micros(route.from),
                steps: (1..).zip(&route.stops).map(stop).collect(),
            };
            catalogue.routings.add(part, version);
        }
        for (master, traits) in self.parts.iter().zip(&self.traits) {
            for alias in master.aliases.iter().chain([&master.code]) {
                catalogue.parts.put(master.row, alias, part(master, traits));
            }
        }
        for master in &self.operations {
            let code = OperationCode::parse(&master.code).unwrap();
            let row = OperationId(master.row);
            let record = OperationRecord { row, header: master.header(), code };
            catalogue.operations.put(master.row, &master.code, record);
        }
        for master in &self.locations {
            let record = LocationRecord {
                row: LocationId(master.row),
                header: master.header(),
                code: LocationCode::parse(&master.code).unwrap(),
                building: None,
                kind: None,
            };
            catalogue.locations.put(master.row, &master.code, record);
        }
        for master in &self.item_types {
            let code = ItemType::parse(&master.code).unwrap();
            let record = ItemTypeRecord { row: master.row, header: master.header(), code };
            catalogue.item_types.put(master.row, &master.code, record);
        }
        for master in &self.colors {
            let code = ColorCode::parse(&master.code).unwrap();
            let record = ColorRecord { row: master.row, header: master.header(), code };
            catalogue.colors.put(master.row, &master.code, record);
        }
        for ((kind, code, needs_notes), row) in self.reasons.iter().zip(1..) {
            let record = ReasonRecord {
                row,
                header: Master::new(row, code).header(),
                kind: *kind,
                code: ReasonCode::parse(code).unwrap(),
                needs_notes: *needs_notes,
            };
            catalogue.reasons.put(row, &ReasonRecord::lookup_key(*kind, code), record);
        }
        catalogue
    }
}

fn part(master: &Master, traits: &PartTraits) -> PartRecord {
    PartRecord {
        row: PartId(master.row),
        header: master.header(),
        code: PartCode::parse(&master.code).unwrap(),
        item_type: traits.item_type.map(|name| ItemType::parse(name).unwrap()),
        requires_color: traits.requires_color,
        requires_work_order: traits.requires_work_order,
        max_quantity: traits.bound.map(|bound| Quantity::pieces(bound).unwrap()),
        minimum_stock: None,
        operations: Vec::new(),
        customer: None,
    }
}
