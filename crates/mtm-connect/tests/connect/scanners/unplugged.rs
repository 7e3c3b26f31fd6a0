//! A device that is pulled out, in the middle of a scan as well, and plugged in again.

use std::path::Path;
use std::time::Duration;

use mtm_connect::scanner::{Replies, Rules, Source, attend};
use mtm_testkit::{Pty, poll};

use super::{Closing, Event, Notebook, SOON};

const TAKEN: u8 = 6;
const REFUSED: u8 = 21;

fn source(path: &Path) -> Source {
    format!("serial:{}", path.display()).parse().unwrap()
}

fn rules() -> Rules {
    let replies = Replies::Bytes { taken: vec![TAKEN], refused: vec![REFUSED] };
    Rules { debounce: Duration::from_secs(600), replies, ..Rules::default() }
}

/// Reads answers until there are as many as wanted; what they are.
fn answers(device: &mut Pty, wanted: usize) -> Vec<u8> {
    let mut heard = Vec::new();
    poll::until("answers", SOON, || {
        heard.extend(device.heard()?);
        Ok((heard.len() >= wanted).then_some(()))
    })
    .unwrap();
    heard
}

#[test]
fn what_was_acknowledged_before_a_device_was_pulled_out_is_taken_once_and_no_half_of_a_scan_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scanner");
    let notebook = Notebook::default();
    let mut acknowledged = 0;
    std::thread::scope(|scope| {
        let _closing = Closing(&notebook);
        scope.spawn(|| attend(&mut *source(&path).device().unwrap(), &rules(), &notebook));
        notebook.wait_for("a device that is not there", |all| all == [Event::Away("device_away")]);
        for round in 0..8_usize {
            let count = |events: &[Event], what: fn(&Event) -> bool| {
                events.iter().filter(|event| what(event)).count()
            };
            let mut device = Pty::plug(&path).unwrap();
            notebook.wait_for("the device", |events| {
                count(events, |event| *event == Event::Ready) == round + 1
            });
            let before = notebook.scans().len();
            let codes: Vec<String> = (0..9).map(|nth| format!("LOT:{round:05}{nth:05}")).collect();
            for code in &codes {
                device.send(format!("{code}\r").as_bytes(), SOON).unwrap();
            }
            // Half of one more, cut in another place every time.
            device.send(&b"LOT:9999999999\r"[..=round], SOON).unwrap();
            let heard = answers(&mut device, round + 1);
            assert!(heard.iter().all(|it| *it == TAKEN), "{heard:?}");
            acknowledged += heard.len();
            drop(device);
            notebook.wait_for("the device to be gone", |events| {
                count(events, |event| matches!(event, Event::Away(_))) == round + 2
            });
            // What was on its way may be gone with the device: whoever scanned that was told nothing.
            let taken = notebook.scans().split_off(before);
            assert!(taken.len() >= heard.len(), "{taken:?}");
            assert_eq!(taken, codes[..taken.len()], "each once, in order, and no half of one");
        }
    });
    assert!(acknowledged >= 36, "{acknowledged}");
}

#[test]
fn a_device_is_answered_for_each_scan_whether_it_was_taken() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scanner");
    let notebook = Notebook::default();
    std::thread::scope(|scope| {
        let _closing = Closing(&notebook);
        let mut device = Pty::plug(&path).unwrap();
        scope.spawn(|| attend(&mut *source(&path).device().unwrap(), &rules(), &notebook));
        notebook.wait_for("the device", |events| events == [Event::Ready]);
        device.send(b"LOT:1\rLOT:1\rLO\0T:2\rLOT:3\r", SOON).unwrap();
        assert_eq!(answers(&mut device, 4), [TAKEN, REFUSED, REFUSED, TAKEN]);
    });
    let again = Event::Again("LOT:1".to_owned());
    let events = notebook.events();
    assert_eq!(events[1..3], [Event::Scan("LOT:1".to_owned()), again], "{events:?}");
    assert!(matches!(events[3], Event::Garbled(_)), "{events:?}");
    assert_eq!(notebook.scans(), ["LOT:1", "LOT:3"]);
}

#[test]
fn what_is_no_serial_port_is_away_and_a_usb_device_that_is_not_plugged_in_as_well() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("scanner");
    std::fs::write(&file, "LOT:1\r").unwrap();
    for text in [format!("serial:{}", file.display()), "serial:usb:ffff:fffe".to_owned()] {
        let source: Source = text.parse().unwrap();
        let lost = source.device().unwrap().open().err().unwrap();
        assert_eq!(lost.code(), "device_away", "{lost}");
    }
}
