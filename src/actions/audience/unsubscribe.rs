use crate::actions::error::ActionError;
use crate::app::App;
use crate::store::audience::suppressions;
use crate::store::delivery::waiting;

/// Takes somebody off an owner's mailings, by the token in their mail: the address that it went to, and
/// the one that its recipient has by now. Doing it twice is once.
///
/// # Errors
/// The token is none of ours.
pub async fn unsubscribe(app: &App, token: &str) -> Result<(), ActionError> {
    let delivery = app.unsubscribe.check(token).ok_or(ActionError::NotFound)?;
    let now = app.clock.now();
    app.store
        .write(move |c| {
            let subscriber = suppressions::subscriber(c, delivery)?.ok_or(ActionError::NotFound)?;
            Ok(waiting::unsubscribe(c, &subscriber, delivery, now)?)
        })
        .await
}
