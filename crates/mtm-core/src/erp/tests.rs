//! The words of an ERP, as databases and plants write them.

use proptest::prelude::*;

use super::*;
use crate::word::Timestamp;

fn parsed(text: &str) -> (i64, bool) {
    let (quantity, inexact) = ErpQuantity::parse(text).unwrap();
    (quantity.units(), inexact)
}

#[test]
fn quantities_are_read_as_databases_write_them() {
    for (text, units, inexact) in [
        ("12", 12_000_000, false),
        (" -0.5 ", -500_000, false),
        (".50000000", 500_000, false),
        ("7.", 7_000_000, false),
        ("1e-05", 10, false),
        ("1.5E3", 1_500_000_000, false),
        ("0.0000005", 0, true),
        ("0.0000015", 2, true),
        ("0.0000025", 2, true),
        ("0.00000251", 3, true),
        ("0.00000001", 0, true),
        ("-1.9999999", -2_000_000, true),
        ("1000000000", 1_000_000_000_000_000, false),
    ] {
        assert_eq!(parsed(text), (units, inexact), "{text}");
    }
    for text in ["", ".", "-", "1,5", "abc", "1e", "1e5e5", "0x1", "NaN", "1 2", "--1"] {
        assert_eq!(ErpQuantity::parse(text), Err(ErpQuantityError::NotANumber), "{text}");
    }
    for text in ["1000000000.0000001e1", "99999999999999999999999999", "1e39"] {
        assert_eq!(ErpQuantity::parse(text), Err(ErpQuantityError::TooLarge), "{text}");
    }
}

#[test]
fn quantities_are_written_shortest() {
    for (units, text) in [(0, "0"), (-500_000, "-0.5"), (1_000_001, "1.000001"), (-3_000_000, "-3")]
    {
        assert_eq!(ErpQuantity(units).to_string(), text);
    }
}

fn map(rows: &[(&str, &str, &str)]) -> Result<PlaceMap, Vec<MapError>> {
    PlaceMap::of(rows.iter().zip(2..).map(|((location, warehouse, erp_location), line)| MapRow {
        line,
        location: (*location).to_owned(),
        warehouse: (*warehouse).to_owned(),
        erp_location: (*erp_location).to_owned(),
    }))
}

#[test]
fn many_places_of_ours_are_one_of_theirs() {
    let map =
        map(&[("r-a1", "MAIN", "FLOOR"), ("R-A2", "main", "floor"), ("Yard", "-", "-")]).unwrap();
    let floor = ErpPlace::new("Main", " FLOOR ");
    assert_eq!(map.here(&floor), ["r-a1", "R-A2"]);
    assert_eq!(map.there(" R-A1"), Mapped::Place(&ErpPlace::new("MAIN", "FLOOR")));
    assert_eq!(map.there("yard"), Mapped::Outside);
    assert_eq!(map.there("elsewhere"), Mapped::Unknown);
    assert_eq!(map.here(&ErpPlace::new("MAIN", "OTHER")), [] as [&str; 0]);
}

#[test]
fn everything_that_is_wrong_with_a_map_is_told_at_once() {
    let errors =
        map(&[("A", "M", "F"), ("a ", "M", "G"), ("B", "-", "F"), ("", "M", "F"), ("C", "M", "")])
            .unwrap_err();
    let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 3: a was declared before, on line 2",
            "line 4: `-` stands for both, warehouse and location, or for none",
            "line 5: the location is empty",
            "line 6: name warehouse and location, or `-` for both",
        ]
    );
}

fn raw(texts: &[&str]) -> RawRow {
    let texts = texts.iter().map(|text| (*text != "~").then(|| (*text).to_owned())).collect();
    RawRow { texts, cut: false }
}

fn transaction(texts: &[&str]) -> Option<Transaction> {
    let moments = Moments::of_zone("Europe/Berlin").unwrap();
    Fields::of(&raw(texts)).transaction(&moments, Timestamp::from_micros(9))
}

#[test]
fn a_row_of_the_ledger_is_read_whole() {
    let row = transaction(&[
        "17",
        "O",
        "I",
        "2.50000000",
        "2026-07-01 08:30:00.000",
        "~",
        " MAIN ",
        "FLOOR",
        "P-1",
        "ANNA",
        "~",
        "~",
        "~",
        "W",
        "4711",
        "1",
        "0",
        "2",
        "30",
        "~",
    ])
    .unwrap();
    assert_eq!(row.signed().unwrap().to_string(), "-2.5");
    assert_eq!(row.happened.to_string(), "2026-07-01T06:30:00.000000Z");
    assert_eq!(row.reference.as_deref(), Some("WO 4711/1.0-2 operation 30"));
    assert_eq!(row.place, ErpPlace::new("MAIN", "FLOOR"));
    assert!(row.flags.is_empty(), "{row:?}");
}

#[test]
fn a_moment_with_an_offset_is_that_moment_whatever_the_zone() {
    let moments = Moments::of_zone("America/New_York").unwrap();
    for (text, moment) in [
        ("2026-07-01T08:30:00+02:00", "2026-07-01T06:30:00.000000Z"),
        ("2026-07-01T08:30:00.123456Z", "2026-07-01T08:30:00.123456Z"),
        ("2026-07-01T08:30:00-05:30", "2026-07-01T14:00:00.000000Z"),
        ("2026-07-01T08:30:00", "2026-07-01T12:30:00.000000Z"),
        ("2026-07-01", "2026-07-01T04:00:00.000000Z"),
    ] {
        assert_eq!(moments.read(text).unwrap().to_string(), moment, "{text}");
    }
    assert_eq!(moments.read("1782894600"), None);
}

#[test]
fn words_of_the_systems_own_say_what_a_row_was_for() {
    let mut texts = vec!["17", "O", "I", "2.5", "2026-07-01", "~", "MAIN", "FLOOR", "P-1"];
    texts.resize(protocol::TRANSACTIONS.len(), "~");
    texts[14] = "4711";
    texts.push("DOC-7");
    assert_eq!(transaction(&texts).unwrap().reference.as_deref(), Some("DOC-7"));
}

#[test]
fn what_nobody_knows_is_kept_and_flagged() {
    let row = transaction(&["5", "Z", "Q", "abc", "~", "soon"]).unwrap();
    assert_eq!(row.kind, Kind::Unknown("Z".to_owned()));
    assert_eq!(row.signed(), None);
    assert_eq!(row.happened, Timestamp::from_micros(9));
    let flags: Vec<_> = row.flags.iter().map(Flag::as_str).collect();
    assert_eq!(
        flags,
        ["no_quantity", "unknown_kind", "unknown_class", "no_moment", "no_part", "no_place"]
    );
    assert_eq!(Flags::from_bits(row.flags.bits()), row.flags);
    assert_eq!(transaction(&["~", "I"]), None);
    assert_eq!(transaction(&[]), None);
}

#[test]
fn figures_show_what_was_changed_and_forget_what_is_taken_off() {
    let row = |id: &str, part: &str, quantity: &str| {
        transaction(&[id, "I", "R", quantity, "2026-07-01", "~", "M", "F", part]).unwrap()
    };
    let mut figures = Figures::default();
    figures.add(&row("1", "P-1", "5"));
    figures.add(&row("2", "P-2", "5"));
    let mut swapped = Figures::default();
    swapped.add(&row("1", "P-2", "5"));
    swapped.add(&row("2", "P-1", "5"));
    assert_eq!((figures.rows, figures.came), (swapped.rows, swapped.came));
    assert_ne!(figures.digest, swapped.digest);
    figures.take(&row("1", "P-1", "5"));
    figures.take(&row("2", "P-2", "5"));
    assert_eq!(figures, Figures::default());
    assert_eq!((block_of(9_999), block_of(10_000), first_of(1)), (0, 1, 10_000));
}

#[test]
fn lines_are_what_they_were_after_a_round() {
    let request =
        protocol::Request { id: 3, ask: protocol::Ask::Table { table: protocol::Table::OnHand } };
    let line = serde_json::to_string(&request).unwrap();
    assert_eq!(line, r#"{"id":3,"ask":"table","table":"on_hand"}"#);
    assert_eq!(serde_json::from_str::<protocol::Request>(&line).unwrap(), request);
    let open =
        protocol::Ask::Open { connection: "PWD=geheim".to_owned(), schema: None, timeout: 5 };
    assert!(!format!("{open:?}").contains("geheim"));
    let reply = protocol::Reply {
        id: 3,
        say: protocol::Say::Rows { rows: vec![vec![Some("a".to_owned()), None]], cut: vec![0] },
    };
    let line = serde_json::to_string(&reply).unwrap();
    assert_eq!(serde_json::from_str::<protocol::Reply>(&line).unwrap(), reply);
    for table in protocol::Table::ALL {
        assert_eq!(protocol::Table::from_name(table.as_str()), Some(table));
    }
}

proptest! {
    #[test]
    fn a_quantity_is_read_as_it_is_written(units in -1_000_000_000_000_000_i64..=1_000_000_000_000_000) {
        let text = ErpQuantity(units).to_string();
        prop_assert_eq!(ErpQuantity::parse(&text), Ok((ErpQuantity(units), false)));
    }

    #[test]
    fn no_text_is_too_strange(text in "[-+0-9.eE ]{0,70}|\\PC{0,20}") {
        if let Ok((quantity, _)) = ErpQuantity::parse(&text) {
            prop_assert!(quantity.units().abs() <= ErpQuantity::MAX.units());
        }
    }
}
