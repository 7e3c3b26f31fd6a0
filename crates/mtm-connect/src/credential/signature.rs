//! HTTP Message Signatures by a shared secret (RFC 9421, `hmac-sha256`), and the digest of a body that
//! they cover (RFC 9530).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

/// `Content-Digest` of a body (RFC 9530, §2), by SHA-256.
pub fn content_digest(body: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, body);
    format!("sha-256=:{}:", STANDARD.encode(digest))
}

/// What a signature covers, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered<'m> {
    /// Names and values of components, in order: `@method`, or a header in small letters.
    pub components: &'m [(&'m str, &'m str)],
    /// Parameters as they are written behind the list of components: `created=1618884473;keyid="…"`.
    pub parameters: &'m str,
}

impl Covered<'_> {
    /// The list of components with its parameters, which `Signature-Input` carries (§2.3).
    pub fn input(&self) -> String {
        let names: Vec<String> =
            self.components.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        format!("({});{}", names.join(" "), self.parameters)
    }

    /// What is signed (§2.5).
    pub fn base(&self) -> String {
        let mut base = String::new();
        for (name, value) in self.components {
            // Writing to a string cannot fail.
            let _ = writeln!(base, "\"{name}\": {}", value.trim());
        }
        base + "\"@signature-params\": " + &self.input()
    }

    /// The signature by `secret`, in base64 (§3.3.3).
    pub fn sign(&self, secret: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        STANDARD.encode(hmac::sign(&key, self.base().as_bytes()))
    }
}

/// A text as the parameters of a signature hold it (RFC 8941, §3.3.3); nothing where it cannot be one.
pub fn quoted(text: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.bytes().all(fits).then(|| format!("\"{escaped}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `test-shared-secret` of RFC 9421, B.1.5.
    const SHARED: &str = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBt\
                          bmHhIDi6pcl8jsasjlTMtDQ==";

    #[test]
    fn the_published_example_of_rfc_9421_b_2_5_is_signed_as_published() {
        let covered = Covered {
            components: &[
                ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
                ("@authority", "example.com"),
                ("content-type", "application/json"),
            ],
            parameters: "created=1618884473;keyid=\"test-shared-secret\"",
        };
        assert_eq!(
            covered.base(),
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
             \"@authority\": example.com\n\
             \"content-type\": application/json\n\
             \"@signature-params\": (\"date\" \"@authority\" \"content-type\")\
             ;created=1618884473;keyid=\"test-shared-secret\""
        );
        let secret = STANDARD.decode(SHARED).unwrap();
        assert_eq!(covered.sign(&secret), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    }

    #[test]
    fn bodies_have_the_digests_that_rfc_9530_publishes() {
        // Appendix B: with the line end behind it; and RFC 9421, B.2, without.
        let with = content_digest(b"{\"hello\": \"world\"}\n");
        assert_eq!(with, "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
        let without = content_digest(b"{\"hello\": \"world\"}");
        assert_eq!(without, "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
    }

    #[test]
    fn a_name_cannot_end_its_own_quotes() {
        assert_eq!(quoted("plant \"1\" \\"), Some("\"plant \\\"1\\\" \\\\\"".to_owned()));
        assert_eq!(quoted("plant\n1"), None);
        assert_eq!(quoted("Werk ü"), None);
    }
}
