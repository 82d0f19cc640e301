//! Who asks: signed in or not, in which language, with which token against forged requests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngExt as _;
use rocket::http::{Cookie, CookieJar, Method, SameSite, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::time::Duration;
use sha2::Sha256;

use super::client;
use super::failure::Failure;
use crate::actions;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::token::Token;
use crate::domain::accounts::user::{Actor, Language, User};
use crate::i18n::Reader;
use crate::store::accounts::sessions::Session;

/// Whoever asks. Found out once a request.
#[derive(Clone)]
pub(in crate::web) struct Visitor {
    pub(in crate::web) app: App,
    pub(in crate::web) user: Option<User>,
    /// The session's token, as the browser has it, and its number.
    pub(in crate::web) token: Option<Token>,
    pub(in crate::web) session: Option<Id>,
    /// Where from.
    pub(in crate::web) origin: actions::Origin,
    /// What every form of the page must carry back.
    pub(in crate::web) csrf: String,
    pub(in crate::web) reader: Reader,
    /// Path and query of this request.
    pub(in crate::web) path: String,
    /// What the last request left to be said: kind and text.
    pub(in crate::web) notice: Option<(String, String)>,
    /// The database's version before anything was read for this request.
    pub(in crate::web) version: Option<i64>,
}

/// Somebody signed in.
pub(in crate::web) struct SignedIn {
    pub(in crate::web) visitor: Visitor,
    pub(in crate::web) user: User,
}

impl Visitor {
    /// Who acts, signed in or not.
    pub(in crate::web) fn actor(&self) -> Actor {
        let address = self.origin.address.clone();
        match &self.user {
            Some(user) => Actor::Person {
                id: user.id,
                role: user.role,
                address,
            },
            None => Actor::Visitor { address },
        }
    }
}

impl SignedIn {
    pub(in crate::web) fn actor(&self) -> Actor {
        self.visitor.actor()
    }

    pub(in crate::web) const fn app(&self) -> &App {
        &self.visitor.app
    }

    pub(in crate::web) const fn reader(&self) -> &Reader {
        &self.visitor.reader
    }

    /// Where a thing belongs to somebody else, whose it is.
    pub(in crate::web) fn owner_shown(&self, owner_id: i64, owner_email: &str) -> Option<String> {
        (owner_id != self.user.id).then(|| owner_email.to_owned())
    }
}

/// A manager.
pub(in crate::web) struct ManagerOnly(pub(in crate::web) SignedIn);

/// Every cookie there is; `__Host-` where HTTPS makes it possible, so that no neighbouring host can
/// plant one (RFC 6265bis §4.1.3.2).
#[derive(Debug, Clone, Copy)]
pub(in crate::web) enum Key {
    /// The session.
    Session,
    /// Half a session: the code is still to come.
    Halfway,
    /// Shows that its user has signed in here before; opens nothing.
    Device,
    /// Stands in for a session where there is none, so that sign-in forms have a token, too.
    Visit,
    /// The language that was chosen here.
    Language,
    /// What the next page is to say.
    Notice,
}

impl Key {
    const fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Halfway, true) => "__Host-halfway",
            (Self::Halfway, false) => "halfway",
            (Self::Device, true) => "__Host-device",
            (Self::Device, false) => "device",
            (Self::Visit, true) => "__Host-visit",
            (Self::Visit, false) => "visit",
            (Self::Language, true) => "__Host-language",
            (Self::Language, false) => "language",
            (Self::Notice, true) => "__Host-notice",
            (Self::Notice, false) => "notice",
        }
    }

    fn cookie(self, app: &App, value: String) -> Cookie<'static> {
        let is_https = is_https(app);
        Cookie::build((self.name(is_https), value))
            .path("/")
            .http_only(true)
            .secure(is_https)
            .same_site(SameSite::Lax)
            .build()
    }

    pub(in crate::web) fn give(self, app: &App, jar: &CookieJar<'_>, value: String) {
        let age = match self {
            Self::Session => Some(Duration::milliseconds(app.config.session_longest)),
            Self::Halfway => Some(Duration::minutes(10)),
            Self::Device | Self::Language => Some(Duration::days(365)),
            // For as long as the browser is open.
            Self::Visit | Self::Notice => None,
        };
        let mut cookie = self.cookie(app, value);
        cookie.set_max_age(age);
        jar.add(cookie);
    }

    pub(in crate::web) fn take_away(self, app: &App, jar: &CookieJar<'_>) {
        jar.remove(self.cookie(app, String::new()));
    }

    pub(in crate::web) fn value(self, app: &App, jar: &CookieJar<'_>) -> Option<String> {
        let cookie = jar.get(self.name(is_https(app)))?;
        Some(cookie.value().to_owned())
    }

    pub(in crate::web) fn token(self, app: &App, jar: &CookieJar<'_>) -> Option<Token> {
        Token::parse(&self.value(app, jar)?)
    }
}

fn is_https(app: &App) -> bool {
    app.config.base_url.starts_with("https://")
}

/// Whether a header that sets a cookie gives or takes away a session.
pub(in crate::web) fn is_of_session(header: &str) -> bool {
    [true, false].into_iter().any(|is_https| {
        header
            .strip_prefix(Key::Session.name(is_https))
            .is_some_and(|rest| rest.starts_with('='))
    })
}

/// Gives the browser its session.
pub(in crate::web) fn open_session(app: &App, jar: &CookieJar<'_>, signed_in: actions::SignedIn) {
    Key::Session.give(app, jar, signed_in.token.text());
    Key::Device.give(app, jar, signed_in.device);
    Key::Halfway.take_away(app, jar);
}

pub(in crate::web) fn close_session(app: &App, jar: &CookieJar<'_>) {
    Key::Session.take_away(app, jar);
    Key::Halfway.take_away(app, jar);
}

pub(in crate::web) fn remember_language(app: &App, jar: &CookieJar<'_>, language: Language) {
    Key::Language.give(app, jar, language.code().to_owned());
}

/// The browser's own choice counts again.
pub(in crate::web) fn forget_language(app: &App, jar: &CookieJar<'_>) {
    Key::Language.take_away(app, jar);
}

/// Leaves something to be said by the next page.
pub(in crate::web) fn leave_notice(app: &App, jar: &CookieJar<'_>, kind: &str, text: &str) {
    jar.add_private(Key::Notice.cookie(app, format!("{kind}:{text}")));
}

fn csrf(app: &App, token: &Token) -> String {
    let mut mac = <Hmac<Sha256>>::new_from_slice(&app.secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(b"mailapp csrf v1\0");
    mac.update(token.octets());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether the answer will be a page that a person looks at, not a part of one.
fn wants_page(request: &Request<'_>) -> bool {
    let headers = request.headers();
    let accepts_pages = headers
        .get_one("Accept")
        .is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"));
    headers.get_one("HX-Request").is_none() && accepts_pages
}

impl Visitor {
    pub(in crate::web) async fn find(request: &Request<'_>) -> Result<Self, Failure> {
        let Some(app) = request.rocket().state::<App>() else {
            return Err(Failure::status(Status::InternalServerError));
        };
        let mut found = None;
        let mut version = None;
        if let Some(token) = Key::Session.token(app, request.cookies()) {
            let before = app.store.version()?;
            let session = actions::session(app, &token, before).await?;
            found = session.map(|session| (token, session));
            version = Some(before);
        }
        Ok(Self {
            version,
            ..Self::with(request, app, found)
        })
    }

    /// Whoever asks, without looking who it is.
    pub(in crate::web) fn stranger(request: &Request<'_>) -> Option<Self> {
        let app = request.rocket().state::<App>()?;
        Some(Self::with(request, app, None))
    }

    fn with(request: &Request<'_>, app: &App, found: Option<(Token, Session)>) -> Self {
        let jar = request.cookies();
        let (token, found) = found.unzip();
        let session = found.as_ref().map(|session| session.id);
        let user = found.map(|session| session.user);
        let visit = token.or_else(|| Key::Visit.token(app, jar));
        let visit = match visit {
            Some(token) => token,
            None => {
                let fresh = Token::new(rand::rng().random());
                // A page may have a form, which must find it again.
                if request.method() == Method::Get && wants_page(request) {
                    Key::Visit.give(app, jar, fresh.text());
                }
                fresh
            }
        };
        let language = user
            .as_ref()
            .and_then(|user| user.language)
            .or_else(|| Language::by_code(&Key::Language.value(app, jar)?))
            .or_else(|| accepted_language(request.headers().get_one("Accept-Language")?))
            .unwrap_or(app.config.language);
        let zone = user
            .as_ref()
            .and_then(|user| user.time_zone.as_deref())
            .unwrap_or(&app.config.time_zone);
        let mut notice = None;
        if wants_page(request)
            && let Some(left) = jar.get_private(Key::Notice.name(is_https(app)))
        {
            notice = left
                .value()
                .split_once(':')
                .map(|(kind, text)| (kind.to_owned(), text.to_owned()));
            jar.remove_private(Key::Notice.cookie(app, String::new()));
        }
        Self {
            app: match &user {
                Some(user) => app.on_behalf_of(user.id),
                None => app.clone(),
            },
            csrf: csrf(app, &visit),
            reader: Reader::new(language, zone),
            path: request.uri().to_string(),
            user,
            token,
            session,
            origin: actions::Origin {
                address: client::address(request, app),
                user_agent: request
                    .headers()
                    .get_one("User-Agent")
                    .unwrap_or_default()
                    .to_owned(),
                device: Key::Device.value(app, jar).unwrap_or_default(),
            },
            notice,
            version: None,
        }
    }
}

/// The first language of the browser's that we speak.
fn accepted_language(header: &str) -> Option<Language> {
    header.split(',').find_map(Language::by_code)
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Visitor {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let found = request
            .local_cache_async(async { Self::find(request).await })
            .await;
        match found {
            Ok(visitor) => Outcome::Success(visitor.clone()),
            Err(failure) => {
                failure.clone().remember(request);
                Outcome::Error((failure.status, ()))
            }
        }
    }
}
