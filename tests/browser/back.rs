//! After signing out, *Back* shows nothing of what was seen.

use crate::web_support::Site;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn back_after_signing_out_shows_nothing() {
    let site = Site::start_in_real_time(&[]).await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Тайная Мария")
        .await;
    for host in ["127.0.0.1", "mail.example"] {
        let window = Window::open(&site.url.replace("127.0.0.1", host)).await;
        window.sign_in(&anna).await;
        window.press("Получатели").await;
        window.sees("Тайная Мария").await;
        window.press("Сообщения").await;
        window.sees("Сообщений пока нет").await;
        // Without signing out, Back shows what was there.
        window.ask::<()>("history.back()").await;
        window.sees("Тайная Мария").await;
        window.press("Выйти").await;
        window.is_at("/sign-in").await;
        for _ in 0..3 {
            window.ask::<()>("history.back()").await;
            // Whatever the browser shows first, it is the way to sign in.
            window
                .until(
                    "document.readyState == 'complete' && location.pathname == '/sign-in' \
                     && !document.documentElement.innerHTML.includes('Тайная')",
                )
                .await;
        }
        // Over plain HTTP under a name the browser says that it will not clear what it has kept:
        // there, it was given nothing to keep.
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_where_anothers_session_has_run_out_sees_nothing_of_it() {
    let site = Site::start_in_real_time(&[]).await;
    let anna = site.user("anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Тайная Мария")
        .await;
    let window = Window::open(&site.url).await;
    window.sign_in(&anna).await;
    window.press("Получатели").await;
    window.sees("Тайная Мария").await;
    site.execute("DELETE FROM sessions").await;
    window.sign_in(&boris).await;
    for _ in 0..3 {
        window.ask::<()>("history.back()").await;
        window
            .until(
                "document.readyState == 'complete' \
                 && !document.documentElement.innerHTML.includes('Тайная')",
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_has_not_changed_comes_from_the_browsers_own_store() {
    let site = Site::start_in_real_time(&[]).await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let window = Window::open(&site.url).await;
    window.sign_in(&anna).await;
    window.go("/recipients").await;
    window.sees("maria@example.ru").await;
    let sent = "performance.getEntriesByType('navigation')[0].responseStatus";
    assert_eq!(window.ask::<u16>(sent).await, Some(200));
    window.go("/messages").await;
    window.go("/recipients").await;
    window.sees("maria@example.ru").await;
    let weight = "performance.getEntriesByType('navigation')[0].transferSize";
    let octets = window.ask::<u64>(weight).await.unwrap();
    assert!(octets < 1_000, "{octets} octets for a page that it had");
    window.close_without_complaints().await;
}
