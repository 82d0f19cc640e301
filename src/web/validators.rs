//! Pages that have not changed since a browser was given them are not made again: it asks with the
//! page's tag, and is told that the tag still holds (304, RFC 9110 §15.4.5), before anything of the
//! page is read or rendered.
//!
//! A tag is made of all that a page depends on: the database's version, the session with its token
//! against forged requests, the reader's language and zone, the address, this process (and with it
//! templates and assets), and, where a page says how things stand now, the minute or the
//! second. A page that has
//! something to say once (a notice) has no tag. It is asked for with the cookies only (`Vary`), and
//! never kept by anybody but the browser (`private`), who asks each time (`no-cache`).
//!
//! Only where *Back* shows nothing after signing out: `Clear-Site-Data`, said whenever a browser's
//! session changes, empties what it has kept, and browsers heed it over HTTPS and on this machine. Everywhere else pages are `no-store`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use rand::RngExt as _;
use rocket::http::{Header, Method, Status};
use rocket::{Request, Response};
use sha2::{Digest as _, Sha256};

use super::visitor::Visitor;
use crate::app::App;
use crate::domain::Millis;

/// For how long a page stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Until somebody writes to the database.
    Written,
    /// Until then, or until the next minute: it says what is today's, and a day ends with a minute.
    Minute,
    /// Until then, or until the next second: it says what time has made of things.
    Second,
}

/// The pages that are validated. One that is not here is `no-store`.
const PAGES: &[(&str, Until)] = &[
    ("/recipients", Until::Written),
    ("/recipients/<id>", Until::Second),
    ("/messages", Until::Written),
    ("/messages/<id>", Until::Second),
    ("/mailings", Until::Second),
    ("/mailings/<id>", Until::Second),
    ("/mailings/<id>/recipients", Until::Written),
    ("/runs/<id>", Until::Second),
    ("/users", Until::Written),
    ("/", Until::Second),
    ("/statistics", Until::Minute),
    ("/mailings/<id>/statistics", Until::Minute),
    ("/attempts", Until::Minute),
    ("/audit", Until::Minute),
    ("/mailbox", Until::Minute),
];

/// What tells this process from every other one.
pub(super) struct Process([u8; 16]);

impl Process {
    pub(super) fn new() -> Self {
        Self(rand::rng().random())
    }
}

/// The tag of the page that is asked for, if it has one.
struct Tag(Mutex<Option<String>>);

/// Finds the tag of the page; `true` says that the browser has that page already.
pub(super) fn is_unchanged(request: &Request<'_>, visitor: &Visitor) -> bool {
    let Some(tag) = tag(request, visitor) else {
        return false;
    };
    let known = request
        .headers()
        .get("If-None-Match")
        .flat_map(|header| header.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"));
    *request.local_cache(|| Tag(Mutex::new(None))).0.lock() = Some(tag);
    known
}

fn tag(request: &Request<'_>, visitor: &Visitor) -> Option<String> {
    if !matches!(request.method(), Method::Get | Method::Head) || visitor.notice.is_some() {
        return None;
    }
    let route = request.route()?.uri.path();
    let (_, until) = PAGES.iter().find(|(path, _)| *path == route)?;
    // What is wrong with the database stands on every page, and not in the database.
    if !is_cleared_at_sign_out(request) || visitor.app.store.trouble().is_some() {
        return None;
    }
    let Process(process) = request.rocket().state::<Process>()?;
    // Asked before any row is: a page is never older than its tag says.
    let version = visitor.version?;
    let now = visitor.app.clock.now();
    let moment: Millis = match until {
        Until::Written => 0,
        Until::Minute => now.div_euclid(60_000),
        Until::Second => now.div_euclid(1_000),
    };
    let mut digest = Sha256::new();
    digest.update(process);
    digest.update(version.to_be_bytes());
    digest.update(moment.to_be_bytes());
    digest.update(visitor.session.unwrap_or_default().to_be_bytes());
    for text in [
        visitor.csrf.as_str(),
        visitor.reader.language.code(),
        visitor.reader.zone.iana_name().unwrap_or_default(),
        visitor.path.as_str(),
        request.headers().get_one("HX-Request").unwrap_or_default(),
    ] {
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    let short = URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]);
    Some(format!("W/\"{short}\""))
}

/// Whether the browser will forget what it has kept when it is told to.
pub(super) fn is_cleared_at_sign_out(request: &Request<'_>) -> bool {
    let is_here = request
        .host()
        .is_some_and(|host| matches!(host.domain().as_str(), "127.0.0.1" | "localhost" | "[::1]"));
    let app = request.rocket().state::<App>();
    is_here || app.is_some_and(|app| app.config.base_url.starts_with("https://"))
}

/// Says with a page what validates it.
pub(super) fn put_headers(request: &Request<'_>, response: &mut Response<'_>) {
    if ![Status::Ok, Status::NotModified].contains(&response.status()) {
        return;
    }
    let tag = request
        .local_cache(|| Tag(Mutex::new(None)))
        .0
        .lock()
        .clone();
    if let Some(tag) = tag {
        response.set_header(Header::new("ETag", tag));
        response.set_header(Header::new("Cache-Control", "private, no-cache"));
        response.set_header(Header::new("Vary", "Cookie, Accept-Language"));
    }
}
