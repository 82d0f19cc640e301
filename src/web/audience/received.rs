//! What was ever sent to a recipient and what came back, on the recipient's own page.

use serde::Serialize;

use crate::domain::delivery::DeliveryState;
use crate::domain::page::Cursor;
use crate::store::delivery::received;
use crate::store::delivery::received::Received;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;
use crate::web::ui::figures::Files;
use crate::web::ui::paging::ListUrl;

/// `templates/recipients/_history.html`
#[derive(Serialize)]
pub(in crate::web) struct History {
    rows: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
    files: Files,
}

#[derive(Serialize)]
struct Row {
    title: String,
    mailing: Option<i64>,
    run: i64,
    started_at: i64,
    /// Where it is not the address of today.
    email: Option<String>,
    state: DeliveryState,
    state_text: String,
    /// Why they have it or not, in one line.
    answer: String,
    tries: i64,
}

impl History {
    /// Whether one may see the recipient has been asked.
    pub(in crate::web) async fn read(
        me: &SignedIn,
        recipient: i64,
        email: &str,
        cursor: Cursor,
    ) -> Result<Self, Failure> {
        let page = me
            .app()
            .store
            .read(move |c| received::by(c, recipient, &cursor))
            .await?;
        let list = ListUrl::new(format!("/recipients/{recipient}"));
        let (prev, next) = list.neighbours(&page);
        let rows = page.rows.into_iter().map(|row| Row::new(row, me, email));
        Ok(Self {
            rows: rows.collect(),
            prev,
            next,
            files: Files::of(&list, &format!("/recipients/{recipient}/received.csv")),
        })
    }
}

impl Row {
    fn new(row: Received, me: &SignedIn, email: &str) -> Self {
        let reader = me.reader();
        Self {
            answer: reader.fate(&row.fate),
            state: row.fate.state,
            state_text: reader.text(&format!(
                "delivery-{}",
                row.fate.state.name().replace('_', "-")
            )),
            title: row.title,
            mailing: (!row.deleted).then_some(row.mailing_id),
            run: row.run_id,
            started_at: row.started_at,
            email: (row.email != email).then_some(row.email),
            tries: row.tries,
        }
    }
}
