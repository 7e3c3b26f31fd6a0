//! A mail as it goes over the wire.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use super::{Mail, Mailbox};

/// The mail in the Internet's message format, in plain characters, whatever it says.
pub(super) fn formatted(mail: &Mail, from: &Mailbox) -> Result<Vec<u8>, String> {
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(mail.seconds);
    let message = Message::builder()
        .from(from.0.clone())
        .to(mail.to.0.clone())
        .subject(one_line(&mail.subject))
        .date(written)
        .message_id(Some(format!("<{}@{}>", mail.id, from.domain())))
        // Nobody's absence note answers a machine.
        .raw_header(plain_header("Auto-Submitted", "auto-generated")?)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|error| error.to_string())?;
    Ok(message.formatted())
}

fn plain_header(name: &str, value: &str) -> Result<HeaderValue, String> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| error.to_string())?;
    Ok(HeaderValue::new(name, value.to_owned()))
}

/// What breaks a line of a header becomes a blank.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|it: char| it.is_control() || it == ' ').collect();
    words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_mail_is_the_same_bytes_and_nothing_in_it_makes_a_header() {
        let from = Mailbox::parse("MTM <mtm@plant.example>").unwrap();
        let mail = Mail {
            id: "7-42".to_owned(),
            to: Mailbox::parse("jane@plant.example").unwrap(),
            subject: "Lot 7\r\nBcc: all@plant.example".to_owned(),
            text: "Fünf Stück\n.\nweiter\n".to_owned(),
            seconds: 1_790_000_000,
        };
        let text = String::from_utf8(formatted(&mail, &from).unwrap()).unwrap();
        assert_eq!(formatted(&mail, &from).unwrap(), text.as_bytes());
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains("Message-ID: <7-42@plant.example>\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
        assert!(text.contains("Subject: Lot 7 Bcc: all@plant.example\r\n"), "{text}");
        assert!(!text.contains("\nBcc:"), "{text}");
    }
}
