//! An installation with something of every kind for everybody, for tests that try every route
//! there is.

use mailapp::domain::accounts::permission::{Access, access};
use mailapp::domain::accounts::token::{Purpose, Token};
use mailapp::domain::accounts::two_factor::TotpSecret;
use mailapp::store::accounts::tokens;
use rocket::http::Method;

use super::{Browser, NOW, Page, Person, Site};

/// Where forms end up that are turned away from theirs, because nobody is signed in any more. No
/// page leads there.
pub const STRANDED: &str = "/<_..>";

/// What belongs to one person, by number.
#[derive(Debug, Clone, Copy)]
pub struct Belongings {
    pub person: i64,
    recipient: i64,
    unused_message: i64,
    /// Never sent.
    mailing: i64,
    /// Its run is finished, and reached nobody.
    failed_mailing: i64,
    /// A manager has switched it off.
    disabled_mailing: i64,
    /// Its recipients are being put together.
    filling_mailing: i64,
    active_run: i64,
    paused_run: i64,
    /// Finished; its only mail is in doubt.
    doubtful_run: i64,
}

pub struct Estate {
    pub site: Site,
    pub anna: Person,
    /// Another user.
    pub boris: Person,
    pub boss: Person,
    /// Blocked, with a session from before.
    pub blocked: Person,
    /// A user with two-factor sign-in.
    pub guarded: Person,
    pub annas: Belongings,
    pub borises: Belongings,
    pub bosses: Belongings,
    mail: i64,
    unsubscribe: String,
}

/// The links of letters that are good here.
const CONFIRM: Token = Token::new([1; 32]);
const RECOVER: Token = Token::new([2; 32]);
const CHANGE_EMAIL: Token = Token::new([3; 32]);

impl Estate {
    pub async fn build() -> Self {
        let site = Site::start().await;
        let anna = site.user("anna@example.ru").await;
        let boris = site.user("boris@example.ru").await;
        let boss = site.manager("boss@example.ru").await;
        let annas = belongings(&site, &anna).await;
        let borises = belongings(&site, &boris).await;
        let bosses = belongings(&site, &boss).await;
        let blocked = site.user("blocked@example.ru").await;
        let guarded = site.user("guarded@example.ru").await;
        site.write(move |c| {
            c.execute_batch(&format!(
                "UPDATE users SET blocked_at = 1, blocked_reason = 'Жалобы' WHERE id = {};
                 UPDATE users SET totp_secret = x'00', totp_since = 1 WHERE id = {};
                 INSERT INTO users (email, email_key, name, role, password_hash, created_at)
                 VALUES ('new@example.ru', 'new@example.ru', '', 'user', '', 1);
                 INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, source)
                 VALUES (1, 'a@example.ru', 'b@example.ru', 'Письмо',
                         CAST('Content-Type: text/html' || char(10, 10) || '<b>жирно</b>' AS BLOB));",
                blocked.id, guarded.id
            ))
            .unwrap();
            let unconfirmed: i64 = c
                .query_row("SELECT id FROM users WHERE confirmed_at IS NULL", [], |r| r.get(0))
                .unwrap();
            for (token, purpose, user, email) in [
                (CONFIRM, Purpose::Confirm, unconfirmed, None),
                (RECOVER, Purpose::Recover, annas.person, None),
                (CHANGE_EMAIL, Purpose::ChangeEmail, annas.person, Some("other@example.ru")),
            ] {
                tokens::insert(c, &token, purpose, user, email, NOW).unwrap();
            }
        })
        .await;
        let delivery = site.count("SELECT max(id) FROM deliveries").await;
        Self {
            mail: site.count("SELECT id FROM captured_mails").await,
            unsubscribe: site.app.unsubscribe.token(delivery),
            site,
            anna,
            boris,
            boss,
            blocked,
            guarded,
            annas,
            borises,
            bosses,
        }
    }

    /// A route's address with numbers that exist in it, Anna's where it is about somebody's things.
    pub async fn path(&self, route: &str) -> String {
        self.path_of(route, &self.annas, "anna@example.ru").await
    }

    /// The same with the things of one person. A route that is not known here fails: whoever adds
    /// one says what it is about.
    pub async fn path_of(&self, route: &str, of: &Belongings, email: &str) -> String {
        let id = match route {
            "/mailings/<id>/send-failed" => of.failed_mailing,
            "/mailings/<id>/enable" => of.disabled_mailing,
            _ if route.starts_with("/mailings/<id>/filling") => of.filling_mailing,
            "/runs/<id>/resume" => of.paused_run,
            _ if route.starts_with("/runs/<id>/doubts") => of.doubtful_run,
            "/users/<id>/unblock" if of.person == self.annas.person => self.blocked.id,
            "/users/<id>/two-factor/remove" if of.person == self.annas.person => self.guarded.id,
            "/account/sessions/<id>/end" => self.session_of(email).await,
            _ if route.starts_with("/users/<id>") => of.person,
            _ if route.starts_with("/runs/<id>") => of.active_run,
            _ if route.starts_with("/recipients/<id>") => of.recipient,
            _ if route.starts_with("/messages/<id>") => of.unused_message,
            _ if route.starts_with("/mailings/<id>") => of.mailing,
            _ if route.starts_with("/mailbox/<id>") => self.mail,
            _ => 0,
        };
        let token = match route {
            "/confirm/<token>" => CONFIRM.text(),
            "/recover/<token>" => RECOVER.text(),
            "/change-email/<token>" => CHANGE_EMAIL.text(),
            _ => self.unsubscribe.clone(),
        };
        Self::fill(route, &id.to_string(), &token)
    }

    /// A session of somebody's, or a number that none has.
    async fn session_of(&self, email: &str) -> i64 {
        let sql = format!(
            "SELECT coalesce(max(s.id), 0) FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE u.email_key = '{email}'"
        );
        self.site.count(&sql).await
    }

    /// The same with a number that nothing has.
    pub fn missing(route: &str, number: &str) -> String {
        Self::fill(route, number, "AAAAAAAAAAAqAAAAAAAAAAAAAAAAAAAA")
    }

    fn fill(route: &str, id: &str, token: &str) -> String {
        let path = route.split('?').next().unwrap_or_default();
        let path = path
            .replace("<id>", id)
            .replace("<token>", token)
            .replace("<path..>", "app.000000000000.css")
            .replace("<_>", "start");
        assert!(!path.contains('<'), "{route}: what is that about?");
        path
    }

    /// The routes of a method, without repetition.
    pub fn routes(&self, method: Method) -> Vec<String> {
        let mut routes: Vec<String> = self
            .site
            .routes
            .iter()
            .filter(|(known, uri)| *known == method && uri != STRANDED)
            .map(|(_, uri)| uri.split('?').next().unwrap_or_default().to_owned())
            .collect();
        routes.sort();
        routes.dedup();
        routes
    }

    /// Whoever may do what a form does.
    pub fn presser(&self, route: &str) -> &Person {
        match access("POST", route) {
            Some(Access::Oversee | Access::Stop) => &self.boss,
            _ => &self.anna,
        }
    }

    /// Lets there be something to do for a form.
    pub fn make_ready_for(&self, route: &str) {
        if route == "/installation/adopt" {
            // Without what lies beside it, the database is somebody's copy.
            let beside = self.site.app.store.path().with_extension("installation");
            std::fs::remove_file(beside).unwrap();
        }
    }

    /// What would be accepted by every form that there is, but for the page's token.
    pub fn fields(&self) -> Vec<(String, String)> {
        let message = self.annas.unused_message.to_string();
        [
            ("email", "fresh@example.ru"),
            ("name", "Новое имя"),
            ("comment", "новое"),
            ("table", "somebody@example.ru"),
            ("subject", "Новая тема"),
            ("body", "Новый текст"),
            ("title", "Новое название"),
            ("message_id", message.as_str()),
            ("starts_at", "2026-12-01T10:00"),
            ("ends_at", "2026-12-02T10:00"),
            ("act", "save"),
            ("lang", "en"),
            ("old", super::PASSWORD),
            ("password", super::PASSWORD),
            ("reason", "Жалобы получателей"),
            ("delivery", "all"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Makes true what a form takes for granted.
    pub async fn prepare(&self, path: &str, browser: &Browser, token: &str) -> Option<String> {
        match path {
            "/account/two-factor/off" | "/account/two-factor/codes" => {
                self.site
                    .execute(
                        "UPDATE users SET totp_secret = x'00', totp_since = 1
                         WHERE id IN (SELECT user_id FROM sessions)",
                    )
                    .await;
                None
            }
            "/account/two-factor/confirm" => {
                let fields = [("csrf", token), ("password", super::PASSWORD)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()));
                let started = browser.post("/account/two-factor/start", &fields).await;
                let page = browser.follow(&started).await;
                Some(secret_on(&page).code(NOW))
            }
            _ => None,
        }
    }

    /// Sends such a form with a token.
    pub async fn press(&self, browser: &Browser, path: &str, token: &str) -> Page {
        let mut fields = self.fields();
        if path == "/sign-in" {
            fields[0].1.clone_from(&self.anna.email);
        }
        if path == "/account/password" {
            // Other forms ask for the password that there is, this one for another.
            fields.retain(|(name, _)| name != "password");
            fields.push(("password".to_owned(), "лодка гвоздь перрон 42".to_owned()));
        }
        if let Some(code) = self.prepare(path, browser, token).await {
            fields.push(("code".to_owned(), code));
        }
        fields.push(("csrf".to_owned(), token.to_owned()));
        browser.insist(path, &fields).await
    }
}

/// The authenticator's secret that a page shows for typing in.
pub fn secret_on(page: &Page) -> TotpSecret {
    let text = page.text();
    let typed: String = text
        .split_whitespace()
        .filter(|word| word.len() == 4)
        .filter(|word| word.chars().all(|c| matches!(c, 'A'..='Z' | '2'..='7')))
        .collect();
    let mut octets = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for c in typed.chars() {
        let five = u32::from(c) - if c.is_ascii_digit() { 24 } else { 65 };
        bits = bits << 5 | five;
        held += 5;
        if held >= 8 {
            held -= 8;
            octets.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    TotpSecret::new(octets.try_into().expect("a secret is on the page"))
}

async fn belongings(site: &Site, owner: &Person) -> Belongings {
    let recipient = site.recipient(owner, "maria@example.ru", "Мария").await;
    let unused_message = site.message(owner, "Ничья").await;
    let failed_mailing = site.mailing(owner, "Неудачная").await;
    let failed = site.send(owner, failed_mailing).await;
    let paused_mailing = site.mailing(owner, "Приостановленная").await;
    let paused_run = site.send(owner, paused_mailing).await;
    let active_mailing = site.mailing(owner, "Идущая").await;
    let active_run = site.send(owner, active_mailing).await;
    let doubtful_mailing = site.mailing(owner, "Под вопросом").await;
    let doubtful_run = site.send(owner, doubtful_mailing).await;
    let disabled_mailing = site.mailing(owner, "Отключённая").await;
    let owner_id = owner.id;
    site.write(move |c| {
        c.execute_batch(&format!(
            "UPDATE deliveries SET state = 'refused' WHERE run_id = {failed};
             UPDATE runs SET state = 'finished', queued = 0, refused = 1, finished_at = 1
             WHERE id = {failed};
             UPDATE runs SET state = 'paused', pause_reason = 'asked' WHERE id = {paused_run};
             UPDATE deliveries SET state = 'in_doubt', attempts = 1 WHERE run_id = {doubtful_run};
             UPDATE runs SET state = 'finished', queued = 0, in_doubt = 1, finished_at = 1
             WHERE id = {doubtful_run};
             INSERT INTO attempts (run_id, delivery_id, owner_id, nth, at, duration_ms, outcome,
                                   charged_to, text, server)
             SELECT run_id, id, {owner_id}, 1, 1, 1, 'in_doubt', 'recipient', '[lost]', ''
             FROM deliveries WHERE run_id = {doubtful_run};
             UPDATE mailings SET disabled_at = 1, disabled_reason = 'Жалобы'
             WHERE id = {disabled_mailing};"
        ))
        .unwrap();
    })
    .await;
    let filling_mailing = site.mailing(owner, "Собирается").await;
    site.write(move |c| {
        c.execute_batch(&format!(
            "UPDATE mailings SET deleted_at = 1 WHERE id = {filling_mailing};
             INSERT INTO fillings (mailing_id, edition, state, selection, is_new, after_id, upto_id,
                                   total, started_at)
             VALUES ({filling_mailing}, 9, 'filling', '{{\"m\":[\"\"]}}', 1, 0, 1000, 1, 1);"
        ))
        .unwrap();
    })
    .await;
    Belongings {
        person: owner.id,
        recipient,
        unused_message,
        mailing: site.mailing(owner, "Новая").await,
        failed_mailing,
        disabled_mailing,
        filling_mailing,
        active_run,
        paused_run,
        doubtful_run,
    }
}
