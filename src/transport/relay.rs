//! The configured next server and how to speak to it.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls_pki_types::pem::PemObject as _;
use tokio_rustls::TlsConnector;

use super::manner::Caution;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (port 465, RFC 8314).
    Tls,
    /// STARTTLS, without which nothing is sent (port 587, RFC 3207).
    Starttls,
    /// None at all; only where it was asked for.
    Plain,
}

/// How to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// The strongest that the server offers.
    #[default]
    Auto,
    Plain,
    Login,
    CramMd5,
}

/// How long to wait at each stage (RFC 5321 §4.5.3.2, with Postfix's values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// Banner, EHLO, TLS, AUTH, MAIL, RCPT, RSET.
    pub command: Duration,
    pub data: Duration,
    pub body: Duration,
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            dot: Duration::from_mins(10),
        }
    }
}

/// The next server and how to speak to it.
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    pub mechanism: Mechanism,
    /// What we call ourselves in EHLO.
    pub helo: String,
    pub timeouts: Timeouts,
    /// Mails that may be in flight at once on one connection, where the server offers CHUNKING
    /// and ENHANCEDSTATUSCODES. So many may be in doubt after a crash.
    pub window: usize,
    pub(super) tls: TlsConnector,
    pub(super) caution: Arc<Caution>,
}

impl Relay {
    /// `ca` is a PEM file's content to trust instead of the system's certificates.
    ///
    /// # Errors
    /// When the certificates to trust cannot be read.
    pub fn new(
        (host, port): (String, u16),
        security: Security,
        credentials: Option<(String, String)>,
        mechanism: Mechanism,
        helo: String,
        timeouts: Timeouts,
        ca: Option<&[u8]>,
    ) -> Result<Self, String> {
        Ok(Self {
            host,
            port,
            security,
            credentials,
            mechanism,
            helo,
            timeouts,
            window: 1,
            tls: tls_connector(ca)?,
            caution: Arc::default(),
        })
    }

    /// Lets so many mails be in flight at once on one connection, where the server can tell them
    /// apart.
    #[must_use]
    pub const fn with_window(mut self, mails: usize) -> Self {
        self.window = mails;
        self
    }
}

fn tls_connector(ca: Option<&[u8]>) -> Result<TlsConnector, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = match ca {
        Some(pem) => {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in rustls_pki_types::CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
            if roots.is_empty() {
                return Err("no certificate in it".to_owned());
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        None => {
            let verifier = rustls_platform_verifier::Verifier::new(provider)
                .map_err(|error| error.to_string())?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}
