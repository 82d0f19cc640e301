//! Captured mail, for managers: as text, as HTML in a frame that can do nothing, as it is.

use mail_parser::MessageParser;
use rocket::http::{ContentType, Header, Status};
use rocket::{Responder, get};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::domain::accounts::permission::{Verdict, may_read_captured};
use crate::domain::audience::address::key_of;
use crate::domain::phrase::Phrase;
use crate::domain::text::visible;
use crate::store::StoreError;
use crate::store::system::captured;
use crate::store::system::captured::CapturedMail;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::{ManagerOnly, SignedIn};
use crate::web::ui::figures::Files;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::{Heads, ListUrl, Pages, Place, heads};

#[derive(Serialize)]
struct Row {
    id: i64,
    at: i64,
    to: String,
    subject: String,
    private: bool,
}

/// `templates/mailbox/index.html`
#[derive(Serialize)]
struct IndexPage {
    rows: Vec<Row>,
    total: i64,
    heads: Heads,
    pages: Pages,
    files: Files,
    /// Most that is kept.
    megabytes: i64,
}

#[get("/mailbox?<place..>")]
pub(in crate::web) async fn index(me: ManagerOnly, place: Place<'_>) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let (sort, cursor) = (place.sort(&captured::LIST, true), place.cursor());
    let (page, total) = me
        .app()
        .store
        .read(move |c| {
            let page = captured::sorted(c, sort, &cursor)?;
            Ok::<_, StoreError>((page, captured::count(c)?))
        })
        .await?;
    let url = ListUrl::new("/mailbox");
    let pages = url.clone().with("sort", sort.name()).pages(&page);
    let rows = page.rows.into_iter().map(|row| Row {
        id: row.id,
        at: row.at,
        private: readable(&me, &row) != Verdict::Allowed,
        to: row.to,
        subject: visible(&row.subject),
    });
    let page = IndexPage {
        rows: rows.collect(),
        total,
        heads: heads(&captured::LIST, sort, &url, true),
        pages,
        files: Files::of(&url, "/mailbox.csv"),
        megabytes: captured::MAX_OCTETS / 1_024 / 1_024,
    };
    me.page(Section::Mailbox, "mailbox/index.html", page).await
}

#[derive(Serialize)]
struct HeaderRow {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Shown {
    id: i64,
    at: i64,
    from: String,
    to: String,
    subject: String,
    headers: Vec<HeaderRow>,
    text: Option<String>,
    has_html: bool,
    size: usize,
}

/// `templates/mailbox/show.html`
#[derive(Serialize)]
struct ShowPage {
    mail: Shown,
    tab: &'static str,
    source: Option<String>,
}

async fn find(me: &ManagerOnly, id: i64) -> Result<(CapturedMail, Vec<u8>), Failure> {
    let found =
        me.0.app()
            .store
            .read(move |c| captured::get(c, id))
            .await?
            .ok_or_else(Failure::not_found)?;
    match readable(&me.0, &found.0) {
        Verdict::Allowed => Ok(found),
        _ => Err(Failure::because(
            Status::Forbidden,
            Phrase::new("refused-private-mail").with("id", id.to_string()),
        )),
    }
}

/// Whether this manager may read a mail.
fn readable(me: &SignedIn, mail: &CapturedMail) -> Verdict {
    let (own, to) = (key_of(&me.user.email), key_of(&mail.to));
    may_read_captured(&me.actor(), &own, &to, mail.private)
}

/// The HTML of a mail, if it has a part of its own that is HTML.
fn html_of(source: &[u8]) -> Option<String> {
    let mail = MessageParser::default().parse(source)?;
    let part = mail.html_part(0)?;
    part.is_text_html()
        .then(|| part.text_contents().map(str::to_owned))
        .flatten()
}

#[get("/mailbox/<id>?<tab>")]
pub(in crate::web) async fn show(
    me: ManagerOnly,
    id: i64,
    tab: Option<&str>,
) -> Result<Template, Failure> {
    let (mail, source) = find(&me, id).await?;
    let parsed = MessageParser::default().parse(&source);
    let has_html = html_of(&source).is_some();
    let tab = match tab {
        Some("html") if has_html => "html",
        Some("source") => "source",
        _ => "text",
    };
    let page = ShowPage {
        mail: Shown {
            id,
            at: mail.at,
            from: visible(&mail.from),
            to: mail.to,
            subject: visible(&mail.subject),
            headers: parsed
                .as_ref()
                .map(|mail| {
                    mail.headers_raw()
                        .map(|(name, value)| HeaderRow {
                            name: name.to_owned(),
                            value: value.trim().to_owned(),
                        })
                        .collect()
                })
                .unwrap_or_default(),
            text: parsed
                .as_ref()
                .and_then(|mail| mail.body_text(0))
                .map(std::borrow::Cow::into_owned),
            has_html,
            size: source.len(),
        },
        tab,
        source: (tab == "source")
            .then(|| visible(&String::from_utf8_lossy(&source).replace("\r\n", "\n"))),
    };
    me.0.page(Section::Mailbox, "mailbox/show.html", page).await
}

#[derive(Responder)]
pub(in crate::web) struct Foreign {
    body: Vec<u8>,
    content_type: ContentType,
    first: Header<'static>,
    second: Header<'static>,
}

/// The mail's HTML for a sandboxed frame: no script, no request, no form.
#[get("/mailbox/<id>/html")]
pub(in crate::web) async fn html(me: ManagerOnly, id: i64) -> Result<Foreign, Failure> {
    let (_, source) = find(&me, id).await?;
    Ok(Foreign {
        body: html_of(&source)
            .ok_or_else(Failure::not_found)?
            .into_bytes(),
        content_type: ContentType::HTML,
        first: Header::new(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
             form-action 'none'; frame-ancestors 'self'; sandbox",
        ),
        second: Header::new("X-Frame-Options", "SAMEORIGIN"),
    })
}

/// The mail as a file.
#[get("/mailbox/<id>/source")]
pub(in crate::web) async fn source(me: ManagerOnly, id: i64) -> Result<Foreign, Failure> {
    let (_, source) = find(&me, id).await?;
    Ok(Foreign {
        body: source,
        content_type: ContentType::new("message", "rfc822"),
        first: Header::new(
            "Content-Disposition",
            format!("attachment; filename=\"mail-{id}.eml\""),
        ),
        second: Header::new("Content-Security-Policy", "default-src 'none'; sandbox"),
    })
}
