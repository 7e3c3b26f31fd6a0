//! Scans in any pieces: what comes of them whole, and what is said of the rest.

use super::*;

fn framing(prefix: &[u8], end: End) -> Framing {
    Framing { prefix: prefix.to_vec(), end, longest: 12, ..Framing::default() }
}

/// What comes of `bytes`, however they are cut: as `a` for a scan, as `!why` for a garbled one.
#[track_caller]
fn check(framing: &Framing, bytes: &[u8], expected: &[&str]) {
    for size in 1..=bytes.len() {
        let mut framer = Framer::new(framing.clone());
        let mut pieces = Vec::new();
        for part in bytes.chunks(size) {
            framer.push(part, &mut pieces);
        }
        framer.quiet(&mut pieces);
        assert!(!framer.is_open());
        let said: Vec<String> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Frame(text) => text.clone(),
                Piece::Garbled(garble) => format!("!{:?}", garble.fault),
            })
            .collect();
        assert_eq!(said, expected, "in parts of {size}");
    }
}

#[test]
fn lines_are_scans_whatever_breaks_them_and_however_they_are_cut() {
    let lines = framing(b"", End::LineBreak);
    check(&lines, b"LOT:1\r\nLOT:2\n\n \rP-1\r", &["LOT:1", "LOT:2", "P-1"]);
    check(&lines, b"LOT:1\rLOT:2", &["LOT:1", "!CutOff"]);
    check(&lines, b"0123456789012\rLOT:1\r", &["!TooLong", "LOT:1"]);
    check(&lines, b"012345678901\r", &["012345678901"]);
    check(&lines, b"LO\0T\rLOT:1\r\xff\xfe\rLOT:2\r", &["!Control", "LOT:1", "!NotText", "LOT:2"]);
}

#[test]
fn group_separators_belong_to_codes() {
    let lines = framing(b"", End::LineBreak);
    check(&lines, b"[)>\x1e06\x1dQ1\x1e\x04\r", &["[)>\u{1e}06\u{1d}Q1\u{1e}\u{4}"]);
}

#[test]
fn a_scan_whose_end_was_lost_spoils_no_other_where_scans_have_a_beginning() {
    let framed = framing(b"\x02", End::Bytes(b"\x03".to_vec()));
    check(&framed, b"\x02A\x03\r\n\x02B\x03", &["A", "B"]);
    check(&framed, b"\x02A\x02B\x03", &["!CutOff", "B"]);
    check(&framed, b"A\x03\x02B\x03", &["!NoPrefix", "B"]);
    check(&framed, b"xx\x02B\x03", &["!NoPrefix", "B"]);
    check(&framed, b"\x02A\x03\x02\x03\x02B\x03", &["A", "B"]);
    check(&framed, b"\x020123456789012345678\x02B\x03", &["!TooLong", "B"]);
    let long = framing(b"<<", End::Bytes(b">>".to_vec()));
    check(&long, b"<<A>><<B>>", &["A", "B"]);
    check(&long, b"<<A><<B>>", &["!CutOff", "B"]);
}

#[test]
fn silence_ends_a_scan_where_nothing_else_does() {
    let silent = framing(b"", End::Silence);
    check(&silent, b"LOT:1", &["LOT:1"]);
    check(&silent, b"0123456789012", &["!TooLong"]);
}

#[test]
fn a_scan_without_an_end_takes_no_memory() {
    let mut framer = Framer::new(framing(b"", End::LineBreak));
    let mut pieces = Vec::new();
    for _ in 0..100_000 {
        framer.push(b"0123456789", &mut pieces);
        assert!(framer.buffer.capacity() < 100 && framer.head.len() <= SHOWN);
    }
    framer.push(b"\rLOT:1\r", &mut pieces);
    let [Piece::Garbled(garble), Piece::Frame(after)] = &pieces[..] else { panic!("{pieces:?}") };
    assert_eq!((garble.fault, garble.bytes, after.as_str()), (Fault::TooLong, 1_000_000, "LOT:1"));
    assert!(garble.seen.starts_with("0123456789"));
}

#[test]
fn what_follows_a_scan_that_fell_silent_may_be_its_rest_where_scans_have_no_beginning() {
    let said = |framing: &Framing, parts: &[&[u8]]| {
        let mut framer = Framer::new(framing.clone());
        let mut pieces = Vec::new();
        for part in parts {
            framer.push(part, &mut pieces);
            framer.quiet(&mut pieces);
        }
        let text = |piece: Piece| match piece {
            Piece::Frame(text) => text,
            Piece::Garbled(garble) => format!("!{:?}", garble.fault),
        };
        pieces.into_iter().map(text).collect::<Vec<_>>()
    };
    let lines = framing(b"", End::LineBreak);
    assert_eq!(said(&lines, &[b"QTY:1", b"200\r\nLOT:1\r\n"]), ["!CutOff", "!NoPrefix", "LOT:1"]);
    assert_eq!(
        said(&lines, &[b"Q", b"T", b"Y:1\r", b"A\r"]),
        ["!CutOff", "!CutOff", "!NoPrefix", "A"]
    );
    // Only the end was late.
    assert_eq!(said(&lines, &[b"QTY:1", b"\r\n", b"LOT:1\r\n"]), ["!CutOff", "LOT:1"]);
    assert_eq!(said(&lines, &[b"QTY:1\r", b"\n", b"200\r"]), ["QTY:1", "200"]);
    let framed = framing(b"\x02", End::Bytes(b"\x03".to_vec()));
    assert_eq!(said(&framed, &[b"\x02QTY:1", b"\x02LOT:1\x03"]), ["!CutOff", "LOT:1"]);
    assert_eq!(said(&framed, &[b"\x02QTY:1", b"200\x03"]), ["!CutOff", "!NoPrefix"]);
}

#[test]
fn line_breaks_between_scans_are_no_part_of_the_next_one() {
    let ends = framing(b"", End::Bytes(b"\x03".to_vec()));
    check(&ends, b"A\x03\r\nB\x03\r\n", &["A", "B"]);
    let returns = framing(b"", End::Bytes(b"\r".to_vec()));
    check(&returns, b"A\r\nB\r\n", &["A", "B"]);
    check(&framing(b"", End::Silence), b"\r\nLOT:1", &["LOT:1"]);
}
