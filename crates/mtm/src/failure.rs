//! The one error of the command line: what happened, why, and what to do next.
//!
//! Every failure of the rooms below is folded into it once, here, with the exit code that scripts
//! rely on: 1 failure, 2 usage, 3 rule refused, 4 not found, 5 conflict, 6 unavailable.

use std::fmt;

use mtm_app::{AppError, FieldError};
use mtm_core::Rejection;
use mtm_core::code::{Class, Code};
use mtm_core::rejection::Details;
use mtm_core::trouble::Trouble;
use mtm_platform::{Cause, DirectoriesError, FileError, LockError};
use mtm_store::query::ReadError;
use mtm_store::{Fault, PostError};
use serde::Serialize;
use serde_json::Value;

/// Exit codes of what the catalogue has no code for: those of the class that it would be in.
pub(crate) mod exit {
    use mtm_core::code::Class;

    /// Something did not work.
    pub(crate) const FAILURE: u8 = Class::Internal.exit();
    /// The command line or configuration cannot be understood.
    pub(crate) const USAGE: u8 = Class::Malformed.exit();
    /// It does not exist.
    pub(crate) const NOT_FOUND: u8 = Class::NotFound.exit();
    /// Something else is in the way.
    pub(crate) const CONFLICT: u8 = Class::Conflict.exit();
    /// Not now.
    pub(crate) const UNAVAILABLE: u8 = Class::Unavailable.exit();
}

/// One field that is wrong, as machines read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WrongField {
    /// The field or option.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

/// Why a command did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// Stable machine-readable name.
    pub(crate) code: &'static str,
    /// What happened, with the values at hand.
    pub(crate) message: Box<str>,
    /// Why, where the message does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// What the person in front of the screen does next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_step: Option<String>,
    /// Everything wrong with single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<WrongField>,
    /// Facts for the next step: candidates, what stands there, later movements.
    #[serde(skip_serializing_if = "is_nothing")]
    pub(crate) details: Box<Value>,
    /// The process ends with it.
    pub(crate) exit: u8,
    /// What kind of trouble it is: whether the same is tried again.
    pub(crate) trouble: Trouble,
    /// Seconds after which a server wants to be asked again.
    #[serde(skip)]
    pub(crate) retry_after: Option<u64>,
}

/// What a command gives back.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure of this program's own making.
    pub(crate) fn new(code: &'static str, exit: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into().into_boxed_str(),
            why: None,
            next_step: None,
            errors: Vec::new(),
            details: Box::default(),
            exit,
            trouble: Class::of_exit(exit).trouble(),
            retry_after: None,
        }
    }

    /// The command line or configuration cannot be understood.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", exit::USAGE, message)
    }

    /// A code of the catalogue, which knows why and what next.
    pub(crate) fn of(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut failure = Self::new(code.as_str(), code.class().exit(), message);
        failure.trouble = code.trouble();
        if failure.message.is_empty() {
            failure.message = code.title().into();
        } else {
            failure.why = Some(code.title().to_owned());
        }
        failure.next_step = Some(match code {
            _ if code.confirmable() => format!("{} `--yes` confirms.", code.cure()),
            _ => code.cure().to_owned(),
        });
        failure
    }

    /// Whether the same is worth another try: nobody has to change or mend anything first.
    pub(crate) const fn passes(&self) -> bool {
        self.trouble.is_tried_again()
    }

    /// The same failure with its reason.
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// The same failure with what to do next.
    pub(crate) fn next(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

fn exit_of(cause: Cause) -> u8 {
    match cause {
        Cause::Missing => exit::NOT_FOUND,
        Cause::AlreadyExists => exit::CONFLICT,
        Cause::DiskFull => exit::UNAVAILABLE,
        _ => exit::FAILURE,
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::new(error.code(), exit_of(error.cause()), error.to_string()).next(error.next_step())
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        let exit = match &error {
            LockError::Held { .. } => exit::CONFLICT,
            LockError::File(error) => exit_of(error.cause()),
        };
        Self::new(error.code(), exit, error.to_string()).next(error.next_step())
    }
}

impl From<DirectoriesError> for Failure {
    fn from(error: DirectoriesError) -> Self {
        Self::new(error.code(), exit::FAILURE, error.to_string()).next(error.next_step())
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        let Rejection { code, field, message, details } = rejection;
        let mut failure = Self::of(code, message.clone());
        failure.errors.extend(field.map(|field| WrongField { field: field.into_owned(), message }));
        if details != Details::None {
            *failure.details = serde_json::to_value(details).unwrap_or_default();
        }
        failure
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            AppError::Rejected(rejection) => rejection.into(),
            AppError::TooMany { .. } => Self::of(code, message),
            AppError::Invalid(fields) => {
                let wrong =
                    |field: FieldError| WrongField { field: field.field, message: field.message };
                let errors = fields.into_iter().map(wrong).collect();
                Self { errors, ..Self::of(code, message) }
            }
            AppError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let (trouble, message) = (fault.trouble(), fault.to_string());
        let next = match trouble {
            Trouble::Transient => "Nothing was written; try again.",
            Trouble::Ambiguous => "Repeat it under the same key: it counts once.",
            _ => "`mtm doctor` looks for the cause.",
        };
        let class = fault.code().class();
        Self { trouble, ..Self::new(fault.code().as_str(), class.exit(), message) }.next(next)
    }
}

impl From<PostError> for Failure {
    fn from(error: PostError) -> Self {
        AppError::from(error).into()
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused(rejection) => rejection.into(),
            ReadError::Fault(fault) => fault.into(),
        }
    }
}

fn is_nothing(details: &Value) -> bool {
    details.is_null()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_carry_their_exit_and_confirmable_ones_say_how() {
        let failure = Failure::of(Code::PossibleDuplicate, "again?");
        assert_eq!(failure.exit, 5);
        assert!(failure.next_step.unwrap().ends_with("`--yes` confirms."));
        assert_eq!(&*Failure::of(Code::UnknownPart, "").message, Code::UnknownPart.title());
        assert_eq!(Failure::of(Code::UnknownPart, "x").exit, 3);
        assert_eq!(Failure::of(Code::NotFound, "x").exit, 4);
        assert_eq!(Failure::of(Code::Unavailable, "x").exit, 6);
        assert_eq!(Failure::of(Code::InvalidBody, "x").exit, 2);
        assert_eq!(Failure::of(Code::Forbidden, "x").exit, 1);
    }

    #[test]
    fn every_code_ends_the_program_as_its_class_says() {
        for code in Code::ALL {
            let failure = Failure::of(*code, "x");
            assert_eq!(failure.exit, code.class().exit(), "{code}");
            assert_eq!(failure.trouble, code.trouble(), "{code}");
            assert_eq!(failure.passes(), code.trouble().is_tried_again(), "{code}");
            assert!(failure.next_step.unwrap().starts_with(code.cure()), "{code}");
        }
    }

    #[test]
    fn a_fault_of_the_store_ends_as_its_trouble_says() {
        let text = || "x".to_owned();
        for (fault, exit, passes) in [
            (Fault::Transient(text()), 6, true),
            (Fault::Ambiguous(text()), 6, true),
            (Fault::Permanent(text()), 1, false),
            (Fault::Unusable(text()), 1, false),
        ] {
            let failure = Failure::from(fault.clone());
            assert_eq!((failure.exit, failure.passes()), (exit, passes), "{fault:?}");
            assert_eq!(failure.code, fault.code().as_str());
        }
    }
}
