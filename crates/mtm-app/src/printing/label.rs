//! From what a label is about to what is sent to a printer.

use mtm_connect::printer::Language;
use mtm_core::code::Code;
use mtm_core::label::{self, Dpi, Fields, LabelError, Template};
use mtm_store::Fault;
use mtm_store::print::{Labels, Spelled};

use crate::error::AppError;
use crate::label::unprintable;

/// A label as a printer of this language takes it, the first time and as a copy; drawn off the async threads.
pub(super) async fn spelled(
    template: Template,
    fields: Fields,
    (language, dpi): (Language, Dpi),
) -> Result<Labels, AppError> {
    let spell = move |copy| match language {
        Language::Zpl => label::zpl(&template, &fields, dpi, copy).map(Spelled::Zpl),
        Language::Pdf => label::pdf(&template, &fields, copy).map(Spelled::Pdf),
    };
    let both = move || Ok(Labels { original: spell(false)?, copy: spell(true)? });
    let spelled = tokio::task::spawn_blocking(both).await;
    let spelled =
        spelled.map_err(|error| Fault::Permanent(format!("a label was not drawn: {error}")))?;
    spelled.map_err(|error: LabelError| unprintable(&error))
}

/// What stands on a label, as it is kept.
pub(super) fn kept(fields: &Fields) -> String {
    // Texts by name: there is nothing in them that could not be written.
    serde_json::to_string(fields).unwrap_or_default()
}

/// The same, read.
pub(super) fn read(kept: &str) -> Result<Fields, AppError> {
    serde_json::from_str(kept).map_err(|_| {
        let message =
            "what stands on this label is not understood by this version: ask for it anew";
        AppError::field("fields", Code::InvalidBody, message)
    })
}

/// Which one a label is about: its subject's first field.
pub(super) fn key_of(fields: &Fields) -> String {
    let first = fields.subject().fields().first();
    first.map(|name| fields.text(name).to_owned()).unwrap_or_default()
}
