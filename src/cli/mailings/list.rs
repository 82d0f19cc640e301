//! `mailapp mailings`: everybody's or one user's.

use super::mailing;
use crate::app::App;
use crate::cli::args::Mailings;
use crate::cli::exit::Exit;
use crate::cli::lists::{Shown, read, searched, show, write};
use crate::cli::say::Say;
use crate::cli::whose;
use crate::domain::mailings::mailing::MailingStatus;
use crate::export::{from, lists as export};
use crate::store::mailings::mailing_list::{self, MailingFilter};

pub(in crate::cli) async fn run(app: &App, args: &Mailings, say: &Say) -> Result<Exit, Exit> {
    let (list, now) = (&args.list, app.clock.now());
    if let Some(id) = args.mailing {
        return mailing::show(app, id, list.rows.output.json, say).await;
    }
    let scope = whose::scope(app, list.user.as_deref()).await?;
    let filter = MailingFilter {
        search: searched(list),
        status: args.status.as_deref().and_then(MailingStatus::by_name),
    };
    let sort = mailing_list::LIST.usual();
    if let Some(manner) = list.rows.output.file() {
        let count = list.rows.count();
        return write(
            app,
            (&export::MAILINGS, manner),
            count,
            say,
            move |c, key| {
                let page = mailing_list::list(c, scope, &filter, sort, &from(key), now)?;
                export::with_runs(c, page, now)
            },
        )
        .await;
    }
    let found = read(app, &list.rows, say, move |c, cursor| {
        let page = mailing_list::list(c, scope, &filter, sort, cursor, now)?;
        Ok(page.map(|mailing| Shown::new(mailing, now)))
    });
    let reader = say.reader();
    let headings = [
        "number-column",
        "mailing",
        "owner",
        "status",
        "mailing-starts",
        "mailing-ends",
        "nav-recipients",
    ];
    Ok(show(found.await?, &list.rows, say, headings, |row| {
        let mailing = &row.mailing;
        [
            mailing.id.to_string(),
            mailing.title().to_owned(),
            mailing.owner_email.clone(),
            row.status_text(say),
            reader.moment(mailing.starts_at),
            reader.moment(mailing.ends_at),
            reader.number(mailing.recipients),
        ]
    }))
}
