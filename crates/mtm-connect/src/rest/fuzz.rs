//! Mapping files that nobody should write.

use mtm_testkit::{Fuzz, Said};

use super::Mapping;

#[test]
fn a_mapping_file_is_read_or_refused_with_everything_that_is_wrong() {
    let files = [
        include_str!("maps/mock-erp.toml"),
        include_str!("maps/inventree.toml"),
        include_str!("maps/erpnext.toml"),
    ];
    let words = [
        "[[",
        "]]",
        "[posting.in]\n",
        "path = \"/{a}\"\n",
        "{",
        "}",
        "{{",
        "$.",
        "\"",
        "'",
        " = ",
        "[]",
        "true",
        "-1",
        "\n",
        "#",
        "status",
        "items",
        "value",
        "key",
        "{movement.id}",
        "{part}",
        "body = '''",
        "'''",
    ];
    Fuzz::new("mapping files", files).words(words).share(4).run(|bytes| {
        let read = Mapping::parse(&String::from_utf8_lossy(bytes)).map_err(|faults| {
            assert!(!faults.is_empty());
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        });
        Said::of(&read, |mapping| mapping.about().len())
    });
}
