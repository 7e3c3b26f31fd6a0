//! GS1 Digital Links: the same identifiers, as the address of a web page.
//!
//! ```text
//! link  = ("http" | "https") "://" host [stem] "/" key "/" value *("/" qualifier "/" value) ["?" query]
//! query = attribute "=" value *("&" attribute "=" value)
//! ```
//!
//! Keys are told by their numbers; qualifiers come in the order of their key, and other identifiers stand
//! in the query, where parameters that are no numbers belong to the page. Nothing is asked over the network: the text says it
//! all. GS1 Digital Link Standard: URI Syntax. Compressed links are not read.

use super::table::{self, Row};
use super::{Element, Fault, Problem, check, check_pairs, keep};

const SCHEMES: [&str; 4] = ["http://", "https://", "HTTP://", "HTTPS://"];
/// What an address may hold besides letters and digits.
const OF_ADDRESSES: &str = "-._~:/?#[]@!$&'()*+,;=%";

/// An identifier and the text of its value, still encoded.
type Pair<'l> = (&'l str, &'l str);

/// Reads a Digital Link. `Ok(None)` where the address names no key, so that it is some other page's.
///
/// ```
/// use mtm_core::scan::gs1;
///
/// let link = "https://example.com/parts/01/09506000134352/10/LOT%2F7?30=48";
/// let said = gs1::read_link(link).unwrap().unwrap();
/// assert_eq!((&*said[1].ai, &*said[1].value), ("10", "LOT/7"));
/// assert_eq!(gs1::read_link("https://example.com/news"), Ok(None));
/// ```
pub fn read(text: &str) -> Result<Option<Vec<Element>>, Fault> {
    let Some(address) = SCHEMES.into_iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return Ok(None);
    };
    let stranger = |c: char| !c.is_ascii_alphanumeric() && !OF_ADDRESSES.contains(c);
    let (address, _) = address.split_once('#').unwrap_or((address, ""));
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let Some((host, path)) = place.split_once('/') else { return Ok(None) };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    if host.is_empty() || !host.chars().all(is_host) {
        return Ok(None);
    }
    let Some((key, pairs)) = key_and_qualifiers(path) else { return Ok(None) };
    if let Some((at, found)) = text.char_indices().find(|(_, c)| stranger(*c)) {
        let problem = Problem::Character { found, expected: "character of a web address" };
        return Err(Fault::nameless(at, problem));
    }
    check_order(key, &pairs)?;
    let mut elements = Vec::new();
    let place_of = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
    for (ai, encoded) in &pairs {
        let value = decoded(encoded, false).ok_or_else(|| not_utf8(ai, place_of(encoded)))?;
        add(&mut elements, ai, &value, place_of(encoded))?;
    }
    let path: Vec<&str> = pairs.iter().map(|(ai, _)| *ai).collect();
    for (name, encoded) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let at = place_of(encoded);
        check_attribute(key, &path, name, &elements, at)?;
        let value = decoded(encoded, true).ok_or_else(|| not_utf8(name, at))?;
        add(&mut elements, name, &value, at)?;
    }
    check_pairs(&elements)?;
    Ok(Some(elements))
}

/// The last key of the path with everything behind it, in pairs.
fn key_and_qualifiers(path: &str) -> Option<(&'static Row, Vec<Pair<'_>>)> {
    let mut pairs = Vec::new();
    let mut segments = path.rsplit('/');
    loop {
        let (value, ai) = (segments.next()?, segments.next()?);
        let row = table::find(ai)?;
        pairs.push((ai, value));
        if row.key.is_some() {
            pairs.reverse();
            return Some((row, pairs));
        }
    }
}

/// Whether `qualifiers` are some of those in `order`, in that order.
fn follows(order: &str, qualifiers: &[&str]) -> bool {
    let mut order = order.split_terminator(' ');
    qualifiers.iter().all(|ai| order.any(|known| known == *ai))
}

fn check_order(key: &Row, pairs: &[Pair<'_>]) -> Result<(), Fault> {
    let qualifiers: Vec<&str> = pairs.iter().skip(1).map(|(ai, _)| *ai).collect();
    let orders = key.key.unwrap_or_default();
    if orders.split('|').any(|order| follows(order, &qualifiers)) {
        return Ok(());
    }
    let key = pairs.first().map_or("", |(ai, _)| *ai);
    let message = format!("({}) do not follow ({key}) like that", qualifiers.join(") ("));
    Err(Fault::new(key, 0, Problem::Link(message)))
}

/// Whether `ai` may stand in the query of a link with these identifiers in its path.
fn check_attribute(
    key: &Row,
    path: &[&str],
    ai: &str,
    elements: &[Element],
    at: usize,
) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::new(ai, at, Problem::Link(message)));
    let Some(row) = table::find(ai) else {
        return fault(format!("({ai}) is no application identifier"));
    };
    if elements.iter().any(|known| known.ai == ai) {
        return Err(Fault::new(ai, at, Problem::Repeated));
    }
    // What could stand in the path with what is there already has to.
    let belongs = key.key.unwrap_or_default().split('|').any(|order| {
        let mut known = order.split_terminator(' ');
        let all = path.iter().skip(1).all(|it| order.split_terminator(' ').any(|one| one == *it));
        all && known.any(|one| one == ai)
    });
    if belongs {
        return fault(format!("({ai}) stands in the query and belongs into the path"));
    }
    if !row.is_attribute {
        return fault(format!("({ai}) must not stand in the query"));
    }
    Ok(())
}

fn add(elements: &mut Vec<Element>, ai: &str, value: &str, at: usize) -> Result<(), Fault> {
    let Some(row) = table::find(ai) else {
        return Err(Fault::new(ai, at, Problem::Unknown(ai.to_owned())));
    };
    check(ai, row, value, at)?;
    keep(elements, ai, row, value, at)
}

fn not_utf8(ai: &str, at: usize) -> Fault {
    let found = "a percent sequence".to_owned();
    Fault::new(ai, at, Problem::Value { found, expected: "text" })
}

/// `%hh` as the byte it stands for, in the query `+` as a blank; none where that is no text.
fn decoded(encoded: &str, is_query: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'%' => {
                let (hex, after) = rest.split_at_checked(2)?;
                rest = after;
                let hex = std::str::from_utf8(hex).ok()?;
                if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                u8::from_str_radix(hex, 16).ok()?
            }
            b'+' if is_query => b' ',
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}
