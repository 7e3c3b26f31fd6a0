//! Documents of ISA-95: their sums are those of the ledger, whatever was booked.

use mtm_app::AppError;
use mtm_app::b2mml::Span;
use mtm_app::movement::{
    BookingType, Circumstances, HoldBody, MergeBody, MovementBody, ReverseBody, SplitBody,
};
use mtm_connect::b2mml::Scanner;
use mtm_core::code::Code;
use mtm_core::word::{LotNumber, Timestamp};
use tokio::sync::mpsc;

use crate::plant::Plant;

/// Every text of a document, with the names of the elements that lead to it.
type Leaves = Vec<(String, String)>;

const TEXTS: [&str; 15] = [
    "Description",
    "Location",
    "LocationType",
    "QuantityString",
    "DataType",
    "UnitOfMeasure",
    "ValueString",
    "MaterialUse",
    "Status",
    "Disposition",
    "EquipmentLevel",
    "OperationsType",
    "ResponseState",
    "SegmentState",
    "CreationDateTime",
];

fn leaves(scanner: &mut Scanner<'_>, path: &str, found: &mut Leaves) {
    while let Some(tag) = scanner.child().unwrap() {
        let path = format!("{path}/{}", tag.name);
        let name = tag.name.as_str();
        let is_text = ["ID", "Date", "ime"].iter().any(|end| name.ends_with(end));
        if is_text || TEXTS.contains(&name) {
            found.push((path, scanner.text().unwrap()));
        } else {
            leaves(scanner, &path, found);
        }
    }
}

fn read(pieces: &[Vec<u8>]) -> Leaves {
    let bytes = pieces.concat();
    let (mut scanner, root) = Scanner::begin(&bytes).unwrap();
    let mut found = Vec::new();
    leaves(&mut scanner, &root.name, &mut found);
    assert_eq!(scanner.faults(), []);
    scanner.finish().unwrap();
    found
}

fn under<'l>(leaves: &'l Leaves, end: &str) -> Vec<&'l str> {
    let of_it = leaves.iter().filter(|(path, _)| path.ends_with(end));
    of_it.map(|(_, text)| text.as_str()).collect()
}

fn sum(texts: &[&str]) -> i64 {
    texts.iter().map(|text| text.parse::<i64>().unwrap()).sum()
}

async fn taken(mut received: mpsc::Receiver<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    while let Some(piece) = received.recv().await {
        pieces.push(piece);
    }
    pieces
}

async fn stock(plant: &Plant) -> Vec<Vec<u8>> {
    let (file, received) = mpsc::channel(1);
    let write = plant.app.export_material_information(&plant.lead, file);
    let (written, pieces) = tokio::join!(write, taken(received));
    written.unwrap();
    pieces
}

async fn movements(plant: &Plant, span: Span) -> Result<Leaves, AppError> {
    let (file, received) = mpsc::channel(1);
    let write = plant.app.export_operations_performance(&plant.lead, span, file);
    let (written, pieces) = tokio::join!(write, taken(received));
    written.map(|()| read(&pieces))
}

fn lot_body(kind: BookingType, lot: &LotNumber, quantity: i64) -> MovementBody {
    MovementBody {
        kind: Some(kind),
        lot: Some(lot.to_string()),
        quantity: Some(quantity),
        confirm: vec!["possible_duplicate".to_owned()],
        ..MovementBody::default()
    }
}

/// Everything that can happen to pieces; 228 are left of them.
async fn a_day(plant: &Plant) {
    let (app, lead) = (&plant.app, &plant.lead);
    let around = Circumstances::default;
    let first = MovementBody {
        kind: Some(BookingType::In),
        part: Some("A0003892000".into()),
        operation: Some("19".into()),
        location: Some("R-E4-18".into()),
        quantity: Some(8),
        work_order: Some("60723".into()),
        ..MovementBody::default()
    };
    app.book(lead, around(), &first).await.unwrap();
    let mut lots = Vec::new();
    for quantity in [100, 50, 60, 30] {
        lots.push(plant.receive(quantity).await.outcome.lots[0].clone());
    }
    let moved = MovementBody {
        location: Some("R-E4-18".into()),
        to_location: Some("DC-A0-01".into()),
        to_operation: Some("20".into()),
        ..lot_body(BookingType::Transfer, &lots[0], 40)
    };
    app.book(lead, around(), &moved).await.unwrap();
    let scrap = MovementBody {
        operation: Some("20".into()),
        location: Some("DC-A0-01".into()),
        reason: Some("damaged".into()),
        notes: Some("fell <down> & broke 📦".into()),
        ..lot_body(BookingType::Scrap, &lots[0], 5)
    };
    let scrapped = app.book(lead, around(), &scrap).await.unwrap();
    let undo = ReverseBody {
        command_id: Some(scrapped.outcome.id.0),
        reason: Some("wrong lot".into()),
        ..ReverseBody::default()
    };
    app.reverse(lead, around(), None, &undo).await.unwrap();
    let split = SplitBody { quantity: Some(20), ..SplitBody::default() };
    app.split(lead, around(), lots[1].clone(), &split).await.unwrap();
    let merge = MergeBody {
        lots: vec![lots[3].to_string()],
        into: Some(lots[2].to_string()),
        ..MergeBody::default()
    };
    app.merge(lead, around(), &merge).await.unwrap();
    let hold = HoldBody {
        location: Some("DC-A0-01".into()),
        reason: Some("quality".into()),
        ..HoldBody::default()
    };
    app.place_hold(lead, around(), &hold).await.unwrap();
    app.book(lead, around(), &lot_body(BookingType::Out, &lots[2], 20)).await.unwrap();
}

#[tokio::test]
async fn what_is_exported_adds_up_to_what_is_there() {
    let plant = Plant::open().await;
    a_day(&plant).await;
    assert_eq!(plant.on_hand().await, 228);
    let document = read(&stock(&plant).await);
    assert_eq!(sum(&under(&document, "/MaterialLot/Quantity/QuantityString")), 228);
    let standing = under(&document, "/MaterialSubLot/Quantity/QuantityString");
    assert_eq!(standing, ["60", "40"], "one lot stands in two places");
    assert_eq!(under(&document, "/MaterialSubLot/Disposition"), ["UnRestricted", "Restricted"]);

    let document = movements(&plant, Span::default()).await.unwrap();
    let uses = under(&document, "/MaterialActual/MaterialUse");
    let pieces = under(&document, "/MaterialActual/Quantity/QuantityString");
    let signed = uses.iter().zip(&pieces).map(|(used, pieces)| {
        let pieces: i64 = pieces.parse().unwrap();
        if *used == "Produced" { pieces } else { -pieces }
    });
    assert_eq!(signed.sum::<i64>(), 228);
    assert_eq!(under(&document, "/OperationsResponse/OperationsRequestID"), ["WO-060723"]);
    let data = under(&document, "/SegmentData/Value/ValueString");
    for kind in ["in", "transfer", "scrap", "reversal", "out"] {
        assert!(data.contains(&kind), "{kind}: {data:?}");
    }
    assert!(under(&document, "/SegmentResponse/Description").contains(&"fell <down> & broke 📦"));
}

#[tokio::test]
async fn spans_that_follow_each_other_tell_every_movement_once() {
    let plant = Plant::open().await;
    a_day(&plant).await;
    let whole = movements(&plant, Span::default()).await.unwrap();
    let ids = under(&whole, "/OperationsResponse/ID");
    let times = under(&whole, "/SegmentResponse/PostingDate");
    let cut = Some(Timestamp::parse(times[3]).unwrap());
    let first = movements(&plant, Span { from: None, to: cut }).await.unwrap();
    let second = movements(&plant, Span { from: cut, to: None }).await.unwrap();
    let (first, second) =
        (under(&first, "/OperationsResponse/ID"), under(&second, "/OperationsResponse/ID"));
    assert_eq!(first.len(), 3);
    assert_eq!([first, second].concat(), ids);
    let backwards = movements(&plant, Span { from: cut, to: cut }).await.unwrap_err();
    assert_eq!(backwards.code(), Code::InvalidParameter);
}

#[tokio::test]
async fn a_large_stock_goes_out_in_pieces_of_bounded_size() {
    const LOTS: i64 = 9_000;
    let plant = Plant::open().await;
    for n in 0..LOTS / 1_000 {
        let body = MovementBody {
            kind: Some(BookingType::In),
            part: Some("11058-1779".into()),
            operation: Some("19".into()),
            location: Some("R-E4-18".into()),
            quantity: Some(n + 1),
            containers: Some(1_000),
            confirm: vec!["possible_duplicate".to_owned()],
            ..MovementBody::default()
        };
        plant.app.book(&plant.lead, Circumstances::default(), &body).await.unwrap();
    }
    let pieces = stock(&plant).await;
    let largest = pieces.iter().map(Vec::len).max().unwrap();
    // A lot takes about a kilobyte, and a piece holds some thousand of them.
    assert!(pieces.len() >= 3 && largest < 8 << 20, "{} pieces, {largest}", pieces.len());
    let document = read(&pieces);
    let quantities = under(&document, "/MaterialLot/Quantity/QuantityString");
    assert_eq!((quantities.len(), sum(&quantities)), (9_000, 45_000));

    // Who goes away ends the work, whatever was left of it.
    let (file, received) = mpsc::channel(1);
    drop(received);
    plant.app.export_material_information(&plant.lead, file).await.unwrap();
}
