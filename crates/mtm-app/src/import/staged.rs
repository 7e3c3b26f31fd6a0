//! The accepted rows of an import, kept in blocks until they are taken over.

use std::ops::Range;

use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::Fault;
use mtm_store::record::{ImportBlock, ImportRecord};

use super::routing;
use super::table::Line;
use crate::App;
use crate::error::AppError;

/// Rows of a block.
const BLOCK: usize = 1_000;
/// How long after it was looked at an import may be taken over. The keys of its steps, which say
/// how far it has come, are kept a day longer.
const DAYS: i64 = 29;
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// A kept row: its line in the file and its cells.
pub(super) type Kept = (u64, Vec<String>);

/// Some kept rows.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Which of the accepted rows, counted from 0.
    pub(super) rows: Range<u32>,
    kept: Vec<Kept>,
}

impl Block {
    fn read(block: ImportBlock) -> Result<Self, Fault> {
        let kept = serde_json::from_str(&block.body)
            .map_err(|error| Fault::Permanent(format!("kept rows of an import: {error}")))?;
        Ok(Self { rows: block.rows, kept })
    }

    /// Those of `rows` that are in this block.
    pub(super) fn part(&self, rows: &Range<u32>) -> &[Kept] {
        let at = |row: u32| row.saturating_sub(self.rows.start) as usize;
        self.kept.get(at(rows.start)..at(rows.end)).unwrap_or_default()
    }

    /// The line of `row` in the file.
    pub(super) fn line(&self, row: u32) -> Option<u64> {
        self.part(&(row..row + 1)).first().map(|(line, _)| *line)
    }
}

impl App {
    /// Keeps accepted rows, block by block: others book in between.
    pub(super) async fn keep_rows(&self, id: ImportId, rows: &[&Line]) -> Result<(), AppError> {
        self.keep_blocks(id, rows.chunks(BLOCK)).await
    }

    /// The same for routings: no version is cut in two.
    pub(super) async fn keep_versions(
        &self,
        id: ImportId,
        headers: &[String],
        rows: &[&Line],
    ) -> Result<(), AppError> {
        let blocks = routing::blocks(headers, &self.site().zone, rows, BLOCK);
        self.keep_blocks(id, blocks.iter().map(Vec::as_slice)).await
    }

    async fn keep_blocks<'l>(
        &self,
        id: ImportId,
        blocks: impl Iterator<Item = &'l [&'l Line]>,
    ) -> Result<(), AppError> {
        let mut first = 0;
        for lines in blocks {
            let kept: Vec<_> = lines.iter().map(|line| (line.number, &line.cells)).collect();
            let body = serde_json::to_string(&kept)
                .map_err(|error| Fault::Permanent(error.to_string()))?;
            let last = first + u32::try_from(kept.len()).unwrap_or(u32::MAX);
            let block = ImportBlock { rows: first..last, body };
            self.ledger().keep_import_rows(id, block).await?;
            first = last;
        }
        Ok(())
    }

    /// How many rows there are to take over; refused where they are not kept any more.
    pub(super) async fn staged(&self, record: &ImportRecord) -> Result<u32, AppError> {
        let oldest = self.clock().now().plus_micros(-DAYS * DAY_MICROS);
        if record.created_at < oldest {
            let message = format!(
                "the file was looked at {}, more than {DAYS} days ago; undo what was taken over of \
                 it, if anything was, and bring it again",
                record.created_at
            );
            return Err(AppError::refused(Code::TooOld, message));
        }
        let rows = self.ledger().kept_import_rows(record.id).await?;
        if rows == 0 && record.rows > record.refused {
            let message = "its rows are not kept; bring the file again";
            return Err(AppError::refused(Code::Stale, message));
        }
        Ok(rows)
    }

    /// The block among whose rows is `row`.
    pub(super) async fn block(&self, id: ImportId, row: u32) -> Result<Block, AppError> {
        let block = self.ledger().import_rows(id, row).await?.ok_or_else(|| {
            let message = "its rows are not kept; somebody took it over or gave it up meanwhile";
            AppError::refused(Code::Stale, message)
        })?;
        Ok(Block::read(block)?)
    }
}
