//! Users, for managers.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions::{self, ActionError, Target};
use crate::domain::accounts::permission::{Verdict, may_stop};
use crate::domain::accounts::user::Role;
use crate::domain::phrase::Phrase;
use crate::domain::text;
use crate::store::StoreError;
use crate::store::accounts::directory;
use crate::store::accounts::directory::{Account, Which};
use crate::store::db::versions::Versioned;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{ManagerOnly, SignedIn, leave_notice};
use crate::web::ui::figures::Files;
use crate::web::ui::form_page::FormPage;
use crate::web::ui::layout::{Confirm, Section};
use crate::web::ui::paging::{Heads, HowMany, ListUrl, Pages, Place, heads};
use crate::web::ui::reason::{ReasonForm, ReasonPage};
use crate::web::ui::whose::Chip;

/// `templates/users/index.html`
#[derive(Serialize)]
struct IndexPage {
    rows: Vec<Account>,
    filters: Vec<Chip>,
    files: Files,
    total: i64,
    found: Option<HowMany>,
    q: String,
    which: &'static str,
    sort: String,
    heads: Heads,
    pages: Pages,
}

#[get("/users?<q>&<which>&<place..>")]
pub(in crate::web) async fn index(
    me: ManagerOnly,
    q: Option<&str>,
    which: Option<&str>,
    place: Place<'_>,
) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let q = text::search(q.unwrap_or_default());
    let which = which.and_then(Which::by_name).unwrap_or_default();
    let is_sortable = q.is_empty() && which == Which::All;
    let sort = place.sort(&directory::LIST, is_sortable);
    let (cursor, search) = (place.cursor(), q.clone());
    let (page, found, total) = me
        .app()
        .store
        .read(move |c| {
            Ok::<_, StoreError>((
                directory::list(c, &search, which, sort, &cursor)?,
                directory::count(c, &search, which)?,
                directory::count(c, "", Which::All)?,
            ))
        })
        .await?;
    let url = ListUrl::new("/users").with("q", q.clone());
    let shown = |which: Which| {
        if which == Which::All {
            ""
        } else {
            which.name()
        }
    };
    let by_which = url.clone().with("which", shown(which));
    let pages = by_which.clone().with("sort", sort.name()).pages(&page);
    let filters = Which::ALL.map(|each| Chip {
        label: me.reader().text(&format!("users-{}", each.name())),
        href: url.clone().with("which", shown(each)).address(),
        current: each == which,
    });
    let is_filtered = !q.is_empty() || which != Which::All;
    let page = IndexPage {
        rows: page.rows,
        filters: filters.into(),
        files: Files::of(&by_which, "/users.csv"),
        total: total.number(),
        found: is_filtered.then(|| HowMany::new(found, me.reader())),
        q,
        which: shown(which),
        sort: sort.name(),
        heads: heads(&directory::LIST, sort, &by_which, is_sortable),
        pages,
    };
    me.page(Section::Users, "users/index.html", page).await
}

/// `templates/users/show.html`
#[derive(Serialize)]
struct ShowPage {
    user: Account,
    may: May,
    is_me: bool,
    /// What the audit log says of them.
    audit: String,
    /// What its buttons carry.
    version: String,
}

#[derive(Serialize)]
struct May {
    block: bool,
    unblock: bool,
    remove_two_factor: bool,
}

async fn find(me: &SignedIn, id: i64) -> Result<Account, Failure> {
    me.app()
        .store
        .read(move |c| directory::get(c, id))
        .await?
        .ok_or_else(Failure::not_found)
}

/// One that this manager may stop, or the reason why not.
async fn find_stoppable(me: &SignedIn, id: i64) -> Result<Account, Failure> {
    let account = find(me, id).await?;
    match may_stop(&me.actor(), account.id, account.role) {
        Verdict::Allowed => Ok(account),
        _ => Err(ActionError::Forbidden.into()),
    }
}

#[get("/users/<id>")]
pub(in crate::web) async fn show(me: ManagerOnly, id: i64) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let version = me.version(Versioned::Block, id).await?;
    let user = find(&me, id).await?;
    let may = may_stop(&me.actor(), user.id, user.role) == Verdict::Allowed;
    let page = ShowPage {
        may: May {
            block: may && user.blocked_at.is_none(),
            unblock: may && user.blocked_at.is_some(),
            remove_two_factor: may && user.two_factor && user.role == Role::User,
        },
        is_me: user.id == me.user.id,
        audit: ListUrl::new("/audit")
            .with("user", user.id.to_string())
            .address(),
        user,
        version,
    };
    me.page(Section::Users, "users/show.html", page).await
}

fn block_page(me: &SignedIn, account: &Account, version: String) -> FormPage<ReasonPage> {
    let reader = me.reader();
    let title = Phrase::new("block-title").with("email", account.email.as_str());
    let more = ReasonPage {
        title: reader.say(&title),
        text: reader.text("block-text"),
        action: format!("/users/{}/block", account.id),
        button: reader.text("block"),
        back: format!("/users/{}", account.id),
        version,
    };
    FormPage::new(&["reason"], more)
}

#[get("/users/<id>/block")]
pub(in crate::web) async fn block_form(me: ManagerOnly, id: i64) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let version = me.version(Versioned::Block, id).await?;
    let account = find_stoppable(&me, id).await?;
    block_page(&me, &account, version)
        .show(&me.visitor, Section::Users, ReasonPage::TEMPLATE)
        .await
}

#[post("/users/<id>/block", data = "<form>")]
pub(in crate::web) async fn block(
    me: ManagerOnly,
    jar: &CookieJar<'_>,
    id: i64,
    form: SafeForm<ReasonForm>,
) -> Result<Saved, Failure> {
    let (ManagerOnly(me), SafeForm(form)) = (me, form);
    let target = Target::seen(id, &form.version);
    match actions::block_user(me.app(), &me.actor(), target, &form.reason).await {
        Ok(()) => {
            leave_notice(me.app(), jar, "ok", &me.reader().text("notice-blocked"));
            Ok(Saved::at(format!("/users/{id}")))
        }
        Err(error @ ActionError::Invalid(_)) => {
            let account = find_stoppable(&me, id).await?;
            block_page(&me, &account, form.version)
                .with("reason", form.reason)
                .again(&me.visitor, Section::Users, ReasonPage::TEMPLATE, error)
                .await
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/users/<id>/unblock", data = "<press>")]
pub(in crate::web) async fn unblock(
    me: ManagerOnly,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let ManagerOnly(me) = me;
    let target = Target::seen(id, press.0.version);
    actions::unblock_user(me.app(), &me.actor(), target).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-unblocked"));
    Ok(Redirect::to(format!("/users/{id}")))
}

#[get("/users/<id>/two-factor/remove")]
pub(in crate::web) async fn confirm_remove_two_factor(
    me: ManagerOnly,
    id: i64,
) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let version = me.version(Versioned::SecondStep, id).await?;
    let account = find_stoppable(&me, id).await?;
    let reader = me.reader();
    let title = Phrase::new("two-factor-remove-title").with("email", account.email.as_str());
    let confirm = Confirm {
        title: reader.say(&title),
        text: reader.text("two-factor-remove-text"),
        details: Vec::new(),
        action: format!("/users/{id}/two-factor/remove"),
        button: reader.text("two-factor-remove"),
        danger: true,
        back: format!("/users/{id}"),
    };
    confirm.ask(&me, Section::Users, version).await
}

#[post("/users/<id>/two-factor/remove", data = "<press>")]
pub(in crate::web) async fn remove_two_factor(
    me: ManagerOnly,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let ManagerOnly(me) = me;
    let target = Target::seen(id, press.0.version);
    actions::remove_two_factor(me.app(), &me.actor(), target).await?;
    leave_notice(
        me.app(),
        jar,
        "ok",
        &me.reader().text("notice-two-factor-removed"),
    );
    Ok(Redirect::to(format!("/users/{id}")))
}
