//! The templates of the site: what the program brings, and what administrators wrote over it.

use std::collections::BTreeMap;

use mtm_core::code::Code;
use mtm_core::label::{BuiltIn, Subject, Template, TemplateError, built_in};
use mtm_core::policy::Deed;
use mtm_core::word::Timestamp;
use mtm_store::label::TemplateVersion;
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Deserializer, Serialize};

use super::make::LabelFormat;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most characters of a template's name.
const MAX_NAME: usize = 40;

/// A template as it counts now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelTemplate {
    /// Its name in addresses.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it is about; null where its text cannot be read any more.
    pub of: Option<Subject>,
    /// Its text.
    pub text: String,
    /// The number of its newest version; the `ETag`. 0 where nobody changed what the program brings.
    pub version: u32,
    /// Whether the program brings one of this name, which can be put back.
    pub built_in: bool,
    /// Whether somebody's text counts, and not the program's.
    pub edited: bool,
    /// When it was changed last; null where never.
    pub changed_at: Option<Timestamp>,
    /// By whom.
    pub changed_by: Option<String>,
    /// Why its text cannot be read; null where it can.
    pub problem: Option<String>,
}

impl LabelTemplate {
    /// The one that the program brings, and the newest that was written: nothing where neither stands.
    fn of(brought: Option<&BuiltIn>, written: Option<TemplateVersion>) -> Option<Self> {
        let name = brought.map(|it| it.name.to_owned());
        let name = name.or_else(|| written.as_ref().map(|version| version.name.clone()))?;
        let text = written.as_ref().and_then(|version| version.text.clone());
        let edited = text.is_some();
        let text = text.or_else(|| brought.map(|it| it.text.to_owned()))?;
        let (title, of, problem) = match Template::parse(&text) {
            Ok(template) => (template.title, Some(template.of), None),
            Err(error) => (name.clone(), None, Some(error.to_string())),
        };
        Some(Self {
            name,
            title,
            of,
            text,
            version: written.as_ref().map_or(0, |version| version.number),
            built_in: brought.is_some(),
            edited,
            changed_at: written.as_ref().map(|version| version.recorded_at),
            changed_by: written.map(|version| version.recorded_by),
            problem,
        })
    }

    /// The template, read.
    pub fn template(&self) -> Result<Template, AppError> {
        parse(&self.text)
    }
}

/// A text as a template.
pub(super) fn parse(text: &str) -> Result<Template, AppError> {
    let wrong = |error: TemplateError| AppError::field("text", error.code(), error.to_string());
    Template::parse(text).map_err(wrong)
}

/// What a template shall be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateBody {
    /// Its text. Null puts back what the program brings, and takes away a template that it does not.
    #[serde(deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub text: Option<String>,
}

/// A text or null, but one of both: a body that says nothing takes nothing away.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

fn brought(name: &str) -> Option<&'static BuiltIn> {
    built_in().iter().find(|it| it.name == name)
}

impl App {
    /// Every template as it counts now, by name.
    pub async fn label_templates(&self, who: &Principal) -> Result<Vec<LabelTemplate>, AppError> {
        who.require(Deed::Look)?;
        let written = self.ledger().label_templates().await?;
        let mut written: BTreeMap<_, _> =
            written.into_iter().map(|version| (version.name.clone(), version)).collect();
        let ours = built_in().iter();
        let mut all: Vec<_> =
            ours.filter_map(|it| LabelTemplate::of(Some(it), written.remove(it.name))).collect();
        all.extend(written.into_values().filter_map(|it| LabelTemplate::of(None, Some(it))));
        all.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(all)
    }

    /// A template as it counts now.
    pub async fn label_template(
        &self,
        who: &Principal,
        name: &str,
    ) -> Result<LabelTemplate, AppError> {
        who.require(Deed::Look)?;
        let written = self.ledger().label_template(name.to_owned()).await?;
        LabelTemplate::of(brought(name), written).ok_or_else(|| {
            AppError::refused(Code::NotFound, format!("there is no template {name:?}"))
        })
    }

    /// A template as it counts now, for what the server does by itself.
    pub(crate) async fn label_template_named(&self, name: &str) -> Result<Template, AppError> {
        let written = self.ledger().label_template(name.to_owned()).await?;
        let none = || AppError::refused(Code::NotFound, format!("there is no template {name:?}"));
        LabelTemplate::of(brought(name), written).ok_or_else(none)?.template()
    }

    /// The versions that somebody wrote, the newest first.
    pub async fn label_template_versions(
        &self,
        who: &Principal,
        name: &str,
    ) -> Result<Vec<TemplateVersion>, AppError> {
        who.require(Deed::Look)?;
        Ok(self.ledger().label_template_versions(name.to_owned()).await?)
    }

    /// Writes another version of a template, or puts back what the program brings. `seen` is the number
    /// of the version that the caller saw; 0 for a template that is new.
    pub async fn set_label_template(
        &self,
        who: &Principal,
        name: &str,
        seen: Option<i64>,
        body: &TemplateBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<TemplateVersion>, AppError> {
        who.require(Deed::Administer)?;
        check_name(name)?;
        if let Some(text) = &body.text {
            self.may_replace(who, name, &parse(text)?).await?;
        } else if self.ledger().label_template(name.to_owned()).await?.is_none() {
            let message =
                format!("nobody changed a template {name:?}: there is nothing to put back");
            return Err(AppError::refused(Code::NotFound, message));
        }
        let text = body.text.clone();
        let (name, actor) = (name.to_owned(), who.actor());
        Ok(self.ledger().change_label_template(name, text, seen, actor, key).await?)
    }
}

impl App {
    /// Refuses what would leave printers with labels that cannot be made.
    async fn may_replace(
        &self,
        who: &Principal,
        name: &str,
        template: &Template,
    ) -> Result<(), AppError> {
        if let Ok(before) = self.label_template_named(name).await
            && before.of != template.of
        {
            let message = format!(
                "this template is about a {}: give one about a {} a name of its own",
                before.of.as_str(),
                template.of.as_str()
            );
            return Err(AppError::field("text", Code::InvalidTemplate, message));
        }
        let Some(key) = self.label_sample(who, template.of).await? else { return Ok(()) };
        let fields = self.label_fields(who, template.of, &key).await?;
        for (format, dpi) in self.printed_as(name) {
            let made = match format {
                LabelFormat::Pdf => mtm_core::label::pdf(template, &fields, true).map(drop),
                _ => mtm_core::label::zpl(template, &fields, dpi, true).map(drop),
            };
            made.map_err(|error| {
                let fine = match format {
                    LabelFormat::Pdf => "as a page".to_owned(),
                    _ => format!("at {} dots per inch", dpi.number()),
                };
                let message = format!("{fine}, of {key}: {error}");
                AppError::field("text", Code::InvalidTemplate, message)
            })?;
        }
        Ok(())
    }
}

/// Whether a template can be called that: a name stands in addresses and file names.
pub fn is_template_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = name.starts_with('-') || name.ends_with('-');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain) && !ends
}

fn check_name(name: &str) -> Result<(), AppError> {
    if is_template_name(name) {
        return Ok(());
    }
    let message = format!(
        "a name is 1 to {MAX_NAME} of a-z, 0-9 and -, and begins and ends with none of the last"
    );
    Err(AppError::field("name", Code::InvalidParameter, message))
}
