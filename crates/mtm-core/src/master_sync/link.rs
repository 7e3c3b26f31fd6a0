//! What is known of a part that both systems have, or should.

use super::field::{Deed, Difference, Field, NO, Values, YES};
use super::judge::TOO_MANY_GONE;
use crate::sync::Mode;

/// What is known of a part of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// Its code, as they spell it.
    pub code: String,
    /// What both last agreed on.
    pub agreed: Values,
    /// What they say that somebody decided not to take, for as long as they say it.
    pub kept: Values,
    /// Whether it is not there any more.
    pub gone: bool,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Why what was to be taken was not, by a code.
    pub cause: Option<String>,
}

impl Link {
    /// Whether nothing becomes of what differs before somebody did something.
    pub fn waits(&self, mode: Mode) -> bool {
        match mode {
            Mode::Off | Mode::Shadow => false,
            Mode::Worklist => !self.differences.is_empty(),
            Mode::Automatic => self.differences.iter().any(|it| it.asks),
        }
    }

    /// These became here as they are there.
    pub fn took(&mut self, fields: &[Field]) {
        for it in &self.differences {
            if fields.contains(&it.field) && it.field != Field::Part {
                self.agreed.insert(it.field, it.theirs.clone());
            }
        }
        if fields.contains(&Field::Part) {
            self.agreed.insert(Field::Retired, NO.to_owned());
        }
        self.differences.retain(|it| !fields.contains(&it.field));
    }

    /// Whether they retired it, and neither was that taken nor did anybody decide against it. One that was to be
    /// taken and could not be, because there is stock of it, is none of a flood.
    pub fn is_retired_lately(&self, said: Option<&str>) -> bool {
        if self.cause.as_deref().is_some_and(|cause| cause != TOO_MANY_GONE) {
            return false;
        }
        let is_settled = [&self.agreed, &self.kept]
            .iter()
            .any(|all| all.get(&Field::Retired).is_some_and(|known| known == YES));
        said.is_none_or(|said| said == YES) && !is_settled
    }

    /// These were to be taken, and could not be: somebody has to see to it.
    pub fn refused(&mut self, fields: &[Field], cause: &str) {
        for it in self.differences.iter_mut().filter(|it| fields.contains(&it.field)) {
            it.asks = true;
        }
        self.cause = Some(cause.to_owned());
    }

    /// These stay as they are, until they say something else.
    pub fn keep(&mut self, fields: &[Field]) {
        for it in &self.differences {
            if fields.contains(&it.field) {
                self.kept.insert(it.field, it.theirs.clone());
            }
        }
        // Who does not want a part does not want what would be said of it.
        let all = fields.contains(&Field::Part);
        self.differences.retain(|it| !all && !fields.contains(&it.field));
    }

    /// What of the differences somebody means: all that `deed` can be done to, where they name none.
    pub fn meant(&self, deed: Deed, fields: &[Field]) -> Vec<Field> {
        let can = |it: &&Difference| deed == Deed::Keep || it.field.can_be_taken();
        let is_meant = |it: &&Difference| fields.is_empty() || fields.contains(&it.field);
        self.differences.iter().filter(can).filter(is_meant).map(|it| it.field).collect()
    }
}
