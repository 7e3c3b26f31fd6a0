//! Documents of B2MML: what is written adds up and is understood again, what is read is bounded.

mod hostile;
mod reading;
mod schedule;
mod writing;

use mtm_connect::b2mml::{Header, Scanner, Unreadable};
use mtm_core::word::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn header() -> Header {
    Header {
        id: "019a0000-0000-7000-8000-000000000001".to_owned(),
        site: "Plant <1> & Söhne".to_owned(),
        made_at: at("2026-11-25T06:00:00Z"),
    }
}

/// An element with everything in it.
#[derive(Debug, Default)]
struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (mut scanner, root) = Scanner::begin(bytes)?;
        let node = Self::rest(&mut scanner, root.name)?;
        scanner.finish()?;
        Ok(node)
    }

    fn rest(scanner: &mut Scanner<'_>, name: String) -> Result<Self, Unreadable> {
        const LEAVES: [&str; 24] = [
            "ID",
            "Description",
            "Location",
            "LocationType",
            "QuantityString",
            "DataType",
            "UnitOfMeasure",
            "ValueString",
            "MaterialUse",
            "MaterialDefinitionID",
            "MaterialLotID",
            "Status",
            "Disposition",
            "EquipmentID",
            "EquipmentLevel",
            "PublishedDate",
            "LogicalID",
            "ComponentID",
            "CreationDateTime",
            "BODID",
            "PersonID",
            "ActualStartTime",
            "ActualEndTime",
            "PostingDate",
        ];
        const MORE: [&str; 8] = [
            "OperationsType",
            "ResponseState",
            "SegmentState",
            "ProcessSegmentID",
            "OperationsSegmentID",
            "StartTime",
            "Endtime",
            "OperationsRequestID",
        ];
        let mut node = Self { name, ..Self::default() };
        if LEAVES.contains(&node.name.as_str()) || MORE.contains(&node.name.as_str()) {
            node.text = scanner.text()?;
        } else {
            while let Some(tag) = scanner.child()? {
                node.children.push(Self::rest(scanner, tag.name)?);
            }
        }
        assert_eq!(scanner.faults(), []);
        Ok(node)
    }

    /// Every element of this name, at any depth.
    fn all<'n>(&'n self, name: &str) -> Vec<&'n Node> {
        let mut found: Vec<&Node> = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.all(name));
        }
        found
    }

    fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    /// The pieces that stand directly in it.
    fn pieces(&self) -> i64 {
        let quantity = self.child("Quantity").unwrap();
        quantity.text_of("QuantityString").parse().unwrap()
    }
}
