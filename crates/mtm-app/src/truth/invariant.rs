//! What must always hold.

use super::check;

/// Who an invariant is about, and so who tells the world of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The ledger itself: audited and told of by the one server that seals.
    Ledger,
    /// What servers share: seen by each of them, told of by the one that seals.
    Shared,
    /// This server: each tells of its own.
    Here,
}

/// Something that must always hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its name in the API, in metrics and in events.
    pub name: &'static str,
    /// A few words for people.
    pub title: &'static str,
    /// What is looked at.
    pub checks: &'static str,
    /// How often.
    pub often: &'static str,
    /// What red means, and yellow where there is a yellow.
    pub red: &'static str,
    /// What to do.
    pub cure: &'static str,
    /// Who it is about.
    pub scope: Scope,
}

/// Every invariant, in the order in which they are shown.
pub static INVARIANTS: [&Invariant; 14] = [
    &check::database::INVARIANT,
    &check::stock::INVARIANT,
    &check::chain::INVARIANT,
    &check::history::INVARIANT,
    &check::verification::INVARIANT,
    &check::checkpoints::INVARIANT,
    &check::sealing::INVARIANT,
    &check::relays::INVARIANT,
    &check::procedures::INVARIANT,
    &check::servers::INVARIANT,
    &check::clock::INVARIANT,
    &check::disk::INVARIANT,
    &check::secrets::INVARIANT,
    &check::tasks::INVARIANT,
];

/// The invariant of this name.
pub(super) fn named(name: &str) -> Option<&'static Invariant> {
    INVARIANTS.into_iter().find(|invariant| invariant.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as the documentation has it.
    fn table() -> String {
        let mut lines = vec![
            "| invariant | what is checked | how often | what red means | what to do |".to_owned(),
            "|---|---|---|---|---|".to_owned(),
        ];
        lines.extend(INVARIANTS.iter().map(|it| {
            format!("| `{}` | {} | {} | {} | {} |", it.name, it.checks, it.often, it.red, it.cure)
        }));
        lines.join("\n")
    }

    #[test]
    fn the_documentation_lists_every_invariant_as_it_is() {
        let page = include_str!("../../../../docs/truth-light.md");
        assert!(page.contains(&table()), "docs/truth-light.md must hold this table:\n{}", table());
    }

    #[test]
    fn a_name_names_one_invariant() {
        for invariant in INVARIANTS {
            assert_eq!(named(invariant.name), Some(invariant));
        }
        assert_eq!(named("luck"), None);
    }
}
