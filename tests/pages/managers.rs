//! What managers see and may stop.

use mailapp::actions;
use mailapp::domain::accounts::user::{Actor, Role};

use crate::web_support::{Person, Site};

const REASON: &str = "Жалобы получателей";

struct Office {
    site: Site,
    anna: Person,
    boss: Person,
}

impl Office {
    async fn open() -> Self {
        let site = Site::start().await;
        let anna = site.user("anna@example.ru").await;
        let boss = site.manager("boss@example.ru").await;
        site.recipients(&anna, 3, |number| format!("Имя {number}"))
            .await;
        Self { site, anna, boss }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_users_shows_who_they_are_and_what_they_have() {
    let office = Office::open().await;
    let site = &office.site;
    let mailing = site.mailing(&office.anna, "Осенняя").await;
    site.send(&office.anna, mailing).await;
    site.execute(
        "INSERT INTO users (email, email_key, name, search_text, role, password_hash, created_at)
         VALUES ('new@example.ru', 'new@example.ru', '', 'new@example.ru', 'user', '', 1)",
    )
    .await;
    let boss = site.signed_in(&office.boss).await;
    let page = boss.get("/users").await.is(200).says("3 пользователя");
    let page = page
        .says("anna@example.ru")
        .says("Не подтверждён")
        .says("Менеджер");
    let _page = page.says("23 нояб. 2026, 12:30");
    for (query, shown, hidden) in [
        ("q=ANNA", "anna@example.ru", "new@example.ru"),
        ("which=managers", "boss@example.ru", "anna@example.ru"),
        ("which=unconfirmed", "new@example.ru", "anna@example.ru"),
        ("which=users", "anna@example.ru", "1 менеджер"),
    ] {
        let page = boss.get(&format!("/users?{query}")).await.is(200);
        let list = page.part("list").unwrap_or_else(|| page.text());
        assert!(list.contains(shown), "{query}: {list}");
        assert!(!list.contains(hidden), "{query}: {list}");
    }
    let page = boss.get("/users?which=blocked").await.is(200);
    let _page = page.says("Таких пользователей нет.");
    let page = boss
        .get(&format!("/users/{}", office.anna.id))
        .await
        .is(200);
    let _page = page.says("3 получателя").says("1 рассылка");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybodys_recipients_and_mailings_are_seen_with_their_owner() {
    let office = Office::open().await;
    let site = &office.site;
    site.recipient(&office.boss, "own@example.ru", "").await;
    site.mailing(&office.anna, "Осенняя").await;
    let boss = site.signed_in(&office.boss).await;
    let page = boss.get("/recipients").await.is(200).says("own@example.ru");
    let page = page.does_not_say("n1@example.ru");
    assert!(page.links().contains(&"/recipients?of=all".to_owned()));
    let page = boss
        .get("/recipients?of=all")
        .await
        .is(200)
        .says("4 получателя");
    let _page = page
        .says("n1@example.ru")
        .says("anna@example.ru")
        .says("own@example.ru");
    let page = boss
        .get(&format!("/recipients?of={}", office.anna.id))
        .await;
    let page = page.is(200).says("Просмотр.").says("n1@example.ru");
    let _page = page.does_not_say("own@example.ru").does_not_say("Добавить");
    let page = boss.get("/mailings?of=all").await.is(200).says("Осенняя");
    let _page = page.says("anna@example.ru");
    let _page = boss.get("/mailings?of=987654321").await.is(404);
    let _page = boss.get("/mailings?of=x").await.is(404);
    // For a user there is nobody else.
    let anna = site.signed_in(&office.anna).await;
    for of in ["all", &office.boss.id.to_string()] {
        let page = anna.get(&format!("/recipients?of={of}")).await.is(200);
        let _page = page.does_not_say("own@example.ru").says("n1@example.ru");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_everybodys_keeps_its_filter_while_paging_and_searching() {
    let office = Office::open().await;
    let site = &office.site;
    site.recipients(&office.boss, 60, |number| format!("Ф {number}"))
        .await;
    let boss = site.signed_in(&office.boss).await;
    let page = boss.get("/recipients?of=all").await.is(200);
    let next = page
        .links()
        .into_iter()
        .find(|link| link.contains("after="))
        .unwrap();
    assert!(next.contains("of=all"), "{next}");
    let _page = boss.get(&next).await.is(200).says("n1@example.ru");
    let form = page.form("/recipients");
    assert_eq!(form.value("of"), Some("all"));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocking_takes_a_reason_and_works_at_once() {
    let office = Office::open().await;
    let site = &office.site;
    let mailing = site.mailing(&office.anna, "Осенняя").await;
    let run = site.send(&office.anna, mailing).await;
    let anna = site.signed_in(&office.anna).await;
    let boss = site.signed_in(&office.boss).await;
    let form = format!("/users/{}/block", office.anna.id);
    let page = boss.submit(&form, &form, &[("reason", "  ")]).await.is(422);
    assert_eq!(
        page.complaint("reason").as_deref(),
        Some("Укажите причину.")
    );
    let long = "я".repeat(501);
    let page = boss
        .submit(&form, &form, &[("reason", &long)])
        .await
        .is(422);
    assert_eq!(page.form(&form).value("reason"), Some(long.as_str()));
    let _page = anna.get("/mailings").await.is(200);

    let page = boss
        .submit_and_follow(&form, &form, &[("reason", REASON)])
        .await;
    let _page = page.is(200).says("Пользователь заблокирован.").says(REASON);
    assert_eq!(
        anna.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
    let fields = [
        ("email", "anna@example.ru"),
        ("password", crate::web_support::PASSWORD),
    ];
    let page = site.browser().submit("/sign-in", "/sign-in", &fields).await;
    let page = page.is(422).says("Эта учётная запись заблокирована.");
    let _page = page.says("Жалобы получателей");
    let wrong = [("email", "anna@example.ru"), ("password", "не тот пароль")];
    let page = site.browser().submit("/sign-in", "/sign-in", &wrong).await;
    let _page = page.is(422).says("Не удалось войти");
    let paused = format!(
        "SELECT count(*) FROM runs WHERE id = {run} AND state = 'paused'
           AND pause_reason = 'owner_blocked'"
    );
    assert_eq!(site.count(&paused).await, 1);
    let letter = site.letter_to("anna@example.ru").await;
    assert!(letter.text.contains(REASON), "{}", letter.text);
    let _page = boss
        .submit_again(&form, &[("reason", REASON)])
        .await
        .is(409);

    let home = format!("/users/{}", office.anna.id);
    let unblock = format!("{home}/unblock");
    let page = boss.submit_and_follow(&home, &unblock, &[]).await.is(200);
    let _page = page.says("Пользователь разблокирован.");
    // Nothing is lost: the owner resumes, and everybody is reached.
    let anna = site.signed_in(&office.anna).await;
    let resume = format!("/runs/{run}/resume");
    let answer = anna.submit(&format!("/runs/{run}"), &resume, &[]).await;
    assert_eq!(answer.status, 303);
    let engine = site.app.start_engine().unwrap();
    site.until(
        "SELECT count(*) FROM deliveries WHERE state = 'accepted'",
        3,
    )
    .await;
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_is_switched_off_with_a_reason_that_its_owner_sees_and_on_again() {
    let office = Office::open().await;
    let site = &office.site;
    let mailing = site.mailing(&office.anna, "Осенняя").await;
    let run = site.send(&office.anna, mailing).await;
    let anna = site.signed_in(&office.anna).await;
    let boss = site.signed_in(&office.boss).await;
    let home = format!("/mailings/{mailing}");
    let disable = format!("{home}/disable");
    let page = boss
        .submit(&disable, &disable, &[("reason", "")])
        .await
        .is(422);
    assert!(page.complaint("reason").is_some());
    let page = boss
        .submit_and_follow(&disable, &disable, &[("reason", REASON)])
        .await;
    let _page = page.is(200).says("Рассылка отключена.").says(REASON);
    let letter = site.letter_to(&office.anna.email).await;
    let words = format!("отключил вашу рассылку «Осенняя». Причина: {REASON}");
    assert!(letter.text.contains(&words), "{}", letter.text);
    let page = anna.get(&home).await.is(200).says(REASON).says("Отключена");
    assert!(
        !page.actions().contains(&format!("{home}/enable")),
        "only a manager"
    );
    let state =
        format!("SELECT count(*) FROM runs WHERE id = {run} AND pause_reason = 'switched_off'");
    assert_eq!(site.count(&state).await, 1);
    let letter = site.letter_to("anna@example.ru").await;
    assert!(
        letter.text.contains(REASON) && letter.text.contains("Осенняя"),
        "{}",
        letter.text
    );
    // Resuming is refused while it is off.
    let token = anna.token().await;
    let csrf = [("csrf".to_owned(), token)];
    let page = anna
        .insist(&format!("/runs/{run}/resume"), &csrf)
        .await
        .is(409);
    let _page = page.says(REASON);

    let page = boss
        .submit_and_follow(&home, &format!("{home}/enable"), &[])
        .await;
    let _page = page.is(200).says("Рассылка снова включена.");
    let page = anna.insist(&format!("/runs/{run}/resume"), &csrf).await;
    assert_eq!(page.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_stop_neither_themselves_nor_each_other() {
    let office = Office::open().await;
    let site = &office.site;
    let second = site.manager("second@example.ru").await;
    let own = site.mailing(&office.boss, "Своя").await;
    let other = site.mailing(&second, "Чужая").await;
    let boss = site.signed_in(&office.boss).await;
    let token = boss.token().await;
    let fields = [("csrf", token.as_str()), ("reason", REASON)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let before = site.contents().await;
    for path in [
        format!("/users/{}/block", office.boss.id),
        format!("/users/{}/block", second.id),
        format!("/mailings/{own}/disable"),
        format!("/mailings/{other}/disable"),
    ] {
        let _page = boss.get(&path).await.is(403);
        let _page = boss.post(&path, &fields).await.is(403);
    }
    for id in [office.boss.id, second.id] {
        let page = boss.get(&format!("/users/{id}")).await.is(200);
        assert!(!page.links().contains(&format!("/users/{id}/block")));
    }
    assert_eq!(site.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_opens_an_account_is_shown_to_its_addressee_alone() {
    let office = Office::open().await;
    let site = &office.site;
    for email in ["anna@example.ru", "boss@example.ru"] {
        site.browser()
            .submit("/recover", "/recover", &[("email", email)])
            .await;
    }
    site.letters().await;
    let boss = site.signed_in(&office.boss).await;
    let page = boss
        .get("/mailbox")
        .await
        .is(200)
        .says("только для адресата");
    let id = |email: &str| {
        let sql = format!("SELECT id FROM captured_mails WHERE rcpt_to = '{email}'");
        async move { site.count(&sql).await }
    };
    let (annas, own) = (id("anna@example.ru").await, id("boss@example.ru").await);
    assert!(!page.links().contains(&format!("/mailbox/{annas}")));
    for end in ["", "?tab=source", "/html", "/source"] {
        let page = boss.get(&format!("/mailbox/{annas}{end}")).await.is(403);
        let _page = page
            .does_not_say("/recover/")
            .says(&format!("mailapp mailbox {annas}"));
        let _page = boss.get(&format!("/mailbox/{own}{end}")).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_users_mailings_do_not_start_by_themselves() {
    let office = Office::open().await;
    let site = &office.site;
    site.mailing(&office.anna, "Осенняя").await;
    let boss = Actor::Person {
        id: office.boss.id,
        role: Role::Manager,
        address: String::new(),
    };
    actions::block_user(&site.app, &boss, office.anna.id, REASON)
        .await
        .unwrap();
    site.clock.advance(2 * crate::web_support::DAY);
    assert!(
        actions::start_due_mailings(&site.app)
            .await
            .unwrap()
            .is_empty()
    );
    actions::unblock_user(&site.app, &boss, office.anna.id)
        .await
        .unwrap();
    assert_eq!(
        actions::start_due_mailings(&site.app).await.unwrap().len(),
        1
    );
}
