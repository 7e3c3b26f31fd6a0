//! The maps that come with the program, to start from.

/// A map that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Its name.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

/// All of them.
pub const READY: [Ready; 3] = [
    Ready { name: "mock-erp", text: include_str!("maps/mock-erp.toml") },
    Ready { name: "inventree", text: include_str!("maps/inventree.toml") },
    Ready { name: "erpnext", text: include_str!("maps/erpnext.toml") },
];

impl Ready {
    /// The map of this name.
    pub fn named(name: &str) -> Option<Self> {
        READY.into_iter().find(|ready| ready.name == name)
    }
}
