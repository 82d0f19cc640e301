//! What every page has round it.

use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::domain::Millis;
use crate::domain::accounts::user::{Language, Role, Theme};
use crate::domain::phrase::{Arg, Phrase};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::delivery::relay;
use crate::store::mailings::runs;
use crate::store::system::installation;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::{SignedIn, Visitor};

/// Which part of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::web) enum Section {
    #[serde(rename = "")]
    None,
    Overview,
    Statistics,
    Attempts,
    Recipients,
    Messages,
    Mailings,
    Mailbox,
    Users,
    Audit,
    Cache,
    Account,
}

/// `lay` in the templates.
#[derive(Debug, Clone, Serialize)]
pub(in crate::web) struct Lay {
    theme: Option<&'static str>,
    user: Option<LayUser>,
    csrf: String,
    section: Section,
    path: String,
    notice: Option<Notice>,
    capture: bool,
    relay: Option<String>,
    /// Why nothing can be written down, and so nothing be sent.
    trouble: Option<String>,
    /// The database was copied or restored, and so nothing is sent.
    foreign: bool,
    counts: Counts,
    other: Other,
}

#[derive(Debug, Clone, Serialize)]
struct LayUser {
    email: String,
    name: String,
    manager: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Notice {
    kind: String,
    text: String,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Counts {
    running: i64,
    recipients: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Other {
    code: &'static str,
    name: &'static str,
}

/// The whole context of a template.
#[derive(Debug, Clone, Serialize)]
pub(in crate::web) struct Context<P> {
    lang: &'static str,
    zone: String,
    now: Millis,
    lay: Lay,
    #[serde(flatten)]
    more: P,
}

#[derive(Debug, Clone, Serialize)]
struct WithPage<P> {
    page: P,
}

impl Lay {
    pub(in crate::web) async fn of(
        visitor: &Visitor,
        section: Section,
    ) -> Result<Self, StoreError> {
        let app = &visitor.app;
        let user_id = visitor.user.as_ref().map(|user| user.id);
        let location = app.store.location();
        let (counts, down, foreign) = match user_id {
            None => (Counts::default(), None, None),
            Some(id) => {
                app.store
                    .read(move |c| {
                        let counts = Counts {
                            running: runs::count_active(c, id)?,
                            recipients: users::totals(c, id)?.recipients,
                        };
                        let foreign = installation::foreign(c, &location)?;
                        Ok::<_, StoreError>((counts, relay::get(c)?, foreign))
                    })
                    .await?
            }
        };
        // By the settings of the process that sends, which may be another one.
        let captures = user_id.is_some() && app.captures_mailings().await;
        let relay = down.filter(|_| !captures).map(|down| {
            visitor.reader.say(&Phrase {
                key: "relay-down",
                args: vec![
                    ("text", Arg::Text(visitor.reader.relay_text(&down.text))),
                    ("next", Arg::Moment(down.next_try_at)),
                ],
            })
        });
        let other = match visitor.reader.language {
            Language::Ru => Language::En,
            Language::En => Language::Ru,
        };
        Ok(Self {
            theme: visitor
                .user
                .as_ref()
                .and_then(|user| user.theme)
                .map(Theme::name),
            user: visitor.user.as_ref().map(|user| LayUser {
                email: user.email.clone(),
                name: user.name.clone(),
                manager: user.role == Role::Manager,
            }),
            csrf: visitor.csrf.clone(),
            section,
            path: visitor.path.clone(),
            notice: visitor
                .notice
                .clone()
                .map(|(kind, text)| Notice { kind, text }),
            capture: captures,
            relay,
            trouble: app
                .store
                .trouble()
                .filter(|_| user_id.is_some())
                .map(|trouble| visitor.reader.say(&trouble.standing())),
            foreign: foreign.is_some(),
            counts,
            other: Other {
                code: other.code(),
                name: other.own_name(),
            },
        })
    }
}

impl<P: Serialize> Context<P> {
    pub(in crate::web) fn new(visitor: &Visitor, lay: Lay, more: P) -> Self {
        Self {
            lang: visitor.reader.language.code(),
            zone: visitor.reader.zone.iana_name().unwrap_or("UTC").to_owned(),
            now: visitor.app.clock.now(),
            lay,
            more,
        }
    }
}

/// Renders a page.
pub(in crate::web) async fn render(
    visitor: &Visitor,
    section: Section,
    template: &'static str,
    page: impl Serialize,
) -> Result<Template, Failure> {
    let lay = Lay::of(visitor, section).await?;
    Ok(Template::render(
        template,
        Context::new(visitor, lay, WithPage { page }),
    ))
}

/// Renders a part of a page; `more` is what it needs beside the common things.
pub(in crate::web) async fn render_part(
    visitor: &Visitor,
    template: &'static str,
    more: impl Serialize,
) -> Result<Template, Failure> {
    let lay = Lay::of(visitor, Section::None).await?;
    Ok(Template::render(template, Context::new(visitor, lay, more)))
}

impl SignedIn {
    pub(in crate::web) async fn page(
        &self,
        section: Section,
        template: &'static str,
        page: impl Serialize,
    ) -> Result<Template, Failure> {
        render(&self.visitor, section, template, page).await
    }
}

/// A question before something that cannot be taken back.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Confirm {
    pub(in crate::web) title: String,
    pub(in crate::web) text: String,
    pub(in crate::web) details: Vec<String>,
    pub(in crate::web) action: String,
    pub(in crate::web) button: String,
    pub(in crate::web) danger: bool,
    pub(in crate::web) back: String,
}

impl Confirm {
    /// `version` is what the page saw of the thing (`SignedIn::version`).
    pub(in crate::web) async fn ask(
        self,
        me: &SignedIn,
        section: Section,
        version: String,
    ) -> Result<Template, Failure> {
        let page = Asked {
            confirm: self,
            version,
        };
        me.page(section, "confirm.html", page).await
    }
}

/// `templates/confirm.html`
#[derive(Serialize)]
struct Asked {
    #[serde(flatten)]
    confirm: Confirm,
    version: String,
}
