//! The list of keys, opened with `?`.

use maud::{Markup, html};

const KEYS: [(&str, &[&str], &str); 14] = [
    ("Next field; on the last one, save", &["Enter"], ""),
    ("Save or search", &["Ctrl", "S"], ""),
    ("Empty the form", &["Ctrl", "R"], ""),
    ("Undo the last booking (outside a filled field)", &["Ctrl", "Z"], ""),
    ("In, Out, Move, Stock, History", &["Ctrl", "1"], "… 5 (in a browser tab: Alt)"),
    ("Complete", &["Ctrl", "6"], "(in a browser tab: Alt)"),
    ("Quick buttons", &["F1"], "… F10"),
    ("Open the list of a field", &["↓"], "or F4, where it is no quick button"),
    ("Choose in the list", &["↑"], "or ↓, then Enter"),
    ("Close a list, keep the text", &["Esc"], ""),
    ("Accept an exact code", &["Tab"], ""),
    ("Go to the first field", &["/"], ""),
    ("Print the list", &["Ctrl", "P"], ""),
    ("This help", &["?"], ""),
];

/// The dialog; a script opens it.
pub fn dialog() -> Markup {
    html! {
        dialog id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { "Keys and scanner" }
            dl class="keys" {
                @for (what, keys, more) in KEYS {
                    dt {
                        @for (index, key) in keys.iter().enumerate() {
                            @if index > 0 { " + " }
                            kbd { (key) }
                        }
                        @if !more.is_empty() { " " span class="small quiet" { (more) } }
                    }
                    dd { (what) }
                }
            }
            p {
                "Scan at any time: a part, lot, location or work order label goes to its own field, "
                "whichever field has the cursor."
            }
            form method="dialog" class="form-actions" {
                button class="button" type="submit" { "Close" }
            }
        }
    }
}
