//! Who may do what in the database.
//!
//! The ledger's tables are written by procedures only, and these run with the rights of an owner
//! nobody can sign in as. The program's own account writes what administration changes: people,
//! tokens, master data, imports. It may ask for anything; a plant's SQL clients see views and call
//! three procedures; reports read what is no secret.

use std::fmt::Write as _;

/// The names of the owner and of the roles of one ledger: two on one server need different ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    prefix: String,
}

/// Somebody with rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// The locked account that owns procedures, triggers and views.
    Owner,
    /// The program.
    App,
    /// A plant's own SQL clients.
    Plant,
    /// Reports.
    Read,
    /// Whoever changes the schema.
    Migrate,
}

/// What a right is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// The whole database.
    Database,
    /// One table or view.
    Table(&'static str),
    /// One procedure.
    Procedure(&'static str),
    /// The server.
    Server,
}

/// Rights of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Right {
    pub(super) who: Who,
    /// As `GRANT` takes them.
    pub(super) privileges: &'static str,
    pub(super) on: On,
}

const fn right(who: Who, privileges: &'static str, on: On) -> Right {
    Right { who, privileges, on }
}

const fn owner(privileges: &'static str, table: &'static str) -> Right {
    right(Who::Owner, privileges, On::Table(table))
}

const fn app(privileges: &'static str, table: &'static str) -> Right {
    right(Who::App, privileges, On::Table(table))
}

const fn plant(procedure: &'static str) -> Right {
    right(Who::Plant, "EXECUTE", On::Procedure(procedure))
}

const fn sees(who: Who, table: &'static str) -> Right {
    right(who, "SELECT", On::Table(table))
}

/// All there are. A table that stands nowhere here is written by nobody but whoever migrates.
pub(super) const RIGHTS: &[Right] = &[
    // The procedures call each other.
    right(Who::Owner, "EXECUTE", On::Database),
    // A trigger fires with its owner's right to have it.
    owner("SELECT, INSERT, UPDATE (sequence), TRIGGER", "movement"),
    owner("SELECT, INSERT, TRIGGER", "audit"),
    owner("SELECT, INSERT, UPDATE", "lot"),
    owner("SELECT, INSERT, UPDATE, DELETE", "stock"),
    owner("SELECT, INSERT, UPDATE", "hold"),
    owner("SELECT, UPDATE (lot_counter, master_version)", "site"),
    owner("SELECT, INSERT, DELETE", "seal_queue"),
    owner("SELECT, INSERT, DELETE", "outbox"),
    owner("SELECT, UPDATE (work)", "lease"),
    owner("SELECT, INSERT, DELETE", "idempotency_key"),
    owner("SELECT", "part"),
    owner("SELECT", "operation"),
    owner("SELECT", "location"),
    owner("SELECT", "item_type"),
    owner("SELECT", "color_code"),
    owner("SELECT", "reason"),
    owner("SELECT", "alias"),
    owner("SELECT", "plant_login"),
    owner("SELECT", "shift_version"),
    owner("SELECT", "shift_span"),
    owner("SELECT (id, name, role, disabled_at)", "user"),
    right(Who::App, "SELECT, EXECUTE", On::Database),
    app("INSERT, UPDATE", "user"),
    app("INSERT, UPDATE", "token"),
    app("INSERT, UPDATE, DELETE", "session"),
    app("INSERT, UPDATE", "setup_link"),
    app("INSERT, DELETE", "identity"),
    app("INSERT, UPDATE", "item_type"),
    app("INSERT, UPDATE", "color_code"),
    app("INSERT, UPDATE", "operation"),
    app("INSERT, UPDATE", "location"),
    app("INSERT, UPDATE", "part"),
    app("INSERT, UPDATE", "reason"),
    // A changed routing is another version.
    app("INSERT", "routing_version"),
    app("INSERT", "routing_step"),
    // So is a changed week of shifts.
    app("INSERT", "shift_version"),
    app("INSERT", "shift_span"),
    // And so is a closing.
    app("INSERT", "period_closing"),
    // And a changed template of a label.
    app("INSERT", "label_template"),
    app("INSERT, DELETE", "alias"),
    app("INSERT, UPDATE", "import"),
    app("INSERT, DELETE", "import_block"),
    app("INSERT, DELETE", "quick_button"),
    app("INSERT, DELETE", "plant_login"),
    // What keeps pieces for somebody moves none: the lots' versions, which procedures write, order it.
    app("INSERT, UPDATE", "reservation"),
    app("INSERT", "reservation_use"),
    app("INSERT, UPDATE", "stock_count"),
    app("INSERT, UPDATE", "count_line"),
    app("INSERT", "count_entry"),
    app("INSERT, UPDATE", "approval"),
    app("INSERT, UPDATE", "webhook"),
    app("INSERT, UPDATE, DELETE", "delivery"),
    app("INSERT, UPDATE, DELETE", "peer_guard"),
    // What two books disagree about is kept, whatever becomes of it.
    app("INSERT, UPDATE", "reconcile_run"),
    app("INSERT, UPDATE", "reconcile_break"),
    app("INSERT", "reconcile_deed"),
    // What other systems are told; a posting is kept, whatever becomes of it.
    app("INSERT, UPDATE", "flow"),
    app("INSERT, UPDATE, DELETE", "flow_posting"),
    app("INSERT, DELETE", "flow_proof"),
    app("INSERT, DELETE", "flow_deed"),
    // Which parts are as another system has them.
    app("INSERT, UPDATE", "master_sync"),
    app("INSERT, UPDATE", "master_link"),
    // Labels on their way to printers.
    app("INSERT, UPDATE", "printer"),
    app("INSERT, UPDATE, DELETE", "print_job"),
    app("INSERT, DELETE", "print_deed"),
    // What machines count, before it is stock.
    app("INSERT, UPDATE", "machine"),
    app("INSERT, UPDATE", "machine_counter"),
    app("INSERT, UPDATE, DELETE", "machine_proposal"),
    app("INSERT, DELETE", "machine_deed"),
    // What planning says; no stock either.
    app("INSERT, UPDATE", "work_order"),
    // What another system's books say; no stock of ours.
    app("INSERT, UPDATE", "erp_peer"),
    app("INSERT, UPDATE, DELETE", "erp_transaction"),
    app("INSERT, UPDATE, DELETE", "erp_block"),
    app("INSERT, UPDATE, DELETE", "erp_sum"),
    app("INSERT, UPDATE", "erp_table"),
    app("INSERT, UPDATE, DELETE", "erp_on_hand"),
    app("INSERT, UPDATE, DELETE", "erp_master"),
    app("INSERT, DELETE", "notice"),
    app("INSERT, UPDATE", "notice_reader"),
    app("INSERT, DELETE", "notice_person"),
    app("INSERT, DELETE", "lot_follow"),
    app("INSERT, UPDATE, DELETE", "notice_way"),
    app("INSERT, DELETE", "notice_letter"),
    app("INSERT, UPDATE", "mail_server"),
    app("INSERT, UPDATE", "inbound_source"),
    app("INSERT", "inbox"),
    app("INSERT, UPDATE, DELETE", "broker"),
    app("INSERT, UPDATE, DELETE", "broker_letter"),
    // An earlier system is taken over and followed, for weeks. Lots and lot numbers go through
    // procedures; its log is kept and never counted.
    app("INSERT", "legacy_migration"),
    app("INSERT, UPDATE", "legacy_follow"),
    app("INSERT, DELETE", "legacy_stock"),
    app("INSERT", "legacy_movement"),
    // Derived from the log, and compared with it by verification.
    app("INSERT, UPDATE, DELETE", "throughput"),
    app("INSERT, UPDATE, DELETE", "derived_position"),
    app("INSERT, DELETE", "below_minimum"),
    app("INSERT, DELETE", "closing"),
    app("INSERT, UPDATE, DELETE", "closing_point"),
    // Lot numbers are leased by a procedure.
    app(
        "UPDATE (name, time_zone, demo, master_version, off_routing, approval_pieces, approval_percent)",
        "site",
    ),
    // Who seals and who administers is agreed here; nothing is booked by it.
    app("UPDATE (owner, fence, expires_at, work)", "lease"),
    plant("mtm_receive"),
    plant("mtm_take"),
    plant("mtm_move"),
    sees(Who::Plant, "plant_stock"),
    sees(Who::Plant, "plant_lot"),
    sees(Who::Plant, "plant_movement"),
    sees(Who::Read, "plant_stock"),
    sees(Who::Read, "plant_lot"),
    sees(Who::Read, "plant_movement"),
    sees(Who::Read, "site"),
    sees(Who::Read, "item_type"),
    sees(Who::Read, "color_code"),
    sees(Who::Read, "operation"),
    sees(Who::Read, "location"),
    sees(Who::Read, "part"),
    sees(Who::Read, "reason"),
    sees(Who::Read, "routing_version"),
    sees(Who::Read, "routing_step"),
    sees(Who::Read, "work_order"),
    sees(Who::Read, "shift_version"),
    sees(Who::Read, "shift_span"),
    sees(Who::Read, "period_closing"),
    sees(Who::Read, "label_template"),
    sees(Who::Read, "lot"),
    sees(Who::Read, "movement"),
    sees(Who::Read, "stock"),
    sees(Who::Read, "hold"),
    sees(Who::Read, "reservation"),
    sees(Who::Read, "reservation_use"),
    sees(Who::Read, "audit"),
    sees(Who::Read, "outbox"),
    right(Who::Read, "SELECT (id, kind, name, display_name, role)", On::Table("user")),
    // It gives what it makes to the roles.
    right(Who::Migrate, "ALL PRIVILEGES", On::Database),
    // Without it nothing can be made for the owner. It is as much as an administrator's right: a
    // login with this role is for migrations only.
    right(Who::Migrate, "SET USER", On::Server),
];

/// The roles, in the order in which they are made.
pub(super) const ROLES: [Who; 4] = [Who::App, Who::Plant, Who::Read, Who::Migrate];

impl Names {
    /// Names that begin so: letters, digits and `_`.
    pub(super) fn new(prefix: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let good = (1..=40).contains(&prefix.len()) && prefix.chars().all(plain);
        good.then(|| Self { prefix: prefix.to_owned() })
    }

    /// Those of a ledger whose procedures belong to `definer`, where that is an owner of ours.
    pub(super) fn of_owner(definer: &str) -> Option<Self> {
        Self::new(definer.strip_suffix("_owner@localhost")?)
    }

    /// Its name, without quotes and host.
    pub(super) fn name(&self, who: Who) -> String {
        let part = match who {
            Who::Owner => "owner",
            Who::App => "app",
            Who::Plant => "plant",
            Who::Read => "read",
            Who::Migrate => "migrate",
        };
        format!("{}_{part}", self.prefix)
    }

    /// Its name as a grantee.
    pub(super) fn grantee(&self, who: Who) -> String {
        match who {
            Who::Owner => format!("'{}'@'localhost'", self.name(who)),
            _ => format!("'{}'", self.name(who)),
        }
    }
}

impl Right {
    /// The statement that gives it in `database`.
    pub(super) fn grant(&self, names: &Names, database: &str) -> String {
        let mut sql = format!("GRANT {} ON {}", self.privileges, self.on.named(database));
        // Writing into a string cannot fail.
        let _ = write!(sql, " TO {}", names.grantee(self.who));
        if matches!((self.who, self.on), (Who::Migrate, On::Database)) {
            sql.push_str(" WITH GRANT OPTION");
        }
        sql
    }
}

impl On {
    /// As `GRANT` names it.
    pub(super) fn named(self, database: &str) -> String {
        // For a whole database the server takes the name for a pattern.
        let pattern = quoted(&database.replace('_', "\\_").replace('%', "\\%"));
        let database = quoted(database);
        match self {
            Self::Database => format!("{pattern}.*"),
            Self::Table(table) => format!("{database}.{}", quoted(table)),
            Self::Procedure(procedure) => format!("PROCEDURE {database}.{}", quoted(procedure)),
            Self::Server => "*.*".to_owned(),
        }
    }
}

/// A name of a database or of something in it.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
