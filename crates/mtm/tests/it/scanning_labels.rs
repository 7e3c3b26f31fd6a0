//! `mtm scan` with labels that say several things.

use crate::scanning::{lines, receipts, scan_all};
use crate::support::{on_hand, plant, receive};

#[test]
fn one_scan_of_a_label_is_a_booking_at_once_and_from_a_queue() {
    let (server, api) = plant();
    let label =
        |fields: &[&str]| format!("[)>\u{1e}06\u{1d}{}\u{1e}\u{4}\n", fields.join("\u{1d}"));
    let pallet = label(&["PP-1", "Q40", "1LR-1", "K4711"]);
    let here = ["--data-dir", server.data_dir().to_str().unwrap()];
    let run = scan_all(&format!("OP:10\n{pallet}"), &[&["receive", "--yes"], &here[..]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(lines(&run)[1]["state"], "booked", "{run:?}");
    let directory = tempfile::tempdir().unwrap();
    let queue = directory.path().to_str().unwrap();
    let token = server.token("label", "operator").unwrap();
    let there = ["--queue", queue, "--server", server.url(), "--token", &token];
    let bad = label(&["Q1", "Q2"]);
    let scans = format!("OP:10\n{pallet}{bad}{pallet}");
    let run = scan_all(&scans, &[&["receive", "--yes"], &there[..]].concat());
    let told = lines(&run);
    let states = |data: &str| -> Vec<&str> {
        let mine = told.iter().filter(|line| line["data"] == data.trim_end());
        mine.map(|line| line["state"].as_str().unwrap()).collect()
    };
    assert_eq!(states(&pallet), ["booked", "booked"], "{run:?}");
    assert_eq!(states(&bad), ["refused"], "{run:?}");
    assert_eq!(receipts(&api), [40, 40, 40]);
    // What came with a warning is for somebody who sees it: the end is missing, or the unit is no piece.
    let cut = pallet.trim_end().trim_end_matches('\u{4}');
    let heavy = label(&["PP-1", "Q40", "3QKGM"]);
    for (bad, code) in [(cut, "not_strict"), (heavy.trim_end(), "other_unit")] {
        for way in [&here[..], &there[..]] {
            let scans = format!("OP:10\nLOC:R-1\n{bad}\n");
            let run = scan_all(&scans, &[&["receive", "--yes"], way].concat());
            let told = lines(&run);
            let refused = told.iter().find(|line| line["state"] == "refused").unwrap();
            assert_eq!(refused["code"], code, "{run:?}");
            assert!(
                refused["message"].as_str().unwrap().contains("read it on the page"),
                "{run:?}"
            );
        }
    }
    assert_eq!(receipts(&api), [40, 40, 40]);
    // Of what leaves, a label names the lot and nothing else: how many are there, it does not know.
    let lot = receive(&api, "first", 7);
    let run = scan_all(&label(&[&format!("1T{lot}"), "Q3"]), &[&["take"], &here[..]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(on_hand(&api), 120);
}
