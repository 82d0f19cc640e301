//! Pages that are older than what they show: the question that is asked before acting on something
//! that has changed since, and the two versions of something that two people edit at once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::layout::{self, Section};
use crate::actions::Changed;
use crate::domain::Id;
use crate::domain::accounts::user::Role;
use crate::domain::accounts::user::StartedBy;
use crate::store::accounts::audit::Line;
use crate::store::db::versions;
use crate::store::db::versions::Versioned;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::{SignedIn, Visitor};

/// `templates/stale.html`
#[derive(Serialize)]
struct StalePage {
    last: Option<String>,
    text: String,
    button: String,
    action: String,
    version: String,
    typed: Vec<(String, String)>,
    back: String,
}

/// Field of a form that carries what its page saw.
const VERSION: &str = "version";

/// The page of the thing that an address is about: `/mailings/42/send` is about `/mailings/42`.
fn thing(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).take(2).collect();
    format!("/{}", parts.join("/"))
}

/// The question, with a button that carries the version of now and all that was sent.
pub(in crate::web) async fn question(
    visitor: &Visitor,
    changed: &Changed,
    mut typed: Vec<(String, String)>,
) -> Result<Template, Failure> {
    typed.retain(|(name, _)| name != VERSION);
    let reader = &visitor.reader;
    let page = StalePage {
        last: last(visitor, changed),
        text: reader.say(&changed.text),
        button: reader.text(changed.button),
        action: visitor.path.clone(),
        version: changed.version.clone(),
        typed,
        back: thing(&visitor.path),
    };
    layout::render(visitor, Section::None, "stale.html", page).await
}

/// Who changed it last, when, and what they did.
pub(in crate::web) fn last(visitor: &Visitor, changed: &Changed) -> Option<String> {
    let line = changed.last.as_ref()?;
    let reader = &visitor.reader;
    let said = crate::domain::phrase::Phrase {
        key: "changed-last",
        args: vec![
            ("what", reader.audit_verb(&line.verb).into()),
            ("who", who(visitor, line).into()),
            ("when", crate::domain::phrase::Arg::Moment(line.at)),
        ],
    };
    Some(reader.say(&said))
}

/// A manager's address is not told to those whom they manage.
fn who(visitor: &Visitor, line: &Line) -> String {
    let reader = &visitor.reader;
    let (own, oversees) = visitor.user.as_ref().map_or((None, false), |user| {
        (Some(user.id), user.role == Role::Manager)
    });
    if line.door == StartedBy::Web && line.user_id == own {
        reader.text("changed-by-you")
    } else if line.door == StartedBy::Web && !oversees {
        reader.text("changed-by-manager")
    } else {
        reader.audit_who(&line.who, line.user_id, line.door)
    }
}

/// A field of which two people have made different things.
#[derive(Serialize)]
pub(in crate::web) struct Differing {
    label: String,
    saved: String,
    typed: String,
}

/// `templates/_conflict.html`: what was saved meanwhile beside what was typed.
#[derive(Serialize)]
pub(in crate::web) struct Conflict {
    last: Option<String>,
    rows: Vec<Differing>,
}

impl Conflict {
    /// `fields` are label, what is saved now, what was typed; those that agree are left out.
    pub(in crate::web) fn new(
        visitor: &Visitor,
        changed: &Changed,
        fields: impl IntoIterator<Item = (&'static str, String, String)>,
    ) -> Self {
        let differ = |(_, saved, typed): &(&str, String, String)| {
            saved.trim().replace("\r\n", "\n") != typed.trim().replace("\r\n", "\n")
        };
        Self {
            last: last(visitor, changed),
            rows: fields
                .into_iter()
                .filter(differ)
                .map(|(label, saved, typed)| Differing {
                    label: visitor.reader.text(label),
                    saved,
                    typed,
                })
                .collect(),
        }
    }
}

/// Key of a form that adds something: sent twice, it adds it once.
pub(in crate::web) fn new_key() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>())
}

impl SignedIn {
    /// The version of a thing. Asked before the thing is read: a form must not carry a newer one
    /// than it shows.
    pub(in crate::web) async fn version(&self, what: Versioned, id: Id) -> Result<String, Failure> {
        Ok(self
            .app()
            .store
            .read(move |c| versions::of(c, what, id))
            .await?)
    }
}
