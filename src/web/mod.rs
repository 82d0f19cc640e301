//! One door: the pages. One file a resource; a handler, its page's struct and its template bear
//! one name (`mailings::pages::show` ↔ `templates/mailings/show.html`).
//!
//! Handlers parse, call a verb of `actions` or read from `store`, and render. They never write to
//! the store themselves.

mod accounts;
mod audience;
mod content;
mod delivery;
mod error_page;
pub mod http;
mod mailings;
mod reports;
mod system;
mod ui;

use rocket::config::{Config as RocketConfig, Shutdown};
use rocket::fairing::AdHoc;
use rocket::{Build, Rocket, Route, catchers, routes};

pub use http::front::Front;

use crate::app::App;
use crate::domain::accounts::permission;

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
        .manage(http::assets::Assets::load())
        .manage(http::validators::Tags::new())
        .manage(http::streams::Streams::new(front.bounds()))
        .manage(http::upload::Turns::default())
        .manage(audience::import_once::Submissions::default())
        .attach(http::templates::fairing())
        // Its headers are ours to set, all in one place.
        .attach(rocket::shield::Shield::new())
        .attach(http::headers::SecurityHeaders)
        .attach(AdHoc::try_on_ignite(
            "every route is permitted",
            refuse_unknown_routes,
        ))
        .attach(AdHoc::on_liftoff(
            "what was uploaded is kept for an hour",
            |rocket| Box::pin(http::upload::prune(rocket)),
        ))
        .register("/", catchers![error_page::catch])
        .mount("/", all_routes())
        .mount("/", figures_routes())
        .mount("/", routes![http::stranded::strand])
        .mount("/", http::refused::first(routes![http::refused::refuse]))
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
        http::assets::asset,
        http::assets::health,
        accounts::sign_in::form,
        accounts::sign_in::submit,
        accounts::sign_in::second_form,
        accounts::sign_in::second_submit,
        accounts::sign_in::sign_out,
        accounts::register::form,
        accounts::register::submit,
        accounts::register::again_form,
        accounts::register::again,
        accounts::register::confirm_form,
        accounts::register::confirm,
        accounts::recover::form,
        accounts::recover::submit,
        accounts::recover::new_password_form,
        accounts::recover::new_password,
        accounts::language::set,
        accounts::account::profile,
        accounts::account::update_profile,
        accounts::account::password,
        accounts::account::change_password,
        accounts::account::email,
        accounts::account::ask_for_new_email,
        accounts::account::confirm_email,
        accounts::account::change_email,
        accounts::account::confirm_delete,
        accounts::account::delete,
        accounts::sessions::index,
        accounts::sessions::end,
        accounts::sessions::end_all,
        accounts::two_factor::show,
        accounts::two_factor::step,
        accounts::two_factor::start,
        accounts::two_factor::confirm,
        accounts::two_factor::codes,
        accounts::two_factor::off,
        audience::recipients::index,
        audience::recipient_form::new,
        audience::recipient_form::create,
        audience::import::form,
        audience::import::submit,
        audience::recipients::show,
        audience::recipient_form::edit,
        audience::recipient_form::update,
        audience::recipients::confirm_delete,
        audience::recipients::delete,
        content::messages::index,
        content::message_form::new,
        content::message_form::create,
        content::messages::show,
        content::message_form::edit,
        content::message_form::update,
        content::messages::confirm_delete,
        content::messages::delete,
        mailings::pages::index,
        mailings::mailing_form::new,
        mailings::mailing_form::create,
        mailings::pages::show,
        mailings::mailing_form::edit,
        mailings::mailing_form::update,
        mailings::members::index,
        mailings::filling::show,
        mailings::filling::cancel,
        mailings::pages::confirm_delete,
        mailings::pages::delete,
        mailings::sending::confirm_send,
        mailings::sending::send,
        mailings::sending::send_failed,
        mailings::stop::disable_form,
        mailings::stop::disable,
        mailings::stop::enable,
        mailings::picker::refresh,
        mailings::runs::show,
        mailings::runs::newest_attempts,
        mailings::runs::pause,
        mailings::runs::resume,
        mailings::runs::confirm_cancel,
        mailings::runs::cancel,
        delivery::doubts::index,
        delivery::doubts::send_again,
        delivery::doubts::leave,
        mailings::progress::events,
        accounts::users::index,
        accounts::users::show,
        accounts::users::block_form,
        accounts::users::block,
        accounts::users::unblock,
        accounts::users::confirm_remove_two_factor,
        accounts::users::remove_two_factor,
        accounts::audit::index,
        accounts::audit::export,
        system::mailbox::index,
        system::mailbox::show,
        system::mailbox::html,
        system::mailbox::source,
        system::installation::show,
        system::installation::adopt,
        audience::unsubscribe::show,
        audience::unsubscribe::submit,
    ]
}

/// The rest of it: what there is to look at and to take away.
fn figures_routes() -> Vec<Route> {
    routes![
        system::cache::show,
        system::metrics::show,
        reports::overview::index,
        reports::statistics::index,
        reports::statistics::export,
        reports::statistics::mailing,
        reports::statistics::export_mailing,
        delivery::attempts::index,
        delivery::attempts::export,
        reports::exports::all_recipients,
        reports::exports::members,
        reports::files_of::received_by,
        reports::files_of::doubts_of_run,
        reports::files_of::captured_mail,
        reports::exports::all_messages,
        reports::exports::all_mailings,
        reports::exports::all_users,
    ]
}
