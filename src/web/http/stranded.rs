//! Forms of people who are not signed in any more: what was typed is kept.

use rocket::data::{Data, FromData, Outcome as DataOutcome};
use rocket::post;
use rocket::request::Request;

use super::failure::{Failure, Typed};
use super::guards::Stranger;
use super::{safe_form, upload};

/// Where a form ends up whose sender is not signed in any more: it is not thrown away.
#[post("/<_..>", data = "<form>", rank = 100)]
pub(in crate::web) fn strand(_stranger: Stranger, form: Stranded) -> Failure {
    Failure::signed_out(form.0)
}

/// What somebody typed who is not signed in any more.
pub(in crate::web) struct Stranded(Typed);

#[rocket::async_trait]
impl<'r> FromData<'r> for Stranded {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        let typed = if upload::is_multipart(request) {
            upload::stranded(request, data).await
        } else {
            let text = safe_form::read_own(request, data).await;
            text.map(|text| safe_form::typed_in(&text))
        };
        match typed {
            Ok(typed) => DataOutcome::Success(Self(typed)),
            Err(failure) => {
                let status = failure.status;
                failure.remember(request);
                DataOutcome::Error((status, ()))
            }
        }
    }
}
