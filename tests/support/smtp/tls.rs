//! Certificates that are made on the spot.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair,
};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy)]
pub enum Flaw {
    Expired,
    OtherName,
    /// Nobody vouches for it but itself.
    SelfSigned,
    NotYet,
    /// It is for clients.
    ForClients,
    /// It is an authority's own.
    Authority,
}

/// A certificate with its key, and the authority that vouches for it.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivatePkcs8KeyDer<'static>,
    authority_pem: String,
    certificate_pem: String,
    key_pem: String,
}

impl Identity {
    /// Vouched for by an authority of its own, which nobody trusts unless told to.
    pub fn of(name: &str) -> Self {
        Self::made(name, |_| {})
    }

    fn made(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self {
            chain: vec![certificate.der().clone()],
            key: key.serialize_der().into(),
            authority_pem,
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// Signed by itself alone, and trusted as such.
    pub fn self_signed(name: &str, is_authority: bool) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap();
        Self {
            chain: vec![certificate.der().clone()],
            key: key.serialize_der().into(),
            authority_pem: certificate.pem(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// Not to be trusted as 127.0.0.1, for exactly one reason.
    pub fn flawed(flaw: Flaw) -> Self {
        match flaw {
            Flaw::OtherName => Self::of("smtp.example.ru"),
            Flaw::Expired => Self::made("127.0.0.1", |certificate| {
                certificate.not_before = rcgen::date_time_ymd(2020, 1, 1);
                certificate.not_after = rcgen::date_time_ymd(2021, 1, 1);
            }),
            Flaw::NotYet => Self::made("127.0.0.1", |certificate| {
                certificate.not_before = rcgen::date_time_ymd(2090, 1, 1);
                certificate.not_after = rcgen::date_time_ymd(2091, 1, 1);
            }),
            Flaw::ForClients => Self::made("127.0.0.1", |certificate| {
                certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }),
            Flaw::Authority => Self::self_signed("127.0.0.1", true),
            Flaw::SelfSigned => {
                let key = KeyPair::generate().unwrap();
                let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
                // Not by the name of the authority that is trusted.
                params.distinguished_name = DistinguishedName::new();
                params
                    .distinguished_name
                    .push(DnType::CommonName, "mx.example");
                let certificate = params.self_signed(&key).unwrap();
                Self {
                    chain: vec![certificate.der().clone()],
                    key: key.serialize_der().into(),
                    authority_pem: Self::of("127.0.0.1").authority_pem,
                    certificate_pem: certificate.pem(),
                    key_pem: key.serialize_pem(),
                }
            }
        }
    }

    /// Puts the authority's certificate into a file, for `relay.ca_file`.
    pub fn authority_file(&self, folder: &Path) -> PathBuf {
        let path = folder.join("authority.pem");
        std::fs::write(&path, &self.authority_pem).unwrap();
        path
    }

    /// Puts the certificate and its key into files, for another program; returns their paths.
    pub fn files(&self, folder: &Path) -> [PathBuf; 2] {
        let [certificate, key] = ["server.pem", "server.key"].map(|name| folder.join(name));
        std::fs::write(&certificate, &self.certificate_pem).unwrap();
        std::fs::write(&key, &self.key_pem).unwrap();
        [certificate, key]
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                self.chain.clone(),
                PrivateKeyDer::Pkcs8(self.key.clone_key()),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
