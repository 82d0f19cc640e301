//! One request: from hyper's form into Rocket's, and its answer back, piece by piece.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, Response};
use rocket::http::ext::IntoOwned as _;
use rocket::http::uri::{Host, Origin};
use rocket::http::{Cookie, Header, Method};
use rocket::local::asynchronous::{Client as LocalClient, LocalRequest, LocalResponse};
use tokio::io::AsyncReadExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::bare::Why;
use super::bounds::{self, Bounds, MAX_REQUEST_TARGET, MOST_COOKIES};
use super::budget::{BodyBudget, Client, Reservation};
use super::connection_state::Phase;
use super::connections::Place;
use super::host;
use super::receive::{self, Received};
use crate::app::App;
use crate::domain::accounts::throttle::Network;
use crate::web::http::safe_form::Sent;
use crate::web::http::visitor::Visitor;
use crate::web::http::{client, headers, refused};

/// Octets of an answer that go out at once.
const PIECE: usize = 16 * 1_024;

/// What every request is served with.
pub(super) struct Server {
    pub(super) rocket: LocalClient,
    pub(super) app: App,
    pub(super) bounds: Bounds,
    pub(super) budget: BodyBudget,
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
    place.state.enter(Phase::Serving);
    let checked = match Checked::new(&request) {
        Ok(checked) => checked,
        Err(why) => return refuse(place, request, why).await,
    };
    let is_droppable = bounds::changes_nothing(checked.method, request.uri().path());
    let (tell, told) = oneshot::channel();
    let job = work(server, Arc::clone(&place), remote, request, checked, tell);
    let mut work = Work {
        task: Some(tokio::spawn(job)),
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

/// What has been made out of a request's head before Rocket hears of it.
struct Checked {
    method: Method,
    /// `None` where an HTTP/1.0 request has none.
    host: Option<Host<'static>>,
}

impl Checked {
    fn new<B>(request: &Request<B>) -> Result<Self, Why> {
        if request_target_length(request) > MAX_REQUEST_TARGET {
            return Err(Why::RequestTarget);
        }
        let host = host::of(request.version(), request.uri(), request.headers())
            .map_err(|_| Why::Host)?
            .map(Host::into_owned);
        let Some(method) = method(request.method()) else {
            return Err(Why::Method);
        };
        if !is_transfer_coding_known(request.headers()) {
            return Err(Why::TransferCoding);
        }
        Ok(Self { method, host })
    }
}

fn request_target_length<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query();
    target.map_or(0, |target| target.as_str().len())
}

/// The methods that resources here have. HTTP answers others with 501, not with 405, where no resource
/// at all has them (RFC 9110 §9.1).
const fn method(method: &hyper::Method) -> Option<Method> {
    match *method {
        hyper::Method::GET => Some(Method::Get),
        hyper::Method::HEAD => Some(Method::Head),
        hyper::Method::POST => Some(Method::Post),
        _ => None,
    }
}

/// Whether a body is encoded as `chunked`, once, or not at all. hyper looks at the last coding alone, and
/// hands on what is compressed below it as if that were the form (RFC 9112 §6.1).
fn is_transfer_coding_known(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(hyper::header::TRANSFER_ENCODING);
    let mut codings = lines
        .iter()
        .flat_map(|line| line.as_bytes().split(|octet| *octet == b','))
        .map(<[u8]>::trim_ascii)
        // A list may have empty elements (RFC 9110 §5.6.1).
        .filter(|coding| !coding.is_empty());
    codings
        .next()
        .is_none_or(|coding| coding.eq_ignore_ascii_case(b"chunked"))
        && codings.next().is_none()
}

type Head = (Response<()>, mpsc::Receiver<io::Result<Bytes>>);

async fn work(
    server: Arc<Server>,
    place: Arc<Place>,
    remote: SocketAddr,
    request: Request<Incoming>,
    checked: Checked,
    tell: oneshot::Sender<Head>,
) {
    let (parts, mut body) = request.into_parts();
    let mut local = translate(&server.rocket, &parts, checked);
    local.set_remote(remote);
    let Some(reservation) = take_body(&server, &place, &parts, &mut body, &mut local).await else {
        return;
    };
    place.state.enter(Phase::Serving);
    let sent = Sent::of(local.inner()).clone();
    let response = local.dispatch().await;
    // Nothing is left of the body; how long the client takes to read the answer is another matter.
    sent.forget();
    drop(reservation);
    if let Err(error) = pass_on(response, tell).await {
        tracing::debug!(%error, "an answer broke off");
    }
}

/// Rocket's request, but for its body. What it cannot be made of, Rocket answers with 400.
fn translate<'c>(rocket: &'c LocalClient, parts: &'c Parts, checked: Checked) -> LocalRequest<'c> {
    let mut local = match origin(parts) {
        Some(origin) => rocket.req(checked.method, origin),
        None => rocket.get("no address"),
    };
    let host = checked.host.as_ref().map(ToString::to_string);
    if let Some(host) = checked.host {
        local.inner_mut().set_host(host);
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
            Some(host) if name == hyper::header::HOST => host.as_bytes(),
            _ => value.as_bytes(),
        };
        // Rocket's headers are text.
        if let Ok(value) = std::str::from_utf8(value) {
            local.add_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
    }
    local
}

fn origin(parts: &Parts) -> Option<Origin<'static>> {
    let target = parts.uri.path_and_query()?.as_str();
    Origin::parse_owned(target.to_owned())
        .ok()
        // Browsers leave alone some characters that Rocket does not.
        .or_else(|| Origin::parse_owned(encoded(target)).ok())
}

/// Everything that RFC 3986 does not allow, percent-encoded.
fn encoded(target: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(target.len());
    for octet in target.bytes() {
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
) -> Option<Option<Reservation>> {
    let method = local.inner().method();
    if body.is_end_stream() || matches!(method, Method::Get | Method::Head) {
        return Some(None);
    }
    place.state.enter(Phase::Body);
    // Whoever waits for «100 Continue» sends nothing before it.
    let waits = parts.headers.contains_key(hyper::header::EXPECT);
    let of_route = bounds::body_limit(method, parts.uri.path());
    let (mut reservation, mut limit) = (None, receive::limit_of_route(of_route));
    if !receive::content_length(body).is_some_and(receive::is_small) {
        let client = client_of(&server.app, local).await;
        limit = receive::limit_for(client, of_route);
        reservation = Some(server.budget.reserve(client));
    }
    let steady = || server.app.clock.steady();
    let bounds = &server.bounds;
    match receive::read(body, limit, waits, reservation, bounds, steady).await {
        Received::Whole(octets, reservation) => {
            local.set_body(octets);
            Some(reservation)
        }
        Received::Refused(why) => {
            refused::note(local.inner(), why);
            Some(None)
        }
        Received::Gone => None,
    }
}

/// Who sends this. The handler asks once more, because a session may end while a body comes in.
async fn client_of(app: &App, local: &LocalRequest<'_>) -> Client {
    let request = local.inner();
    if let Ok(visitor) = Visitor::find(request).await
        && let Some(user) = visitor.user
    {
        return Client::User(user.id);
    }
    Client::Anonymous(Network::of(&client::address(request, app)))
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
    /// Nothing where the answer was ready at once.
    task: Option<JoinHandle<()>>,
    is_droppable: bool,
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.is_droppable
            && let Some(task) = &self.task
        {
            task.abort();
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
        self.place.state.enter(Phase::Flushing);
    }
}

/// Refuses a request before Rocket hears of it, when its body has been drained: a client that is still
/// sending does not hear an answer.
async fn refuse(
    place: Arc<Place>,
    request: Request<Incoming>,
    why: Why,
) -> Result<Response<Answer>, io::Error> {
    let (parts, mut body) = request.into_parts();
    if !body.is_end_stream() && !parts.headers.contains_key(hyper::header::EXPECT) {
        place.state.enter(Phase::Body);
        receive::drain(&mut body).await;
        place.state.enter(Phase::Serving);
    }
    plain(place, why)
}

/// An answer without a page. Nothing more is read behind it: where such a request ends is not certain
/// either.
fn plain(place: Arc<Place>, why: Why) -> Result<Response<Answer>, io::Error> {
    let (sender, pieces) = mpsc::channel(1);
    let text = why.text();
    let mut head = Response::builder()
        .status(why.status())
        .header(hyper::header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(hyper::header::CONTENT_LENGTH, text.len())
        .header(hyper::header::CONNECTION, "close");
    for (name, value) in headers::DEFAULTS {
        head = head.header(name, value);
    }
    drop(sender.try_send(Ok(Bytes::from(text))));
    let answer = Answer {
        pieces,
        place,
        _work: Work {
            task: None,
            is_droppable: true,
        },
    };
    head.body(answer).map_err(io::Error::other)
}
