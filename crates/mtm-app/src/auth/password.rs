//! Passwords of people: argon2id, and rules that NIST SP 800-63B asks for.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use mtm_core::code::Code;
use mtm_core::word::fold;
use mtm_store::Fault;

use crate::error::AppError;

const FEWEST_CHARACTERS: usize = 10;
const MOST_BYTES: usize = 512;

/// 19 MiB, two passes, one lane: the first choice of the OWASP password storage guide.
fn hasher() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::Permanent(format!("password hashing: {error}"))
}

/// Refuses passwords that are short, overlong, one repeated character, or the name itself.
pub(super) fn check_strength(password: &str, name: &str) -> Result<(), AppError> {
    let weak = |why: &str| Err(AppError::field("password", Code::WeakPassword, why));
    let length = password.chars().count();
    if length < FEWEST_CHARACTERS {
        return weak("a password has at least ten characters");
    }
    if password.len() > MOST_BYTES {
        return weak("a password has at most 512 bytes");
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) {
        return weak("a password is not one character repeated");
    }
    if fold(name).len() >= 4 && fold(password).contains(&fold(name)) {
        return weak("a password does not contain the user name");
    }
    Ok(())
}

/// Hashes `password` with a fresh salt, in the PHC string form. Slow on purpose: call it off the
/// async threads.
pub(super) fn hash(password: &str) -> Result<String, Fault> {
    Ok(hasher()?.hash_password(password.as_bytes()).map_err(broken)?.to_string())
}

/// Whether `password` is the one behind `stored`. As slow as [`hash`], also when nobody of that
/// name exists (`stored` is `None`): the time taken tells nothing.
pub(super) fn verify(password: &str, stored: Option<&str>) -> Result<bool, Fault> {
    let Some(stored) = stored else {
        hash(password)?;
        return Ok(false);
    };
    Ok(hasher()?.verify_password(password.as_bytes(), stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_verifies() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(&stored)).unwrap());
        assert!(!verify("correct house", Some(&stored)).unwrap());
        assert!(!verify("correct horse", None).unwrap());
        assert_ne!(stored, hash("correct horse").unwrap(), "salted");
    }

    #[test]
    fn weak_passwords_are_refused() {
        for weak in ["short", "aaaaaaaaaaaa", "MyNameIsJMILLER", &"x1".repeat(300)] {
            assert!(check_strength(weak, "jmiller").is_err(), "{weak}");
        }
        assert!(check_strength("correct horse", "jmiller").is_ok());
    }
}
