//! Streams as agents write them, cut at every place.

use super::*;

const BOUNDARY: &str = "a-b_9";

fn check(stream: &[u8], cut: usize, expected: &[&str]) {
    let mut parts = Parts::new(BOUNDARY, 100);
    let mut found = Vec::new();
    for bytes in [&stream[..cut], &stream[cut..]] {
        parts.push(bytes);
        while let Some(part) = parts.next().unwrap() {
            found.push(String::from_utf8(part).unwrap().trim().to_owned());
        }
    }
    assert_eq!(found, expected, "cut at {cut}");
}

/// All cuts, and byte by byte.
fn check_all(stream: &str, expected: &[&str]) {
    for cut in 0..=stream.len() {
        check(stream.as_bytes(), cut, expected);
    }
    let mut parts = Parts::new(BOUNDARY, 100);
    let mut found = Vec::new();
    for byte in stream.as_bytes() {
        parts.push(&[*byte]);
        found.extend(parts.next().unwrap());
    }
    let found: Vec<_> = found.iter().map(|it| std::str::from_utf8(it).unwrap().trim()).collect();
    assert_eq!(found, expected, "byte by byte");
}

#[test]
fn parts_with_a_length_are_found_wherever_the_stream_is_cut() {
    let stream = "\r\n--a-b_9\r\nContent-type: text/xml\r\nContent-length: 9;\r\n\r\n<a>--</a>\r\n\
                  --a-b_9\r\nCONTENT-LENGTH: 13\r\nContent-Type: text/xml\r\n\r\nx\r\n--a-b_9\r\ny\r\n\
                  --a-b_9\r\ncontent-length:4\r\n\r\n<c/>\r\n--a-b_9--\r\n";
    check_all(stream, &["<a>--</a>", "x\r\n--a-b_9\r\ny", "<c/>"]);
}

#[test]
fn parts_without_a_length_end_at_the_boundary_or_with_their_document() {
    let stream = "--a-b_9\r\nContent-type: text/xml\r\n\r\n<a>\r\n--no</a>\r\n\
                  --a-b_9\nContent-type: text/xml\n\n<m:MTConnectStreams>é</m:MTConnectStreams>\n\
                  --a-b_9 \r\n\r\n<MTConnectError></MTConnectError>";
    let second = "<m:MTConnectStreams>é</m:MTConnectStreams>";
    check_all(stream, &["<a>\r\n--no</a>", second, "<MTConnectError></MTConnectError>"]);
}

#[test]
fn a_part_that_is_told_whole_is_there_before_the_next_one_begins() {
    let mut parts = Parts::new(BOUNDARY, 100);
    parts.push(b"--a-b_9\r\n\r\n<MTConnectStreams></MTConnectStreams>");
    assert!(parts.next().unwrap().is_some());
    parts.push(b"\r\n--a-b_9\r\nContent-length: 4\r\n\r\n<a/>");
    assert_eq!(parts.next().unwrap().unwrap(), b"<a/>");
    parts.push(b"--a-b_9--");
    assert_eq!((parts.next().unwrap(), parts.is_over()), (None, true));
}

fn torn(stream: &[u8]) -> Torn {
    let mut parts = Parts::new(BOUNDARY, 100);
    parts.push(stream);
    loop {
        match parts.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("{:?} is waited on", String::from_utf8_lossy(stream)),
            Err(torn) => return torn,
        }
    }
}

#[test]
fn what_is_no_stream_is_not_waited_on() {
    let long = "x".repeat(9_000);
    let large = Torn::TooLarge(100);
    assert_eq!(torn(b"--a-b_9\r\nContent-length: 101\r\n\r\n"), large);
    assert_eq!(torn(b"--a-b_9\r\nContent-length: 99999999999999999999999\r\n\r\n"), large);
    assert_eq!(torn(format!("--a-b_9\r\n\r\n{}", &long[..101]).as_bytes()), large);
    for odd in [
        "--a-b_9\r\nContent-length: -1\r\n\r\n".to_owned(),
        "--a-b_9\r\nContent-length: 1\r\n\r\nxyz".to_owned(),
        "--a-b_9\r\nContent-length: 1\r\n\r\nx\r\n--other\r\n".to_owned(),
        "--a-b_9xx\r\n\r\n".to_owned(),
        format!("--a-b_9\r\nX: {long}"),
        long,
    ] {
        assert!(matches!(torn(odd.as_bytes()), Torn::Odd(_)), "{}", &odd[..20.min(odd.len())]);
    }
}

#[test]
fn the_boundary_is_named_by_the_type_of_content() {
    let named = |it: &str| boundary(it).map(Result::ok);
    assert_eq!(named("text/xml"), None);
    assert_eq!(named("multipart/x-mixed-replace;boundary=ab"), Some(Some("ab".to_owned())));
    let mixed = "Multipart/Mixed; charset=x; Boundary=\"a b\"";
    assert_eq!(named(mixed), Some(Some("a b".to_owned())));
    let long = format!("multipart/mixed; boundary={}", "x".repeat(71));
    for none in ["multipart/mixed", "multipart/mixed; boundary=", long.as_str()] {
        assert_eq!(named(none), Some(None), "{none}");
    }
}
