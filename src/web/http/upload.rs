//! A form with a file in it (`multipart/form-data`, RFC 7578), under the rules of every other form
//! (`safe_form`): from this site, with the session's token.
//!
//! Bounds: a file of [`MAX_FILE`], [`MAX_TEXT`] for what is typed. How much is received at once, and
//! how fast it has to come, is the front's (`front::bounds`): the body is whole when it comes here.

use std::collections::HashSet;
use std::sync::Arc;

use multer::Multipart;
use rocket::data::{ByteUnit, Data, FromData, Outcome as DataOutcome};
use rocket::form::{self, DataField, FromForm, Options, ValueField};
use rocket::http::{RawStr, Status};
use rocket::request::{FromRequest as _, Outcome, Request};
use rocket::{Orbit, Rocket};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failure::{Failure, Typed};
use super::front::{MOST_FIELDS, MOST_KEPT, body_limit};
use super::safe_form::{self, SafeForm};
use super::visitor::Visitor;
use crate::actions;
use crate::app::App;
use crate::domain::phrase::Phrase;
use crate::domain::text::visible;

/// Largest file, in octets.
pub(in crate::web) const MAX_FILE: usize = 8 << 20;
/// Most that is typed or pasted in all fields together, in octets of UTF-8.
pub(in crate::web) const MAX_TEXT: usize = 2 << 20;

/// Threads that read tables, at most.
const READERS: usize = 2;

/// Turns at the work that takes a processor for itself.
pub(in crate::web) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(READERS)))
    }
}

impl Turns {
    /// Waits for one's turn, which lasts as long as what is returned.
    pub(in crate::web) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

/// A file that was chosen.
pub(in crate::web) struct Picked {
    pub(in crate::web) name: String,
    pub(in crate::web) octets: Vec<u8>,
}

/// The form, whichever way it was encoded.
pub(in crate::web) struct Upload {
    fields: Vec<(String, String)>,
    pub(in crate::web) file: Option<Picked>,
    /// Why it is not taken, for the page to say: something was beyond a bound, or there were several files.
    pub(in crate::web) refused: Option<Phrase>,
}

impl Upload {
    /// By which the same form is known again: all that was typed and chosen, but for these fields.
    pub(in crate::web) fn digest(&self, but: &[&str]) -> [u8; 32] {
        let mut digest = Sha256::new();
        for (name, value) in &self.fields {
            if !but.contains(&name.as_str()) {
                digest.update(format!("{}:{}:{name}{value}", name.len(), value.len()));
            }
        }
        digest.finalize().into()
    }

    pub(in crate::web) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// A field's text; empty where there is none.
    pub(in crate::web) fn field(&self, name: &str) -> &str {
        let mut found = self.fields.iter().filter(|(known, _)| known == name);
        found.next().map_or("", |(_, value)| value)
    }
}

/// Removes what a process that has ended has left of files that were uploaded.
pub(in crate::web) async fn prune(rocket: &Rocket<Orbit>) {
    if let Some(app) = rocket.state::<App>() {
        actions::prune_uploads(app).await;
    }
}

/// The fields of a form without a file.
struct Pairs(Vec<(String, String)>);

#[rocket::async_trait]
impl<'r> FromForm<'r> for Pairs {
    type Context = Vec<(String, String)>;

    fn init(_: Options) -> Self::Context {
        Vec::new()
    }

    fn push_value(pairs: &mut Self::Context, field: ValueField<'r>) {
        if pairs.len() < MOST_FIELDS {
            let name = field.name.source().as_str();
            pairs.push((name.to_owned(), field.value.to_owned()));
        }
    }

    async fn push_data(_: &mut Self::Context, _: DataField<'r, '_>) {}

    fn finalize(pairs: Self::Context) -> form::Result<'r, Self> {
        Ok(Self(pairs))
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Upload {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        let failure = match read(request, data).await {
            Ok(Ok(upload)) => return DataOutcome::Success(upload),
            // It has said itself why.
            Ok(Err(status)) => return DataOutcome::Error((status, ())),
            Err(failure) => failure,
        };
        let status = failure.status;
        failure.remember(request);
        DataOutcome::Error((status, ()))
    }
}

/// Whether the form has files in it.
pub(in crate::web) fn is_multipart(request: &Request<'_>) -> bool {
    request
        .content_type()
        .is_some_and(|kind| kind.is_form_data())
}

async fn read<'r>(
    request: &'r Request<'_>,
    data: Data<'r>,
) -> Result<Result<Upload, Status>, Failure> {
    let Outcome::Success(visitor) = Visitor::from_request(request).await else {
        return Err(Failure::status(Status::ServiceUnavailable));
    };
    if !is_multipart(request) {
        return Ok(match SafeForm::<Pairs>::from_data(request, data).await {
            DataOutcome::Success(SafeForm(Pairs(fields))) => Ok(Upload {
                refused: (octets(&fields) > MAX_TEXT)
                    .then(text_too_large)
                    .or_else(|| repeated(&fields)),
                fields,
                file: None,
            }),
            DataOutcome::Error((status, ())) | DataOutcome::Forward((_, status)) => Err(status),
        });
    }
    let parts = Parts::read(request, data, Some(&visitor.csrf)).await?;
    if !parts.has_token {
        return Err(Failure::stale(parts.typed()));
    }
    safe_form::keep(request, encoded(&parts.fields));
    let refused = parts.refusal();
    Ok(Ok(Upload {
        fields: parts.fields,
        file: parts.file,
        refused,
    }))
}

/// What was typed into a form with a file by somebody who is not signed in any more.
pub(in crate::web) async fn stranded(
    request: &Request<'_>,
    data: Data<'_>,
) -> Result<Typed, Failure> {
    Ok(Parts::read(request, data, None).await?.typed())
}

fn text_too_large() -> Phrase {
    Phrase::new("import-text-too-large").with("most", MAX_TEXT >> 20)
}

fn file_too_large() -> Phrase {
    Phrase::new("import-file-too-large").with("most", MAX_FILE >> 20)
}

/// As a form without a file, to be sent once more from a page that says what went wrong.
fn encoded(fields: &[(String, String)]) -> String {
    let encode = |text: &str| RawStr::new(text).percent_encode().to_string();
    let pairs = fields.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn octets(fields: &[(String, String)]) -> usize {
    fields.iter().map(|(_, value)| value.len()).sum()
}

/// What is said of a field that is there more than once: which of them was meant is not known.
fn repeated(fields: &[(String, String)]) -> Option<Phrase> {
    let mut met = HashSet::new();
    let (name, _) = fields.iter().find(|(name, _)| !met.insert(name))?;
    Some(Phrase::new("import-repeated-field").with("name", visible(&short(name))))
}

/// The name of a file or a field, as far as it is kept; a file that has none is called by a dash.
fn short(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME)
        .collect();
    if name.is_empty() {
        "—".to_owned()
    } else {
        name
    }
}

#[derive(Default)]
struct Parts {
    fields: Vec<(String, String)>,
    octets: usize,
    file: Option<Picked>,
    /// The names of all files that were chosen.
    names: Vec<String>,
    /// A field in which no file is expected, and has come.
    stray: Option<String>,
    too_large: Option<Phrase>,
    has_token: bool,
}

/// The field of the file.
const FILE: &str = "file";
/// Characters of a file's name that are kept.
const NAME: usize = 100;
/// Files that are named where there are several.
const MOST_NAMED: usize = 5;

impl Parts {
    /// Reads a form. It is whole before anything of it is looked at: a search for the end of a part that
    /// comes in pieces begins anew with each of them.
    async fn read(
        request: &Request<'_>,
        data: Data<'_>,
        token: Option<&str>,
    ) -> Result<Self, Failure> {
        if !safe_form::is_same_origin(request) {
            return Err(safe_form::foreign());
        }
        let bad = |_| Failure::status(Status::BadRequest);
        // It is not what its type says.
        let other = || Failure::status(Status::UnsupportedMediaType);
        let kind = request
            .headers()
            .get_one("Content-Type")
            .unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| other())?;
        let limit = body_limit(request.method(), request.uri().path().as_str());
        let stream = data.open(ByteUnit::Byte(limit));
        let body = stream.into_bytes().await.map_err(bad)?;
        if !body.is_complete() {
            return Err(Failure::status(Status::PayloadTooLarge));
        }
        let body = body.into_inner();
        let turns = request.rocket().state::<Turns>();
        let _turn = match turns {
            Some(turns) => turns.take().await,
            None => None,
        };
        let mut form = Multipart::with_reader(body.as_slice(), boundary);
        let mut parts = Self::default();
        let parsing = async {
            while let Some(field) = form.next_field().await? {
                parts.take(field, token).await?;
            }
            Ok::<_, multer::Error>(())
        };
        parsing.await.map_err(|_| other())?;
        if parts.fields.len() >= MOST_FIELDS {
            let phrase = Phrase::new("failure-413-fields").with("most", MOST_FIELDS);
            return Err(Failure::because(Status::PayloadTooLarge, phrase));
        }
        Ok(parts)
    }

    async fn take(
        &mut self,
        mut field: multer::Field<'_>,
        token: Option<&str>,
    ) -> Result<(), multer::Error> {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let is_file = file.is_some();
        let mut octets = Vec::new();
        let mut is_too_large = false;
        while let Some(chunk) = field.chunk().await? {
            let (most, is_wanted) = if is_file {
                (MAX_FILE, self.has_token)
            } else {
                (
                    MAX_TEXT.saturating_sub(self.octets),
                    self.fields.len() < MOST_FIELDS,
                )
            };
            is_too_large |= octets.len() + chunk.len() > most;
            if is_wanted && !is_too_large {
                octets.extend_from_slice(&chunk);
            }
        }
        let file = match file {
            // No file was chosen.
            Some(file) if file.is_empty() && octets.is_empty() && !is_too_large => return Ok(()),
            file => file.map(|file| short(&file)),
        };
        if let Some(file) = &file {
            self.names.push(file.clone());
            if name != FILE {
                self.stray.get_or_insert_with(|| short(&name));
            }
        }
        if is_too_large {
            self.too_large = Some(if is_file {
                file_too_large()
            } else {
                text_too_large()
            });
            return Ok(());
        }
        match file {
            Some(name) => self.file = self.has_token.then_some(Picked { name, octets }),
            None if name == "csrf" => {
                let matches = token.map(|token| octets.ct_eq(token.as_bytes()).into());
                self.has_token = matches.unwrap_or(false);
            }
            None => {
                self.octets += octets.len();
                let value = String::from_utf8_lossy(&octets).into_owned();
                self.fields.push((name, value));
            }
        }
        Ok(())
    }

    /// Why the form is not taken as it is. Of several files none is: which one was meant is not known.
    fn refusal(&self) -> Option<Phrase> {
        if self.names.len() < 2 {
            let stray = self
                .stray
                .as_deref()
                .map(|name| Phrase::new("import-unknown-file").with("name", visible(name)));
            let refusal = self.too_large.clone().or(stray);
            return refusal.or_else(|| repeated(&self.fields));
        }
        let mut names = self.names[..self.names.len().min(MOST_NAMED)].join(", ");
        if self.names.len() > MOST_NAMED {
            names.push_str(", …");
        }
        Some(Phrase::new("import-several-files").with("names", visible(&names)))
    }

    /// What is kept on the page that says why it came to nothing: all of it or nothing, and no file.
    fn typed(self) -> Typed {
        if self.octets > MOST_KEPT || self.fields.len() >= MOST_FIELDS {
            return Typed::TooMuch;
        }
        Typed::of(self.fields)
    }
}
