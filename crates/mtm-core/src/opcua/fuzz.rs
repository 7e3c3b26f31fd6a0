//! Lines that no listening program says, and names that no node has.

use mtm_testkit::{Fuzz, Said};

use super::protocol::{Ask, Greeting, Say};
use super::{NodeName, protocol};

const LINES: [&str; 8] = [
    r#"{"protocol":1,"program":"mtm-opcua 0.1.0"}"#,
    r#"{"ask":"listen","server":{"url":"opc.tcp://h:4840","security":"none","certificates":"c","trusted":[],"timeout":5},"nodes":["ns=2;s=A"],"interval":500}"#,
    r#"{"say":"opened","to":{"server":"S","thumbprint":"ab","own_thumbprint":"cd","interval":500,"missing":[[1,"BadNodeIdUnknown"]]}}"#,
    r#"{"say":"batch","gap":true,"at":5,"readings":[{"node":0,"shown":{"total":7},"at":4},{"node":1,"shown":"unavailable"}]}"#,
    r#"{"say":"batch","gap":false,"readings":[{"node":0,"shown":{"nonsense":"-7"}}]}"#,
    r#"{"say":"tags","tags":[{"name":"ns=2;s=A","words":"Good"}]}"#,
    r#"{"say":"done","is_cut":false}"#,
    r#"{"say":"failed","failed":{"trouble":"certificate","message":"nobody trusts it"}}"#,
];
const WORDS: [&str; 16] = [
    "\"say\":",
    "\"batch\"",
    "\"readings\":[",
    "]",
    "{",
    "}",
    "[[",
    "null",
    "9007199254740993",
    "1.5",
    "\"total\":",
    "\"unavailable\"",
    "\\ud800",
    "\"gap\":true,",
    ",",
    "\"at\":-9223372036854775809,",
];

fn again<T>(text: &str) -> Result<T, serde_json::Error>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let read: T = serde_json::from_str(text)?;
    let line = serde_json::to_string(&read)?;
    assert_eq!(serde_json::from_str::<T>(&line)?, read);
    Ok(read)
}

#[test]
fn a_line_that_was_read_is_written_and_read_again() {
    Fuzz::new("OPC UA lines", LINES).words(WORDS).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let greeting = again::<Greeting>(&text);
        let say = again::<Say>(&text);
        if let Ok(Say::Batch { readings, .. }) = &say {
            for reading in readings {
                let value = crate::machine::Value::from(reading.shown.clone());
                let most = protocol::Shown::NONSENSE_MAX;
                assert!(!matches!(value, crate::machine::Value::Nonsense(it) if it.chars().count() > most));
            }
        }
        let ask = again::<Ask>(&text);
        match (greeting, ask, say) {
            (Err(_), Err(_), Err(why)) => Said::Refused(why.to_string()),
            (_, _, say) => Said::Taken(say.map_or(text.len(), |it| format!("{it:?}").len())),
        }
    });
}

#[test]
fn a_name_of_a_node_that_was_read_is_written_and_read_again() {
    let names = [
        "ns=2;s=Press7.Parts",
        "i=2258",
        "nsu=urn:a%3Bb%25c;i=7",
        "ns=3;b=TTEwMA==",
        "ns=65535;g=72962b91-fa75-4ae6-8d28-b404dc7daf63",
    ];
    let words = ["ns=", "nsu=", ";", "s=", "i=", "g=", "b=", "%", "%3B", "%25", "%253b"];
    Fuzz::new("OPC UA node names", names).words(words).run(|bytes| {
        let read = NodeName::parse(&String::from_utf8_lossy(bytes));
        if let Ok(name) = &read {
            assert_eq!(NodeName::parse(&name.to_string()).as_ref(), Ok(name));
        }
        Said::of(&read, |name| name.to_string().len())
    });
}
