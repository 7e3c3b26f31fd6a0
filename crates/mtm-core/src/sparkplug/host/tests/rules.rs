//! The rules, one by one.

use super::*;

const NBIRTH: &str = "spBv1.0/G/NBIRTH/N";
const NDEATH: &str = "spBv1.0/G/NDEATH/N";
const NDATA: &str = "spBv1.0/G/NDATA/N";
const DBIRTH: &str = "spBv1.0/G/DBIRTH/N/D";
const DDEATH: &str = "spBv1.0/G/DDEATH/N/D";
const DDATA: &str = "spBv1.0/G/DDATA/N/D";

fn second(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A node with a counter of its own, alias 1, and a device with another, alias 2.
fn born() -> Session {
    let mut session = session();
    assert_eq!(told(session.open(second(0))), ["ask: nothing was heard of it yet"]);
    let own = declared("Own", 1, &MetricValue::UInt64(5));
    assert_eq!(told(session.hear(second(1), NBIRTH, &birth(100, 3, vec![own]))), ["gap Own=5"]);
    let good = declared("Good", 2, &MetricValue::UInt32(120));
    let birth = bytes(101, Some(1), vec![good]);
    assert_eq!(told(session.hear(second(1), DBIRTH, &birth)), ["gap D:Good=120"]);
    session
}

#[test]
fn what_follows_a_birth_without_a_hole_is_believed() {
    let mut session = born();
    let data = bytes(110, Some(2), vec![valued(2, 121), valued(2, 122)]);
    let said = session.hear(second(2), DDATA, &data);
    let [Effect::Batch(batch)] = &said[..] else { panic!("{said:?}") };
    assert_eq!(batch.at.unwrap().micros(), 110_000);
    assert_eq!(batch.readings[0].at.unwrap().micros(), 110_000);
    assert_eq!(told(said), ["next D:Good=121 D:Good=122"]);
    let own = Metric { timestamp: Some(119), ..valued(1, 6) };
    let said = session.hear(second(2), NDATA, &bytes(120, Some(3), vec![own]));
    let [Effect::Batch(batch)] = &said[..] else { panic!("{said:?}") };
    assert_eq!(batch.readings[0].at.unwrap().micros(), 119_000);
    // Nothing changed, and the node is there.
    let said = session.hear(second(3), NDATA, &bytes(130, Some(4), Vec::new()));
    assert_eq!(told(said), ["next"]);
    let tags: Vec<_> = session.tags().into_iter().map(|tag| (tag.name, tag.words)).collect();
    let expected = [("D:Good", "UInt32 of D"), ("Own", "UInt64")];
    assert_eq!(tags, expected.map(|(name, words)| (name.to_owned(), words.to_owned())));
    assert_eq!(session.due(), None);
}

#[test]
fn what_is_said_before_a_birth_is_not_believed() {
    let mut session = session();
    let data = bytes(110, Some(2), vec![valued(2, 121)]);
    assert_eq!(told(session.hear(second(1), DDATA, &data)), ["ask: it spoke without a birth"]);
    assert!(session.hear(second(2), DDATA, &data).is_empty());
}

#[test]
fn a_rebirth_is_asked_for_again_but_not_more_often_than_it_may() {
    let mut session = session();
    assert_eq!(session.open(second(5)).len(), 1);
    assert_eq!(session.due(), Some(second(15)));
    assert!(session.tick(second(14)).is_empty());
    assert!(session.hear(second(14), NDATA, b"{").is_empty());
    assert_eq!(session.tick(second(15)).len(), 1);
    assert_eq!(session.due(), Some(second(25)));
}

#[test]
fn messages_out_of_order_wait_for_what_is_missing() {
    let mut session = born();
    let data = |seq, total| bytes(100 + seq, Some(seq), vec![valued(2, total)]);
    assert!(session.hear(second(2), DDATA, &data(4, 123)).is_empty());
    assert!(session.hear(second(2), DDATA, &data(3, 122)).is_empty());
    assert_eq!(session.due(), Some(second(2) + REORDER));
    let said = session.hear(second(3), DDATA, &data(2, 121));
    assert_eq!(told(said), ["next D:Good=121", "next D:Good=122", "next D:Good=123"]);
    assert_eq!(session.due(), None);
    assert!(session.hear(second(3), DDATA, &data(3, 122)).is_empty(), "the same again");
}

#[test]
fn a_hole_that_stays_makes_a_rebirth_and_nothing_is_believed_until_then() {
    let mut session = born();
    let data = |seq, total| bytes(100 + seq, Some(seq), vec![valued(2, total)]);
    assert!(session.hear(second(20), DDATA, &data(3, 122)).is_empty());
    assert!(session.tick(second(21)).is_empty());
    assert_eq!(told(session.tick(second(22))), ["ask: its message 2 did not come"]);
    assert!(session.hear(second(23), DDATA, &data(2, 121)).is_empty());
    let own = declared("Own", 1, &MetricValue::UInt64(6));
    let said = session.hear(second(24), NBIRTH, &birth(200, 3, vec![own]));
    assert_eq!(told(said), ["gap D:Good=-", "gap Own=6"]);
    let good = declared("Good", 9, &MetricValue::UInt32(130));
    let said = session.hear(second(24), DBIRTH, &bytes(201, Some(1), vec![good]));
    assert_eq!(told(said), ["gap D:Good=130"]);
    assert_eq!(session.due(), None);
}

#[test]
fn numbers_go_on_from_255_to_0() {
    let mut session = born();
    for seq in (2..=255).chain(0..3) {
        let data = bytes(200, Some(seq), vec![valued(1, 6)]);
        assert_eq!(told(session.hear(second(2), NDATA, &data)), ["next Own=6"], "{seq}");
    }
}

#[test]
fn a_death_of_an_earlier_connection_is_not_believed() {
    let mut session = born();
    let death = |bd_seq| {
        let metric = Metric::named(BD_SEQ, &MetricValue::UInt64(bd_seq), None);
        bytes(90, None, vec![metric])
    };
    assert!(session.hear(second(2), NDEATH, &death(2)).is_empty());
    let said = session.hear(second(3), NDEATH, &death(3));
    let [Effect::Stale(_), Effect::Batch(batch)] = &said[..] else { panic!("{said:?}") };
    assert_eq!(batch.at, None, "a will is as old as its connection");
    assert_eq!(told(said), ["stale Node", "gap Own=- D:Good=-"]);
    assert!(session.hear(second(3), NDEATH, &death(3)).is_empty());
    assert_eq!(session.due(), None, "whoever is dead is not asked");
    let data = bytes(110, Some(2), vec![valued(2, 121)]);
    assert_eq!(told(session.hear(second(12), DDATA, &data)), ["ask: it spoke without a birth"]);
}

#[test]
fn a_device_that_died_is_stale_until_it_is_born() {
    let mut session = born();
    let said = session.hear(second(2), DDEATH, &bytes(110, Some(2), Vec::new()));
    assert_eq!(told(said), ["stale Device(Id(\"D\"))", "next D:Good=-"]);
    let good = declared("Good", 7, &MetricValue::UInt32(4));
    let said = session.hear(second(3), DBIRTH, &bytes(120, Some(3), vec![good]));
    assert_eq!(told(said), ["gap D:Good=4"]);
    let said = session.hear(second(3), DDATA, &bytes(121, Some(4), vec![valued(7, 5)]));
    assert_eq!(told(said), ["next D:Good=5"]);
    // Its alias of before is nobody's.
    let said = session.hear(second(13), DDATA, &bytes(122, Some(5), vec![valued(2, 6)]));
    assert_eq!(told(said), ["ask: its alias 2 stands for nothing"]);
}

#[test]
fn data_of_a_device_that_was_not_born_makes_a_rebirth() {
    let mut session = born();
    let data = bytes(110, Some(2), vec![valued(2, 1)]);
    let said = session.hear(second(20), "spBv1.0/G/DDATA/N/Other", &data);
    assert_eq!(told(said), ["ask: it spoke of Other without a birth of that"]);
}

#[test]
fn an_alias_belongs_to_whom_the_birth_gave_it() {
    let mut session = born();
    // Of the device, in what the node says.
    let data = bytes(110, Some(2), vec![valued(1, 6), valued(2, 121)]);
    let said = session.hear(second(20), NDATA, &data);
    assert_eq!(told(said), ["ask: its alias 2 stands for nothing"], "all of it or nothing");
    assert!(session.hear(second(21), NDATA, &bytes(111, Some(3), vec![valued(1, 7)])).is_empty());
}

#[test]
fn an_alias_that_a_birth_gives_twice_is_nobodys() {
    let mut session = session();
    let twice = ["A", "B"].map(|name| declared(name, 4, &MetricValue::UInt64(5)));
    let said = session.hear(second(1), NBIRTH, &birth(100, 3, twice.to_vec()));
    assert_eq!(told(said), ["gap A=5 B=5"]);
    let said = session.hear(second(1), NDATA, &bytes(101, Some(1), vec![valued(4, 6)]));
    assert_eq!(told(said), ["ask: its alias 4 stands for nothing"]);
}

#[test]
fn a_name_that_no_birth_named_is_passed_over_and_harms_nobody() {
    let mut session = born();
    let named = Metric::named("New", &MetricValue::UInt64(9), None);
    let data = bytes(110, Some(2), vec![named, valued(1, 6)]);
    let said = session.hear(second(20), NDATA, &data);
    assert_eq!(told(said), ["next Own=6", "ask: no birth named its metric \"New\""]);
    let named = Metric::named("Own", &MetricValue::UInt64(7), None);
    let said = session.hear(second(21), NDATA, &bytes(111, Some(3), vec![named]));
    assert_eq!(told(said), ["next Own=7"]);
}

#[test]
fn history_is_not_counted_and_a_null_is_unavailable() {
    let mut session = born();
    let was = Metric { is_historical: Some(true), ..valued(2, 90) };
    let said = session.hear(second(2), DDATA, &bytes(110, Some(2), vec![was.clone()]));
    assert!(said.is_empty());
    // Also of before the birth, and of an alias of then; it keeps its number.
    let old = Metric { alias: Some(77), ..was.clone() };
    assert!(session.hear(second(2), DDATA, &bytes(50, Some(3), vec![old])).is_empty());
    let null = Metric { is_null: Some(true), alias: Some(2), ..Metric::default() };
    let said = session.hear(second(2), DDATA, &bytes(112, Some(4), vec![was, null]));
    assert_eq!(told(said), ["next D:Good=-"]);
}

#[test]
fn only_numbers_are_tags_and_only_whole_ones_are_totals() {
    let mut session = session();
    let metrics = [
        ("Temp", MetricValue::Float(12.5)),
        ("Parts", MetricValue::Double(12.0)),
        ("Below", MetricValue::Int8(-1)),
        ("Running", MetricValue::Boolean(true)),
        ("Order", MetricValue::String("12".to_owned())),
        ("Clock", MetricValue::DateTime(12)),
        ("Nothing", MetricValue::Null(DataType::Int16)),
        ("Table", MetricValue::Null(DataType::Other(16))),
        ("Node Control/Scan Rate", MetricValue::Int64(3_000)),
    ];
    let metrics =
        metrics.iter().zip(1..).map(|((name, value), alias)| declared(name, alias, value));
    let said = session.hear(second(1), NBIRTH, &birth(100, 3, metrics.collect()));
    assert_eq!(told(said), ["gap Temp=?12.5 Parts=12 Below=?-1 Nothing=-"]);
    let wrong = Metric { value: Some(Wire::Text("x".to_owned())), ..valued(2, 0) };
    let said = session.hear(second(1), NDATA, &bytes(101, Some(1), vec![wrong]));
    assert_eq!(told(said), ["next Parts=?a value that no Double is"]);
}

#[test]
fn what_a_birth_does_not_name_again_is_gone() {
    let mut session = born();
    let other = declared("Other", 1, &MetricValue::UInt64(1));
    let said = session.hear(second(2), NBIRTH, &birth(200, 3, vec![other]));
    assert_eq!(told(said), ["gap Other=1 Own=-"]);
    // Its devices have as long as a rebirth may take.
    assert_eq!(session.due(), Some(second(12)));
    assert!(session.tick(second(11)).is_empty());
    assert_eq!(told(session.tick(second(12))), ["stale Device(Id(\"D\"))", "gap D:Good=-"]);
    assert_eq!(session.due(), None);
}

#[test]
fn the_same_birth_again_and_an_older_one_change_nothing() {
    let mut session = born();
    let own = declared("Own", 1, &MetricValue::UInt64(5));
    let first = birth(100, 3, vec![own.clone()]);
    assert!(session.hear(second(2), NBIRTH, &first).is_empty());
    assert!(session.hear(second(2), NBIRTH, &birth(99, 3, vec![own.clone()])).is_empty());
    // Of another connection it is one, whatever the node's clock says.
    let said = session.hear(second(2), NBIRTH, &birth(50, 4, vec![own]));
    assert_eq!(told(said), ["gap Own=5"]);
}

#[test]
fn what_is_older_than_the_birth_is_of_before_it() {
    let mut session = born();
    assert!(session.hear(second(2), NDATA, &bytes(99, Some(2), vec![valued(1, 4)])).is_empty());
    let said = session.hear(second(2), NDATA, &bytes(102, Some(2), vec![valued(1, 6)]));
    assert_eq!(told(said), ["next Own=6"]);
}

#[test]
fn what_cannot_be_read_makes_a_rebirth() {
    for bytes in [&b"{\"seq\":2}"[..], b"", &bytes(110, Some(256), Vec::new())] {
        let mut session = born();
        let said = session.hear(second(20), DDATA, bytes);
        assert!(matches!(said[..], [Effect::AskRebirth(Why::Unreadable(_))]), "{said:?}");
    }
}

#[test]
fn what_is_of_others_is_passed_over() {
    let mut session = born();
    let data = bytes(110, Some(2), vec![valued(1, 6)]);
    for topic in
        ["spBv1.0/G/NDATA/M", "spBv1.0/H/NDATA/N", "spBv1.0/G/NCMD/N", "spBv1.0/STATE/N", "x"]
    {
        assert!(session.hear(second(20), topic, &data).is_empty(), "{topic}");
    }
}

#[test]
fn a_metric_of_the_node_is_never_taken_for_one_of_a_device() {
    let mut session = session();
    let own = declared("D:Good", 1, &MetricValue::UInt64(5));
    let said = session.hear(second(1), NBIRTH, &birth(100, 3, vec![own]));
    assert_eq!(told(said), ["gap D:Good=5"]);
    let good = declared("Good", 2, &MetricValue::UInt32(120));
    assert!(session.hear(second(1), DBIRTH, &bytes(101, Some(1), vec![good])).is_empty());
    let said = session.hear(second(1), DDATA, &bytes(102, Some(2), vec![valued(2, 7)]));
    assert_eq!(told(said), ["next"]);
}

#[test]
fn devices_and_metrics_are_bounded() {
    let mut session = born();
    let many = |from: u64| {
        let metric = |alias: u64| declared(&format!("M{alias}"), alias, &MetricValue::UInt64(1));
        (from..from + 10_000).map(metric).collect()
    };
    let birth = |seq, metrics| bytes(200, Some(seq), metrics);
    let said = session.hear(second(20), "spBv1.0/G/DBIRTH/N/E", &birth(2, many(0)));
    assert_eq!(said.len(), 1);
    let said = session.hear(second(20), "spBv1.0/G/DBIRTH/N/F", &birth(3, many(0)));
    assert_eq!(told(said), ["ask: it has more metrics or devices than are kept"]);
}
