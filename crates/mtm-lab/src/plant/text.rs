//! What people write into the notes field: colours, work orders, the next operation, why it waits.

use mtm_core::word::Note;

use super::master::word;
use super::sample::Dice;
use super::shape;

/// A note, as often as people write one.
pub(super) fn note(dice: &mut Dice) -> Option<Note> {
    dice.chance(shape::WITH_NOTES).then(|| word(&text(dice)))
}

fn text(dice: &mut Dice) -> String {
    match dice.below(100) {
        0..22 => {
            format!("color {}", dice.pick(&["red", "blue", "green", "yellow", "white", "orange"]))
        }
        22..45 => format!("WO {:06}", dice.between(58_000, 64_000)),
        45..65 => {
            format!("next op {}", dice.pick(&["20", "30", "50", "70", "90", "109", "919"]))
        }
        65..73 => {
            let of = dice.between(2, 9);
            format!("skid {} of {of}", dice.between(1, of))
        }
        73..80 => format!("tag {}", dice.between(10_000, 99_999)),
        other => PLAIN[usize::try_from(other - 80).unwrap_or_default() % PLAIN.len()].to_owned(),
    }
}

const PLAIN: [&str; 10] = [
    "hold for QC, first piece not released",
    "partial, rest on second shift",
    "needs rework before next op",
    "count checked twice",
    "from outside plating",
    "old revision, use first",
    "repack into returnables",
    "mixed tags, see lead",
    "for morning truck",
    "waiting for paperwork",
];

const SLIPS: [&str; 5] =
    ["wrong quantity", "wrong location scanned", "booked twice", "wrong lot", "wrong part"];

const DOUBTS: [&str; 5] = [
    "certificate missing",
    "burr on the inner edge",
    "first piece not approved",
    "customer complaint open",
    "plating thickness in doubt",
];

/// Why a booking was a slip.
pub(super) fn slip(dice: &mut Dice) -> Note {
    word(SLIPS[dice.index(SLIPS.len())])
}

/// Why material waits.
pub(super) fn hold(dice: &mut Dice) -> Note {
    word(DOUBTS[dice.index(DOUBTS.len())])
}
