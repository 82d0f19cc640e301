//! Pages that have not changed since a browser was given them are not sent again: it asks with the
//! page's tag, and is told that the tag still holds (304, RFC 9110 §15.4.5).
//!
//! A tag is made of the page itself, as it was rendered, and of the session that it was rendered
//! for. It tells nothing that the page does not show: not what others do, not who has an account.
//! Pages that strangers may see have none.
//!
//! So that an unchanged page need not be rendered to learn that, this process remembers which tag
//! a page had in which state: the database's version, the session with its token against forged
//! requests, the reader's language and zone, the address and, where a page says how things stand
//! now, the minute or the second, and whether mail is captured. While nobody writes anything, nothing is read and rendered; after
//! any write a page is rendered once more, and sent only if it came out different. A page that has
//! something to say once (a notice) has no tag. It is asked for with the cookies only (`Vary`), and
//! never kept by anybody but the browser (`private`), who asks each time (`no-cache`).
//!
//! Only where *Back* shows nothing after signing out: `Clear-Site-Data`, said whenever a browser's
//! session changes, empties what it has kept, and browsers heed it over HTTPS and on this machine.
//! Everywhere else pages are `no-store`.

use std::io::Cursor;
use std::num::NonZeroUsize;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lru::LruCache;
use parking_lot::Mutex;
use rand::RngExt as _;
use rocket::http::{Header, Method, Status};
use rocket::response::Body;
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

/// A hash, cut to 128 bits.
type Digest = [u8; 16];

/// States whose tags are remembered; the least recently asked for is forgotten first.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(8_192).expect("not zero");

/// Which tags pages have, and what tells this process from every other one.
pub(in crate::web) struct Tags {
    process: Digest,
    /// By state, what the page was then.
    known: Mutex<LruCache<Digest, Digest>>,
}

impl Tags {
    pub(in crate::web) fn new() -> Self {
        Self {
            process: rand::rng().random(),
            known: Mutex::new(LruCache::new(REMEMBERED)),
        }
    }

    fn hash(&self, parts: &[&[u8]]) -> Digest {
        let mut hash = Sha256::new();
        hash.update(self.process);
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}

/// What is known of the page that is asked for, if it is one with a tag.
#[derive(Clone, Copy)]
struct Asked {
    state: Digest,
    /// Whose it is: the same page of another session has another tag.
    session: i64,
    /// The page, where the state is known.
    page: Option<Digest>,
}

struct Kept(Mutex<Option<Asked>>);

fn kept<'r>(request: &'r Request<'_>) -> &'r Mutex<Option<Asked>> {
    &request.local_cache(|| Kept(Mutex::new(None))).0
}

fn text(page: &Digest) -> String {
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(page))
}

/// Whether the browser has this page (RFC 9110 §13.1.2).
fn has(request: &Request<'_>, page: &Digest) -> bool {
    let tag = text(page);
    request
        .headers()
        .get("If-None-Match")
        .flat_map(|header| header.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"))
}

/// Whether it is known, without rendering it, that the browser has the page already.
pub(in crate::web) async fn is_unchanged(request: &Request<'_>, visitor: &Visitor) -> bool {
    let asked = ask(request, visitor).await;
    *kept(request).lock() = asked;
    asked
        .and_then(|asked| asked.page)
        .is_some_and(|page| has(request, &page))
}

async fn ask(request: &Request<'_>, visitor: &Visitor) -> Option<Asked> {
    if !matches!(request.method(), Method::Get | Method::Head) || visitor.notice.is_some() {
        return None;
    }
    let route = request.route()?.uri.path();
    let (_, until) = PAGES.iter().find(|(path, _)| *path == route)?;
    // What is wrong with the database stands on every page, and not in the database.
    if !is_cleared_at_sign_out(request) || visitor.app.store.trouble().is_some() {
        return None;
    }
    let tags = request.rocket().state::<Tags>()?;
    // Asked before any row is: a page is never older than its state says.
    let version = visitor.version?;
    let session = visitor.session?;
    let now = visitor.app.clock.now();
    let moment: Millis = match until {
        Until::Written => 0,
        Until::Minute => now.div_euclid(60_000),
        Until::Second => now.div_euclid(1_000),
    };
    let state = tags.hash(&[
        &version.to_be_bytes(),
        &moment.to_be_bytes(),
        &session.to_be_bytes(),
        visitor.csrf.as_bytes(),
        visitor.reader.language.code().as_bytes(),
        visitor
            .reader
            .zone
            .iana_name()
            .unwrap_or_default()
            .as_bytes(),
        visitor.path.as_bytes(),
        // The notice about it stands on every page, and another process may begin to send.
        &[u8::from(visitor.app.captures_mailings().await)],
        request
            .headers()
            .get_one("HX-Request")
            .unwrap_or_default()
            .as_bytes(),
    ]);
    Some(Asked {
        state,
        session,
        page: tags.known.lock().get(&state).copied(),
    })
}

/// Whether the browser will forget what it has kept when it is told to.
pub(in crate::web) fn is_cleared_at_sign_out(request: &Request<'_>) -> bool {
    let is_here = request
        .host()
        .is_some_and(|host| matches!(host.domain().as_str(), "127.0.0.1" | "localhost" | "[::1]"));
    let app = request.rocket().state::<App>();
    is_here || app.is_some_and(|app| app.config.base_url.starts_with("https://"))
}

/// Says with a page what validates it, and does not send it to a browser that has it.
pub(in crate::web) async fn validate(request: &Request<'_>, response: &mut Response<'_>) {
    let Some(asked) = *kept(request).lock() else {
        return;
    };
    let page = match (response.status(), asked.page) {
        (Status::NotModified, Some(page)) => page,
        (Status::Ok, _) => match digest_body(request, response, &asked).await {
            Some(page) => page,
            None => return,
        },
        _ => return,
    };
    if response.status() == Status::Ok && has(request, &page) {
        response.set_status(Status::NotModified);
        response.remove_header("Content-Type");
        *response.body_mut() = Body::default();
    }
    response.set_header(Header::new("ETag", text(&page)));
    response.set_header(Header::new("Cache-Control", "private, no-cache"));
    response.set_header(Header::new("Vary", "Cookie, Accept-Language"));
}

/// The digest of the page that a response holds; it is remembered by the state that the page shows.
async fn digest_body(
    request: &Request<'_>,
    response: &mut Response<'_>,
    asked: &Asked,
) -> Option<Digest> {
    let tags = request.rocket().state::<Tags>()?;
    let body = response.body_mut().to_bytes().await.ok()?;
    let page = tags.hash(&[&asked.session.to_be_bytes(), &body]);
    response.set_sized_body(body.len(), Cursor::new(body));
    tags.known.lock().put(asked.state, page);
    Some(page)
}
