//! Statements whose text differs per engine: what a list holds is taken from JSON in another way,
//! and the planners need other hints. `MariaDB` guesses from statistics, and prefers a scan with a
//! sort as soon as it expects many rows: where rows come in chunks, it is told the index.

use crate::sql::Connection;

/// A statement in the words of each engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialects {
    pub(crate) sqlite: &'static str,
    pub(crate) mariadb: &'static str,
}

impl Dialects {
    /// The same text for both.
    pub(crate) const fn alike(text: &'static str) -> Self {
        Self { sqlite: text, mariadb: text }
    }

    /// The text that `connection` understands.
    pub(crate) const fn on(self, connection: &Connection<'_>) -> &'static str {
        connection.pick(self.sqlite, self.mariadb)
    }
}

/// What the list in a parameter holds, as a table with the column `value`: `json_each` has it by
/// nature.
macro_rules! json_each {
    ($parameter:literal) => {
        concat!("json_each(", $parameter, ")")
    };
}

/// Numbers of the list in a parameter, as a table with the column `value`.
macro_rules! json_numbers {
    ($parameter:literal) => {
        concat!("JSON_TABLE(", $parameter, ", '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed")
    };
}

/// Words of the list in a parameter, as a table with the column `value`.
macro_rules! json_words {
    ($parameter:literal) => {
        concat!(
            "JSON_TABLE(",
            $parameter,
            ", '$[*]' COLUMNS (value VARCHAR(60) PATH '$')) AS listed"
        )
    };
}

pub(crate) use {json_each, json_numbers, json_words};

/// A set of row ids as the list that statements read.
pub(crate) fn id_list<'i>(ids: impl IntoIterator<Item = &'i i64>) -> String {
    let mut list = String::from("[");
    for id in ids {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list.push(']');
    list
}

/// Words as the list that statements read.
pub(super) fn word_list<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    serde_json::Value::from_iter(words).to_string()
}
