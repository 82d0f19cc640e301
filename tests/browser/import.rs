//! A file is sent as it is, whichever of the usual encodings it is in, and looked at before anything of
//! it is added.

use crate::web_support::Site;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_looked_at_and_added() {
    let site = Site::start_in_real_time(&[]).await;
    let anna = site.user("anna@example.ru").await;
    let window = Window::open(&site.url).await;
    window.sign_in(&anna).await;
    window.press("Получатели").await;
    window.press("Из таблицы").await;
    window.is_at("/recipients/import").await;
    // «Имя;Почта», «Иван;ivan@example.ru»: as Excel writes it in Russian, then in UTF-8.
    let windows_1251 = "[...new Uint8Array([0xc8,0xec,0xff,0x3b,0xcf,0xee,0xf7,0xf2,0xe0,0x0a,\
                        0xc8,0xe2,0xe0,0xed]), ...new TextEncoder().encode(';ivan@example.ru')]";
    let utf_8 = "[...new TextEncoder().encode('\\ufeffИмя;Почта\\nОлег;oleg@example.ru')]";
    for (octets, press, encoding, name) in [
        (windows_1251, "Проверить", "windows-1251", "Иван"),
        (utf_8, "Проверить ещё раз", "UTF-8", "Олег"),
    ] {
        let picked = window
            .ask::<bool>(&format!(
                "(() => {{
                    const files = new DataTransfer();
                    files.items.add(new File([new Uint8Array({octets})], 'clients.csv'));
                    const field = document.getElementById('file');
                    field.files = files.files;
                    return field.checkVisibility() && document.getElementById('table')?.value != 'x';
                }})()"
            ))
            .await;
        assert_eq!(picked, Some(true));
        window.press(press).await;
        window.sees(&format!("Кодировка: {encoding}.")).await;
        window.sees(name).await;
    }
    window.press("Добавить").await;
    window.is_at("/recipients").await;
    window.sees("Добавлено: 1.").await;
    window.sees("Олег").await;
    window.close_without_complaints().await;
}
