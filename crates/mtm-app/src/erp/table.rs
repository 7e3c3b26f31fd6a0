//! Tables of the ERP that are read whole: a piece at a time, shown when all of it is here.

use mtm_connect::erp::ErpError;
use mtm_core::erp::protocol::Table;
use mtm_core::erp::{Fields, Flags, RawRow};
use mtm_store::record::ErpRow;

use super::{Reader, ReadingError};

/// Rows written in one transaction.
const PIECE: usize = 500;
/// How often a list is begun that changes while it is read.
const TRIES: u32 = 3;

impl Reader {
    /// Reads a table anew, again from its beginning where it changed meanwhile. What was read before is shown
    /// until this is whole.
    pub(super) async fn table(&mut self, table: Table) -> Result<(), ReadingError> {
        for _ in 1..TRIES {
            match self.table_once(table).await {
                Err(ReadingError::Erp(ErpError::Moved)) => {}
                read => return read,
            }
        }
        self.table_once(table).await
    }

    async fn table_once(&mut self, table: Table) -> Result<(), ReadingError> {
        let (ledger, name) = (self.app.ledger().clone(), self.settings.name.clone());
        let reading = ledger.erp_begin_table(name.clone(), table).await?;
        let mut counts = [0_u64; 3];
        let mut piece = Vec::new();
        self.session().await?;
        // One that fails is of no use any more.
        let Some((mut session, since)) = self.session.take() else {
            return Err(ReadingError::Elsewhere);
        };
        let mut rows = session.table(table).await?;
        while let Some(some) = rows.next().await? {
            for raw in some {
                match row_of(table, &raw) {
                    Some((row, flags)) => {
                        counts[0] += 1;
                        counts[1] += u64::from(!flags.is_empty());
                        piece.push(row);
                    }
                    None => counts[2] += 1,
                }
            }
            if piece.len() >= PIECE {
                let full = std::mem::take(&mut piece);
                if !ledger.erp_add_rows(name.clone(), table, reading, full).await? {
                    return Err(ReadingError::Elsewhere);
                }
            }
            self.renew().await?;
        }
        self.session = Some((session, since));
        let added = ledger.erp_add_rows(name.clone(), table, reading, piece).await?;
        if !added || !ledger.erp_finish_table(name, table, reading, counts).await? {
            return Err(ReadingError::Elsewhere);
        }
        self.renew().await
    }
}

/// A row of a table, and what is odd about it; `None` where it has no key.
fn row_of(table: Table, raw: &RawRow) -> Option<(ErpRow, Flags)> {
    let fields = Fields::of(raw);
    Some(match table {
        Table::OnHand => {
            let (row, flags) = fields.on_hand()?;
            (row.into(), flags)
        }
        Table::Parts => {
            let row = fields.into_part()?;
            let flags = row.flags;
            (row.into(), flags)
        }
        Table::Locations => {
            let row = fields.location()?;
            let flags = row.flags;
            (row.into(), flags)
        }
        Table::WorkOrders => {
            let row = fields.into_work_order()?;
            let flags = row.flags;
            (row.into(), flags)
        }
        Table::Operations => {
            let row = fields.operation()?;
            let flags = row.flags;
            (row.into(), flags)
        }
        Table::PurchaseLines => {
            let row = fields.purchase_line()?;
            let flags = row.flags;
            (row.into(), flags)
        }
    })
}
