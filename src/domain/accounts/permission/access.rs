//! Every route, who may come by it, and what is answered to whom. A server with a route that has no
//! row here does not start; a test asks every one of them in everybody's name.

/// Who may come by a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Open,
    /// Everybody who has a secret that is in the address itself.
    Secret,
    /// Whoever is signed in; it is about themselves, or about all that is theirs.
    Member,
    /// About one thing: its owner sees it, and so do managers.
    View,
    /// About one thing: its owner may do it; managers, who may look, are told no.
    Change,
    /// About one thing that nobody but its owner ever sees.
    Private,
    /// Managers alone; for users it does not exist.
    Oversee,
    /// Managers alone, and only towards a user: not themselves, not another manager.
    Stop,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    User,
    Manager,
    /// Their sessions are dead.
    Blocked,
    /// They have never been able to sign in.
    Unconfirmed,
}

impl Who {
    pub const ALL: [Self; 5] = [
        Self::Nobody,
        Self::User,
        Self::Manager,
        Self::Blocked,
        Self::Unconfirmed,
    ];
}

/// Whose the thing is that the address names, seen from who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Own,
    /// Some user's.
    Foreign,
    Missing,
}

impl Whose {
    pub const ALL: [Self; 3] = [Self::Own, Self::Foreign, Self::Missing];
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The page, or what comes after the deed.
    Yes,
    /// The way to the sign-in page.
    SignIn,
    /// 403.
    Forbidden,
    /// 404.
    Absent,
}

impl Access {
    #[expect(
        clippy::match_same_arms,
        reason = "a line a rule, so that each can be read by itself"
    )]
    pub const fn answer(self, who: Who, whose: Whose) -> Answer {
        use Access::{Change, Member, Open, Oversee, Private, Secret, Stop, View};
        use Answer::{Absent, Forbidden, SignIn, Yes};
        match (self, who, whose) {
            (Open, ..) => Yes,
            // Whose it is makes no difference to whoever has its secret.
            (Secret, _, Whose::Missing) => Absent,
            (Secret, ..) => Yes,
            (_, Who::Nobody | Who::Blocked | Who::Unconfirmed, _) => SignIn,
            (Member, ..) => Yes,
            (View | Change, _, Whose::Own) => Yes,
            (View, Who::Manager, Whose::Foreign) => Yes,
            (Change, Who::Manager, Whose::Foreign) => Forbidden,
            (View | Change, _, _) => Absent,
            (Private, _, Whose::Own) => Yes,
            (Private, ..) => Absent,
            (Oversee | Stop, Who::User, _) | (Oversee | Stop, _, Whose::Missing) => Absent,
            (Stop, _, Whose::Own) => Forbidden,
            (Oversee | Stop, ..) => Yes,
        }
    }
}

/// The row of a route, by its method and its address as it is mounted, without the query.
pub fn access(method: &str, route: &str) -> Option<Access> {
    ROUTES
        .iter()
        .find(|(known, path, _)| *known == method && *path == route)
        .map(|(_, _, access)| *access)
}

const GET: &str = "GET";
const POST: &str = "POST";

pub const ROUTES: &[(&str, &str, Access)] = &[
    (GET, "/", Access::Member),
    (GET, "/healthz", Access::Open),
    (GET, "/static/<path..>", Access::Open),
    (POST, "/language", Access::Open),
    // What was typed into any form, once its sender is not signed in any more.
    (POST, "/<_..>", Access::Open),
    // Getting in and out
    (GET, "/sign-in", Access::Open),
    (POST, "/sign-in", Access::Open),
    (GET, "/second-step", Access::Open),
    (POST, "/second-step", Access::Open),
    (POST, "/sign-out", Access::Open),
    (GET, "/register", Access::Open),
    (POST, "/register", Access::Open),
    (GET, "/register/again", Access::Open),
    (POST, "/register/again", Access::Open),
    (GET, "/recover", Access::Open),
    (POST, "/recover", Access::Open),
    // A link that is used up says so and offers the next step, whoever opens it.
    (GET, "/confirm/<token>", Access::Open),
    (POST, "/confirm/<token>", Access::Open),
    (GET, "/recover/<token>", Access::Open),
    (POST, "/recover/<token>", Access::Open),
    (GET, "/change-email/<token>", Access::Open),
    (POST, "/change-email/<token>", Access::Open),
    (GET, "/u/<token>", Access::Secret),
    (POST, "/u/<token>", Access::Secret),
    // One's own account
    (GET, "/account", Access::Member),
    (POST, "/account", Access::Member),
    (GET, "/account/password", Access::Member),
    (POST, "/account/password", Access::Member),
    (GET, "/account/email", Access::Member),
    (POST, "/account/email", Access::Member),
    (GET, "/account/sessions", Access::Member),
    (POST, "/account/sessions/end", Access::Member),
    (POST, "/account/sessions/<id>/end", Access::Private),
    (GET, "/account/two-factor", Access::Member),
    (GET, "/account/two-factor/<_>", Access::Member),
    (POST, "/account/two-factor/start", Access::Member),
    (POST, "/account/two-factor/confirm", Access::Member),
    (POST, "/account/two-factor/codes", Access::Member),
    (POST, "/account/two-factor/off", Access::Member),
    (GET, "/account/delete", Access::Member),
    (POST, "/account/delete", Access::Member),
    // Statistics, the log, and the lists as files
    (GET, "/statistics", Access::Member),
    (GET, "/statistics.csv", Access::Member),
    (GET, "/attempts", Access::Member),
    (GET, "/attempts.csv", Access::Member),
    (GET, "/recipients.csv", Access::Member),
    (GET, "/recipients/<id>/received.csv", Access::View),
    (GET, "/messages.csv", Access::Member),
    (GET, "/mailings.csv", Access::Member),
    (GET, "/users.csv", Access::Oversee),
    (GET, "/mailings/<id>/statistics", Access::View),
    (GET, "/mailings/<id>/statistics.csv", Access::View),
    // Recipients
    (GET, "/recipients", Access::Member),
    (GET, "/recipients/new", Access::Member),
    (POST, "/recipients", Access::Member),
    (GET, "/recipients/import", Access::Member),
    (POST, "/recipients/import", Access::Member),
    (GET, "/recipients/<id>", Access::View),
    (POST, "/recipients/<id>", Access::Change),
    (GET, "/recipients/<id>/edit", Access::Change),
    (GET, "/recipients/<id>/delete", Access::Change),
    (POST, "/recipients/<id>/delete", Access::Change),
    // Messages
    (GET, "/messages", Access::Member),
    (GET, "/messages/new", Access::Member),
    (POST, "/messages", Access::Member),
    (GET, "/messages/<id>", Access::View),
    (POST, "/messages/<id>", Access::Change),
    (GET, "/messages/<id>/edit", Access::Change),
    (GET, "/messages/<id>/delete", Access::Change),
    (POST, "/messages/<id>/delete", Access::Change),
    // Mailings and their runs
    (GET, "/mailings", Access::Member),
    (GET, "/mailings/new", Access::Member),
    (POST, "/mailings", Access::Member),
    (POST, "/mailings/picker", Access::Member),
    (GET, "/mailings/<id>", Access::View),
    (POST, "/mailings/<id>", Access::Change),
    (GET, "/mailings/<id>/edit", Access::Change),
    (GET, "/mailings/<id>/delete", Access::Change),
    (POST, "/mailings/<id>/delete", Access::Change),
    (GET, "/mailings/<id>/recipients", Access::View),
    (GET, "/mailings/<id>/recipients.csv", Access::View),
    (GET, "/mailings/<id>/filling", Access::Private),
    (POST, "/mailings/<id>/filling/cancel", Access::Private),
    (GET, "/mailings/<id>/send", Access::Change),
    (POST, "/mailings/<id>/send", Access::Change),
    (POST, "/mailings/<id>/send-failed", Access::Change),
    (GET, "/mailings/<id>/disable", Access::Stop),
    (POST, "/mailings/<id>/disable", Access::Stop),
    (POST, "/mailings/<id>/enable", Access::Stop),
    (GET, "/runs/<id>", Access::View),
    // Sends on to the run's own page, which asks who comes.
    (GET, "/runs/<id>/attempts", Access::Member),
    (GET, "/runs/<id>/events", Access::View),
    (GET, "/runs/<id>/cancel", Access::Change),
    (POST, "/runs/<id>/cancel", Access::Change),
    (GET, "/runs/<id>/doubts", Access::View),
    (GET, "/runs/<id>/doubts.csv", Access::View),
    (POST, "/runs/<id>/doubts/send-again", Access::Change),
    (POST, "/runs/<id>/doubts/leave", Access::Change),
    (POST, "/runs/<id>/pause", Access::Change),
    (POST, "/runs/<id>/resume", Access::Change),
    // Managers
    (GET, "/users", Access::Oversee),
    (GET, "/users/<id>", Access::Oversee),
    (GET, "/users/<id>/block", Access::Stop),
    (POST, "/users/<id>/block", Access::Stop),
    (POST, "/users/<id>/unblock", Access::Stop),
    (GET, "/users/<id>/two-factor/remove", Access::Stop),
    (POST, "/users/<id>/two-factor/remove", Access::Stop),
    (GET, "/audit", Access::Oversee),
    (GET, "/audit.csv", Access::Oversee),
    (GET, "/mailbox.csv", Access::Oversee),
    (GET, "/cache", Access::Oversee),
    // Or whoever has the metrics' token.
    (GET, "/metrics", Access::Oversee),
    (GET, "/installation", Access::Oversee),
    (POST, "/installation/adopt", Access::Oversee),
    (GET, "/mailbox", Access::Oversee),
    (GET, "/mailbox/<id>", Access::Oversee),
    (GET, "/mailbox/<id>/html", Access::Oversee),
    (GET, "/mailbox/<id>/source", Access::Oversee),
];
