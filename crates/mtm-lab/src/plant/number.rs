//! Part numbers as customers write them: no two alike in style, none of them real.

use std::collections::BTreeSet;

use super::sample::Dice;

/// Patterns: `#` is a digit, `@` a letter, `+` a digit other than zero; the rest stands as it is.
/// The number after each says how common it is. Numbers of digits alone have six or more, so
/// that none can be a quantity.
const PATTERNS: [(&str, u64); 33] = [
    ("+#-#####-0##", 120),
    ("+####-####", 50),
    ("A00######00", 60),
    ("A0+########", 40),
    ("A#####", 70),
    ("A######", 40),
    ("A##-#####-00#", 50),
    ("A######-0#", 30),
    ("+#######", 100),
    ("+######", 55),
    ("+#####", 40),
    ("+#### ###", 10),
    ("+# ### ##", 80),
    ("+# ### ###", 20),
    ("### ### ## ##", 12),
    ("+###.###.###", 20),
    ("+#.####.##.@", 12),
    ("+#.####", 10),
    ("+#####-@", 12),
    ("+######@", 14),
    ("+#######@", 12),
    ("@@-@@-###-@", 16),
    ("@#####@####", 14),
    ("@@@##@##@#", 8),
    ("+@####@", 10),
    ("###-#####-###", 8),
    ("###-####/#", 6),
    ("@@######", 12),
    ("@@#####-0#", 8),
    ("100000####+", 12),
    ("+###########", 10),
    ("@@@-@-###-@@", 6),
    ("@#@###@", 8),
];

/// What is added to the number of a stage of the same part, and how often (a weight).
const STAGES: [(&str, u64); 6] =
    [("", 800), ("-RAW", 40), ("-PKG", 60), ("-MAIN", 25), ("-BLANK", 55), ("-STRIP", 20)];

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPRSTUVWXYZ";

/// Part numbers given out so far.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    taken: BTreeSet<String>,
}

impl Numbers {
    /// An unused number of a manufactured or purchased part.
    pub(super) fn manufactured(&mut self, dice: &mut Dice) -> String {
        loop {
            let pattern = weighted(dice, &PATTERNS);
            let number = fill(pattern, dice) + weighted(dice, &STAGES);
            if self.taken.insert(number.clone()) {
                return number;
            }
        }
    }

    /// An unused number of packaging.
    pub(super) fn packaging(&mut self, dice: &mut Dice) -> String {
        loop {
            let (a, b, c) = (dice.between(8, 60), dice.between(8, 60), dice.between(4, 40));
            let number = match dice.below(4) {
                0 => format!("CARDBOARD ({a}X{b})"),
                1 => format!("BOXES: {a} X {b} X {c}"),
                2 => format!("PALLET {a}X{b}-{c}"),
                _ => format!("TOTE/LID {a}-{b}.{c}"),
            };
            if self.taken.insert(number.clone()) {
                return number;
            }
        }
    }
}

fn weighted(dice: &mut Dice, choices: &[(&'static str, u64)]) -> &'static str {
    let total = choices.iter().map(|choice| choice.1).sum();
    let mut at = dice.below(total);
    for (text, weight) in choices {
        if at < *weight {
            return text;
        }
        at -= weight;
    }
    ""
}

fn fill(pattern: &str, dice: &mut Dice) -> String {
    let mut digit = |low| char::from(b'0' + u8::try_from(dice.between(low, 9)).unwrap_or_default());
    let digits: String = pattern
        .chars()
        .map(|sign| match sign {
            '#' => digit(0),
            '+' => digit(1),
            other => other,
        })
        .collect();
    digits
        .chars()
        .map(|sign| if sign == '@' { char::from(*dice.pick(LETTERS)) } else { sign })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::sample::Concern;
    use mtm_core::word::PartCode;

    #[test]
    fn numbers_are_unique_folded_and_never_a_quantity() {
        let mut dice = Dice::new(5, Concern::Parts);
        let mut numbers = Numbers::default();
        let mut seen = BTreeSet::new();
        for nth in 0..60_000 {
            let number = if nth % 150 == 0 {
                numbers.packaging(&mut dice)
            } else {
                numbers.manufactured(&mut dice)
            };
            let code = PartCode::parse(&number).unwrap();
            assert_eq!(code.as_str(), number, "{number} changes when folded");
            assert!((4..=50).contains(&number.len()), "{number}");
            if number.bytes().all(|byte| byte.is_ascii_digit()) {
                assert!(number.len() >= 6, "{number} could be a quantity");
            }
            assert!(!number.starts_with(['=', '+', '-', '@']), "{number} is a formula");
            assert!(seen.insert(code));
        }
    }
}
