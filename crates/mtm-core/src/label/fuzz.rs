//! Templates that nobody should write: refused with what is wrong, or a label that is no larger than it says.

use mtm_testkit::{Fuzz, Said};

use super::*;

/// Keys, kinds and values of templates.
const WORDS: [&str; 37] = [
    "[[element]]\n",
    "kind = \"text\"\n",
    "kind = \"copy\"\n",
    "kind = \"box\"\n",
    "kind = \"line\"\n",
    "kind = \"qr\"\n",
    "kind = \"datamatrix\"\n",
    "kind = \"gs1-datamatrix\"\n",
    "kind = \"code128\"\n",
    "at = [2, 2]\n",
    "at = [0, 0]\n",
    "at = [300, 300]\n",
    "to = [40, 40]\n",
    "to = [2, 2]\n",
    "size = 4\n",
    "size = 1\n",
    "size = 100\n",
    "width = 1\n",
    "width = 300\n",
    "width = 5\n",
    "height = 300\n",
    "align = \"right\"\n",
    "align = \"center\"\n",
    "thickness = 10\n",
    "module = 0.1\n",
    "module = 5\n",
    "text = \"{part}\"\n",
    "data = \"{lot}\"\n",
    "data = \"(01)09506000134352(10){lot}\"\n",
    "{description}",
    "{{",
    "}}",
    "nan",
    "inf",
    "-0.0",
    "1e-300",
    "\\u00e4",
];

/// Values with everything that printers, escapes and codes could stumble over.
fn fields(of: Subject) -> Fields {
    let mut fields = Fields::of(of);
    for (at, name) in of.fields().iter().enumerate() {
        let value = ["0000012345", "A^XZ~JR\\5E", "Bügel …", "", "_|!#$%&*+;=?@"][at % 5];
        fields.set(name, value).unwrap();
    }
    fields
}

#[test]
fn a_template_is_refused_or_makes_a_label() {
    let seeds = built_in().iter().map(|it| it.text);
    // Pictures are large, and drawn dot by dot.
    Fuzz::new("label templates", seeds).words(WORDS).share(10).growth(4_096).run(|bytes| {
        let template = match Template::parse(&String::from_utf8_lossy(bytes)) {
            Ok(template) => template,
            Err(error) => return Said::Refused(error.to_string()),
        };
        let fields = fields(template.of);
        let copy = bytes.len() % 2 == 0;
        let zpl = zpl(&template, &fields, Dpi::D203, copy);
        let _ = lint(&template, &fields, Dpi::D203);
        if let Ok(text) = &zpl {
            // One format, and nothing in a field begins a command.
            assert_eq!((text.matches("^XA").count(), text.matches("^XZ").count()), (1, 1));
            assert!(text.is_ascii() && !text.contains('~'));
        }
        let dots = |length: Length| u64::from(length.dots(Dpi::D203));
        if dots(template.width) * dots(template.height) <= 400 * 400 {
            let picture = png(&template, &fields, Dpi::D203, copy);
            let page = pdf(&template, &fields, copy);
            // What a printer cannot be told may still be drawn, and never the other way round.
            assert!(zpl.is_err() || (picture.is_ok() && page.is_ok()), "{picture:?} {page:?}");
            if let Ok(picture) = picture {
                assert!(picture.starts_with(b"\x89PNG") && picture.len() < 64 * 1024);
            }
        }
        Said::of(&zpl, String::len)
    });
}
