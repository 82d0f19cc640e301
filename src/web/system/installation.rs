//! Where to send from: what a manager does about a database that was copied or restored.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions;
use crate::domain::phrase::Phrase;
use crate::store::system::installation::Foreign;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{ManagerOnly, leave_notice};
use crate::web::ui::layout::Section;

/// `templates/installation/show.html`
#[derive(Serialize)]
struct ShowPage {
    /// Why nothing is sent; nothing: all is well.
    why: Option<String>,
}

/// How it is known.
const fn because(foreign: Foreign) -> Phrase {
    Phrase::new(match foreign {
        Foreign::Alone => "foreign-alone",
        Foreign::Unreadable => "foreign-unreadable",
        Foreign::OtherState => "foreign-other-state",
        Foreign::Restored => "foreign-restored",
        Foreign::Older => "foreign-older",
        Foreign::Copy => "foreign-copy",
        Foreign::OtherMachine => "foreign-other-machine",
    })
}

#[get("/installation")]
pub(in crate::web) async fn show(me: ManagerOnly) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let foreign = actions::foreign(me.app()).await?;
    let page = ShowPage {
        why: foreign.map(|foreign| me.reader().say(&because(foreign))),
    };
    me.page(Section::None, "installation/show.html", page).await
}

#[post("/installation/adopt", data = "<_press>")]
pub(in crate::web) async fn adopt(
    me: ManagerOnly,
    jar: &CookieJar<'_>,
    _press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let ManagerOnly(me) = me;
    // Another manager may have been quicker: then the page says that all is well.
    if let Some(set_aside) = actions::adopt(me.app(), &me.actor()).await? {
        let said = Phrase::new("adopted")
            .with("runs", set_aside.runs)
            .with("starts", set_aside.starts)
            .with("letters", set_aside.letters);
        leave_notice(me.app(), jar, "ok", &me.reader().say(&said));
    }
    Ok(Redirect::to("/installation"))
}
