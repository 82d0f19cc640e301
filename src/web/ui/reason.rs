//! Questions that are answered with a reason.

use rocket::form::FromForm;
use serde::Serialize;

/// `templates/reason.html`: a question that is answered with a reason.
#[derive(Serialize)]
pub(in crate::web) struct ReasonPage {
    pub(in crate::web) title: String,
    pub(in crate::web) text: String,
    pub(in crate::web) action: String,
    pub(in crate::web) button: String,
    pub(in crate::web) back: String,
    /// What its page saw of what it is about.
    pub(in crate::web) version: String,
}

impl ReasonPage {
    pub(in crate::web) const TEMPLATE: &str = "reason.html";
}

#[derive(FromForm)]
pub(in crate::web) struct ReasonForm {
    #[field(default = String::new())]
    pub(in crate::web) reason: String,
    #[field(default = String::new())]
    pub(in crate::web) version: String,
}
