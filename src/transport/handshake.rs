//! From nothing to a connection that is greeted, encrypted and authenticated. TLS and what is
//! said to sign in are mail-send's; the dialogue is led here, for the server's words to the letter.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mail_send::{Credentials, SmtpClient};
use smtp_proto::{AUTH_CRAM_MD5, AUTH_LOGIN, AUTH_PLAIN};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::certificate;
use super::manner::Manner;
use super::relay::{Mechanism, Relay, Security, Timeouts};
use super::smtp::{Session, SmtpConnection};
use super::wire::Stream;
use super::wire::{Input, NoReply};
use super::{RelayFailure, local};
use crate::descriptors;
use crate::domain::delivery::reply::Reply;

/// What the server offers that we use.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an extension of its own"
)]
#[derive(Debug, Default)]
struct Offer {
    starttls: bool,
    smtputf8: bool,
    pipelining: bool,
    chunking: bool,
    enhanced_codes: bool,
    /// Bits of smtp-proto.
    mechanisms: u64,
}

impl SmtpConnection {
    pub(super) async fn connect(relay: &Relay) -> Result<Self, RelayFailure> {
        let timeouts = relay.timeouts;
        let address = (relay.host.as_str(), relay.port);
        let stream = connect(address, timeouts.connect).await?;
        // Small writes wait for the other side's delayed ACK otherwise: 43 ms a mail.
        stream
            .set_nodelay(true)
            .map_err(|error| no_connection(&error))?;
        let mut client = SmtpClient {
            stream,
            timeout: timeouts.command,
        };
        let mut input = Input::default();
        let mut client: SmtpClient<Box<dyn Stream>> = match relay.security {
            Security::Plain => boxed(client),
            Security::Tls => boxed(encrypt(client, relay).await?),
            Security::Starttls => {
                greeting(&mut client.stream, &mut input, timeouts).await?;
                let offer = ehlo(&mut client.stream, &mut input, relay).await?;
                if !offer.starttls {
                    return Err(RelayFailure::permanent(local::text(local::NO_STARTTLS, "")));
                }
                starttls(&mut client.stream, &mut input, timeouts).await?;
                boxed(encrypt(client, relay).await?)
            }
        };
        if relay.security != Security::Starttls {
            greeting(&mut client.stream, &mut input, timeouts).await?;
        }
        let offer = ehlo(&mut client.stream, &mut input, relay).await?;
        authenticate(&mut client.stream, &mut input, &offer, relay).await?;
        let manner = relay
            .caution
            .manner(offer.pipelining, offer.chunking, offer.enhanced_codes);
        let window = if manner == Manner::Chunked {
            relay.window.max(1)
        } else {
            1
        };
        Ok(Self::new(Session {
            client,
            input,
            server: format!("{}:{}", relay.host, relay.port),
            smtputf8: offer.smtputf8,
            manner,
            caution: Arc::clone(&relay.caution),
            timeouts,
            window,
        }))
    }
}

fn boxed<T: Stream + 'static>(client: SmtpClient<T>) -> SmtpClient<Box<dyn Stream>> {
    SmtpClient {
        stream: Box::new(client.stream),
        timeout: client.timeout,
    }
}

async fn encrypt(
    client: SmtpClient<TcpStream>,
    relay: &Relay,
) -> Result<SmtpClient<tokio_rustls::client::TlsStream<TcpStream>>, RelayFailure> {
    client
        .into_tls(&relay.tls, &relay.host)
        .await
        .map_err(|error| match error {
            // A certificate does not get better by waiting; a broken connection may.
            mail_send::Error::InvalidTLSName => {
                RelayFailure::permanent(local::text(local::CERTIFICATE_NAME, ""))
            }
            mail_send::Error::Tls(fault) => certificate::failure(&fault),
            other => RelayFailure::temporary(local::text(local::TLS, &other.to_string())),
        })
}

/// Tries the host's addresses, one after another; each has its share of the time, so that one that
/// swallows every packet does not hide the others.
async fn connect(address: (&str, u16), limit: Duration) -> Result<TcpStream, RelayFailure> {
    let found: Vec<_> = tokio::time::timeout(limit, tokio::net::lookup_host(address))
        .await
        .map_err(|_| timed_out())?
        .map_err(|error| not_found(&error, address.0))?
        .collect();
    reach(&found, limit).await
}

/// The first of a server's addresses that answers. Each has its share of the time: one that swallows
/// everything must not keep us from the others.
pub(super) async fn reach(
    found: &[SocketAddr],
    limit: Duration,
) -> Result<TcpStream, RelayFailure> {
    let share = limit / u32::try_from(found.len()).unwrap_or(1).max(1);
    let mut failure = timed_out();
    for address in found {
        failure = match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => no_connection(&error),
            Err(_) => timed_out(),
        };
    }
    Err(failure)
}

fn timed_out() -> RelayFailure {
    RelayFailure::temporary(local::text(local::TIMEOUT, ""))
}

/// A resolver that gets no descriptor says that it does not know the name.
fn not_found(error: &std::io::Error, host: &str) -> RelayFailure {
    if descriptors::is_exhausted(error) || descriptors::are_exhausted() {
        return RelayFailure::ours(local::text(local::NO_CONNECTION, &error.to_string()));
    }
    RelayFailure::temporary(local::text(local::UNKNOWN_HOST, host))
}

fn no_connection(error: &std::io::Error) -> RelayFailure {
    if descriptors::is_exhausted(error) {
        return RelayFailure::ours(local::text(local::NO_CONNECTION, &error.to_string()));
    }
    RelayFailure::temporary(match error.kind() {
        std::io::ErrorKind::ConnectionRefused => local::text(local::NOT_LISTENING, ""),
        std::io::ErrorKind::TimedOut => local::text(local::TIMEOUT, ""),
        _ => local::text(local::NO_CONNECTION, &error.to_string()),
    })
}

/// Writes a line of the handshake and reads its reply.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    input: &mut Input,
    line: &str,
    timeouts: Timeouts,
) -> Result<Reply, RelayFailure> {
    let written = tokio::time::timeout(timeouts.command, async {
        stream.write_all(line.as_bytes()).await?;
        stream.flush().await
    })
    .await;
    match written {
        Err(_) => return Err(no_answer(&NoReply::Timeout)),
        Ok(Err(error)) => return Err(no_answer(&error.into())),
        Ok(Ok(())) => {}
    }
    input
        .reply(stream, timeouts.command)
        .await
        .map_err(|no_reply| no_answer(&no_reply))
}

fn no_answer(no_reply: &NoReply) -> RelayFailure {
    RelayFailure::temporary(no_reply.as_reply().text)
}

fn refused(reply: &Reply) -> RelayFailure {
    RelayFailure::temporary(reply.line())
}

async fn greeting<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    input: &mut Input,
    timeouts: Timeouts,
) -> Result<(), RelayFailure> {
    let reply = input
        .reply(stream, timeouts.command)
        .await
        .map_err(|no_reply| no_answer(&no_reply))?;
    if reply.is_positive() {
        Ok(())
    } else {
        Err(refused(&reply))
    }
}

async fn ehlo<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    input: &mut Input,
    relay: &Relay,
) -> Result<Offer, RelayFailure> {
    let line = format!("EHLO {}\r\n", relay.helo);
    let reply = exchange(stream, input, &line, relay.timeouts).await?;
    if reply.is_positive() {
        return Ok(offer(&reply.text));
    }
    if !reply.is_permanent() {
        return Err(refused(&reply));
    }
    // A server that does not know EHLO (RFC 5321 §3.2).
    let line = format!("HELO {}\r\n", relay.helo);
    let reply = exchange(stream, input, &line, relay.timeouts).await?;
    if reply.is_positive() {
        Ok(Offer::default())
    } else {
        Err(refused(&reply))
    }
}

/// Reads the answer to EHLO: a keyword a line, after the server's name.
fn offer(text: &str) -> Offer {
    let mut offer = Offer::default();
    for line in text.lines().skip(1) {
        let mut words = line.split([' ', '=']);
        match words
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "STARTTLS" => offer.starttls = true,
            "SMTPUTF8" => offer.smtputf8 = true,
            "PIPELINING" => offer.pipelining = true,
            "CHUNKING" => offer.chunking = true,
            "ENHANCEDSTATUSCODES" => offer.enhanced_codes = true,
            "AUTH" => {
                for word in words {
                    offer.mechanisms |= match word.to_ascii_uppercase().as_str() {
                        "PLAIN" => AUTH_PLAIN,
                        "LOGIN" => AUTH_LOGIN,
                        "CRAM-MD5" => AUTH_CRAM_MD5,
                        _ => 0,
                    };
                }
            }
            _ => {}
        }
    }
    offer
}

async fn starttls(
    stream: &mut TcpStream,
    input: &mut Input,
    timeouts: Timeouts,
) -> Result<(), RelayFailure> {
    let reply = exchange(stream, input, "STARTTLS\r\n", timeouts).await?;
    if !reply.is_positive() {
        return Err(refused(&reply));
    }
    if !input.is_empty() {
        // Somebody in the middle wants it read as if it had come encrypted (CVE-2011-0411).
        return Err(RelayFailure::permanent(local::text(local::INJECTED, "")));
    }
    Ok(())
}

/// The ways to sign in, the strongest first.
const MECHANISMS: [(u64, &str); 3] = [
    (AUTH_CRAM_MD5, "CRAM-MD5"),
    (AUTH_PLAIN, "PLAIN"),
    (AUTH_LOGIN, "LOGIN"),
];

async fn authenticate(
    stream: &mut Box<dyn Stream>,
    input: &mut Input,
    offer: &Offer,
    relay: &Relay,
) -> Result<(), RelayFailure> {
    let Some((user, password)) = &relay.credentials else {
        return Ok(());
    };
    let wanted = match relay.mechanism {
        Mechanism::Auto => AUTH_CRAM_MD5 | AUTH_LOGIN | AUTH_PLAIN,
        Mechanism::Plain => AUTH_PLAIN,
        Mechanism::Login => AUTH_LOGIN,
        Mechanism::CramMd5 => AUTH_CRAM_MD5,
    };
    let credentials = Credentials::new(user.as_str(), password.as_str());
    let mut failure = RelayFailure::permanent(local::text(local::NO_AUTH, ""));
    for mechanism in MECHANISMS {
        if offer.mechanisms & wanted & mechanism.0 == 0 {
            continue;
        }
        let reply = sign_in(stream, input, mechanism, &credentials, relay.timeouts).await?;
        if reply.is_positive() {
            return Ok(());
        }
        failure = RelayFailure {
            permanent: reply.is_permanent(),
            refused_password: reply.is_permanent(),
            ours: false,
            text: local::text(local::AUTH, &reply.line()),
        };
        // A wrong password does not become right by being said in another way.
        if reply.code == 535 {
            break;
        }
    }
    Err(failure)
}

/// One try to sign in (RFC 4954 §4); returns the server's last word.
async fn sign_in(
    stream: &mut Box<dyn Stream>,
    input: &mut Input,
    (mechanism, name): (u64, &str),
    credentials: &Credentials<&str>,
    timeouts: Timeouts,
) -> Result<Reply, RelayFailure> {
    let response = |challenge: &str| {
        credentials
            .encode(mechanism, challenge)
            .map_err(|error| RelayFailure::temporary(local::text(local::AUTH, &error.to_string())))
    };
    let line = if mechanism == AUTH_PLAIN {
        format!("AUTH {name} {}\r\n", response("")?)
    } else {
        format!("AUTH {name}\r\n")
    };
    let mut reply = exchange(stream, input, &line, timeouts).await?;
    // A name and a password: nobody has more to ask.
    for _ in 0..2 {
        if !reply.is_intermediate() {
            break;
        }
        let line = format!("{}\r\n", response(&reply.text)?);
        reply = exchange(stream, input, &line, timeouts).await?;
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_offers_is_read_in_any_case_and_spelling() {
        let offer = offer("mx.example\nSTARTTLS\nauth=PLAIN login\nAUTH CRAM-MD5\nsmtputf8");
        assert!(offer.starttls && offer.smtputf8);
        assert_eq!(offer.mechanisms, AUTH_PLAIN | AUTH_LOGIN | AUTH_CRAM_MD5);
    }
}
