//! One more version inside the writer's transaction.

use mtm_core::catalogue::{PartRecord, RoutingVersion};
use mtm_core::code::Code;
use mtm_core::command::Actor;
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::routing::{self, DraftFault, RoutingDraft};
use mtm_core::word::{PartCode, Timestamp, Yield};
use serde_json::json;

use super::row::RoutingRow;
use crate::sql::params;
use crate::write::{Failure, WriteContext};

/// A change of a part's routing: always another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingChange {
    /// The first version. Refused (`already_exists`) where the part has one.
    Create(RoutingDraft),
    /// Another version. The one that stands is the answer where nothing would change.
    Revise {
        /// What shall hold.
        draft: RoutingDraft,
        /// The number of the newest version that the caller saw; any other is refused (`stale`).
        newest: Option<i64>,
    },
    /// The part has no routing any more.
    Retire {
        /// The part.
        part: PartCode,
        /// From when on; from now on where it is not said.
        from: Option<Timestamp>,
        /// The number of the newest version that the caller saw, where they looked.
        newest: Option<i64>,
    },
}

impl WriteContext<'_> {
    /// Makes one change of a routing, with its audit entry and its event.
    pub(super) fn change_routing(
        &mut self,
        change: &RoutingChange,
        by: &Actor,
    ) -> Result<RoutingRow, Failure> {
        match change {
            RoutingChange::Create(draft) => {
                let (part, version) = self.drafted(draft)?;
                if version.number > 1 {
                    let message = format!("part {} has a routing already", part.code);
                    return Err(Rejection::new(Code::AlreadyExists, "part", message).into());
                }
                self.add_routing(&part, version, "created", by)
            }
            RoutingChange::Revise { draft, newest } => {
                self.refuse_stale(&draft.part, *newest)?;
                let (part, version) = self.drafted(draft)?;
                if let Some(stands) = self.stands(&part, &version, draft.effective_from) {
                    return self.kept(&part, &stands);
                }
                let what = if version.number > 1 { "edited" } else { "created" };
                self.add_routing(&part, version, what, by)
            }
            RoutingChange::Retire { part, from, newest } => {
                self.refuse_stale(part, *newest)?;
                let (part, version) = routing::end(self.catalogue(), self.now(), part, *from)?;
                if let Some(stands) = self.stands(&part, &version, *from) {
                    return self.kept(&part, &stands);
                }
                self.add_routing(&part, version, "retired", by)
            }
        }
    }

    /// Makes one version of a file, which may not be there yet.
    pub(super) fn import_routing(
        &mut self,
        draft: &RoutingDraft,
        by: &Actor,
    ) -> Result<RoutingRow, Failure> {
        let (part, version) = self.drafted(draft)?;
        if self.stands(&part, &version, draft.effective_from).is_some() {
            return Err(routing::stands_already(&part).into());
        }
        let what = if version.number > 1 { "edited" } else { "created" };
        self.add_routing(&part, version, what, by)
    }

    fn drafted(
        &self,
        draft: &RoutingDraft,
    ) -> Result<(std::sync::Arc<PartRecord>, RoutingVersion), Failure> {
        routing::version(self.catalogue(), self.now(), draft).map_err(|faults| {
            let first = faults.into_iter().next().map(DraftFault::named);
            first.map_or_else(|| Failure::Broken("a draft without fault".to_owned()), Into::into)
        })
    }

    /// The version that says what `version` would: then there is nothing to add.
    fn stands(
        &self,
        part: &PartRecord,
        version: &RoutingVersion,
        from: Option<Timestamp>,
    ) -> Option<RoutingVersion> {
        let routing = self.catalogue().routings.of(part.row)?;
        routing::stands(routing, version, from, self.now()).cloned()
    }

    fn refuse_stale(&self, code: &PartCode, seen: Option<i64>) -> Result<(), Failure> {
        let catalogue = self.catalogue();
        let part = catalogue.part(code);
        let newest = part.and_then(|part| catalogue.routings.of(part.row)?.newest());
        let newest = newest.map_or(0, |version| i64::from(version.number));
        match seen {
            Some(seen) if seen != newest => {
                let message = format!("the newest version of the routing is {newest} now");
                Err(Rejection::new(Code::Stale, None, message).into())
            }
            _ => Ok(()),
        }
    }

    /// The row of a version that is kept.
    fn kept(&self, part: &PartRecord, version: &RoutingVersion) -> Result<RoutingRow, Failure> {
        let recorded = self.sql().query_row(
            "SELECT v.recorded_at, u.name FROM routing_version v JOIN user u ON u.id = v.user_id
             WHERE v.part_id = ?1 AND v.number = ?2",
            params![part.row.0, version.number],
            |row| Ok::<_, Failure>((crate::sql::moment(row, 0)?, row.get(1)?)),
        )?;
        RoutingRow::new(self.catalogue(), part.code.clone(), version, recorded)
    }

    fn add_routing(
        &mut self,
        part: &PartRecord,
        version: RoutingVersion,
        what: &str,
        by: &Actor,
    ) -> Result<RoutingRow, Failure> {
        let at = self.now();
        let recorded = (at, by.name.to_string());
        let row = RoutingRow::new(self.catalogue(), part.code.clone(), &version, recorded)?;
        self.insert_routing(part, &version, by, at)?;
        self.catalogue_mut().routings.add(part.row, version);
        let facts = json!({
            "change": what, "noun": "routing", "id": part.header.id, "code": part.code,
            "version": row.version, "effective_from": row.effective_from, "steps": row.steps,
        });
        self.audit("master", by.id, at, &facts)?;
        let mut data = serde_json::to_value(&row)
            .map_err(|error| Failure::Broken(format!("a routing cannot be told: {error}")))?;
        data["noun"] = "routing".into();
        data["code"] = part.code.as_str().into();
        data["change"] = what.into();
        self.emit(EventType::MasterChanged, part.code.as_str(), at, &data, None)?;
        Ok(row)
    }

    fn insert_routing(
        &self,
        part: &PartRecord,
        version: &RoutingVersion,
        by: &Actor,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let connection = self.sql();
        connection.execute(
            "INSERT INTO routing_version (part_id, number, effective_from, recorded_at, user_id)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                part.row.0,
                version.number,
                version.effective_from.micros(),
                at.micros(),
                by.id.0
            ],
        )?;
        let id = connection.last_insert_rowid();
        for step in version.steps.iter() {
            connection.execute(
                "INSERT INTO routing_step (version_id, position, operation_id, location_id, yield_ppm)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id,
                    step.position,
                    step.operation.0,
                    step.location.map(|location| location.0),
                    step.yields.map(Yield::millionths),
                ],
            )?;
        }
        Ok(())
    }
}
