//! Where a collector is.

use std::fmt;

use url::Url;

/// Where it takes spans, below its address.
const PATH: &str = "v1/traces";

/// Why a text is not the address of a collector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is no address.
    #[error("not the address of a collector, such as http://collector.plant:4318")]
    NoAddress,
    /// It is spoken to by HTTP.
    #[error("not an address that starts with http:// or https://; gRPC is not spoken")]
    NotHttp,
    /// Who may send is said by a header, which is not shown.
    #[error("an address with a password in it; say it by OTEL_EXPORTER_OTLP_HEADERS")]
    Secret,
    /// Something follows the path.
    #[error("an address with a question or an anchor in it, which a collector's has not")]
    Beyond,
}

/// The address of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Reads a base address, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let mut url = Url::parse(text.trim()).map_err(|_| EndpointError::NoAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EndpointError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Secret);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Beyond);
        }
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{PATH}"));
        Ok(Self(url))
    }

    /// Where spans go.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_below_the_address_of_the_collector() {
        let parse = |text: &str| Endpoint::parse(text).map(|it| it.to_string());
        for (text, expected) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            (" https://traces.plant/otlp/ ", "https://traces.plant/otlp/v1/traces"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected));
        }
        for (text, expected) in [
            ("collector", EndpointError::NoAddress),
            ("", EndpointError::NoAddress),
            ("grpc://collector:4317", EndpointError::NotHttp),
            ("http://me:secret@collector:4318", EndpointError::Secret),
            ("http://collector:4318?x=1", EndpointError::Beyond),
        ] {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }
}
