//! Documents and streams that no agent writes.

use std::collections::BTreeSet;

use mtm_testkit::{Fuzz, Said};

use super::document::{Document, Wanted, read};
use super::stream::{Parts, boundary};

const STREAMS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.0">
<Header creationTime="2026-11-29T06:14:00Z" instanceId="1480000000" bufferSize="4096" nextSequence="151" firstSequence="16" lastSequence="150"/>
<Streams><DeviceStream name="Saw" uuid="S-1"><ComponentStream component="Path" componentId="p"><Events>
<PartCount dataItemId="n2" timestamp="2026-11-29T05:13:58.5Z" sequence="119" subType="GOOD">42</PartCount>
<x:PartCount dataItemId="n" timestamp="2026-11-29T05:13:59Z" sequence="120" resetTriggered="SHIFT">0</x:PartCount>
<Execution dataItemId="e" timestamp="2026-11-29T05:13:57Z" sequence="118">A&amp;B<![CDATA[<]]></Execution>
</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>"#;
const DEVICES: &str = r#"<MTConnectDevices><Header instanceId="7" bufferSize="131072"/><Devices>
<Device name="Saw" id="d"><DataItems><DataItem id="avail" type="AVAILABILITY"/></DataItems><Components><Path name="p" id="p">
<DataItems><DataItem id="n" name="good" type="PART_COUNT" subType="GOOD"/></DataItems></Path></Components></Device>
</Devices></MTConnectDevices>"#;
const ERRORS: &str = r#"<MTConnectError><Header instanceId="7"/><Errors>
<Error errorCode="OUT_OF_RANGE">'at' must be greater than 16</Error></Errors></MTConnectError>"#;

const WORDS: [&str; 24] = [
    "<a>",
    "</a>",
    "<a/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x ?>",
    "<!DOCTYPE a [<!ENTITY e \"&e;\">]>",
    "&#x0;",
    "&lt;",
    "&e;",
    "\" ",
    "=\"",
    "sequence=\"18446744073709551615\"",
    "dataItemId=\"n2\"",
    "PartCount",
    "</Streams>",
    "<Errors>",
    "<DataItem id=\"z\" type=\"PART_COUNT\"/>",
    "UNAVAILABLE",
    "timestamp=\"x\"",
    "resetTriggered=\"\"",
    "xmlns:x=\"\"",
];

#[test]
fn a_document_is_refused_or_says_no_more_than_is_wanted() {
    let tags = BTreeSet::from(["n2".to_owned(), "e".to_owned()]);
    let none = BTreeSet::new();
    Fuzz::new("MTConnect documents", [STREAMS, DEVICES, ERRORS]).words(WORDS).run(|bytes| {
        let tags = if bytes.len() % 2 == 0 { &tags } else { &none };
        let document = read(bytes, Wanted { tags, observations: 20 });
        if let Ok(Document::Streams(streams)) = &document {
            let observations = &streams.observations;
            assert!(observations.len() <= 20);
            assert!(observations.is_sorted_by(|one, other| one.0 < other.0), "{observations:?}");
            assert!(observations.iter().all(|(_, it)| tags.is_empty() || tags.contains(&it.tag)));
        }
        Said::of(&document, |document| format!("{document:?}").len())
    });
}

#[test]
fn a_stream_is_taken_apart_in_the_same_way_however_it_is_cut() {
    let stream = format!(
        "\r\n--a-b_9\r\nContent-type: text/xml\r\nContent-length: {};\r\n\r\n{DEVICES}\r\n\
         --a-b_9\r\nContent-Type: text/xml\r\n\r\n{ERRORS}\r\n--a-b_9--\r\n",
        DEVICES.len()
    );
    let words = [
        "--a-b_9",
        "--a-b_9--",
        "\r\n\r\n",
        "Content-length: ",
        "99999999999999999999",
        "4",
        ":",
        "\n",
    ];
    // Where no length is said, a part also ends where a document does, and whether that is the end of what came so far
    // depends on how it was cut: such parts are not compared.
    let parts = |bytes: &[u8], step: usize| {
        let mut parts = Parts::new("a-b_9", 4_096);
        let mut found = Vec::new();
        for piece in bytes.chunks(step) {
            parts.push(piece);
            while let Some(part) = parts.next()? {
                assert!(part.len() <= 4_096);
                found.push(part);
            }
        }
        Ok::<_, super::stream::Torn>((found, parts.is_over()))
    };
    Fuzz::new("MTConnect streams", [stream]).words(words).longest(2 * 1024, 8 * 1024).run(
        |bytes| {
            let whole = parts(bytes, bytes.len().max(1));
            let cut = parts(bytes, 7);
            if let (Ok((whole, _)), Ok((cut, _))) = (&whole, &cut) {
                let sum = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).sum::<usize>();
                assert!(sum(whole) <= bytes.len() && sum(cut) <= bytes.len());
            }
            Said::of(&whole, |(parts, _)| parts.iter().map(Vec::len).sum())
        },
    );
}

#[test]
fn a_type_of_content_names_a_boundary_or_none() {
    let types =
        ["multipart/x-mixed-replace;boundary=a-b_9", "multipart/x; charset=x; boundary=\"b c\""];
    Fuzz::new("MTConnect types of content", types)
        .words(["boundary=", ";", "=", "\"", "multipart/"])
        .run(|bytes| match boundary(&String::from_utf8_lossy(bytes)) {
            None => Said::Refused("not many parts".to_owned()),
            Some(found) => Said::of(&found, |boundary| {
                assert!((1..=70).contains(&boundary.len()));
                boundary.len()
            }),
        });
}
