//! Documents that mean no good, and documents that are broken.

use mtm_connect::b2mml::{Scanner, definitions, is_schedule, schedules};
use proptest::prelude::*;

const ROOT: &str = "<OperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\">";

fn within(inner: &str) -> String {
    format!("{ROOT}<ID>A</ID>{inner}</OperationsDefinition>")
}

#[test]
fn what_is_dangerous_or_beyond_a_bound_ends_the_reading() {
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let attributes: Vec<_> = (0..40).map(|n| format!(" a{n}=\"\"")).collect();
    let attributes = attributes.concat();
    let long = "n".repeat(200);
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>";
    let outside = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    let cases: Vec<(String, &str)> = vec![
        (format!("{laughs}{}", within("&lol2;")), "document type"),
        (format!("{outside}{}", within("&e;")), "document type"),
        (within("<X>&nbsp;</X>"), "entity"),
        (within("<X>&#0;</X>"), "entity"),
        (within("<X>&#xFFFF;</X>"), "entity"),
        (within(&deep), "deep"),
        (within(&format!("<X{attributes}/>")), "attributes"),
        (within(&format!("<{long}/>")), "no name"),
        (within("<1/>"), "no name"),
        (within("<X a=\"1\" a=\"2\"/>"), "dupl"),
        (within("<X a=\"&e;\"/>"), "cannot be read"),
        (within(&format!("<X a=\"{}\"/>", "v".repeat(5_000))), "longer"),
        (format!("{ROOT}<ID>{}</ID></OperationsDefinition>", "x".repeat(20_000)), "longer"),
        (format!("{ROOT}<ID>A</ID>"), "ends within"),
        (within("<X></Y>"), "well-formed"),
        (within("<X"), "no name"),
        (within("a & b"), "well-formed"),
        (within("<!-- a -- b -->"), "well-formed"),
        (within("\u{1}"), "U+0001"),
        (format!("{}<b/>", within("<OperationsSegment><ID>1</ID></OperationsSegment>")), "follows"),
        (format!("<?xml version=\"1.1\"?>{}", within("")), "1.1"),
        (format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", within("")), "UTF-8"),
        (format!(" <?xml version=\"1.0\"?>{}", within("")), "middle"),
        (within("<x:X/>"), "prefix"),
    ];
    for (text, words) in cases {
        let start: String = text.chars().take(120).collect();
        match definitions(text.as_bytes()) {
            // An element of an unknown prefix is passed over like those of other namespaces.
            Ok(_) => assert_eq!(words, "prefix", "{start}"),
            Err(error) => assert!(error.to_string().contains(words), "{start}: {error}"),
        }
    }
    let mut utf16: Vec<u8> = vec![0xff, 0xfe];
    utf16.extend(within("").encode_utf16().flat_map(u16::to_le_bytes));
    for bytes in [utf16, b"<ID>\xff</ID>".to_vec(), vec![b' '; 65 * 1024 * 1024]] {
        assert!(definitions(&bytes).is_err());
    }
}

#[test]
fn lines_are_counted() {
    let text = within("\n<X/>\n\n<Y>\n</Z>");
    assert_eq!(definitions(text.as_bytes()).unwrap_err().line, 5);
    let text = within("\n<X>&what;</X>");
    assert_eq!(definitions(text.as_bytes()).unwrap_err().line, 2);
}

/// Reads everything there is, however it goes.
fn read_through(bytes: &[u8]) {
    let _ = (definitions(bytes), is_schedule(bytes), schedules(bytes));
    let Ok((mut scanner, _)) = Scanner::begin(bytes) else { return };
    // Every call takes something away, so a document is done with after as many as it has bytes.
    for _ in 0..=bytes.len() {
        match scanner.child() {
            Ok(Some(_)) => {
                if scanner.text().is_err() {
                    return;
                }
            }
            Ok(None) => {
                let _ = scanner.finish();
                return;
            }
            Err(_) => return,
        }
    }
    panic!("the reading does not end");
}

const SEED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<SyncOperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\" releaseID=\"V0700\">
 <DataArea><Sync><ActionCriteria><ActionExpression actionCode=\"Add\">/</ActionExpression></ActionCriteria></Sync>
 <OperationsDefinition><ID>A &amp; B</ID><!-- c --><EffectiveStartDate>2026-12-01</EffectiveStartDate>
 <OperationsSegment><ID>10</ID><ParameterSpecification><ID>Yield</ID><Value><ValueString><![CDATA[98%]]></ValueString>
 </Value></ParameterSpecification></OperationsSegment><OperationsSegment><ID>&#50;0</ID></OperationsSegment>
 </OperationsDefinition></DataArea></SyncOperationsDefinition>";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read_through(&bytes);
    }

    #[test]
    fn markup_at_random_never_panics(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "<", ">", "</", "/>", "<a", "<a>", "</a>", "<?", "?>", "<!--", "-->", "<![CDATA[",
                "]]>", "<!DOCTYPE", "&", "&amp;", "&#x41;", ";", "=", "\"", "'", " ", "xmlns",
                "xmlns=\"http://www.mesa.org/xml/B2MML\"", "xmlns:x=\"\"", "x:y", "ID", "\n", "ü",
                "OperationsDefinition", "<OperationsSegment>", "OperationsSchedule",
                "<OperationsRequest>", "<SegmentRequirement>", "<MaterialRequirement>", "\u{feff}", "<?xml version=\"1.0\"?>",
            ]),
            0..80,
        )
    ) {
        read_through(words.concat().as_bytes());
    }

    #[test]
    fn a_changed_document_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
        seed in prop::sample::select(vec![SEED, super::schedule::WHOLE]),
    ) {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte),
                _ => {
                    let end = (at + usize::from(byte)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        read_through(&bytes);
    }
}
