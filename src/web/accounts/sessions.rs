//! Where one is signed in, and ending that.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::sign_in::signed_out;
use crate::actions;
use crate::store::accounts::sessions;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout::Section;

#[derive(Serialize)]
struct Row {
    id: i64,
    /// `Firefox · Linux`
    browser: String,
    user_agent: String,
    address: String,
    created_at: i64,
    last_seen_at: i64,
    here: bool,
}

/// `templates/account/sessions.html`
#[derive(Serialize)]
struct SessionsPage {
    rows: Vec<Row>,
}

/// What a browser says that it is, in two words. The order matters: most call themselves others, too.
fn browser(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    let program = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("YaBrowser", "Яндекс Браузер"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    let words: Vec<&str> = program.into_iter().chain(system).collect();
    words.join(" · ")
}

#[get("/account/sessions")]
pub(in crate::web) async fn index(me: SignedIn) -> Result<Template, Failure> {
    let (id, limits) = (me.user.id, actions::limits(me.app()));
    let found = me
        .app()
        .store
        .read(move |c| sessions::of_user(c, id, limits))
        .await?;
    let rows = found
        .into_iter()
        .map(|seen| Row {
            id: seen.id,
            browser: browser(&seen.user_agent),
            here: me.visitor.session == Some(seen.id),
            user_agent: seen.user_agent,
            address: seen.address,
            created_at: seen.created_at,
            last_seen_at: seen.last_seen_at,
        })
        .collect();
    me.page(
        Section::Account,
        "account/sessions.html",
        SessionsPage { rows },
    )
    .await
}

#[post("/account/sessions/<id>/end", data = "<_press>")]
pub(in crate::web) async fn end(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    _press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    actions::end_session(me.app(), &me.actor(), id).await?;
    leave_notice(
        me.app(),
        jar,
        "ok",
        &me.reader().text("notice-session-ended"),
    );
    if me.visitor.session == Some(id) {
        return Ok(signed_out(me.app(), jar));
    }
    Ok(Redirect::to("/account/sessions"))
}

#[post("/account/sessions/end", data = "<_press>")]
pub(in crate::web) async fn end_all(
    me: SignedIn,
    jar: &CookieJar<'_>,
    _press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    actions::sign_out_everywhere(me.app(), &me.actor()).await?;
    leave_notice(
        me.app(),
        jar,
        "ok",
        &me.reader().text("notice-out-everywhere"),
    );
    Ok(signed_out(me.app(), jar))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_two_words() {
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140";
        assert_eq!(browser(edge), "Edge · Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Version/17 Safari/604";
        assert_eq!(browser(phone), "Safari · iPhone");
        assert_eq!(browser("something else"), "");
    }
}
