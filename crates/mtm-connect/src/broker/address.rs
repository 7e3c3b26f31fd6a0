//! Where a broker is.

use url::Url;

/// Schemes of an MQTT broker; the second is encrypted.
pub const MQTT_SCHEMES: [&str; 2] = ["mqtt", "mqtts"];
/// Schemes of a NATS server; the second is encrypted.
pub const NATS_SCHEMES: [&str; 2] = ["nats", "tls"];

/// The place of a broker, and who one is there. Without a password: that is no part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or address of the machine.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Who one is.
    pub user: Option<String>,
}

/// Why a text is no address of a broker. Reads well after "is".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is none of its kind.
    #[error("not an address such as {0}://user@broker.plant:{1}")]
    Shape(&'static str, u16),
    /// It holds a password, which would be shown wherever the address is.
    #[error("an address with a password, which belongs into a file of its own")]
    Password,
}

impl Address {
    /// Reads an address of an MQTT broker.
    pub fn mqtt(text: &str) -> Result<Self, AddressError> {
        Self::parse(text, MQTT_SCHEMES, [1883, 8883])
    }

    /// Reads an address of a NATS server.
    pub fn nats(text: &str) -> Result<Self, AddressError> {
        Self::parse(text, NATS_SCHEMES, [4222, 4222])
    }

    fn parse(
        text: &str,
        schemes: [&'static str; 2],
        ports: [u16; 2],
    ) -> Result<Self, AddressError> {
        let shape = || AddressError::Shape(schemes[0], ports[0]);
        let url = Url::parse(text).map_err(|_| shape())?;
        let at = schemes.iter().position(|scheme| *scheme == url.scheme()).ok_or_else(shape)?;
        if url.password().is_some() {
            return Err(AddressError::Password);
        }
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        let host = url.host_str().filter(|host| bare && !host.is_empty()).ok_or_else(shape)?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(ports[at]),
            encrypted: at == 1,
            user: Some(url.username()).filter(|user| !user.is_empty()).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_how_and_who() {
        let address = Address::mqtt("mqtts://mtm@broker.plant").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("broker.plant", 8883));
        assert_eq!((address.encrypted, address.user.as_deref()), (true, Some("mtm")));
        let address = Address::nats("nats://[::1]:4333/").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 4333));
        assert_eq!((address.encrypted, address.user), (false, None));
    }

    #[test]
    fn what_is_none_is_told() {
        for wrong in ["broker", "http://broker", "mqtt://", "mqtt://broker/topic", "nats://x?y=1"] {
            assert_eq!(Address::mqtt(wrong), Err(AddressError::Shape("mqtt", 1883)), "{wrong}");
        }
        assert_eq!(Address::mqtt("mqtt://a:b@broker"), Err(AddressError::Password));
    }
}
