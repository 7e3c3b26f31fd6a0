//! The templates that the program brings: they count until somebody edits one, and can be put back.

/// A template that the program brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

const BUILT_IN: &[BuiltIn] = &[
    BuiltIn { name: "lot", text: include_str!("built_in/lot.toml") },
    BuiltIn { name: "lot-small", text: include_str!("built_in/lot-small.toml") },
    BuiltIn { name: "location", text: include_str!("built_in/location.toml") },
    BuiltIn { name: "part", text: include_str!("built_in/part.toml") },
    BuiltIn { name: "operation", text: include_str!("built_in/operation.toml") },
    BuiltIn { name: "commands", text: include_str!("built_in/commands.toml") },
    BuiltIn { name: "badge", text: include_str!("built_in/badge.toml") },
    BuiltIn { name: "count", text: include_str!("built_in/count.toml") },
];

/// Every template that the program brings.
pub const fn built_in() -> &'static [BuiltIn] {
    BUILT_IN
}
