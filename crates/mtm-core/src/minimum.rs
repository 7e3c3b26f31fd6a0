//! When the stock of a part falls below its minimum: told once, until it has recovered.

/// What became of a part's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It fell below the minimum, and nobody was told yet.
    Fell,
    /// It was told to be below, and is not any more.
    Recovered,
}

/// Whether `quantity` is news about a part of which others were told that it is below its minimum,
/// or not. A stock that is exactly the minimum is enough.
pub fn turn(told: bool, quantity: i64, minimum: i64) -> Option<Turn> {
    match (told, quantity < minimum) {
        (false, true) => Some(Turn::Fell),
        (true, false) => Some(Turn::Recovered),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_is_told_once_until_the_stock_has_recovered() {
        let mut told = false;
        let mut news = Vec::new();
        for quantity in [100, 50, 49, 30, 49, 50, 49, 0, 200] {
            if let Some(turn) = turn(told, quantity, 50) {
                told = turn == Turn::Fell;
                news.push((quantity, turn));
            }
        }
        let fell = Turn::Fell;
        let recovered = Turn::Recovered;
        assert_eq!(news, [(49, fell), (50, recovered), (49, fell), (200, recovered)]);
    }
}
