//! The page behind the link in every mail (RFC 8058). GET shows a button; POST, from a browser or
//! from a mail program, in any encoding and without cookies, unsubscribes.

use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions;
use crate::store::audience::suppressions;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::Visitor;
use crate::web::ui::layout;
use crate::web::ui::layout::Section;

/// `templates/unsubscribe/show.html`
#[derive(Serialize)]
struct ShowPage {
    owner: String,
    email: String,
    action: String,
    done: bool,
    /// Whether another address is meant as well: the recipient's own of today.
    also: bool,
}

async fn page(visitor: &Visitor, token: &str) -> Result<Template, Failure> {
    let app = &visitor.app;
    let delivery = app
        .unsubscribe
        .check(token)
        .ok_or_else(Failure::not_found)?;
    let subscriber = app
        .store
        .read(move |c| suppressions::subscriber(c, delivery))
        .await?
        .ok_or_else(Failure::not_found)?;
    let page = ShowPage {
        owner: subscriber.owner,
        email: subscriber.email,
        action: format!("/u/{token}"),
        done: subscriber.unsubscribed,
        also: subscriber.moved_to.is_some(),
    };
    layout::render(visitor, Section::None, "unsubscribe/show.html", page).await
}

#[get("/u/<token>")]
pub(in crate::web) async fn show(visitor: Visitor, token: &str) -> Result<Template, Failure> {
    page(&visitor, token).await
}

#[post("/u/<token>")]
pub(in crate::web) async fn submit(visitor: Visitor, token: &str) -> Result<Template, Failure> {
    actions::unsubscribe(&visitor.app, token).await?;
    page(&visitor, token).await
}
