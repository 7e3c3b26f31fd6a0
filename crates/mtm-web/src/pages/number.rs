//! Whole numbers as people type them.

use mtm_app::FieldError;
use mtm_core::code::Code;

use super::form::Form;

/// The whole number in the field `name`; `None` where it is empty. Digits only: a comma may mean
/// thousands to one person and a fraction to the next.
pub(super) fn whole(form: &Form, name: &str) -> Result<Option<i64>, FieldError> {
    let text = form.text(name);
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.map(Some).ok_or_else(|| {
        let message = format!("{text:?} is not a whole number; write digits only");
        FieldError::new(name, Code::InvalidBody, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_number() {
        let read =
            |text: &str| whole(&Form::parse(&format!("quantity={text}")).unwrap(), "quantity");
        assert_eq!(read("1200"), Ok(Some(1200)));
        assert_eq!(read("++7+"), Ok(Some(7)), "blanks around it do no harm");
        assert_eq!(read(""), Ok(None));
        for wrong in ["1,200", "1.5", "-3", "%2B3", "1e3", "99999999999999999999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
