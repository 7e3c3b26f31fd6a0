//! Rows in chunks by key: read, written, and told apart by a digest.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::layout::{Kind, Table};
use super::target::{begin, commit, rows_at_once};
use crate::sql::{Bind as _, Connection, Error, Row, Value, params};

/// Rows read at once: what a server sends is held in memory until it is written.
const CHUNK: u32 = 2_000;
/// The same after a chunk of so many bytes.
const FEW: u32 = 100;
const MUCH: usize = 4 << 20;
/// About how many bytes go to a server in one statement.
const STATEMENT_BYTES: usize = 1 << 20;

type Values = Vec<Value<'static>>;

/// All rows of a table, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) rows: u64,
    hash: [u8; 32],
}

/// Copies `table`. `told` hears how many rows are written.
pub(super) fn copy(
    table: &Table,
    from: Connection<'_>,
    to: Connection<'_>,
    told: impl Fn(u64),
) -> Result<Digest, Error> {
    let insert = Insert::into(table, to);
    walk(table, from, |rows, so_far| {
        begin(to)?;
        insert.write(to, rows)?;
        commit(to)?;
        told(so_far);
        Ok(())
    })
}

/// Reads `table`. `told` hears how many rows are read.
pub(super) fn digest(
    table: &Table,
    from: Connection<'_>,
    told: impl Fn(u64),
) -> Result<Digest, Error> {
    walk(table, from, |_, so_far| {
        told(so_far);
        Ok(())
    })
}

fn walk(
    table: &Table,
    from: Connection<'_>,
    mut each: impl FnMut(&[Values], u64) -> Result<(), Error>,
) -> Result<Digest, Error> {
    let (first, next) = selects(table);
    let (mut sha, mut count) = (Sha256::new(), 0);
    let mut rows = read(from.prepare_cached(&first)?.query(params![FEW])?, table)?;
    let mut statement = from.prepare_cached(&next)?;
    while let Some(last) = rows.last() {
        for value in rows.iter().flatten() {
            feed(&mut sha, value);
        }
        count += rows.len() as u64;
        each(&rows, count)?;
        let mut values: Vec<Value<'_>> = table.key.iter().map(|&at| last[at].bind()).collect();
        let size = if bytes(&rows) > MUCH { FEW } else { CHUNK };
        values.push(Value::Int(size.into()));
        rows = read(statement.query(&values)?, table)?;
    }
    Ok(Digest { rows: count, hash: sha.finalize().into() })
}

fn read(mut rows: crate::sql::Rows<'_>, table: &Table) -> Result<Vec<Values>, Error> {
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = table.columns.iter().enumerate();
        all.push(columns.map(|(at, it)| value(&row, at, it.kind)).collect::<Result<_, _>>()?);
    }
    Ok(all)
}

fn value(row: &Row<'_>, at: usize, kind: Kind) -> Result<Value<'static>, Error> {
    Ok(match kind {
        _ if row.is_null(at)? => Value::Null,
        Kind::Int => Value::Int(row.get(at)?),
        Kind::Text => Value::Text(Cow::Owned(row.get(at)?)),
        Kind::Blob => Value::Blob(Cow::Owned(row.get(at)?)),
    })
}

/// Kind, length and bytes: no two rows read alike.
fn feed(sha: &mut Sha256, value: &Value<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Value::Null => (0, &[]),
        Value::Int(number) => {
            sha.update([1]);
            return sha.update(number.to_be_bytes());
        }
        Value::Text(text) => (2, text.as_bytes()),
        Value::Blob(bytes) => (3, bytes),
    };
    sha.update([kind]);
    sha.update((bytes.len() as u64).to_be_bytes());
    sha.update(bytes);
}

/// The statements for the first chunk and for those after a key.
fn selects(table: &Table) -> (String, String) {
    let names = |columns: &mut dyn Iterator<Item = usize>| {
        columns.map(|at| format!("\"{}\"", table.columns[at].name)).collect::<Vec<_>>()
    };
    let columns = names(&mut (0..table.columns.len())).join(", ");
    let keys = names(&mut table.key.iter().copied());
    let (last, order) = (keys.len() + 1, keys.join(", "));
    let mut after = String::new();
    // Written out, because not every engine walks an index for `(a, b) > (?1, ?2)`.
    for (at, key) in keys.iter().enumerate() {
        let number = at + 1;
        // Writing into a string cannot fail.
        let _ = if number == keys.len() {
            write!(after, "{key} > ?{number}")
        } else {
            write!(after, "{key} >= ?{number} AND ({key} > ?{number} OR ")
        };
    }
    after.push_str(&")".repeat(keys.len() - 1));
    let select = format!("SELECT {columns} FROM \"{}\"", table.name);
    // On a server a movement that waits for its place has no key: it is copied by itself.
    let first = &keys[0];
    (
        format!("{select} WHERE {first} IS NOT NULL ORDER BY {order} LIMIT ?1"),
        format!("{select} WHERE {after} ORDER BY {order} LIMIT ?{last}"),
    )
}

/// The statements that write a table's rows.
struct Insert {
    one: String,
    many: String,
    at_once: usize,
}

impl Insert {
    fn into(table: &Table, to: Connection<'_>) -> Self {
        let at_once = rows_at_once(to);
        let names: Vec<_> = table.columns.iter().map(|it| format!("\"{}\"", it.name)).collect();
        let row = format!("({})", vec!["?"; names.len()].join(", "));
        let head = format!("INSERT INTO \"{}\" ({}) VALUES ", table.name, names.join(", "));
        Self {
            one: format!("{head}{row}"),
            many: format!("{head}{}", vec![row; at_once].join(", ")),
            at_once,
        }
    }

    fn write(&self, to: Connection<'_>, rows: &[Values]) -> Result<(), Error> {
        for some in rows.chunks(self.at_once) {
            let together = some.len() == self.at_once && bytes(some) <= STATEMENT_BYTES;
            if together {
                let values: Vec<Value<'_>> = some.iter().flatten().map(Value::bind).collect();
                to.execute(&self.many, &values)?;
            } else {
                for row in some {
                    to.execute(&self.one, row)?;
                }
            }
        }
        Ok(())
    }
}

fn bytes(rows: &[Values]) -> usize {
    let sizes = rows.iter().flatten().map(|value| match value {
        Value::Null | Value::Int(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    });
    sizes.sum()
}
