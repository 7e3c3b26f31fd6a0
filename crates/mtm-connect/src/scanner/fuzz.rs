//! Bytes that no scanner sends, on lines of every kind.

use mtm_testkit::{Fuzz, Said};

use super::{End, Framer, Framing, Piece, Source, unescape};

/// Framings as configurations have them: lines, STX and ETX, silence.
fn framings() -> [Framing; 4] {
    let short = Framing { longest: 64, ..Framing::default() };
    let bytes = |end: &[u8]| End::Bytes(end.to_vec());
    [
        short.clone(),
        Framing { prefix: b"\x02".to_vec(), end: bytes(b"\x03"), ..short.clone() },
        Framing { prefix: b"##".to_vec(), end: bytes(b"\r\n\r\n"), ..short.clone() },
        Framing { prefix: b"~".to_vec(), end: End::Silence, ..short },
    ]
}

fn pieces(framing: &Framing, bytes: &[u8], step: usize) -> Vec<Piece> {
    let mut framer = Framer::new(framing.clone());
    let mut pieces = Vec::new();
    for piece in bytes.chunks(step) {
        framer.push(piece, &mut pieces);
    }
    framer.quiet(&mut pieces);
    assert!(!framer.is_open());
    pieces
}

#[test]
fn what_is_a_scan_does_not_depend_on_how_the_line_cuts_it() {
    let lines = [
        "LOT:12\r\nQTY:7\nP4711\r",
        "\x02PART:1\x03\x02A\x1dB\x03",
        "##X\r\n\r\n##Y\r\n\r\n",
        "~Z",
    ];
    let words = ["\r\n", "\x02", "\x03", "##", "~", "\x1d", "\x1e", "\x04", "\t", " "];
    let framings = framings();
    Fuzz::new("lines of scanners", lines).words(words).growth(256).longest(1_024, 8 * 1_024).run(
        |bytes| {
            let (mut frames, mut size, mut fault) = (0, 0, None);
            for framing in &framings {
                let whole = pieces(framing, bytes, bytes.len().max(1));
                assert_eq!(whole, pieces(framing, bytes, 1 + bytes.len() % 5));
                for piece in whole {
                    match piece {
                        Piece::Frame(text) => {
                            assert!(!text.trim().is_empty() && text.len() <= framing.longest);
                            frames += 1;
                            size += text.len();
                        }
                        Piece::Garbled(garble) => {
                            assert!(garble.bytes <= bytes.len());
                            size += garble.seen.len();
                            fault = Some(garble.fault);
                        }
                    }
                }
            }
            match fault.filter(|_| frames == 0) {
                Some(fault) => Said::Refused(fault.to_string()),
                None => Said::Taken(size),
            }
        },
    );
}

#[test]
fn the_name_of_a_source_names_it() {
    let sources = [
        "stdin",
        "serial:/dev/ttyUSB0?baud=115200&data=7&parity=even&stop=2&flow=software",
        "serial:usb:0c2e:0901:SN12",
        "tcp:scanner-7.plant:4001",
        "tcp-listen:127.0.0.1:4001",
    ];
    let words = ["serial:", "usb:", "tcp:", "hid:", "?baud=", "&", "parity=", ":", "[::1]", "0"];
    Fuzz::new("names of sources", sources).words(words).run(|bytes| {
        let read = String::from_utf8_lossy(bytes).parse::<Source>();
        if let Ok(source) = &read {
            // How a line is set is no part of its name.
            let named: Source = source.to_string().parse().unwrap();
            assert_eq!(named.to_string(), source.to_string());
        }
        Said::of(&read, |source| source.to_string().len())
    });
}

#[test]
fn bytes_that_people_write_are_read_or_not() {
    let texts = [r"\x02", r"\r\n", r"a\\b\t", "ä"];
    Fuzz::new("written bytes", texts).words(["\\", "\\x", "\\xf", "\\xzz", "ß"]).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        match unescape(&text) {
            Some(bytes) => {
                assert!(bytes.len() <= text.len());
                Said::Taken(bytes.len())
            }
            None => Said::Refused(String::new()),
        }
    });
}
