//! What a browser's form sends, read leniently: a field that is missing is empty, a field that is
//! not known is ignored. Whether the text makes sense is judged by the use case it goes to.

use std::borrow::Cow;

use axum::extract::FromRequest;
use axum::extract::Request;
use axum::http::Uri;
use mtm_app::FieldError;
use mtm_core::code::Code;
use percent_encoding::percent_decode;

use crate::problem::Problem;
use crate::request::{media_type, read};
use crate::ui::components::field::Entry;
use crate::web::Shared;

/// Most fields of one form: a screen shows 200 rows of seven fields.
const MOST_FIELDS: usize = 4_000;
const LONGEST_KEY: usize = 128;

/// Fields in the order they were sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded` text.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if fields.len() == MOST_FIELDS {
                return Err(Problem::new(
                    Code::TooLarge,
                    format!("more than {MOST_FIELDS} fields"),
                ));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            fields.push((decode(name)?, decode(value)?));
        }
        Ok(Self(fields))
    }

    /// Reads the query of an address.
    pub(super) fn of_query(uri: &Uri) -> Result<Self, Problem> {
        Self::parse(uri.query().unwrap_or_default())
    }

    /// The first value of `name`, without blanks around it; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of `name` as it was sent, for passwords.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    /// The first value of `name`, unless it is blank.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        let text = self.text(name);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Every value of `name`.
    pub(super) fn values<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every field.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Puts its fields into those of a page, by their names.
    pub(super) fn fill<'e>(&self, entries: impl IntoIterator<Item = (&'e str, &'e mut Entry)>) {
        for (name, entry) in entries {
            self.text(name).clone_into(&mut entry.value);
        }
    }

    /// The key that makes a repetition of this form harmless.
    pub(super) fn key(&self) -> Result<String, Problem> {
        let key = self.text("idempotency_key");
        let usable = (1..=LONGEST_KEY).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_graphic());
        usable.then(|| key.to_owned()).ok_or_else(|| Problem::of(Code::IdempotencyKeyInvalid))
    }

    /// Questions answered with yes.
    pub(super) fn confirmed(&self) -> Vec<String> {
        let mut codes: Vec<String> = self.values("confirm").map(str::to_owned).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// What is wrong with a form itself, and with what it stands for. Where the form has told of a field,
/// what follows from it is not told as well; where it has nothing to say, the use case tells the rest.
pub(super) fn joined(
    mut errors: Vec<FieldError>,
    more: Option<Vec<FieldError>>,
) -> Vec<FieldError> {
    if let Some(more) = more
        && !errors.is_empty()
    {
        let known: Vec<String> = errors.iter().map(|error| error.field.clone()).collect();
        errors.extend(more.into_iter().filter(|error| !known.contains(&error.field)));
    }
    errors
}

fn decode(text: &str) -> Result<String, Problem> {
    let spaced: Cow<'_, str> =
        if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode(spaced.as_bytes())
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| Problem::new(Code::InvalidBody, "the form is not UTF-8 text"))
}

impl FromRequest<Shared> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let form = media_type(request.headers()).is_some_and(|(kind, subtype)| {
            kind.eq_ignore_ascii_case("application")
                && subtype.eq_ignore_ascii_case("x-www-form-urlencoded")
        });
        if !form {
            return Err(Problem::new(
                Code::UnsupportedContent,
                "send application/x-www-form-urlencoded",
            ));
        }
        let body = read(request.into_body(), web.limits().body).await?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Problem::new(Code::InvalidBody, "the form is not UTF-8 text"))?;
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_missing_ones_are_empty() {
        let form =
            Form::parse("part=24+126%20251&confirm=b&confirm=a&confirm=b&note=%C3%B6").unwrap();
        assert_eq!(form.text("part"), "24 126 251");
        assert_eq!(form.confirmed(), ["a", "b"]);
        assert_eq!(form.text("note"), "ö");
        assert_eq!(form.given("operation"), None);
        assert!(Form::parse("a=%ff").is_err());
        assert!(Form::parse(&"a=1&".repeat(MOST_FIELDS + 1)).is_err());
    }

    #[test]
    fn a_form_without_a_usable_key_is_refused() {
        assert_eq!(Form::parse("idempotency_key=k-1").unwrap().key().unwrap(), "k-1");
        for wrong in ["", "idempotency_key=", "idempotency_key=a+b"] {
            assert!(Form::parse(wrong).unwrap().key().is_err(), "{wrong}");
        }
    }
}
