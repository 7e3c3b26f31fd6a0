//! How much is repeated: a share of what is called, so that repeating never multiplies an outage.

/// What may be repeated. Every first call adds a share of a repetition, every repetition takes a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Hundredths of a repetition that a call adds.
    share: u32,
    /// Hundredths that there are.
    saved: u32,
}

/// A repetition, in hundredths.
const WHOLE: u32 = 100;
/// As much is saved at most, and there at the beginning: a peer that is called rarely is asked twice too.
const MOST: u32 = 10 * WHOLE;

impl Budget {
    /// So many repetitions for a hundred calls.
    pub fn of(percent: u8) -> Self {
        let share = u32::from(percent);
        Self { share, saved: if share == 0 { 0 } else { MOST } }
    }

    /// Something is called for the first time.
    pub fn called(&mut self) {
        self.saved = (self.saved + self.share).min(MOST);
    }

    /// Whether something may be repeated; it counts as done.
    pub fn repeat(&mut self) -> bool {
        let enough = self.saved >= WHOLE;
        if enough {
            self.saved -= WHOLE;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_made_worse_by_its_share_only() {
        let mut budget = Budget::of(10);
        let mut repeated = 0;
        for _ in 0..10_000 {
            budget.called();
            repeated += u32::from(budget.repeat()) + u32::from(budget.repeat());
        }
        assert!((1_000..=1_010).contains(&repeated), "{repeated}");
        assert!(!Budget::of(0).repeat());
    }
}
