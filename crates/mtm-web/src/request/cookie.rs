//! The session cookie: made, found, and taken back; and the one that a browser keeps while it is at the
//! identity provider.
//!
//! Under TLS it is a `__Host-` cookie, which no other host and no plain connection can set or
//! read. `SameSite=Lax` keeps it away from other sites' posts; the origin check and the CSRF proof
//! stand behind that.

use axum::http::{HeaderMap, HeaderValue, header};

const PLAIN: &str = "mtm_session";
const SECURE: &str = "__Host-mtm_session";

const PLAIN_ATTEMPT: &str = "mtm_attempt";
const SECURE_ATTEMPT: &str = "__Host-mtm_attempt";
/// Seconds that an attempt to sign in may take.
const ATTEMPT_SECONDS: u32 = 600;

const fn name(secure: bool) -> &'static str {
    if secure { SECURE } else { PLAIN }
}

/// The session secret among these header fields.
pub(crate) fn session(headers: &HeaderMap, secure: bool) -> Option<&str> {
    find(headers, name(secure)).filter(|secret| !secret.is_empty())
}

/// The value of the cookie `name`.
pub(crate) fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// The `Set-Cookie` of a session; a browser forgets it when it is closed, the server after its
/// own time.
pub(crate) fn begin(secret: &str, secure: bool) -> Option<HeaderValue> {
    let secure_flag = if secure { "; Secure" } else { "" };
    let text = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax{secure_flag}", name(secure));
    HeaderValue::try_from(text).ok()
}

/// The `Set-Cookie` that takes the session's cookie back.
pub(crate) fn end(secure: bool) -> HeaderValue {
    if secure {
        HeaderValue::from_static(
            "__Host-mtm_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0",
        )
    } else {
        HeaderValue::from_static("mtm_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

const fn attempt_name(secure: bool) -> &'static str {
    if secure { SECURE_ATTEMPT } else { PLAIN_ATTEMPT }
}

/// What the browser keeps of its attempt to sign in with the identity provider.
pub(crate) fn attempt(headers: &HeaderMap, secure: bool) -> Option<&str> {
    find(headers, attempt_name(secure)).filter(|kept| !kept.is_empty())
}

/// The `Set-Cookie` that has a browser keep its attempt. `Lax`: it comes back from another site.
pub(crate) fn keep_attempt(kept: &str, secure: bool) -> Option<HeaderValue> {
    HeaderValue::try_from(attempt_cookie(kept, ATTEMPT_SECONDS, secure)).ok()
}

/// The `Set-Cookie` that takes it back.
pub(crate) fn drop_attempt(secure: bool) -> Option<HeaderValue> {
    HeaderValue::try_from(attempt_cookie("", 0, secure)).ok()
}

fn attempt_cookie(kept: &str, seconds: u32, secure: bool) -> String {
    let (name, flag) = (attempt_name(secure), if secure { "; Secure" } else { "" });
    format!("{name}={kept}; Path=/; HttpOnly; SameSite=Lax{flag}; Max-Age={seconds}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_under_the_name_of_its_transport() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("mtm_theme=dark; mtm_session=a"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-mtm_session=b"));
        assert_eq!(session(&headers, false), Some("a"));
        assert_eq!(session(&headers, true), Some("b"));
        assert_eq!(find(&headers, "mtm_theme"), Some("dark"));
        assert_eq!(session(&HeaderMap::new(), false), None);
        let cookie = begin("s", true).unwrap();
        assert_eq!(cookie, "__Host-mtm_session=s; Path=/; HttpOnly; SameSite=Lax; Secure");
        let kept = keep_attempt("x", true).unwrap();
        let flags = "Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(kept, format!("__Host-mtm_attempt=x; {flags}; Max-Age=600"));
        let dropped = drop_attempt(false).unwrap();
        assert_eq!(dropped, "mtm_attempt=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
