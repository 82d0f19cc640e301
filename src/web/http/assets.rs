//! What pages are dressed in: embedded, named by their content, kept by browsers for ever, and sent
//! as small as the browser takes them. Pages themselves are not compressed: their size would tell
//! what is in them beside what somebody typed (BREACH).

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::{State, get};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::encoding::Encoding;
use crate::app::App;
use crate::store::accounts::users;
use crate::store::{Room, Trouble};

#[derive(RustEmbed)]
#[folder = "static"]
#[exclude = "*.md"]
struct Embedded;

struct Asset {
    content_type: ContentType,
    bytes: Vec<u8>,
    /// Made when they are first asked for, and kept.
    brotli: OnceLock<Vec<u8>>,
    gzip: OnceLock<Vec<u8>>,
}

impl Asset {
    /// Its octets in an encoding, and the encoding that it is in: the plain one where it would be
    /// no smaller.
    fn encoded(&self, encoding: Encoding) -> (&[u8], Encoding) {
        let smaller = match encoding {
            Encoding::Brotli => self.brotli.get_or_init(|| brotli(&self.bytes)),
            Encoding::Gzip => self.gzip.get_or_init(|| gzip(&self.bytes)),
            Encoding::Identity => &self.bytes,
        };
        if smaller.is_empty() || smaller.len() >= self.bytes.len() {
            return (&self.bytes, Encoding::Identity);
        }
        (smaller, encoding)
    }
}

/// Empty where it cannot be done.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut smaller = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut smaller, 4_096, 11, 22);
    let is_written = writer.write_all(bytes).and_then(|()| writer.flush());
    drop(writer);
    is_written.map_or_else(|_| Vec::new(), |()| smaller)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    let is_written = writer.write_all(bytes);
    is_written
        .and_then(|()| writer.finish())
        .unwrap_or_default()
}

/// All assets, by the name under which they are asked for: `app.3f2a9c1d.css`.
pub(in crate::web) struct Assets(HashMap<String, Asset>);

impl Assets {
    pub(in crate::web) fn load() -> Self {
        let named = Embedded::iter().filter_map(|name| {
            let file = Embedded::get(&name)?;
            let content_type = Path::new(name.as_ref())
                .extension()
                .and_then(OsStr::to_str)
                .and_then(ContentType::from_extension)
                .unwrap_or(ContentType::Binary);
            let asset = Asset {
                content_type,
                bytes: file.data.into_owned(),
                brotli: OnceLock::new(),
                gzip: OnceLock::new(),
            };
            Some((fingerprinted(&name, &asset.bytes), asset))
        });
        Self(named.collect())
    }
}

fn fingerprinted(name: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let short = u64::from_be_bytes(digest[..8].try_into().unwrap_or_default());
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{short:016x}.{extension}"),
        None => format!("{name}.{short:016x}"),
    }
}

/// The address of every asset, by its plain name.
pub(in crate::web) fn urls() -> HashMap<String, String> {
    Embedded::iter()
        .filter_map(|name| {
            let file = Embedded::get(&name)?;
            let url = format!("/static/{}", fingerprinted(&name, &file.data));
            Some((name.into_owned(), url))
        })
        .collect()
}

/// An asset, and how it is to be sent.
pub(in crate::web) struct Immutable<'a> {
    asset: &'a Asset,
    encoding: Encoding,
}

impl<'r, 'a: 'r> Responder<'r, 'a> for Immutable<'a> {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'a> {
        let (bytes, encoding) = self.asset.encoded(self.encoding);
        let mut response = Response::build();
        response
            .header(self.asset.content_type.clone())
            .header(Header::new(
                "Cache-Control",
                "public, max-age=31536000, immutable",
            ))
            .header(Header::new("Vary", "Accept-Encoding"))
            .sized_body(bytes.len(), Cursor::new(bytes));
        if encoding != Encoding::Identity {
            response.header(Header::new("Content-Encoding", encoding.name()));
        }
        response.ok()
    }
}

/// What the browser takes.
pub(in crate::web) struct Accepted(Option<Encoding>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Accepted {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let headers: Vec<&str> = request.headers().get("Accept-Encoding").collect();
        let joined = headers.join(",");
        let said = (!headers.is_empty()).then_some(joined.as_str());
        Outcome::Success(Self(Encoding::negotiate(said)))
    }
}

#[get("/static/<path..>")]
#[expect(clippy::needless_pass_by_value, reason = "Rocket hands it over")]
pub(in crate::web) fn asset(
    path: PathBuf,
    accepted: Accepted,
    assets: &State<Assets>,
) -> Option<Immutable<'_>> {
    let asset = assets.inner().0.get(path.to_str()?)?;
    // Who takes nothing of ours gets it as it is, rather than nothing (RFC 9110 §12.5.3).
    let encoding = accepted.0.unwrap_or(Encoding::Identity);
    Some(Immutable { asset, encoding })
}

/// For whoever watches over the server: whether it can do its work, and if not, what keeps it.
#[get("/healthz")]
pub(in crate::web) async fn health(app: &State<App>) -> (Status, String) {
    let looked = match app.store.read(users::count).await {
        Ok(_) => app.store.look_after().await.map_err(Trouble::name),
        Err(error) => Err(error.name()),
    };
    match looked {
        Ok(Room::Little(octets)) => {
            let text = format!("ok\nwarning: {} MB left on the disk\n", octets >> 20);
            (Status::Ok, text)
        }
        Ok(_) => (Status::Ok, "ok\n".to_owned()),
        Err(name) => (Status::ServiceUnavailable, format!("database: {name}\n")),
    }
}
