//! Looking at a file: every row's verdict, nothing written but the import and its accepted rows.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::command::Command;
use mtm_core::policy::Deed;
use mtm_core::word::{ImportId, fold};
use mtm_store::Fault;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::record::NewImport;
use sha2::{Digest, Sha256};

use super::detail::{Detail, ImportKind, ImportView, RowError, RowVerdict};
use super::routing::ROUTING_COLUMNS;
use super::row::{Cells, master_columns, movement_columns};
use super::table::{self, Line, Table};
use super::work_order::{Asked, WORK_ORDER_COLUMNS};
use crate::App;
use crate::error::{AppError, FieldError};
use crate::movement::MovementBody;
use crate::principal::Principal;

impl App {
    /// Reads a file and says of every row whether it would be taken over. A file that somebody
    /// began to take over is not begun again: it is shown how far it has come.
    pub async fn preview_import(
        &self,
        who: &Principal,
        kind: ImportKind,
        file_name: &str,
        bytes: Vec<u8>,
    ) -> Result<ImportView, AppError> {
        who.require(Deed::Import)?;
        let source_hash: [u8; 32] = Sha256::digest(&bytes).into();
        if let Some(begun) = self.ledger().begun_import(source_hash, kind.as_str()).await? {
            return self.import(who, begun.id).await;
        }
        let id = ImportId(self.clock().fresh_uuid());
        let newest = *self.ledger().subscribe().borrow();
        let (app, asking) = (self.clone(), who.clone());
        let looked = aside(move || app.look_at(&asking, id, kind, &bytes)).await??;
        let Looked { table, mut verdicts, asked, commands, order, said } = looked;
        self.judge_work_orders(said, &mut verdicts).await?;
        let tried = self.ledger().try_out(commands).await?;
        for (index, rejection) in asked.into_iter().zip(tried) {
            if let Some(rejection) = rejection {
                verdicts[index] = refused(table.lines[index].number, vec![field_of(rejection)]);
            }
        }
        let accepted: Vec<&Line> = if let Some(order) = &order {
            order.iter().map(|at| &table.lines[*at]).collect()
        } else {
            let lines = table.lines.iter().zip(&verdicts);
            lines.filter_map(|(line, verdict)| verdict.accepted.then_some(line)).collect()
        };
        match kind {
            ImportKind::Routings => self.keep_versions(id, &table.headers, &accepted).await?,
            _ => self.keep_rows(id, &accepted).await?,
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (rows, refused) = (count(verdicts.len()), count(verdicts.len() - accepted.len()));
        let detail = Detail {
            headers: table.headers,
            verdicts: Detail::shown(verdicts),
            newest: Some(newest),
        };
        let new = NewImport {
            id,
            kind: kind.as_str().to_owned(),
            file_name: file_name.chars().take(200).collect(),
            source_hash,
            rows,
            refused,
            detail: detail.to_value()?,
        };
        self.ledger().create_import(who.user, new, None).await?;
        self.import(who, id).await
    }

    /// Everything that can be said of a file without asking the ledger.
    fn look_at(
        &self,
        who: &Principal,
        id: ImportId,
        kind: ImportKind,
        bytes: &[u8],
    ) -> Result<Looked, AppError> {
        let table = table::read(bytes)?;
        refuse_unknown_columns(kind, &table)?;
        let noun = match kind {
            ImportKind::Movements => return self.look_at_movements(who, id, table),
            ImportKind::Masters(noun) => noun,
            ImportKind::Routings => {
                let (verdicts, order) = self.judge_routings(&table);
                return Ok(Looked { order: Some(order), ..Looked::of(table, verdicts) });
            }
            ImportKind::WorkOrders => {
                let (verdicts, said) = self.read_work_orders(&table);
                return Ok(Looked { said, ..Looked::of(table, verdicts) });
            }
        };
        let verdicts = self.judge_masters(noun, &table);
        Ok(Looked::of(table, verdicts))
    }

    fn look_at_movements(
        &self,
        who: &Principal,
        id: ImportId,
        table: Table,
    ) -> Result<Looked, AppError> {
        let mut verdicts = Vec::with_capacity(table.lines.len());
        let (mut asked, mut rows) = (Vec::new(), Vec::new());
        for (index, line) in table.lines.iter().enumerate() {
            let row = movement(&table, line).and_then(|body| self.row(&body));
            match row {
                Ok(row) => {
                    asked.push(index);
                    rows.push(row);
                    verdicts.push(accepted(line.number));
                }
                Err(errors) => verdicts.push(refused(line.number, errors)),
            }
        }
        let commands = self.row_commands(who, id, rows)?;
        Ok(Looked { asked, commands, ..Looked::of(table, verdicts) })
    }

    fn judge_masters(&self, noun: MasterNoun, table: &Table) -> Vec<RowVerdict> {
        let mut seen = std::collections::HashSet::new();
        let judge = |line: &Line| match master(table, line, noun) {
            Err(errors) => refused(line.number, errors),
            Ok(new) => {
                let twice = !seen.insert(fold(&new.code));
                if twice || self.exists(noun, &new.code) {
                    let message = if twice {
                        format!("{} stands in the file twice", new.code)
                    } else {
                        format!("{} exists already", new.code)
                    };
                    let error = FieldError::new("code", Code::AlreadyExists, message);
                    refused(line.number, vec![error])
                } else {
                    accepted(line.number)
                }
            }
        };
        table.lines.iter().map(judge).collect()
    }

    fn exists(&self, noun: MasterNoun, code: &str) -> bool {
        let (catalogue, folded) = (self.catalogue(), fold(code));
        match noun {
            MasterNoun::Part => catalogue.parts.by_folded(&folded).is_some(),
            MasterNoun::Operation => catalogue.operations.by_folded(&folded).is_some(),
            MasterNoun::Location => catalogue.locations.by_folded(&folded).is_some(),
            MasterNoun::ItemType => catalogue.item_types.by_folded(&folded).is_some(),
            MasterNoun::ColorCode => catalogue.colors.by_folded(&folded).is_some(),
            MasterNoun::Reason(_) => false,
        }
    }
}

/// A file that was read, and what its rows ask the ledger for.
struct Looked {
    table: Table,
    /// One per line; what the ledger says is not in them yet.
    verdicts: Vec<RowVerdict>,
    /// The lines that ask for something, and what.
    asked: Vec<usize>,
    commands: Vec<Command>,
    /// The accepted lines in the order in which they are kept, where that is not the file's.
    order: Option<Vec<usize>>,
    /// What rows say of work orders.
    said: Vec<Asked>,
}

impl Looked {
    fn of(table: Table, verdicts: Vec<RowVerdict>) -> Self {
        let (asked, commands, said) = (Vec::new(), Vec::new(), Vec::new());
        Self { table, verdicts, asked, commands, order: None, said }
    }
}

pub(super) fn accepted(line: u64) -> RowVerdict {
    RowVerdict { line, accepted: true, effect: String::new(), errors: Vec::new() }
}

pub(super) fn refused(line: u64, errors: Vec<FieldError>) -> RowVerdict {
    let errors = errors.into_iter().map(RowError::from).collect();
    RowVerdict { line, accepted: false, effect: String::new(), errors }
}

/// A refusal as what is wrong with a column.
pub(super) fn field_of(rejection: Rejection) -> FieldError {
    let field = rejection.field.as_deref().unwrap_or("").to_owned();
    FieldError::new(field, rejection.code, rejection.message)
}

/// Runs work that takes long on a thread of its own: whoever books is answered meanwhile.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Fault::Permanent(format!("work on a file did not end: {error}")))
}

pub(super) fn shape(line: &Line) -> Result<(), Vec<FieldError>> {
    match &line.fault {
        None => Ok(()),
        Some(fault) => Err(vec![FieldError::new("", Code::InvalidBody, fault.clone())]),
    }
}

fn movement(table: &Table, line: &Line) -> Result<MovementBody, Vec<FieldError>> {
    shape(line)?;
    Cells { headers: &table.headers, cells: &line.cells }.movement()
}

fn master(table: &Table, line: &Line, noun: MasterNoun) -> Result<NewMaster, Vec<FieldError>> {
    shape(line)?;
    Cells { headers: &table.headers, cells: &line.cells }.master(noun)
}

fn refuse_unknown_columns(kind: ImportKind, table: &Table) -> Result<(), AppError> {
    let known = match kind {
        ImportKind::Movements => movement_columns(),
        ImportKind::Masters(noun) => master_columns(noun),
        ImportKind::Routings => ROUTING_COLUMNS.to_vec(),
        ImportKind::WorkOrders => WORK_ORDER_COLUMNS.to_vec(),
    };
    let unknown: Vec<&str> =
        table.headers.iter().map(String::as_str).filter(|header| !known.contains(header)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let other = match &table.headers {
        headers if *headers == ROUTING_COLUMNS => Some("routings"),
        headers if *headers == WORK_ORDER_COLUMNS => Some("work orders"),
        _ => None,
    };
    if let Some(other) = other {
        return Err(table::unreadable(format!(
            "this is a file of {other}, not of {}; bring it as that",
            kind.as_str().replace('_', " ")
        )));
    }
    Err(table::unreadable(format!(
        "unknown columns: {}; known are {}",
        unknown.join(", "),
        known.join(", ")
    )))
}
