//! How numbers and times are written.

use maud::{Markup, html};

/// Whole pieces with thousands set apart: `1234567` → `1,234,567`.
pub(crate) fn pieces(quantity: i64) -> String {
    let digits = quantity.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if quantity < 0 {
        out.push('\u{2212}');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A change with its sign: `+500`, `−20`, `0`.
pub(crate) fn change(quantity: i64) -> String {
    if quantity > 0 { format!("+{}", pieces(quantity)) } else { pieces(quantity) }
}

/// `0.9731` → `97.3 %`; never more than it is.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", (share * 1_000.0 + 1e-9).floor() / 10.0)
}

/// `1 lot`, `3 lots`.
pub(crate) fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", pieces(number), if number == 1 { one } else { many })
}

/// A moment given as RFC 3339 UTC; a script rewrites the text in the site's time zone.
pub(crate) fn time(utc: &str) -> Markup {
    let text = match (utc.get(..10), utc.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => utc.to_owned(),
    };
    html! { time datetime=(utc) { (text) } }
}

/// Encodes one query value.
pub(crate) fn query(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// An address with those of the `pairs` that have a value.
pub(crate) fn link(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    for (index, (name, value)) in given.enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        out.push_str(&query(value));
    }
    out
}

/// The address of a lot's page.
pub(crate) fn lot_link(lot: &str) -> String {
    format!("/lot/{}", query(lot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_told_larger_than_it_is() {
        assert_eq!(percent(0.9731), "97.3 %");
        assert_eq!(percent(0.9999), "99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(percent(0.0), "0.0 %");
    }

    #[test]
    fn pieces_set_thousands_apart() {
        for (quantity, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (25_002_500, "25,002,500"),
            (-1_200, "\u{2212}1,200"),
        ] {
            assert_eq!(pieces(quantity), text);
        }
        assert_eq!(pieces(i64::MIN), "\u{2212}9,223,372,036,854,775,808");
        assert_eq!(change(20), "+20");
    }

    #[test]
    fn time_falls_back_to_the_text_it_was_given() {
        assert_eq!(time("soon").into_string(), r#"<time datetime="soon">soon</time>"#);
        assert!(
            time("2026-11-23T04:05:06.123456Z").into_string().contains(">2026-11-23 04:05 UTC<")
        );
    }

    #[test]
    fn links_encode_values_and_leave_out_empty_ones() {
        let address =
            link("/in", &[("part", "CARDBOARD (39X39)"), ("location", ""), ("operation", "19")]);
        assert_eq!(address, "/in?part=CARDBOARD%20%2839X39%29&operation=19");
    }
}
