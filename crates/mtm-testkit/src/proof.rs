//! Tests that are proofs at another size: `cargo xtask proof` sets how much they do by variables,
//! and records what they say.

use std::env;
use std::fmt::Display;

/// A number that the environment may set, or the one of the bounded run.
#[expect(clippy::panic, reason = "a proof at another size than asked for would be a false record")]
pub fn number(name: &str, otherwise: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => otherwise,
    }
}

/// Says something for the record. The word before it is how the record finds it.
pub fn evidence(line: impl Display) {
    println!("evidence: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_nobody_set_is_the_bounded_one() {
        assert_eq!(number("MTM_NO_SUCH_SIZE", 8), 8);
    }

    #[test]
    #[should_panic(expected = "is not a number")]
    fn a_size_that_is_no_number_is_no_size() {
        number("PATH", 8);
    }
}
