//! Templates of labels: another version each time, never a change of one.

use mtm_core::code::Code;
use mtm_core::command::Actor;
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, Row, moment, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Most templates a site may have beside what the program brings.
pub const MOST_TEMPLATES: usize = 200;
/// Most versions of one template that are shown.
const MOST_VERSIONS: u32 = 200;

macro_rules! templates {
    ($tail:literal) => {
        concat!(
            "SELECT t.name, t.number, t.body, t.recorded_at, user.name
             FROM label_template t JOIN user ON user.id = t.user_id ",
            $tail
        )
    };
}

const NEWEST: &str = templates!(
    "WHERE t.number = (SELECT max(o.number) FROM label_template o WHERE o.name = t.name)
     ORDER BY t.name"
);
const VERSIONS: &str = templates!("WHERE t.name = ?1 ORDER BY t.number DESC LIMIT ?2");

/// A version of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateVersion {
    /// The name of the template.
    pub name: String,
    /// Counted from 1 for each name.
    pub number: u32,
    /// Its text; null where that version put back what the program brings, or took the template away.
    pub text: Option<String>,
    /// When.
    pub recorded_at: Timestamp,
    /// By whom.
    pub recorded_by: String,
}

fn version(row: &Row<'_>) -> Result<TemplateVersion, Error> {
    Ok(TemplateVersion {
        name: row.get(0)?,
        number: row.get(1)?,
        text: row.optional_text(2)?.map(str::to_owned),
        recorded_at: moment(row, 3)?,
        recorded_by: row.get(4)?,
    })
}

impl Ledger {
    /// The newest version of every template that somebody wrote, by name.
    pub async fn label_templates(&self) -> Result<Vec<TemplateVersion>, Fault> {
        self.query(|connection| Ok(connection.prepare_cached(NEWEST)?.query_all(&[], version)?))
            .await
    }

    /// The versions of a template that somebody wrote, the newest first, two hundred at most.
    pub async fn label_template_versions(
        &self,
        name: String,
    ) -> Result<Vec<TemplateVersion>, Fault> {
        self.query(move |connection| Ok(versions(connection, &name, MOST_VERSIONS)?)).await
    }

    /// The newest version of a template, where somebody wrote one.
    pub async fn label_template(&self, name: String) -> Result<Option<TemplateVersion>, Fault> {
        self.query(move |connection| Ok(newest(connection, &name)?)).await
    }

    /// Makes another version of a template. `seen` is the number of the version that the caller saw, 0
    /// where there was none: any other is refused (`stale`). A version that would change nothing is not
    /// made; the answer is the one that stands.
    pub async fn change_label_template(
        &self,
        name: String,
        text: Option<String>,
        seen: Option<i64>,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<TemplateVersion>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                context.change_label_template(&name, text.as_deref(), seen, &actor)
            })?)
        })
        .await
    }
}

fn versions(
    connection: Connection<'_>,
    name: &str,
    most: u32,
) -> Result<Vec<TemplateVersion>, Error> {
    connection.prepare_cached(VERSIONS)?.query_all(params![name, most], version)
}

fn newest(connection: Connection<'_>, name: &str) -> Result<Option<TemplateVersion>, Error> {
    Ok(versions(connection, name, 1)?.pop())
}

impl WriteContext<'_> {
    fn change_label_template(
        &mut self,
        name: &str,
        text: Option<&str>,
        seen: Option<i64>,
        by: &Actor,
    ) -> Result<TemplateVersion, Failure> {
        let stands = newest(self.sql(), name)?;
        let number = stands.as_ref().map_or(0, |version| version.number);
        if seen.is_some_and(|seen| seen != i64::from(number)) {
            let message = format!("the newest version of this template is {number} now");
            return Err(Rejection::new(Code::Stale, None, message).into());
        }
        if let Some(stands) = stands.filter(|stands| stands.text.as_deref() == text) {
            return Ok(stands);
        }
        if number == 0 {
            self.has_room_for_a_template()?;
        }
        let at = self.now();
        let made = TemplateVersion {
            name: name.to_owned(),
            number: number + 1,
            text: text.map(str::to_owned),
            recorded_at: at,
            recorded_by: by.name.to_string(),
        };
        self.sql().execute(
            "INSERT INTO label_template (name, number, body, recorded_at, user_id)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![name, made.number, text, at.micros(), by.id.0],
        )?;
        let change = match (number, text) {
            (_, None) => "put_back",
            (0, _) => "created",
            _ => "edited",
        };
        let facts = json!({
            "change": change, "noun": "label_template", "name": name, "number": made.number,
            "text": text,
        });
        self.audit("master", by.id, at, &facts)?;
        let told = json!({
            "change": change, "noun": "label_template", "name": name, "number": made.number,
        });
        self.emit(EventType::MasterChanged, "label_template", at, &told, None)?;
        Ok(made)
    }

    fn has_room_for_a_template(&self) -> Result<(), Failure> {
        let names: i64 = self.sql().query_row(
            "SELECT count(DISTINCT name) FROM label_template",
            &[],
            |row| row.get(0),
        )?;
        if usize::try_from(names).is_ok_and(|names| names < MOST_TEMPLATES) {
            return Ok(());
        }
        let message = format!("there are {MOST_TEMPLATES} templates; edit one of them instead");
        Err(Rejection::new(Code::TooLarge, None, message).into())
    }
}
