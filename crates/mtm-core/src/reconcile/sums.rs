//! Whether a difference is a sum of some of what may be counted or not.

use std::collections::BTreeSet;

/// Sums that are looked at, at most: what takes more is not judged.
const MOST: usize = 400_000;

/// What a difference comes to, given what may be in one figure and not yet in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none.
    Agrees,
    /// It is a sum of what may be counted or not, or there is too much of that to say.
    InMotion,
    /// Nothing young explains it.
    Differs,
}

/// How `difference` stands, where each of `perhaps` may be in it or not.
pub(super) fn standing(difference: i128, perhaps: &[i128]) -> Standing {
    if difference == 0 {
        return Standing::Agrees;
    }
    // All of it is what it mostly is.
    if perhaps.iter().sum::<i128>() == difference {
        return Standing::InMotion;
    }
    let mut reached = BTreeSet::from([0_i128]);
    let mut looked = 0;
    for value in perhaps {
        looked += reached.len();
        if looked > MOST {
            return Standing::InMotion;
        }
        let more: Vec<i128> = reached.iter().map(|sum| sum + value).collect();
        reached.extend(more);
        if reached.contains(&difference) {
            return Standing::InMotion;
        }
    }
    Standing::Differs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_explained_by_some_and_not_by_others() {
        assert_eq!(standing(0, &[]), Standing::Agrees);
        assert_eq!(standing(0, &[5]), Standing::Agrees);
        assert_eq!(standing(5, &[]), Standing::Differs);
        assert_eq!(standing(5, &[7, -2]), Standing::InMotion);
        assert_eq!(standing(4, &[7, -2]), Standing::Differs);
        let many: Vec<i128> = (0..40).map(|n| 1 << n).collect();
        assert_eq!(standing(-1, &many), Standing::InMotion, "too many to say");
    }
}
