//! Every key there is. The file, the environment, `config show` and the documentation follow it.

mod floor;
mod here;
mod masters;
mod systems;
mod upkeep;

use super::key::{Key, Kind};

/// The keys, in the order they are shown.
pub(crate) const KEYS: &[Key] =
    &joined::<
        {
            here::KEYS.len()
                + systems::KEYS.len()
                + masters::KEYS.len()
                + floor::KEYS.len()
                + upkeep::KEYS.len()
        },
    >([here::KEYS, systems::KEYS, masters::KEYS, floor::KEYS, upkeep::KEYS]);

/// The keys of all `parts`, which are `N` together.
const fn joined<const N: usize>(parts: [&[Key]; 5]) -> [Key; N] {
    let mut all = [Key { name: "", kind: Kind::Text, default: None, about: "" }; N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut nth = 0;
        while nth < parts[part].len() {
            all[at] = parts[part][nth];
            at += 1;
            nth += 1;
        }
        part += 1;
    }
    all
}
