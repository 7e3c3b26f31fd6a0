//! A label: a template and what is known, as the bytes that were asked for.

use std::collections::BTreeMap;

use mtm_core::code::Code;
use mtm_core::label::{self, Dpi, Fields, Finding, LabelError, Subject, Template};
use mtm_core::policy::Deed;
use mtm_store::Fault;
use serde::{Deserialize, Serialize};

use super::fields::unprintable;
use super::template::parse;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// What a label is wanted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LabelFormat {
    /// ZPL II, the language of label printers.
    Zpl,
    /// A picture, dot for dot.
    Png,
    /// A page of the label's size.
    Pdf,
}

impl LabelFormat {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Zpl => "application/vnd.zebra-zpl",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// Its name, which is the ending of its files as well.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zpl => "zpl",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Zpl, Self::Png, Self::Pdf].into_iter().find(|format| format.as_str() == name)
    }
}

/// Which label is wanted, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenderBody {
    /// As what.
    pub format: LabelFormat,
    /// The printer's resolution, for ZPL and pictures: 203, 300 or 600.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = u16, example = 203))]
    pub dpi: Dpi,
    /// Whether it says that it is a copy.
    #[serde(default)]
    pub copy: bool,
    /// Which lot, location, part, user (by login) or count (by identity); what is known of it is read
    /// now. Either this or `fields`.
    #[serde(default)]
    pub of: Option<String>,
    /// What is on the label, by field. Either this or `of`.
    #[serde(default)]
    pub fields: Option<BTreeMap<String, String>>,
    /// A text of a template to be tried, instead of the one that is kept.
    #[serde(default)]
    pub text: Option<String>,
}

/// A template to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckBody {
    /// The printer's resolution: 203, 300 or 600.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = u16, example = 203))]
    pub dpi: Dpi,
    /// Which one it is tried with; without it a sample of the plant.
    #[serde(default)]
    pub of: Option<String>,
    /// A text to be tried, instead of the one that is kept.
    #[serde(default)]
    pub text: Option<String>,
}

/// What was found wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checked {
    /// What it is about.
    pub subject: Subject,
    /// Which one it was tried with; null where the plant has none, and nothing was tried.
    pub of: Option<String>,
    /// What scanners or people will have trouble with.
    pub findings: Vec<Finding>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// As what.
    pub format: LabelFormat,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl App {
    /// Makes a label by the template of this name.
    pub async fn render_label(
        &self,
        who: &Principal,
        name: &str,
        body: &RenderBody,
    ) -> Result<Label, AppError> {
        let template = self.template_or(who, name, body.text.as_deref()).await?;
        let fields = match (&body.of, &body.fields) {
            (Some(key), None) => self.label_fields(who, template.of, key).await?,
            (None, Some(given)) => given_fields(template.of, given)?,
            _ => {
                let message = "say `of` what it is, or give its `fields`; one of both";
                return Err(AppError::field("of", Code::InvalidBody, message));
            }
        };
        make(template, fields, body.format, body.dpi, body.copy).await
    }

    /// Looks at the template of this name as a label of something of the plant.
    pub async fn check_label(
        &self,
        who: &Principal,
        name: &str,
        body: &CheckBody,
    ) -> Result<Checked, AppError> {
        let template = self.template_or(who, name, body.text.as_deref()).await?;
        let subject = template.of;
        let of = match &body.of {
            Some(key) => Some(key.clone()),
            None => self.label_sample(who, subject).await?,
        };
        let Some(key) = &of else { return Ok(Checked { subject, of, findings: Vec::new() }) };
        let fields = self.label_fields(who, subject, key).await?;
        let findings =
            label::lint(&template, &fields, body.dpi).map_err(|error| unprintable(&error))?;
        Ok(Checked { subject, of, findings })
    }

    /// The text that is tried, or the one that is kept.
    async fn template_or(
        &self,
        who: &Principal,
        name: &str,
        text: Option<&str>,
    ) -> Result<Template, AppError> {
        who.require(Deed::Look)?;
        match text {
            Some(text) => parse(text),
            None => self.label_template(who, name).await?.template(),
        }
    }
}

fn given_fields(of: Subject, given: &BTreeMap<String, String>) -> Result<Fields, AppError> {
    let mut fields = Fields::of(of);
    for (name, value) in given {
        fields.set(name, value).map_err(|error| unprintable(&error))?;
    }
    Ok(fields)
}

/// Draws off the async threads: a large label at a high resolution has some ten million dots.
async fn make(
    template: Template,
    fields: Fields,
    format: LabelFormat,
    dpi: Dpi,
    copy: bool,
) -> Result<Label, AppError> {
    let work = move || -> Result<Vec<u8>, LabelError> {
        match format {
            LabelFormat::Zpl => label::zpl(&template, &fields, dpi, copy).map(String::into_bytes),
            LabelFormat::Png => label::png(&template, &fields, dpi, copy),
            LabelFormat::Pdf => label::pdf(&template, &fields, copy),
        }
    };
    let made = tokio::task::spawn_blocking(work).await;
    let made = made.map_err(|error| Fault::Permanent(format!("a label was not drawn: {error}")))?;
    Ok(Label { format, bytes: made.map_err(|error| unprintable(&error))? })
}
