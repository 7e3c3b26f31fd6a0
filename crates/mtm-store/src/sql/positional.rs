//! From numbered parameters to the nameless ones that `MariaDB` knows.

/// A statement with `?` for each parameter, and which value each stands for, counted from 0.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Positional {
    pub(crate) text: String,
    pub(crate) order: Vec<usize>,
}

/// `sql` with nameless parameters.
pub(crate) fn positional(sql: &str) -> Positional {
    Positional::of(sql)
}

impl Positional {
    /// Rewrites `?1` to `?`. Quoted text and comments are left alone.
    pub(super) fn of(sql: &str) -> Self {
        let mut text = String::with_capacity(sql.len());
        let mut order = Vec::new();
        let mut quote = None;
        let mut characters = sql.chars().peekable();
        while let Some(character) = characters.next() {
            text.push(character);
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (None, '\'' | '"' | '`') => quote = Some(character),
                (None, '?') => {
                    let mut number = 0;
                    while let Some(digit) = characters.peek().and_then(|next| next.to_digit(10)) {
                        number = number * 10 + digit as usize;
                        characters.next();
                    }
                    // A bare `?` is the next one, as in the engines themselves.
                    order.push(if number == 0 { order.len() } else { number - 1 });
                }
                _ => {}
            }
        }
        Self { text, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, text: &str, order: &[usize]) {
        let expected = Positional { text: text.to_owned(), order: order.to_vec() };
        assert_eq!(Positional::of(sql), expected);
    }

    #[test]
    fn numbers_become_an_order() {
        check("SELECT 1", "SELECT 1", &[]);
        check("a = ?1 AND b = ?2", "a = ? AND b = ?", &[0, 1]);
        check("?2 IS NULL OR c = ?2 AND d = ?12", "? IS NULL OR c = ? AND d = ?", &[1, 1, 11]);
        check("VALUES (?, ?)", "VALUES (?, ?)", &[0, 1]);
    }

    #[test]
    fn quoted_marks_are_text() {
        check("a = '?1' AND \"b?2\" = ?1", "a = '?1' AND \"b?2\" = ?", &[0]);
        check("a = 'it''s ?3' AND b = ?1", "a = 'it''s ?3' AND b = ?", &[0]);
    }
}
