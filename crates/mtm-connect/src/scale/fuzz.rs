//! Lines that no scale says.

use mtm_testkit::{Fuzz, Said};

use super::{Mass, Protocol, Reading, Suggestion};

#[test]
fn a_line_of_a_scale_is_a_weight_that_is_shown_as_it_is() {
    let lines = [
        "S S     100.00 g",
        "S D     129.07 g",
        "S S      -12.5 kg",
        "ST,GS,+  12.345kg",
        "S S 000000001 mg",
    ];
    let words = [
        "S ",
        "D ",
        "I",
        "+",
        "-",
        ".",
        ",",
        "kg",
        "lb",
        "oz",
        "mg",
        "t",
        "ST",
        "US",
        "GS",
        "NT",
        "999999999",
        "e9",
    ];
    let pattern = r"(?:(?<stable>ST)|US|OL),(?:GS|NT),(?<value>[+-] *[0-9.]+) *(?<unit>kg|lb)";
    let protocols = [Protocol::Sics, Protocol::pattern(pattern, None).unwrap()];
    let piece: Mass = "300 g".parse().unwrap();
    Fuzz::new("lines of scales", lines).words(words).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut said = Said::Refused("no weight".to_owned());
        for protocol in &protocols {
            match protocol.read(&text) {
                Reading::Stable(mass) => {
                    let again: Mass = mass.to_string().parse().unwrap();
                    assert_eq!(again, mass);
                    let suggestion = Suggestion::of(&mass, &piece);
                    said = Said::Taken(format!("{suggestion:?}").len());
                }
                Reading::Moving => said = Said::Taken(0),
                Reading::TooMuch | Reading::TooLittle | Reading::NotUnderstood | Reading::Other => {
                }
            }
        }
        said
    });
}
