//! Signatures after the Standard Webhooks specification. The expected ones were computed by another
//! implementation of HMAC-SHA256 from what the specification says is signed.

use mtm_connect::webhook::{BadSecret, Incoming, Secret, VerifyError, sign, verify};

/// Bytes 0 to 31.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECONDS: i64 = 1_700_000_000;

/// Identity, body, signature; all sent at [`SECONDS`].
const KNOWN: [(&str, &str, &str); 3] = [
    ("evt_1", "", "v1,AvGPqE0CTogrWUUfPBN4L+nlNzDkwfIG5llUmNsvsXc="),
    ("evt_1", r#"{"quantity":5}"#, "v1,KqynqbtDfMPfqZo3eKLgctOUg/9hFVGnbtzZFFu16KY="),
    (
        "01a223c9-0639-7381-9561-a5683e95e092",
        r#"{"place":"Müllerstraße ✓"}"#,
        "v1,8hW0s9a7NHVWa4IPyI9t/77biTkleimUyRpMokG4lAU=",
    ),
];

fn secret() -> Secret {
    Secret::parse(SECRET).unwrap()
}

fn check(secrets: &[Secret], signature: &str, body: &[u8], now: i64) -> Result<(), VerifyError> {
    let message = Incoming { id: "evt_1", timestamp: &SECONDS.to_string(), signature, body };
    verify(secrets, message, now)
}

#[test]
fn known_messages_have_their_known_signatures() {
    for (id, body, signature) in KNOWN {
        let headers = sign(&[secret()], id, SECONDS, body.as_bytes());
        assert_eq!(headers.timestamp, "1700000000");
        assert_eq!(headers.signature, signature, "{body}");
    }
}

#[test]
fn what_was_signed_is_believed_and_nothing_else() {
    let body = br#"{"quantity":5}"#;
    let signature = sign(&[secret()], "evt_1", SECONDS, body).signature;
    let check = |secrets: &[Secret], body: &[u8]| check(secrets, &signature, body, SECONDS);
    assert_eq!(check(&[secret()], body), Ok(()));
    assert_eq!(check(&[secret()], br#"{"quantity":50}"#), Err(VerifyError::NoMatch));
    assert_eq!(check(&[Secret::fresh().unwrap()], body), Err(VerifyError::NoMatch));
    assert_eq!(check(&[], body), Err(VerifyError::NoMatch));
    for other in [
        Incoming { id: "evt_2", timestamp: "1700000000", signature: &signature, body },
        Incoming { id: "evt_1", timestamp: "1700000001", signature: &signature, body },
    ] {
        assert_eq!(verify(&[secret()], other, SECONDS), Err(VerifyError::NoMatch));
    }
}

#[test]
fn a_message_without_identity_is_not_believed_whoever_signed_it() {
    let signature = sign(&[secret()], "", SECONDS, b"{}").signature;
    let message = Incoming { id: "", timestamp: "1700000000", signature: &signature, body: b"{}" };
    assert_eq!(verify(&[secret()], message, SECONDS), Err(VerifyError::NoId));
}

#[test]
fn a_secret_is_changed_without_a_message_being_lost() {
    let (old, new) = (secret(), Secret::fresh().unwrap());
    let both = sign(&[old.clone(), new.clone()], "evt_1", SECONDS, b"{}").signature;
    for known in [&old, &new] {
        assert_eq!(check(std::slice::from_ref(known), &both, b"{}", SECONDS), Ok(()));
    }
    let by_old = sign(std::slice::from_ref(&old), "evt_1", SECONDS, b"{}").signature;
    assert_eq!(check(&[new, old], &by_old, b"{}", SECONDS), Ok(()));
}

#[test]
fn other_versions_and_noise_are_passed_over() {
    let ours = sign(&[secret()], "evt_1", SECONDS, b"{}").signature;
    let check = |signature: &str| check(&[secret()], signature, b"{}", SECONDS);
    assert_eq!(check(&format!("v1a,AAAA v1,AAAA {ours}")), Ok(()));
    for signature in ["", "v1", "v1,", "v1,!!", "v2,AAAA", &ours.replace("v1,", "v2,"), &ours[3..]]
    {
        assert_eq!(check(signature), Err(VerifyError::NoMatch), "{signature}");
    }
}

#[test]
fn messages_are_fresh_for_five_minutes_either_way() {
    let signature = sign(&[secret()], "evt_1", SECONDS, b"{}").signature;
    let at = |now| check(&[secret()], &signature, b"{}", now);
    assert_eq!((at(SECONDS + 300), at(SECONDS - 300)), (Ok(()), Ok(())));
    assert_eq!(at(SECONDS + 301), Err(VerifyError::TooOld));
    assert_eq!(at(SECONDS - 301), Err(VerifyError::TooNew));
    let odd = |timestamp| Incoming { id: "evt_1", timestamp, signature: &signature, body: b"{}" };
    for timestamp in ["", "now", "1700000000.5", "99999999999999999999"] {
        let refused = verify(&[secret()], odd(timestamp), SECONDS);
        assert_eq!(refused, Err(VerifyError::BadTimestamp), "{timestamp}");
    }
    let far = i64::MIN.to_string();
    assert_eq!(verify(&[secret()], odd(&far), SECONDS), Err(VerifyError::TooOld));
}

#[test]
fn secrets_are_24_to_64_bytes_and_never_print() {
    assert_eq!(Secret::parse(&SECRET[6..]), Ok(secret()), "also without whsec_");
    assert_eq!(secret().reveal(), SECRET);
    for text in ["", "whsec_", "whsec_AAAA", "whsec_not base64"] {
        assert_eq!(Secret::parse(text), Err(BadSecret), "{text}");
    }
    for (bytes, fits) in [(23, false), (24, true), (64, true), (65, false)] {
        assert_eq!(Secret::of_bytes(vec![7; bytes]).is_ok(), fits, "{bytes}");
    }
    assert_ne!(Secret::fresh(), Secret::fresh());
    assert_eq!(format!("{:?}", secret()), "Secret(…)");
}
