//! The machine that the agent speaks for: one of a plant, with three counters.

/// Name and identity of the machine.
pub(super) const NAME: &str = "LATHE-1";
pub(super) const UUID: &str = "mtm-lab-lathe-1";

/// Kinds of data, each with a list of its own in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Event,
    Sample,
}

impl Category {
    /// As a data item says it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Event => "EVENT",
            Self::Sample => "SAMPLE",
        }
    }

    /// The list of its observations.
    pub(super) const fn list(self) -> &'static str {
        match self {
            Self::Event => "Events",
            Self::Sample => "Samples",
        }
    }
}

/// Something that the machine shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) category: Category,
    /// Its type as a data item says it, and as an observation is named by it.
    pub(super) kind: &'static str,
    pub(super) element: &'static str,
    pub(super) sub_type: Option<&'static str>,
    /// The component it belongs to, by its place among [`COMPONENTS`].
    pub(super) component: usize,
    /// What it shows first.
    pub(super) begins: &'static str,
}

/// A part of the machine: element, name and id; each lies within the one before.
pub(super) const COMPONENTS: [(&str, &str, &str); 3] =
    [("Device", NAME, "dev"), ("Controller", "control", "ctl"), ("Path", "path1", "path")];

const fn counter(id: &'static str, name: &'static str, sub_type: &'static str) -> Item {
    Item {
        id,
        name,
        category: Category::Event,
        kind: "PART_COUNT",
        element: "PartCount",
        sub_type: Some(sub_type),
        component: 2,
        begins: "0",
    }
}

const fn event(
    id: &'static str,
    kind: &'static str,
    element: &'static str,
    component: usize,
    begins: &'static str,
) -> Item {
    let category = Category::Event;
    Item { id, name: id, category, kind, element, sub_type: None, component, begins }
}

/// All that it shows.
pub(super) const ITEMS: [Item; 6] = [
    event("avail", "AVAILABILITY", "Availability", 0, "AVAILABLE"),
    event("execution", "EXECUTION", "Execution", 2, "ACTIVE"),
    counter("parts", "PartCountAll", "ALL"),
    counter("good", "PartCountGood", "GOOD"),
    counter("bad", "PartCountBad", "BAD"),
    Item {
        id: "load",
        name: "Sload",
        category: Category::Sample,
        kind: "LOAD",
        element: "Load",
        sub_type: None,
        component: 1,
        begins: "12",
    },
];

/// Its place among [`ITEMS`].
pub(super) fn item(id: &str) -> Option<usize> {
    ITEMS.iter().position(|item| item.id == id)
}
