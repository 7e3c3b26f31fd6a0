//! Documents as agents of several versions write them, and such as nobody should.

use super::*;

fn read_with(text: &str, tags: &[&str]) -> Result<Document, Unreadable> {
    let tags = tags.iter().map(|it| (*it).to_owned()).collect();
    read(text.as_bytes(), Wanted { tags: &tags, observations: 20 })
}

fn streams_of(text: &str, tags: &[&str]) -> Streams {
    match read_with(text, tags).unwrap() {
        Document::Streams(streams) => streams,
        other => panic!("{other:?}"),
    }
}

fn told(streams: &Streams) -> Vec<(u64, &str, &Value, bool)> {
    let told = |(number, it): &'_ (u64, Reading)| (*number, it.began_again);
    let values = streams.observations.iter();
    values.map(|it| (told(it).0, it.1.tag.as_str(), &it.1.value, told(it).1)).collect()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A maker's own namespace, a condition, and a time without a fraction.
const OLD: &str = r#"<?xml version="1.0" encoding="UTF8"?>
<MTConnectStreams xmlns:m="urn:mtconnect.org:MTConnectStreams:1.2" xmlns="urn:mtconnect.org:MTConnectStreams:1.2" xmlns:x="urn:maker.example:Streams:1.2">
  <Header creationTime="2026-11-29T06:14:00+01:00" sender="shop" instanceId="1480000000" version="1.2.0.9" bufferSize="4096" nextSequence="120" firstSequence="16" lastSequence="150"/>
  <Streams>
    <DeviceStream name="Saw" uuid="S-1">
      <ComponentStream component="Path" name="path1" componentId="p">
        <Events>
          <x:PartCount dataItemId="n2" timestamp="2026-11-29T05:13:58.5Z" sequence="119" subType="GOOD"> 42 </x:PartCount>
          <Execution dataItemId="e" timestamp="2026-11-29T05:13:57Z" sequence="118">ACTIVE</Execution>
          <m:PartCount dataItemId="n" timestamp="yesterday" sequence="117">UNAVAILABLE</m:PartCount>
        </Events>
        <Condition><Normal dataItemId="c" timestamp="2026-11-29T05:13:50Z" sequence="110" type="SYSTEM"/></Condition>
      </ComponentStream>
      <ComponentStream component="Rotary" name="C" componentId="r">
        <Samples><Load dataItemId="l" timestamp="2026-11-29T05:13:51Z" sequence="111">1.25</Load></Samples>
      </ComponentStream>
    </DeviceStream>
  </Streams>
</MTConnectStreams>"#;

#[test]
fn an_old_agent_tells_its_counters_in_the_order_of_their_numbers() {
    let streams = streams_of(OLD, &[]);
    let Streams { instance, first, last, next, .. } = streams;
    assert_eq!((instance, first, last, next), (1_480_000_000, 16, 150, 120));
    assert_eq!(streams.made, Some(at("2026-11-29T05:14:00Z")));
    assert_eq!(streams.newest, Some(at("2026-11-29T05:13:58.5Z")));
    let total = Value::Total(42);
    assert_eq!(
        told(&streams),
        [(117, "n", &Value::Unavailable, false), (119, "n2", &total, false)]
    );
    assert_eq!(streams.observations[0].1.at, None);
    assert_eq!(streams.observations[1].1.at, Some(at("2026-11-29T05:13:58.5Z")));
}

#[test]
fn what_is_wanted_is_told_whatever_it_is_called() {
    let streams = streams_of(OLD, &["l", "n2", "c"]);
    let nonsense = |text: &str| Value::Nonsense(text.to_owned());
    let expected = [
        (110, "c", &nonsense(""), false),
        (111, "l", &nonsense("1.25"), false),
        (119, "n2", &Value::Total(42), false),
    ];
    assert_eq!(told(&streams), expected);
}

fn events(version: &str, events: &str) -> String {
    format!(
        "<m:MTConnectStreams xmlns:m=\"urn:mtconnect.org:MTConnectStreams:{version}\">\n\
         <m:Header creationTime=\"2026-11-29T05:14:00Z\" instanceId=\"1\" version=\"{version}\" firstSequence=\"1\" lastSequence=\"9\" nextSequence=\"10\"/>\n\
         <m:Streams><m:DeviceStream name=\"D\"><m:ComponentStream component=\"Path\"><m:Events>{events}</m:Events>\
         </m:ComponentStream></m:DeviceStream></m:Streams></m:MTConnectStreams>"
    )
}

fn count(sequence: u64, more: &str, value: &str) -> String {
    format!(
        "<m:PartCount dataItemId=\"n\" sequence=\"{sequence}\" timestamp=\"2026-11-29T05:14:00Z\"{more}>{value}</m:PartCount>"
    )
}

#[test]
fn values_are_totals_however_they_are_written() {
    let check = |value: &str, expected: Value| {
        let streams = streams_of(&events("1.7", &count(1, "", value)), &[]);
        assert_eq!(told(&streams), [(1, "n", &expected, false)], "{value}");
    };
    let nonsense = |text: &str| Value::Nonsense(text.to_owned());
    check("<![CDATA[ 7 ]]>", Value::Total(7));
    check("1<!-- between -->2", Value::Total(12));
    check("&#49;3", Value::Total(13));
    check("8.0", Value::Total(8));
    check("-8", nonsense("-8"));
    check("", nonsense(""));
    check("<Entry key=\"a\">1</Entry>", nonsense("several values"));
    check(&format!("5.{}1", "0".repeat(300)), nonsense("a long text"));
}

#[test]
fn a_counter_that_began_again_says_so_and_a_discrete_one_is_no_counter() {
    let of = [
        count(3, " resetTriggered=\"SHIFT\"", "0"),
        count(2, " resetTriggered=\" \"", "9"),
        // The same one twice.
        count(3, " resetTriggered=\"SHIFT\"", "0"),
        "<m:PartCountDiscrete dataItemId=\"d\" sequence=\"4\" timestamp=\"x\">1</m:PartCountDiscrete>".into(),
    ];
    let streams = streams_of(&events("2.0", &of.concat()), &[]);
    let (nine, zero) = (Value::Total(9), Value::Total(0));
    assert_eq!(told(&streams), [(2, "n", &nine, false), (3, "n", &zero, true)]);
}

#[test]
fn a_device_says_what_counts_where_it_is_and_in_which_way() {
    let probe = r#"<?xml version="1.0" encoding="UTF-8"?>
<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:2.0">
  <Header creationTime="2026-11-29T05:14:00Z" sender="shop" instanceId="77" bufferSize="131072" version="2.0.0.12"/>
  <Devices>
    <Agent id="a" uuid="A"><DataItems><DataItem category="EVENT" id="a_avail" type="AVAILABILITY"/></DataItems></Agent>
    <Device id="d" name="VMC-3" uuid="000">
      <Description>A mill</Description>
      <DataItems><DataItem category="EVENT" id="avail" type="AVAILABILITY"/></DataItems>
      <Components>
        <Controller id="ctl" name="Controller"><Components>
          <Path id="p1" name="left"><DataItems>
            <DataItem category="EVENT" id="pc" type="PART_COUNT" name="Good&amp;well" subType="GOOD"><Filters/></DataItem>
            <DataItem category="EVENT" id="pt" type="PART_COUNT" subType="TARGET"/>
            <DataItem category="EVENT" id="pd" type="PART_COUNT" representation="DISCRETE"/>
            <DataItem category="EVENT" id="ps" type="PART_COUNT" representation="DATA_SET"/>
          </DataItems></Path>
        </Components></Controller>
        <Axes id="ax"><DataItems><DataItem category="EVENT" id="plain" type="PART_COUNT" representation="VALUE"/></DataItems></Axes>
      </Components>
    </Device>
  </Devices>
</MTConnectDevices>"#;
    let Document::Devices(devices) = read_with(probe, &["pd", "avail", "gone"]).unwrap() else {
        panic!("no devices")
    };
    assert_eq!((devices.instance, devices.buffer), (77, Some(131_072)));
    let tags: Vec<_> =
        devices.tags.iter().map(|it| (it.name.as_str(), it.words.as_str())).collect();
    let expected = [
        ("pc", "Device VMC-3 / Controller / Path left / Good&well / GOOD"),
        ("pt", "Device VMC-3 / Controller / Path left / TARGET"),
        ("plain", "Device VMC-3 / Axes"),
    ];
    assert_eq!(tags, expected);
    assert_eq!(devices.seen.iter().collect::<Vec<_>>(), ["avail", "pd"]);
}

#[test]
fn errors_are_read_in_their_old_and_newer_ways() {
    let check = |errors: &str, expected: &[(&str, &str)]| {
        let text = format!(
            "<MTConnectError xmlns=\"urn:mtconnect.org:MTConnectError:1.1\"><Header instanceId=\"1\"/>{errors}</MTConnectError>"
        );
        let Document::Errors(said) = read_with(&text, &[]).unwrap() else { panic!("no errors") };
        let said: Vec<_> = said.iter().map(|it| (it.code.as_str(), it.words.as_str())).collect();
        assert_eq!(said, expected);
    };
    check(
        "<Error errorCode=\"NO_DEVICE\">Could not\n find it</Error>",
        &[("NO_DEVICE", "Could not find it")],
    );
    check(
        "<Errors><Error errorCode=\"OUT_OF_RANGE\">'from'</Error><Error errorCode=\"X\"/></Errors>",
        &[("OUT_OF_RANGE", "'from'"), ("X", "")],
    );
    let newer = "<Errors><OutOfRange errorCode=\"OUT_OF_RANGE\"><URI>http://a/sample</URI>\
                 <ErrorMessage>'from' must be less than 8</ErrorMessage></OutOfRange></Errors>";
    check(newer, &[("OUT_OF_RANGE", "'from' must be less than 8")]);
}

#[test]
fn what_is_dangerous_or_broken_is_refused_and_says_where() {
    let refused = |text: &str, line: u64, words: &str| {
        let Unreadable { line: found, message } = read_with(text, &[]).unwrap_err();
        assert!(found == line && message.contains(words), "{text}: line {found}: {message}");
    };
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE b [<!ENTITY a \"xx\"><!ENTITY b \"&a;&a;\">]>\n<b>&b;</b>";
    refused(bomb, 2, "document type");
    refused(&events("1.7", &count(1, "", "&lol;")), 3, "entity");
    refused(&events("1.7", &count(1, " name=\"&lol;\"", "1")), 3, "entity");
    refused(&events("1.7", &"<a>".repeat(80)), 3, "64 deep");
    let many: Vec<String> = (0..70).map(|it| format!(" a{it}=\"\"")).collect();
    refused(&events("1.7", &count(1, &many.concat(), "1")), 3, "64 attributes");
    refused(&events("1.7", &count(1, &format!(" a=\"{}\"", "x".repeat(5_000)), "1")), 3, "4096");
    refused(&events("1.7", &count(1, " a=\"1\" a=\"2\"", "1")), 3, "duplicate");
    refused(&events("1.7", &"<a/>".repeat(21)), 3, "20 observations");
    refused(&events("1.7", "<a></b>"), 3, "well-formed");
    refused(&OLD[..OLD.len() - 30], 18, "cut off");
    refused(&format!("{OLD}<more/>"), 19, "follows the end");
    refused("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", 1, "UTF-8");
    refused("\n<MTConnectStreams>\u{1}</MTConnectStreams>", 1, "U+0001");
    refused("<MTConnectStreams></MTConnectStreams>", 1, "no header");
    refused("<MTConnectStreams><Header instanceId=\"1\"/></MTConnectStreams>", 1, "firstSequence");
    refused(&OLD.replace("1480000000", "-5"), 3, "instanceId");
    refused(&OLD.replace("sequence=\"119\"", ""), 8, "n2 has no number");
    refused("", 1, "no XML");
    let bytes = read(b"<a>\xff</a>", Wanted { tags: &BTreeSet::new(), observations: 20 });
    assert!(bytes.unwrap_err().message.contains("UTF-8"));
}

#[test]
fn every_beginning_of_a_document_is_refused_and_none_is_trouble() {
    for end in 0..OLD.len() {
        assert!(read_with(&OLD[..end], &[]).is_err(), "{end}");
    }
    assert_eq!(read_with("<html><p>hi", &[]), Ok(Document::Other("html".to_owned())));
}
