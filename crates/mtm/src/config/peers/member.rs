//! What a table of a peer may hold.

use crate::config::table::{Member, member};

/// They, in the order of the documentation.
pub(super) const MEMBERS: &[Member] = &[
    member("url", "its address; requests go below it"),
    member("auth", "none, api_key, basic, hmac, oauth2 or private_key_jwt"),
    member("secret", "where key, password or secret is: env:NAME, file:PATH or credential:NAME"),
    member("secret_file", "the same as file:PATH"),
    member("header", "header of an API key"),
    member("prefix", "what stands before an API key in its header"),
    member("user", "name of basic"),
    member("key_id", "name of the secret of hmac, or of the key of private_key_jwt"),
    member("token_url", "token endpoint of the authorization server"),
    member("client_id", "name of this server there"),
    member("client_auth", "how oauth2 sends its secret: basic or post"),
    member("private_key", "where the key of private_key_jwt is, as PEM"),
    member("private_key_file", "the same as file:PATH"),
    member("algorithm", "RS256, PS256, ES256 or EdDSA; what fits the key unless set"),
    member(
        "assertion_audience",
        "for whom the statement of private_key_jwt is; token_url unless set",
    ),
    member("scope", "scopes that are asked for, with blanks between"),
    member("audience", "for whom the token is, where the server has a word for that"),
    member("resource", "for what the token is (RFC 8707)"),
    member("ca_file", "PEM file of the authority that alone is believed"),
    member("token_ca_file", "the same for token_url; ca_file unless set"),
    member("client_certificate_file", "PEM file of the certificate that this server shows"),
    member("client_key_file", "PEM file of its key"),
    member("health", "path below url that says whether it is well"),
    member("health_type", "type of content of that path; */* for any"),
    member("look_seconds", "seconds between two looks at that path; 0 for none"),
    member("deadline_ms", "milliseconds until it is to have answered, in all"),
    member("answer_kib", "longest body of an answer, in KiB"),
    member("at_once", "calls under way at once"),
    member("per_second", "calls in a second; 0 for as many as come"),
];
