//! Where in an agent's observations somebody is.

use std::fmt;
use std::str::FromStr;

/// The instance of the agent, and the number of the observation that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) instance: u64,
    pub(super) next: u64,
}

/// It is none: of another protocol, say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let number = |text: &str| {
            let is_number = text.bytes().all(|it| it.is_ascii_digit());
            is_number.then(|| text.parse().ok()).flatten()
        };
        let (instance, next) = text.split_once(':').ok_or(NoPosition)?;
        match (number(instance), number(next)) {
            (Some(instance), Some(next)) => Ok(Self { instance, next }),
            _ => Err(NoPosition),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.instance, self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_written_and_read() {
        let most = Position { instance: u64::MAX, next: 7 };
        assert_eq!(most.to_string().parse(), Ok(most));
        for none in ["", "7", ":", "1:", ":1", "1:-1", "+1:1", "1:1:1", "18446744073709551616:1"] {
            assert_eq!(none.parse::<Position>(), Err(NoPosition), "{none}");
        }
    }
}
