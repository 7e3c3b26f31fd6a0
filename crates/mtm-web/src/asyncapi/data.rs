//! What each type of event carries: a schema, and an example of it.

use mtm_core::event::EventType;
use serde_json::{Map, Value, json};

/// What is told of one type.
pub(super) struct Told {
    /// One sentence.
    pub(super) summary: &'static str,
    /// What an example is about.
    pub(super) subject: &'static str,
    /// Schema of its data.
    pub(super) schema: Value,
    /// Data as the schema says.
    pub(super) example: Value,
}

const LOT: &str = "0000004711";
const ID: &str = "01936f2a-0000-7000-8000-000000000002";
const OTHER_ID: &str = "01936f2a-0000-7000-8000-000000000003";

/// An object with these members; those whose name ends in `?` may be missing.
fn object(members: &[(&str, Value)]) -> Value {
    let name = |name: &str| name.trim_end_matches('?').to_owned();
    let required: Vec<&str> =
        members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        members.iter().map(|(known, schema)| (name(known), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn text_or_null() -> Value {
    json!({ "type": ["string", "null"] })
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

fn shared(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What is told of `kind`.
pub(super) fn of(kind: EventType) -> Told {
    match kind {
        EventType::MovementRecorded => movement_recorded(),
        EventType::MovementReversed => movement_reversed(),
        EventType::LotChanged => lot_changed(),
        EventType::LotHeld => hold("A hold was placed on a lot, a part or a location."),
        EventType::LotReleased => hold("A hold was released."),
        EventType::LotReserved => lot_reserved(),
        EventType::LotReservationEnded => lot_reservation_ended(),
        EventType::StockBelowMinimum => stock_below_minimum(),
        EventType::StockDepleted => stock_depleted(),
        EventType::ApprovalRequested => approval_requested(),
        EventType::OperationCompleted => operation_completed(),
        EventType::MasterChanged => master_changed(),
        EventType::ImportCommitted => import_committed(),
        EventType::LabelPrinted => {
            label("A printer said that it printed a label, or somebody saw it.")
        }
        EventType::LabelFailed => label("A label was not printed, or nobody knows whether it was."),
        EventType::IntegrationChanged => integration_changed(),
        EventType::CountPosted => count_posted(),
        EventType::TruthViolated => truth("An invariant does not hold: the truth light is red."),
        EventType::TruthRestored => truth("An invariant holds again."),
    }
}

fn movement_recorded() -> Told {
    Told {
        summary: "A movement was recorded; exactly one event for each movement.",
        subject: LOT,
        schema: shared("MovementRow"),
        example: json!({
            "id": ID, "command_id": OTHER_ID, "sequence": 4711, "type": "transfer",
            "part": "11058-1779", "lot": LOT, "to_lot": null, "quantity": 120,
            "from_account": null, "operation": "19", "location": "R-E4-18",
            "to_account": null, "to_operation": "20", "to_location": "R-E4-19",
            "recorded_at": "2026-11-23T13:04:05.000001Z", "occurred_at": null,
            "in_closed_period": false, "user": "jana", "station": "T-4", "shift": "early",
            "reason": null, "notes": null, "reverses": null, "reversed_by": null,
            "import_id": null, "session_id": null,
        }),
    }
}

fn movement_reversed() -> Told {
    Told {
        summary: "An earlier movement was undone by another one.",
        subject: LOT,
        schema: object(&[
            ("movement_id", id()),
            ("reversed_by", id()),
            ("lot", text()),
            ("part", text()),
            ("quantity", number()),
        ]),
        example: json!({
            "movement_id": ID, "reversed_by": OTHER_ID, "lot": LOT, "part": "11058-1779",
            "quantity": 120,
        }),
    }
}

fn lot_changed() -> Told {
    Told {
        summary: "Attributes of a lot changed: they are these now.",
        subject: LOT,
        schema: object(&[
            ("lot", text()),
            ("version", number()),
            ("item_type", text_or_null()),
            ("work_order", text_or_null()),
            ("color_code", text_or_null()),
            ("notes", text_or_null()),
        ]),
        example: json!({
            "lot": LOT, "version": 2, "item_type": "WIP", "work_order": "WO-1007",
            "color_code": null, "notes": "edge checked",
        }),
    }
}

fn label(summary: &'static str) -> Told {
    Told {
        summary,
        subject: LOT,
        schema: object(&[
            ("job", number()),
            ("printer", text()),
            ("template", text()),
            ("of", text()),
            ("key", text()),
            ("state", text()),
            ("copy", json!({ "type": "boolean" })),
            ("cause?", text()),
        ]),
        example: json!({
            "job": 12, "printer": "dock", "template": "lot", "of": "lot", "key": LOT,
            "state": "printed", "copy": false,
        }),
    }
}

/// A hold names what it is on: one of lot, part and location.
fn hold(summary: &'static str) -> Told {
    Told {
        summary,
        subject: LOT,
        schema: object(&[
            ("hold_id", id()),
            ("reason", text()),
            ("lot?", text()),
            ("part?", text()),
            ("location?", text()),
        ]),
        example: json!({ "hold_id": ID, "reason": "quality", "lot": LOT }),
    }
}

fn lot_reserved() -> Told {
    Told {
        summary: "Pieces of a lot are kept for something; without a quantity all of them. `again`: what \
                  had ended the reservation was undone, or pieces of its lot were found.",
        subject: LOT,
        schema: object(&[
            ("reservation_id", id()),
            ("lot", text()),
            ("quantity", json!({ "type": ["integer", "null"] })),
            ("used", number()),
            ("work_order", text_or_null()),
            ("purpose", text_or_null()),
            ("ends_at", json!({ "type": ["string", "null"], "format": "date-time" })),
            ("again", json!({ "type": "boolean" })),
        ]),
        example: json!({
            "reservation_id": ID, "lot": LOT, "quantity": 40, "used": 0, "work_order": "WO-060723",
            "purpose": null, "ends_at": "2026-11-24T06:00:00Z", "again": false,
        }),
    }
}

fn lot_reservation_ended() -> Told {
    Told {
        summary: "A reservation counts no longer: everything was taken for it, somebody ended it, or \
                  nothing is left of its lot. One whose time is over is not told: `ends_at` was.",
        subject: LOT,
        schema: object(&[
            ("reservation_id", id()),
            ("lot", text()),
            ("reason", json!({ "type": "string", "enum": ["fulfilled", "released", "consumed"] })),
            ("used", number()),
            ("work_order", text_or_null()),
            ("purpose", text_or_null()),
        ]),
        example: json!({
            "reservation_id": ID, "lot": LOT, "reason": "fulfilled", "used": 40,
            "work_order": "WO-060723", "purpose": null,
        }),
    }
}

fn stock_below_minimum() -> Told {
    Told {
        summary: "The stock of a part fell below its minimum: by a movement, or because the \
                  minimum was raised. Told again only after it had recovered.",
        subject: "11058-1779",
        schema: object(&[
            ("part", text()),
            ("quantity", number()),
            ("minimum_stock", number()),
            ("movement_id", json!({ "type": ["string", "null"], "format": "uuid" })),
        ]),
        example: json!({
            "part": "11058-1779", "quantity": 180, "minimum_stock": 200, "movement_id": ID,
        }),
    }
}

fn stock_depleted() -> Told {
    Told {
        summary: "A bucket became empty.",
        subject: LOT,
        schema: object(&[
            ("part", text()),
            ("operation", text()),
            ("location", text()),
            ("lot", text()),
        ]),
        example: json!({
            "part": "11058-1779", "operation": "19", "location": "R-E4-18", "lot": LOT,
        }),
    }
}

fn approval_requested() -> Told {
    Told {
        summary: "An adjustment is more than one person makes: it waits for a second one until \
                  `expires_at`, and nothing is booked.",
        subject: LOT,
        schema: object(&[
            ("approval", number()),
            ("lot", text()),
            ("part", text()),
            ("operation", text()),
            ("location", text()),
            ("stock", number()),
            ("delta", number()),
            ("reason", text()),
            ("notes", text_or_null()),
            ("asked_by", text()),
            ("expires_at", json!({ "type": "string", "format": "date-time" })),
        ]),
        example: json!({
            "approval": 12, "lot": LOT, "part": "11058-1779", "operation": "19",
            "location": "R-E4-18", "stock": 500, "delta": -120, "reason": "count", "notes": null,
            "asked_by": "ben", "expires_at": "2026-12-07T13:04:05.000001Z",
        }),
    }
}

fn operation_completed() -> Told {
    Told {
        summary: "An operation was completed: how much was good, scrap, rework.",
        subject: "11058-1779",
        schema: object(&[
            ("command_id", id()),
            ("part", text()),
            ("operation", text()),
            ("location", text()),
            ("to_operation", text_or_null()),
            ("lots", json!({ "type": "array", "items": { "type": "string" } })),
            ("good", number()),
            ("scrap", json!({ "type": ["integer", "null"] })),
            ("rework", json!({ "type": ["integer", "null"] })),
        ]),
        example: json!({
            "command_id": ID, "part": "11058-1779", "operation": "19", "location": "R-E4-18",
            "to_operation": "20", "lots": [LOT], "good": 118, "scrap": 2, "rework": null,
        }),
    }
}

fn master_changed() -> Told {
    let what = object(&[("change", text())]);
    Told {
        summary: "A record of master data was made or changed: it is so now.",
        subject: "11058-1779",
        schema: json!({ "allOf": [shared("MasterRow"), what] }),
        example: json!({
            "noun": "operation", "id": ID, "code": "19", "description": "Milling",
            "retired_at": null, "unverified": false, "version": 3, "change": "edited",
        }),
    }
}

fn import_committed() -> Told {
    Told {
        summary: "An import was taken over as a whole.",
        subject: ID,
        schema: object(&[
            ("id", id()),
            ("kind", text()),
            ("rows", number()),
            ("refused", number()),
        ]),
        example: json!({ "id": ID, "kind": "movements", "rows": 1_200, "refused": 0 }),
    }
}

fn integration_changed() -> Told {
    Told {
        summary: "Another system is told nothing any more, was not told of some events, has dead \
                  letters now, something on a flow's worklist waits \
                  for somebody, or a part that an ERP has otherwise does.",
        subject: ID,
        schema: object(&[
            ("webhook?", id()),
            ("broker?", json!({ "type": "string", "enum": ["mqtt", "nats"] })),
            ("flow?", text()),
            ("erp?", text()),
            ("state", text()),
            ("why?", text()),
            ("after?", number()),
            ("up_to?", number()),
        ]),
        example: json!({ "webhook": ID, "state": "disabled", "why": "failing" }),
    }
}

fn count_posted() -> Told {
    Told {
        summary: "A count was posted: what was found, and how much of it was as expected.",
        subject: ID,
        schema: object(&[
            ("id", id()),
            ("name", text()),
            ("lines", number()),
            ("counted", number()),
            ("right", number()),
            ("left", number()),
            ("expected", number()),
            ("more", number()),
            ("fewer", number()),
            ("planned_at", text()),
            ("posted_by", text_or_null()),
        ]),
        example: json!({
            "id": ID, "name": "Rack 4", "lines": 120, "counted": 118, "right": 115, "left": 2,
            "expected": 48_000, "more": 20, "fewer": 35,
            "planned_at": "2026-11-23T13:04:05.000001Z", "posted_by": "jana",
        }),
    }
}

fn truth(summary: &'static str) -> Told {
    Told {
        summary,
        subject: "stock",
        schema: object(&[
            ("invariant", text()),
            ("state", json!({ "type": "string", "enum": ["green", "yellow", "red", "unknown"] })),
            ("message", text()),
            ("keys", json!({ "type": "array", "items": { "type": "object" } })),
            ("next_step", text_or_null()),
            ("server", text_or_null()),
        ]),
        example: json!({
            "invariant": "stock", "state": "red", "message": "One bucket differs.",
            "keys": [{ "kind": "lot", "key": LOT }], "next_step": "Run `mtm verify`.",
            "server": null,
        }),
    }
}
