//! From signing in to the answers of the mail server.

use std::collections::BTreeSet;
use std::time::Duration;

use mailapp::engine::Engine;
use mailapp::transport::sink::Sink;

use crate::web_support::{PASSWORD, Site};
use crate::window::Window;

/// A site whose mail goes to a mail server that thinks about every mail for a moment.
async fn site_with_relay() -> (Site, Engine) {
    let sink = Sink::bind(Duration::from_millis(25)).await.unwrap();
    let port = sink.address().unwrap().port().to_string();
    tokio::spawn(sink.serve());
    let site = Site::start_in_real_time(&[
        ("relay.host", "127.0.0.1"),
        ("relay.port", &port),
        ("relay.security", "plain"),
        ("relay.connections", "2"),
        ("sender.address", "news@example.ru"),
        ("sending.retry", "1s"),
    ])
    .await;
    let engine = site.app.start_engine().unwrap();
    (site, engine)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_from_signing_in_to_the_servers_answers() {
    let (site, _engine) = site_with_relay().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 120, |number| format!("Имя {number:03}"))
        .await;
    let window = Window::open(&site.url).await;

    window.go("/").await;
    window.is_at("/sign-in").await;
    window.type_into("#email", "anna@example.ru").await;
    window.type_into("#password", PASSWORD).await;
    window.press("Войти").await;
    window.is_at("/").await;
    window.sees("С чего начать").await;

    window.press("Получатели").await;
    window.sees("n120@example.ru").await;
    window.press("Добавить").await;
    window.is_at("/recipients/new").await;
    window.type_into("#email", "нет такого").await;
    window.press("Сохранить").await;
    window.sees("Это не похоже на адрес почты.").await;
    window.until("document.activeElement.id == 'email'").await;
    window.type_into("#email", "maria@closed.example").await;
    window.type_into("#name", "Мария Закрытая").await;
    window.press("Сохранить").await;
    window.sees("Получатель добавлен.").await;
    window.press("Получатели").await;
    // The list follows what is typed, and its address with it.
    window.type_into("input[name=q]", "имя 04").await;
    window
        .until("document.querySelectorAll('#list tbody tr').length == 10")
        .await;
    window
        .until("new URLSearchParams(location.search).get('q') == 'имя 04'")
        .await;

    window.press("Сообщения").await;
    window.sees("Сообщений пока нет").await;
    window.press("Написать сообщение").await;
    window.type_into("#subject", "Скидки, {{ name }}").await;
    window
        .type_into("#body", "Здравствуйте, {{ name }}! Ждём вас.")
        .await;
    window.press("Сохранить").await;
    window.sees("Здравствуйте, Мария Закрытая! Ждём вас.").await;

    window.press("Рассылки").await;
    window.press("Создать рассылку").await;
    window.sees("Выбрано 0 из 121").await;
    window.type_into("#title", "Осенняя").await;
    window.choose("#message_id", "Скидки, {{ name }}").await;
    pick(&window).await;
    window.picture("walk-form").await;
    window.press("Сохранить").await;
    window.sees("Ещё не отправлялась").await;
    window.sees("120 получателей").await;

    window.press("Отправить сейчас").await;
    let moved = watch(&window).await;
    assert!(moved.len() > 3, "progress was seen at {moved:?} only");
    // Title, buttons and history follow by themselves.
    window.sees("120 из 120").await;
    window.sees("Закончена").await;
    window.sees("Отправить ещё раз").await;
    window.sees("Повторить неуспешные: 1").await;
    assert_eq!(site.count("SELECT accepted FROM runs").await, 119);

    window.press("Не успешно 1").await;
    window.sees("550 5.1.1").await;
    window
        .until("document.querySelectorAll('#attempts tbody tr').length == 1")
        .await;
    window.sees("нет такого ящика").await;
    window.picture("walk-attempts").await;
    window.press("Успешно 119").await;
    window
        .until("document.querySelectorAll('#attempts tbody tr').length == 50")
        .await;

    window.press("Выйти").await;
    window.is_at("/sign-in").await;
    window.go("/mailings").await;
    window.is_at("/sign-in?next=%2Fmailings").await;
    window.close_without_complaints().await;
}

/// Picks everybody but one, by searching, ticking, and taking all.
async fn pick(window: &Window) {
    window.type_into("input[name=q]", "имя 042").await;
    window
        .until("document.querySelectorAll('input[name=ticked]').length == 1")
        .await;
    window.click("input[name=ticked]").await;
    window.sees("Выбрано 1 из 121").await;
    // Enter searches and does not save.
    window.type_into("input[name=q]", "имя 00").await;
    window.enter("input[name=q]").await;
    window
        .until("document.querySelectorAll('input[name=ticked]').length == 9")
        .await;
    window.press("Добавить всех найденных: 9").await;
    window.sees("Выбрано 10 из 121").await;
    window.type_into("input[name=q]", "").await;
    window
        .until("document.querySelectorAll('input[name=ticked]').length == 50")
        .await;
    window.press("Добавить всех: 121").await;
    window.sees("Выбрано 121 из 121").await;
    window.press("Вперёд").await;
    window
        .until("document.querySelector('input[name=ticked]').value == '71'")
        .await;
    window.click("input[name=ticked]").await;
    window.sees("Выбрано 120 из 121").await;
    window
        .until("document.querySelector('#title').value == 'Осенняя'")
        .await;
}

/// How far the run was seen to be, until it is done.
async fn watch(window: &Window) -> BTreeSet<i64> {
    let mut seen = BTreeSet::new();
    while !seen.contains(&120) {
        window
            .until("document.querySelector('progress') !== null")
            .await;
        if let Some(done) = window.ask("document.querySelector('progress').value").await {
            seen.insert(done);
        }
        if seen.len() == 3 {
            window.picture("walk-progress").await;
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_paused_and_resumed_while_one_watches() {
    let (site, _engine) = site_with_relay().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 300, |number| format!("Имя {number:03}"))
        .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let window = Window::open(&site.url).await;
    window.sign_in(&anna).await;
    window.go(&format!("/mailings/{mailing}")).await;
    window.press("Отправить сейчас").await;
    window
        .until("document.querySelector('progress')?.value > 0")
        .await;
    window.press("Приостановить").await;
    window.sees("Приостановлена по просьбе владельца.").await;
    window
        .until("document.querySelector('progress').value < 300")
        .await;
    window.press("Продолжить").await;
    window
        .until("!document.body.innerText.includes('Приостановлена по просьбе')")
        .await;
    window.press("Приостановить").await;
    window.sees("Приостановлена по просьбе владельца.").await;
    window.press("Отменить отправку").await;
    window.sees("Отменить отправку «Осенняя»?").await;
    window.press("Отменить отправку").await;
    window.sees("Отправка отменена.").await;
    window.sees("Пропущены:").await;
    window.close_without_complaints().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_work_over_plain_http_under_a_name_that_is_not_this_machines() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    // There browsers do not say `Sec-Fetch-Site`.
    let address = site.url.replace("127.0.0.1", "mail.example");
    let window = Window::open(&address).await;
    window.sign_in(&anna).await;
    window.go("/recipients/new").await;
    window.type_into("#email", "maria@example.ru").await;
    window.press("Сохранить").await;
    window.sees("Получатель добавлен.").await;
    window.close_without_complaints().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_moves_while_one_looks() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    for name in ["maria", "ivan"] {
        site.recipient(&anna, &format!("{name}@example.ru"), name)
            .await;
    }
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.send(&anna, mailing).await;
    let window = Window::open(&site.url).await;
    window.sign_in(&anna).await;
    window.sees("0 из 2").await;
    site.execute("UPDATE runs SET queued = 1, accepted = 1")
        .await;
    window.sees("1 из 2").await;
    site.execute("UPDATE runs SET queued = 0, accepted = 2, state = 'finished'")
        .await;
    // Nothing is left to be asked for.
    window
        .until("document.querySelector('#unfinished')?.hasAttribute('hx-get') === false")
        .await;
    window.close_without_complaints().await;
}
