//! How this program comes to an MQTT 5 broker, whatever it does there.
//!
//! Always a clean start: nothing of before is expected of the broker, and nothing is left there.

use std::sync::Arc;

use rumqttc::{ConnectionError, MqttOptions, TlsConfiguration, Transport};

use crate::broker::{Account, Address};
use crate::trust::{self, TrustError};

/// What a connection to the broker at `address` is made with; without a word for `keep_alive` seconds both sides make sure
/// that the other is there.
pub(crate) fn options(
    address: &Address,
    account: &Account,
    client_id: &str,
    keep_alive: u16,
) -> Result<MqttOptions, TrustError> {
    let broker = (address.host.clone(), address.port);
    let mut options = MqttOptions::new(client_id, broker);
    options.set_keep_alive(keep_alive).set_clean_start(true);
    if address.encrypted {
        let rules = trust::rules(account.ca_file.as_deref())?;
        options
            .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(rules))));
    }
    if let Some(user) = &address.user {
        let password = account.password.clone().unwrap_or_default();
        options.set_credentials(user, password.into_bytes());
    }
    Ok(options)
}

/// Why there is no connection, for people.
pub(crate) fn why(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(reason) => {
            format!("the broker does not let this program in: {reason:?}")
        }
        other => other.to_string(),
    }
}
