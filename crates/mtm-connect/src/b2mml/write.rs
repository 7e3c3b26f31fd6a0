//! Writing XML, element by element.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use quick_xml::escape::escape;

use super::{Header, NAMESPACE, RELEASE};
use crate::xml::is_xml;

/// A document that is being written. What it closes it opened; texts are escaped.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    open: Vec<&'static str>,
}

impl Document {
    /// The beginning of the transaction `root`, up to where its data begin.
    pub(super) fn show(root: &'static str, header: &Header) -> Self {
        let mut document = Self { text: String::new(), open: Vec::new() };
        document.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let attributes = [("xmlns", NAMESPACE), ("releaseID", RELEASE)];
        document.open_with(root, &attributes);
        document.open("ApplicationArea");
        document.open("Sender");
        document.leaf("LogicalID", &header.site);
        document.leaf("ComponentID", "mtm");
        document.close();
        document.leaf("CreationDateTime", &header.made_at.to_string());
        document.leaf("BODID", &header.id);
        document.close();
        document.open("DataArea");
        document.empty("Show");
        document
    }

    /// The site as the place that the following is about.
    pub(super) fn scope(&mut self, site: &str) {
        self.open("HierarchyScope");
        self.leaf("EquipmentID", site);
        self.leaf("EquipmentLevel", "Site");
        self.close();
    }

    /// Begins an element.
    pub(super) fn open(&mut self, name: &'static str) {
        self.open_with(name, &[]);
    }

    fn open_with(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.indent();
        self.tag(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that was begun last.
    pub(super) fn close(&mut self) {
        let Some(name) = self.open.pop() else { return };
        self.indent();
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "</{name}>");
    }

    /// Ends everything that was begun.
    pub(super) fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
    }

    /// An element that holds a text.
    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    /// The same with attributes.
    pub(super) fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.indent();
        self.tag(name, attributes);
        let _ = writeln!(self.text, ">{}</{name}>", harmless(text));
    }

    /// An element that holds nothing.
    fn empty(&mut self, name: &str) {
        self.indent();
        let _ = writeln!(self.text, "<{name}/>");
    }

    /// A quantity with its unit.
    pub(super) fn quantity(&mut self, pieces: impl Display, unit: &str) {
        self.open("Quantity");
        self.leaf("QuantityString", &pieces.to_string());
        self.leaf("DataType", "decimal");
        match recommended(unit) {
            Some(code) => {
                let list = [("listID", "UN/ECE Rec 20"), ("name", unit)];
                self.leaf_with("UnitOfMeasure", &list, code);
            }
            None => self.leaf("UnitOfMeasure", unit),
        }
        self.close();
    }

    /// Where pieces are.
    pub(super) fn place(&mut self, location: &str) {
        self.open("StorageLocation");
        self.leaf("Location", location);
        self.leaf("LocationType", "Operational Location ID");
        self.close();
    }

    /// A member that the standard leaves to the sender: `name` and its value within `element`.
    pub(super) fn property(&mut self, element: &'static str, name: &str, kind: &str, value: &str) {
        self.open(element);
        self.leaf("ID", name);
        self.open("Value");
        self.leaf("ValueString", value);
        self.leaf("DataType", kind);
        self.close();
        self.close();
    }

    /// The same for a text that may be absent.
    pub(super) fn text_property(
        &mut self,
        element: &'static str,
        name: &str,
        value: Option<impl AsRef<str>>,
    ) {
        if let Some(value) = value {
            self.property(element, name, "string", value.as_ref());
        }
    }

    /// What was written since it was asked last.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push(' ');
        }
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            let _ = write!(self.text, " {key}=\"{}\"", harmless(value));
        }
    }
}

/// A text as it may stand in a document: escaped, and what XML has no way to say replaced.
fn harmless(text: &str) -> Cow<'_, str> {
    let plain = |c: char| is_xml(c) && c != '\r';
    if text.chars().all(plain) {
        return escape(text);
    }
    let said: String = text.chars().map(|c| if is_xml(c) { c } else { '\u{fffd}' }).collect();
    // A reader takes a bare carriage return for a line break.
    Cow::Owned(escape(said).replace('\r', "&#13;"))
}

/// The code of a unit in Recommendation 20 of the United Nations, which receivers know.
fn recommended(unit: &str) -> Option<&'static str> {
    (unit == "pcs").then_some("H87")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_say_is_replaced_and_the_rest_escaped() {
        assert_eq!(harmless("A<B & \"C\""), "A&lt;B &amp; &quot;C&quot;");
        assert_eq!(harmless("  größe 📦\n"), "  größe 📦\n");
        assert_eq!(harmless("a\u{1}b\u{ffff}c\r"), "a\u{fffd}b\u{fffd}c&#13;");
        assert_eq!(harmless("]]>"), "]]&gt;");
    }
}
