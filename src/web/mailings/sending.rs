//! Sending a mailing: the buttons, and what is asked before everybody is mailed once more.

use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;

use super::lookup::find_own;
use crate::actions::{self, Target, Whom};
use crate::domain::phrase::Phrase;
use crate::store::db::versions::Versioned;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::SignedIn;
use crate::web::ui::layout::{Confirm, Section};

/// Sending once more reaches everybody once more: that is asked before.
#[get("/mailings/<id>/send")]
pub(in crate::web) async fn confirm_send(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Sending, id).await?;
    let mailing = find_own(&me, id).await?;
    let reader = me.reader();
    let confirm = Confirm {
        title: reader.say(&Phrase::new("confirm-send-again").with("title", mailing.title())),
        text: reader.say(&Phrase::new("confirm-send-again-text").with("count", mailing.recipients)),
        details: Vec::new(),
        action: format!("/mailings/{id}/send"),
        button: reader.text("send-again"),
        danger: false,
        back: format!("/mailings/{id}"),
    };
    confirm.ask(&me, Section::Mailings, version).await
}

#[post("/mailings/<id>/send", data = "<press>")]
pub(in crate::web) async fn send(
    me: SignedIn,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let mailing = Target::seen(id, press.0.version);
    actions::send_mailing(me.app(), &me.actor(), mailing, Whom::All).await?;
    Ok(Redirect::to(format!("/mailings/{id}")))
}

#[post("/mailings/<id>/send-failed", data = "<press>")]
pub(in crate::web) async fn send_failed(
    me: SignedIn,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let mailing = Target::seen(id, press.0.version);
    actions::send_mailing(me.app(), &me.actor(), mailing, Whom::Failed).await?;
    Ok(Redirect::to(format!("/mailings/{id}")))
}
