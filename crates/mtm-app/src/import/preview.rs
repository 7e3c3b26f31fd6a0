//! Looking at a file: every row's verdict, nothing written but the import itself.

use mtm_core::code::Code;
use mtm_core::outcome::Verdict;
use mtm_core::policy::Deed;
use mtm_core::word::fold;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::record::NewImport;
use sha2::{Digest, Sha256};

use super::detail::{Detail, ImportKind, ImportView, RowError, RowVerdict};
use super::row::{Cells, master_columns, movement_columns};
use super::table::{self, Line, Table};
use crate::App;
use crate::error::{AppError, FieldError};
use crate::movement::MovementBody;
use crate::principal::Principal;

impl App {
    /// Reads a file and says of every row whether it would be taken over.
    pub async fn preview_import(
        &self,
        who: &Principal,
        kind: ImportKind,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<ImportView, AppError> {
        who.require(Deed::Import)?;
        let table = table::read(bytes)?;
        refuse_unknown_columns(kind, &table)?;
        let verdicts = match kind {
            ImportKind::Movements => self.judge_movements(who, &table).await?,
            ImportKind::Masters(noun) => self.judge_masters(noun, &table),
        };
        let refused = verdicts.iter().filter(|verdict| !verdict.accepted).count();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let detail = Detail {
            headers: table.headers,
            rows: table.lines.into_iter().map(|line| line.cells).collect(),
            verdicts,
        };
        let new = NewImport {
            kind: kind.as_str().to_owned(),
            file_name: file_name.chars().take(200).collect(),
            source_hash: Sha256::digest(bytes).into(),
            rows: count(detail.rows.len()),
            refused: count(refused),
            detail: serde_json::to_value(&detail)
                .map_err(|error| mtm_store::Fault::Permanent(error.to_string()))?,
        };
        let id = self.ledger().create_import(who.user, new, None).await?.value;
        self.import(who, id).await
    }

    /// Judges rows as the ledger would book them one after the other.
    async fn judge_movements(
        &self,
        who: &Principal,
        table: &Table,
    ) -> Result<Vec<RowVerdict>, AppError> {
        let mut verdicts: Vec<RowVerdict> = Vec::with_capacity(table.lines.len());
        let mut waiting: Vec<(usize, MovementBody)> = Vec::new();
        for (index, line) in table.lines.iter().enumerate() {
            match movement(table, line) {
                Ok(body) => {
                    waiting.push((index, body));
                    verdicts.push(RowVerdict { line: line.number, accepted: true, errors: vec![] });
                }
                Err(errors) => verdicts.push(refused(line.number, errors)),
            }
        }
        let bodies: Vec<MovementBody> = waiting.iter().map(|(_, body)| body.clone()).collect();
        let answer = self.preview_all(who, &bodies).await?;
        for ((index, _), verdict) in waiting.iter().zip(answer.verdicts) {
            if let Verdict::Refused(rejection) = verdict {
                let field = rejection.field.as_deref().unwrap_or("").to_owned();
                let error = FieldError::new(field, rejection.code, rejection.message);
                verdicts[*index] = refused(table.lines[*index].number, vec![error]);
            }
        }
        Ok(verdicts)
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
                    RowVerdict { line: line.number, accepted: true, errors: vec![] }
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

fn refused(line: u64, errors: Vec<FieldError>) -> RowVerdict {
    RowVerdict { line, accepted: false, errors: errors.into_iter().map(RowError::from).collect() }
}

fn shape(line: &Line) -> Result<(), Vec<FieldError>> {
    match &line.fault {
        None => Ok(()),
        Some(fault) => Err(vec![FieldError::new("", Code::InvalidBody, fault.clone())]),
    }
}

fn movement(table: &Table, line: &Line) -> Result<MovementBody, Vec<FieldError>> {
    shape(line)?;
    let body = Cells { headers: &table.headers, cells: &line.cells }.movement()?;
    body.parse()?;
    Ok(body)
}

fn master(table: &Table, line: &Line, noun: MasterNoun) -> Result<NewMaster, Vec<FieldError>> {
    shape(line)?;
    Cells { headers: &table.headers, cells: &line.cells }.master(noun)
}

fn refuse_unknown_columns(kind: ImportKind, table: &Table) -> Result<(), AppError> {
    let known = match kind {
        ImportKind::Movements => movement_columns(),
        ImportKind::Masters(noun) => master_columns(noun),
    };
    let unknown: Vec<&str> =
        table.headers.iter().map(String::as_str).filter(|header| !known.contains(header)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(table::unreadable(format!(
        "unknown columns: {}; known are {}",
        unknown.join(", "),
        known.join(", ")
    )))
}
