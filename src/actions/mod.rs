//! What a person can do: one verb a file. A verb checks the permission, opens the transaction,
//! applies the rule, writes the audit line. Page and command line call the same verbs; only the
//! actor differs.

mod accounts;
mod audience;
mod content;
mod delivery;
mod error;
mod export;
mod mailings;
mod system;
mod target;

pub use accounts::confirm::confirm;
pub use accounts::create_user::{UserDraft, create_user};
pub use accounts::profile::{
    ask_for_new_email, change_email, change_password, delete_account, update_profile,
};
pub use accounts::recover::{ask_for_confirmation, ask_for_recovery, recover};
pub use accounts::register::{Registrant, register};
pub use accounts::session::{Origin, SignedIn, is_good, limits, session};
pub use accounts::set_language::set_language;
pub use accounts::sign_in::{NextStep, SignIn, sign_in};
pub use accounts::sign_out::{end_session, sign_out, sign_out_everywhere};
pub use accounts::two_factor::{
    confirm_two_factor, halfway, proposed_secret, renew_recovery_codes, second_step,
    start_two_factor, turn_two_factor_off,
};
pub use accounts::vouch::{delete_user, set_password, sign_user_out, update_user};
pub use audience::create_recipient::create_recipient;
pub use audience::delete_recipient::delete_recipient;
pub use audience::import_recipients::{Imported, count_known, import_recipients};
pub use audience::unsubscribe::unsubscribe;
pub use audience::update_recipient::update_recipient;
pub use audience::uploads::{forget_upload, keep_upload, kept_upload, prune_uploads};
pub use content::create_message::create_message;
pub use content::delete_message::delete_message;
pub use content::update_message::update_message;
pub use delivery::settle_doubt::{Settled, settle_doubt};

pub use error::{ActionError, Changed, Interrupted};
pub use export::export;
pub use mailings::cancel_run::cancel_run;
pub use mailings::create_mailing::{begin_mailing, create_mailing};
pub use mailings::delete_mailing::delete_mailing;
pub use mailings::fill::{bring_to_rest, call_off_filling, fill, resume_fillings};
pub use mailings::pause_run::pause_run;
pub use mailings::resume_run::resume_run;
pub use mailings::send_mailing::{Whom, send_mailing};
pub use mailings::start_due_mailings::start_due_mailings;
pub use mailings::stop::{
    block_user, disable_mailing, enable_mailing, remove_two_factor, unblock_user,
};
pub use mailings::update_mailing::{begin_update, update_mailing};
pub use system::adopt::{adopt, foreign};
pub use system::fill_demo::{add_demo_recipients, add_demo_run};
pub use target::{NewFor, Target};
