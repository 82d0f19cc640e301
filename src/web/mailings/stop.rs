//! A manager switches a mailing off, with a reason that its owner sees, and on again.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;

use super::lookup::find;
use crate::actions::{self, ActionError, Target};
use crate::domain::accounts::permission::{Verdict, may_stop};
use crate::domain::phrase::Phrase;
use crate::store::accounts::directory;
use crate::store::mailings::Mailing;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{ManagerOnly, SignedIn, leave_notice};
use crate::web::ui::form_page::FormPage;
use crate::web::ui::layout::Section;
use crate::web::ui::reason::{ReasonForm, ReasonPage};

/// Whether this manager may switch a mailing off and on.
pub(in crate::web) async fn may_switch(
    me: &SignedIn,
    mailing: &Mailing,
) -> Result<Verdict, Failure> {
    let owner = mailing.owner_id;
    let account = me
        .app()
        .store
        .read(move |c| directory::get(c, owner))
        .await?;
    Ok(account.map_or(Verdict::Unseen, |account| {
        may_stop(&me.actor(), account.id, account.role)
    }))
}

fn page(me: &SignedIn, mailing: &Mailing) -> FormPage<ReasonPage> {
    let reader = me.reader();
    let id = mailing.id;
    let more = ReasonPage {
        title: reader.say(&Phrase::new("disable-title").with("title", mailing.title())),
        text: reader.text("disable-text"),
        action: format!("/mailings/{id}/disable"),
        button: reader.text("disable"),
        back: format!("/mailings/{id}"),
        version: mailing.switch_version.to_string(),
    };
    FormPage::new(&["reason"], more)
}

#[get("/mailings/<id>/disable")]
pub(in crate::web) async fn disable_form(me: ManagerOnly, id: i64) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let mailing = find(&me, id).await?;
    if may_switch(&me, &mailing).await? != Verdict::Allowed {
        return Err(ActionError::Forbidden.into());
    }
    page(&me, &mailing)
        .show(&me.visitor, Section::Mailings, ReasonPage::TEMPLATE)
        .await
}

#[post("/mailings/<id>/disable", data = "<form>")]
pub(in crate::web) async fn disable(
    me: ManagerOnly,
    jar: &CookieJar<'_>,
    id: i64,
    form: SafeForm<ReasonForm>,
) -> Result<Saved, Failure> {
    let (ManagerOnly(me), SafeForm(form)) = (me, form);
    let target = Target::seen(id, &form.version);
    match actions::disable_mailing(me.app(), &me.actor(), target, &form.reason).await {
        Ok(()) => {
            leave_notice(me.app(), jar, "ok", &me.reader().text("notice-disabled"));
            Ok(Saved::at(format!("/mailings/{id}")))
        }
        Err(error @ ActionError::Invalid(_)) => {
            let mailing = find(&me, id).await?;
            page(&me, &mailing)
                .with("reason", form.reason)
                .again(&me.visitor, Section::Mailings, ReasonPage::TEMPLATE, error)
                .await
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/mailings/<id>/enable", data = "<press>")]
pub(in crate::web) async fn enable(
    me: ManagerOnly,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let ManagerOnly(me) = me;
    let target = Target::seen(id, press.0.version);
    actions::enable_mailing(me.app(), &me.actor(), target).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-enabled"));
    Ok(Redirect::to(format!("/mailings/{id}")))
}
