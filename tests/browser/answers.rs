//! How the pages look that answer a form: the import's preview, two versions side by side, the
//! question an old page asks, and the errors.

use mailapp::domain::accounts::user::{Language, Role};

use crate::looks::look_at;
use crate::web_support::Site;
use crate::window::Window;

/// Puts a text into a field without typing its letters one by one.
fn put(selector: &str, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!("(() => {{ document.querySelector('{selector}').value = {text}; return true; }})()")
}

/// Sends the form that leads to `action`.
fn send(action: &str) -> String {
    format!(
        "(() => {{ document.querySelector('form[action$=\"{action}\"]').submit(); return true; }})()"
    )
}

const TABLE: &str = "\
Имя;Почта;Телефон;Комментарий
Константинопольская Мария-Антуанетта;maria-antuanetta@example.ru;+7 900 000-00-00;Постоянный клиент
Иван;ivan.example.ru;;нет собаки
Олег;oleg@example.ru;;звонить после шести
Олег;oleg@example.ru;;дважды
";

async fn every_answer(language: Language) {
    let site = Site::start().await;
    let anna = site
        .person("anna@example.ru", Role::User, Some(language), "")
        .await;
    let recipient = site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя распродажа").await;
    let window = Window::open(&site.url).await;
    let code = language.code();
    window.sign_in(&anna).await;

    window.go("/recipients/import").await;
    window.ask::<bool>(&put("#table", TABLE)).await;
    window.click("main button[value=check]").await;
    window
        .until("document.querySelectorAll('table').length > 0")
        .await;
    look_at(&window, "answer-import", code).await;

    let edit = format!("/recipients/{recipient}/edit");
    window.go(&edit).await;
    site.write(move |c| {
        c.execute(
            "UPDATE recipients SET name = 'Мария Петровна' WHERE id = ?1",
            [recipient],
        )
        .unwrap();
    })
    .await;
    window.ask::<bool>(&put("#name", "Мария Ивановна")).await;
    window
        .ask::<bool>(&send(&format!("/recipients/{recipient}")))
        .await;
    window
        .until("document.title.length > 0 && !location.pathname.endsWith('/edit')")
        .await;
    look_at(&window, "answer-conflict", code).await;

    window.go(&format!("/mailings/{mailing}")).await;
    site.write(move |c| {
        c.execute(
            "UPDATE mailings SET version = version + 1 WHERE id = ?1",
            [mailing],
        )
        .unwrap();
    })
    .await;
    window
        .ask::<bool>(&send(&format!("/mailings/{mailing}/send")))
        .await;
    window.until("location.pathname.endsWith('/send')").await;
    look_at(&window, "answer-stale", code).await;

    window.go("/messages/new").await;
    // A hidden field: laying so much text out takes the browser a minute.
    window
        .ask::<bool>(
            "(() => { const field = document.createElement('input'); \
                      field.type = 'hidden'; field.name = 'more'; field.value = 'x'.repeat(3e6); \
                      document.querySelector('main form').append(field); return true; })()",
        )
        .await;
    window.ask::<bool>(&send("/messages")).await;
    window.until("location.pathname === '/messages'").await;
    look_at(&window, "answer-too-large", code).await;

    window.go("/recipients/new").await;
    window.ask::<bool>(&put("#email", "ivan.example.ru")).await;
    window.ask::<bool>(&put("#name", "Иван")).await;
    site.write(|c| {
        c.execute("DELETE FROM sessions", []).unwrap();
    })
    .await;
    window.ask::<bool>(&send("/recipients")).await;
    window.until("location.pathname === '/recipients'").await;
    look_at(&window, "answer-signed-out", code).await;
    window.go("/recipients/4711").await;
    look_at(&window, "answer-sign-in", code).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_a_form_fits_its_window_in_russian() {
    every_answer(Language::Ru).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_a_form_fits_its_window_in_english() {
    every_answer(Language::En).await;
}
