//! One request: from hyper's form into Rocket's, and its answer back, piece by piece.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming};
use hyper::http::request::Parts;
use hyper::{Request, Response};
use rocket::http::uri::Origin;
use rocket::http::{Cookie, Header, Method};
use rocket::local::asynchronous::{Client, LocalRequest, LocalResponse};
use tokio::io::AsyncReadExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::bare::Why;
use super::bounds::{self, Bounds, MOST_ADDRESS, MOST_COOKIES};
use super::connections::Place;
use super::host;
use super::link::Phase;
use super::receive::{self, Received};
use super::room::{Room, Sender, Share};
use crate::app::App;
use crate::domain::accounts::throttle::Network;
use crate::web::http::visitor::Visitor;
use crate::web::http::{client, refused};

/// Octets of an answer that go out at once.
const PIECE: usize = 16 * 1_024;

/// What every request is served with.
pub(super) struct Server {
    pub(super) rocket: Client,
    pub(super) app: App,
    pub(super) bounds: Bounds,
    pub(super) room: Room,
}

/// Serves one request. The work is a task of its own, because an answer borrows from its request; it
/// holds the connection's place until it is done, also after the client has gone.
pub(super) async fn serve(
    server: Arc<Server>,
    place: Arc<Place>,
    remote: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Answer>, io::Error> {
    // A request is here, and not half of one any more.
    place.link.enter(Phase::Serving);
    if address_length(&request) > MOST_ADDRESS {
        return plain(place, Why::Address);
    }
    if host::of(request.version(), request.uri(), request.headers()).is_err() {
        return plain(place, Why::Host);
    }
    let method = method(request.method().as_str()).unwrap_or(Method::Get);
    let is_droppable = bounds::changes_nothing(method, request.uri().path());
    let (tell, told) = oneshot::channel();
    let work = tokio::spawn(work(server, Arc::clone(&place), remote, request, tell));
    let mut work = Work {
        task: work,
        is_droppable,
    };
    let (head, pieces) = told.await.map_err(|_| io::ErrorKind::ConnectionAborted)?;
    // Only to be sent now.
    work.is_droppable = true;
    let answer = Answer {
        pieces,
        place,
        _work: work,
    };
    let (parts, ()) = head.into_parts();
    Ok(Response::from_parts(parts, answer))
}

fn address_length(request: &Request<Incoming>) -> usize {
    let address = request.uri().path_and_query();
    address.map_or(0, |address| address.as_str().len())
}

type Head = (Response<()>, mpsc::Receiver<io::Result<Bytes>>);

async fn work(
    server: Arc<Server>,
    place: Arc<Place>,
    remote: SocketAddr,
    request: Request<Incoming>,
    tell: oneshot::Sender<Head>,
) {
    let (parts, mut body) = request.into_parts();
    let mut local = translate(&server.rocket, &parts);
    local.set_remote(remote);
    let Some(_share) = take_body(&server, &place, &parts, &mut body, &mut local).await else {
        return;
    };
    place.link.enter(Phase::Serving);
    let response = local.dispatch().await;
    if let Err(error) = pass_on(response, tell).await {
        tracing::debug!(%error, "an answer broke off");
    }
}

/// Rocket's request, but for its body. What it cannot be made of, Rocket answers with 400.
fn translate<'c>(rocket: &'c Client, parts: &'c Parts) -> LocalRequest<'c> {
    let mut local = match (method(parts.method.as_str()), origin(parts)) {
        (Some(method), Some(origin)) => rocket.req(method, origin),
        _ => rocket.get("no address"),
    };
    let host = host::of(parts.version, &parts.uri, &parts.headers);
    let host = host.ok().flatten();
    if let Some((_, host)) = &host {
        local.inner_mut().set_host(host.clone());
    }
    let lines = parts.headers.get_all(hyper::header::COOKIE);
    let cookies = lines
        .iter()
        .filter_map(|line| std::str::from_utf8(line.as_bytes()).ok())
        .flat_map(|line| line.split(';'))
        .take(MOST_COOKIES)
        .filter_map(|cookie| Cookie::parse_encoded(cookie.trim().to_owned()).ok());
    local = local.cookies(cookies);
    for (name, value) in &parts.headers {
        let value = match &host {
            Some((text, _)) if name == hyper::header::HOST => text.as_bytes(),
            _ => value.as_bytes(),
        };
        // Rocket's headers are text.
        if let Ok(value) = std::str::from_utf8(value) {
            local.add_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
    }
    local
}

fn method(name: &str) -> Option<Method> {
    name.parse().ok()
}

fn origin(parts: &Parts) -> Option<Origin<'static>> {
    let address = parts.uri.path_and_query()?.as_str();
    Origin::parse_owned(address.to_owned())
        .ok()
        // Browsers leave alone some characters that Rocket does not.
        .or_else(|| Origin::parse_owned(encoded(address)).ok())
}

/// Everything that RFC 3986 does not allow, percent-encoded.
fn encoded(address: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(address.len());
    for octet in address.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%".contains(&octet) {
            text.push(char::from(octet));
        } else {
            _ = write!(text, "%{octet:02X}");
        }
    }
    text
}

/// Reads the body into the request, or notes there why not. `None`: nobody waits any more.
async fn take_body(
    server: &Server,
    place: &Place,
    parts: &Parts,
    body: &mut Incoming,
    local: &mut LocalRequest<'_>,
) -> Option<Option<Share>> {
    let method = local.inner().method();
    if body.is_end_stream() || matches!(method, Method::Get | Method::Head) {
        return Some(None);
    }
    place.link.enter(Phase::Body);
    // Whoever waits for «100 Continue» sends nothing before it.
    let waits = parts.headers.contains_key(hyper::header::EXPECT);
    let of_route = bounds::body_limit(method, parts.uri.path());
    let (mut share, mut limit) = (None, receive::limit_of_route(of_route));
    if !receive::announced(body).is_some_and(receive::is_small) {
        let sender = sender(&server.app, local).await;
        limit = receive::limit_for(sender, of_route);
        share = Some(server.room.share(sender));
    }
    let steady = || server.app.clock.steady();
    let bounds = &server.bounds;
    match receive::read(body, limit, waits, share.as_mut(), bounds, steady).await {
        Received::Whole(octets) => {
            local.set_body(octets);
            Some(share)
        }
        Received::Refused(why) => {
            refused::note(local.inner(), why);
            Some(None)
        }
        Received::Gone => None,
    }
}

/// Who sends this. The handler asks once more, because a session may end while a body comes in.
async fn sender(app: &App, local: &LocalRequest<'_>) -> Sender {
    let request = local.inner();
    if let Ok(visitor) = Visitor::find(request).await
        && let Some(user) = visitor.user
    {
        return Sender::User(user.id);
    }
    Sender::Stranger(Network::of(&client::address(request, app)))
}

/// Sends the head, and then the body as the client takes it.
async fn pass_on(mut response: LocalResponse<'_>, tell: oneshot::Sender<Head>) -> io::Result<()> {
    let mut head = Response::builder().status(response.status().code);
    for header in response.headers().iter() {
        head = head.header(header.name.as_str(), header.value.as_bytes());
    }
    if let Some(size) = response.body().preset_size() {
        head = head.header(hyper::header::CONTENT_LENGTH, size);
    }
    let head = head.body(()).map_err(io::Error::other)?;
    let (sender, pieces) = mpsc::channel(1);
    tell.send((head, pieces))
        .map_err(|_| io::ErrorKind::BrokenPipe)?;
    loop {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = tokio::select! {
            // An event stream may have nothing to say for a long time.
            () = sender.closed() => return Err(io::ErrorKind::BrokenPipe.into()),
            read = response.read_buf(&mut piece) => read,
        };
        let piece = match read {
            Ok(0) => return Ok(()),
            Ok(_) => Ok(piece.freeze()),
            // The client is not to take a part for the whole.
            Err(error) => Err(error),
        };
        let is_last = piece.is_err();
        if sender.send(piece).await.is_err() || is_last {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
    }
}

/// A request's work. Dropped before it is done, because the client has gone, it is broken off if it
/// changes nothing, and goes on otherwise.
struct Work {
    task: JoinHandle<()>,
    is_droppable: bool,
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.is_droppable {
            self.task.abort();
        }
    }
}

/// The body of an answer.
pub(super) struct Answer {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    place: Arc<Place>,
    _work: Work,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // What hyper holds of it has still to reach the client.
        self.place.link.enter(Phase::Flushing);
    }
}

/// An answer without a page. Nothing more is read behind it: where such a request ends is not certain
/// either.
fn plain(place: Arc<Place>, why: Why) -> Result<Response<Answer>, io::Error> {
    let (sender, pieces) = mpsc::channel(1);
    let text = why.text();
    let head = Response::builder()
        .status(why.status().get(..3).unwrap_or_default())
        .header(hyper::header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(hyper::header::CONTENT_LENGTH, text.len())
        .header(hyper::header::CONNECTION, "close");
    drop(sender.try_send(Ok(Bytes::from(text))));
    let answer = Answer {
        pieces,
        place,
        _work: Work {
            task: tokio::spawn(async {}),
            is_droppable: true,
        },
    };
    head.body(answer).map_err(io::Error::other)
}
