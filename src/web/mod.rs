//! One door: the pages. One file a resource; a handler, its page's struct and its template bear
//! one name (`mailings::show` ↔ `templates/mailings/show.html`).
//!
//! Handlers parse, call a verb of `actions` or read from `store`, and render. They never write to
//! the store themselves.

mod account;
mod assets;
mod attempts;
mod attempts_view;
mod audit;
mod cache;
mod chart;
mod client;
mod csv;
mod doubts;
mod encoding;
mod exports;
mod failure;
mod figures;
mod files_of;
mod filling;
mod form_page;
mod forms;
pub mod front;
mod headers;
mod import;
mod import_once;
mod import_page;
mod installation;
mod language;
mod layout;
mod log_row;
mod mailbox;
mod mailing_form;
mod mailings;
mod members;
mod message_form;
mod messages;
mod metrics;
mod overview;
mod paging;
mod picker;
mod progress;
mod received;
mod recipient_form;
mod recipients;
mod recover;
mod refused;
mod register;
mod run_view;
mod runs;
mod safe_form;
mod sending;
mod sessions;
mod sign_in;
mod span;
mod stale;
mod statistics;
mod stop;
mod streams;
pub mod templates;
mod two_factor;
mod unsubscribe;
mod upload;
mod users;
mod validators;
mod visitor;
mod whose;

use rocket::config::{Config as RocketConfig, Shutdown};
use rocket::fairing::AdHoc;
use rocket::{Build, Rocket, Route, catchers, routes};

pub use front::Front;

use crate::app::App;
use crate::domain::permission;

/// Builds what answers the requests that `front` takes in.
pub fn rocket(app: App, front: &Front) -> Rocket<Build> {
    let config = RocketConfig {
        address: app.config.address,
        port: front.port().unwrap_or(app.config.port),
        secret_key: rocket::config::SecretKey::derive_from(&app.secret),
        // A client could pick its own address otherwise.
        ip_header: None,
        log_level: rocket::config::LogLevel::Critical,
        cli_colors: false,
        shutdown: Shutdown {
            ctrlc: false,
            ..Shutdown::default()
        },
        ..RocketConfig::release_default()
    };
    // The templates are in the program; the engine insists on a path that exists, and a file has
    // no templates in it. (The program's own path would do, but for the moment of its upgrade.)
    let somewhere = app.config.data.join(crate::app::SECRET_FILE);
    let figment = rocket::figment::Figment::from(config).merge(("template_dir", somewhere));
    rocket::custom(figment)
        .manage(app)
        .manage(assets::Assets::load())
        .manage(validators::Tags::new())
        .manage(streams::Streams::new(front.bounds()))
        .manage(upload::Turns::default())
        .manage(import_once::Presses::default())
        .attach(templates::fairing())
        // Its headers are ours to set, all in one place.
        .attach(rocket::shield::Shield::new())
        .attach(headers::SecurityHeaders)
        .attach(AdHoc::try_on_ignite(
            "every route is permitted",
            refuse_unknown_routes,
        ))
        .attach(AdHoc::on_liftoff(
            "what was uploaded is kept for an hour",
            |rocket| Box::pin(upload::prune(rocket)),
        ))
        .register("/", catchers![failure::catch])
        .mount("/", all_routes())
        .mount("/", figures_routes())
        .mount("/", routes![failure::strand])
        .mount("/", refused::first(routes![refused::refuse]))
}

/// A route of which nobody has said who may come by it is a mistake of ours: nothing is served.
async fn refuse_unknown_routes(rocket: Rocket<Build>) -> rocket::fairing::Result {
    let unknown = rocket
        .routes()
        .find(|route| permission::access(route.method.as_str(), route.uri.path()).is_none());
    if let Some(route) = unknown {
        tracing::error!(%route, "nobody has said who may come by this route");
        return Err(rocket);
    }
    Ok(rocket)
}

/// The mount table.
#[expect(clippy::too_many_lines, reason = "a line a route")]
fn all_routes() -> Vec<Route> {
    routes![
        assets::asset,
        assets::health,
        sign_in::form,
        sign_in::submit,
        sign_in::second_form,
        sign_in::second_submit,
        sign_in::sign_out,
        register::form,
        register::submit,
        register::again_form,
        register::again,
        register::confirm_form,
        register::confirm,
        recover::form,
        recover::submit,
        recover::new_password_form,
        recover::new_password,
        language::set,
        account::profile,
        account::update_profile,
        account::password,
        account::change_password,
        account::email,
        account::ask_for_new_email,
        account::confirm_email,
        account::change_email,
        account::confirm_delete,
        account::delete,
        sessions::index,
        sessions::end,
        sessions::end_all,
        two_factor::show,
        two_factor::step,
        two_factor::start,
        two_factor::confirm,
        two_factor::codes,
        two_factor::off,
        recipients::index,
        recipient_form::new,
        recipient_form::create,
        import::form,
        import::submit,
        recipients::show,
        recipient_form::edit,
        recipient_form::update,
        recipients::confirm_delete,
        recipients::delete,
        messages::index,
        message_form::new,
        message_form::create,
        messages::show,
        message_form::edit,
        message_form::update,
        messages::confirm_delete,
        messages::delete,
        mailings::index,
        mailing_form::new,
        mailing_form::create,
        mailings::show,
        mailing_form::edit,
        mailing_form::update,
        members::index,
        filling::show,
        filling::cancel,
        mailings::confirm_delete,
        mailings::delete,
        sending::confirm_send,
        sending::send,
        sending::send_failed,
        stop::disable_form,
        stop::disable,
        stop::enable,
        picker::refresh,
        runs::show,
        runs::newest_attempts,
        runs::pause,
        runs::resume,
        runs::confirm_cancel,
        runs::cancel,
        doubts::index,
        doubts::send_again,
        doubts::leave,
        progress::events,
        users::index,
        users::show,
        users::block_form,
        users::block,
        users::unblock,
        users::confirm_remove_two_factor,
        users::remove_two_factor,
        audit::index,
        audit::export,
        mailbox::index,
        mailbox::show,
        mailbox::html,
        mailbox::source,
        installation::show,
        installation::adopt,
        unsubscribe::show,
        unsubscribe::submit,
    ]
}

/// The rest of it: what there is to look at and to take away.
fn figures_routes() -> Vec<Route> {
    routes![
        cache::show,
        metrics::show,
        overview::index,
        statistics::index,
        statistics::export,
        statistics::mailing,
        statistics::export_mailing,
        attempts::index,
        attempts::export,
        exports::all_recipients,
        exports::members,
        files_of::received_by,
        files_of::doubts_of_run,
        files_of::captured_mail,
        exports::all_messages,
        exports::all_mailings,
        exports::all_users,
    ]
}
