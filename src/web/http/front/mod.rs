//! The front: it accepts the browsers' connections, speaks HTTP/1.1 with them, and hands each request
//! to Rocket.
//!
//! Rocket's own server waits for a request for as long as it likes to come, and takes as many
//! connections as there are descriptors: a thousand half-sent requests, and neither a page nor a mail
//! goes out. Rocket 0.5 has no setting for that and takes no listener but its own. So hyper, which
//! Rocket uses as well, is driven from here, with limits (`bounds`) on how many connections there are
//! and how long each may take for what (`connections`), and on what a request may weigh (`receive`).
//!
//! A request is handed over inside the process, through [`rocket::local`], which is meant for tests
//! but is the same dispatcher: routing, guards, fairings, catchers, cookies. The other way, a reverse
//! proxy before a Rocket that listens on loopback, was weighed and left:
//! it needs two more descriptors a request where they are what is scarce, a port that everybody on
//! the machine may knock at, and a secret against that; and it could not stop the work of a handler
//! whose client has gone. What `rocket::local` lacks is made up for: `Content-Length` is set here,
//! the body is streamed to the client as it is read, and a request's body, which Rocket takes as a
//! whole, is read here before (`dispatch`), so that no handler ever waits for a slow sender.
//!
//! When a client goes, the work for its request is dropped if it changes nothing (`GET`, the picker);
//! other work that was begun goes on to its end, so that nothing is left half done.

mod bare;
mod bounds;
mod budget;
mod connection_state;
mod connections;
mod dispatch;
mod host;
mod receive;
mod socket;

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rocket::local::asynchronous::Client;
use rocket::{Ignite, Rocket};
use tokio::net::{TcpListener, TcpStream};

pub use bounds::{Bounds, body_limit};
pub(in crate::web) use bounds::{MOST_FIELDS, MOST_KEPT, STRANGERS_BODY};
use budget::BodyBudget;
use connections::{Connections, Place};
use dispatch::Server;
pub(in crate::web) use receive::Refusal;
use socket::Socket;

use crate::app::App;
use crate::descriptors;
use crate::domain::accounts::throttle::Network;
use crate::recurring::Recurring;

/// The pause after a connection could not be accepted, mostly for lack of descriptors.
const BREATH: Duration = Duration::from_millis(100);
/// What is said where there is no place, before anything of a request has been read. It is written
/// without waiting, and so is short; without a length it ends with the connection.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\n\
    Too many connections. Try again in a few seconds.\n\
    Слишком много соединений. Повторите через несколько секунд.\n";

/// A port that is ours, before anybody is served.
pub struct Front {
    listener: TcpListener,
    app: App,
    bounds: Bounds,
}

impl Front {
    /// Takes the port of the settings.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn bind(app: App) -> io::Result<Self> {
        descriptors::raise_limit();
        let listener = TcpListener::bind((app.config.address, app.config.port)).await?;
        let relays = app.routes.iter().map(|route| route.connections).sum();
        Ok(Self {
            listener,
            app,
            bounds: Bounds::of_descriptors(relays),
        })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_bounds(mut self, change: impl FnOnce(&mut Bounds)) -> Self {
        change(&mut self.bounds);
        self
    }

    /// The port that was had, where the settings leave it to the system.
    ///
    /// # Errors
    /// The system's.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    pub const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Serves until Rocket's shutdown is asked for; then what is under way is brought to its end, for
    /// some seconds.
    ///
    /// # Errors
    /// Rocket's, when it cannot start.
    pub async fn serve(self, rocket: Rocket<Ignite>) -> Result<(), rocket::Error> {
        let rocket = Client::untracked(rocket).await?;
        let shutdown = rocket.rocket().shutdown();
        let clock = Arc::clone(&self.app.clock);
        let steady = Arc::new(move || clock.steady());
        let connections = Arc::new(Connections::new(self.bounds.clone(), steady));
        let server = Arc::new(Server {
            rocket,
            app: self.app,
            budget: BodyBudget::new(&self.bounds),
            bounds: self.bounds,
        });
        let watch = tokio::spawn(Arc::clone(&connections).watch());
        let accepting = accept(&self.listener, &server, &connections);
        tokio::select! {
            biased;
            () = shutdown => {}
            () = accepting => {}
        }
        drop(self.listener);
        connections.cut_silent();
        let end = server.bounds.end;
        if tokio::time::timeout(end, connections.until_within(0))
            .await
            .is_err()
        {
            connections.cut_all();
        }
        watch.abort();
        Ok(())
    }
}

async fn accept(listener: &TcpListener, server: &Arc<Server>, connections: &Arc<Connections>) {
    let (failing, full) = (Recurring::new(), Recurring::new());
    loop {
        // Those that were closed to make room give their descriptors back a moment later.
        connections.until_within(server.bounds.connections).await;
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            // The client has gone in the meantime.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                if let Some(times) = failing.is_so(&error.to_string()) {
                    tracing::warn!(%error, times, "connections of browsers cannot be accepted");
                }
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // Not as soon as there is a place again: whoever fills them all would fill the log as well.
        if connections.are_few()
            && let Some(times) = failing.is_over().into_iter().chain(full.is_over()).max()
        {
            tracing::info!(times, "connections of browsers are accepted again");
        }
        match connections.admit(network(&server.app, remote.ip())) {
            Some(place) => {
                let (server, place) = (Arc::clone(server), Arc::new(place));
                tokio::spawn(speak(server, place, stream, remote));
            }
            None => {
                if let Some(times) = full.is_so("full") {
                    tracing::warn!(times, "connections of browsers are refused: all are in use");
                }
                drop(refuse(stream));
            }
        }
    }
}

/// Says that there is no place, as far as that can be done without waiting.
fn refuse(stream: TcpStream) -> io::Result<()> {
    // Tokio does not know yet whether it can be written to, and would not try.
    let mut stream = stream.into_std()?;
    stream.write_all(FULL.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    // A connection that is closed with something unread in it is reset, and the answer lost.
    let mut asked = vec![0; bounds::MOST_HEAD];
    _ = stream.read(&mut asked)?;
    Ok(())
}

/// Whose connection it is. A trusted proxy speaks for others.
fn network(app: &App, peer: IpAddr) -> Option<Network> {
    let peer = peer.to_canonical();
    let trusted = &app.config.trusted_proxies;
    (!trusted.iter().any(|net| net.contains(&peer))).then(|| Network::from(peer))
}

/// One connection's life.
async fn speak(server: Arc<Server>, place: Arc<Place>, stream: TcpStream, remote: SocketAddr) {
    // Small answers wait for the other side's delayed ACK otherwise.
    drop(stream.set_nodelay(true));
    let mut shutdown = server.rocket.rocket().shutdown();
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&place.state)));
    let state = Arc::clone(&place.state);
    let service = service_fn(move |request| {
        dispatch::serve(Arc::clone(&server), Arc::clone(&place), remote, request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // `connections` sees to that, and tells an idle connection from a slow one.
        .header_read_timeout(None)
        .max_header_size(bounds::MOST_HEAD)
        .max_buf_size(bounds::MOST_HEAD)
        .serve_connection(io, service);
    tokio::pin!(connection);
    let mut is_ending = false;
    loop {
        tokio::select! {
            biased;
            () = state.is_cut() => return,
            () = &mut shutdown, if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
        }
    }
}
