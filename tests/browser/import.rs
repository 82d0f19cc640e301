//! A file goes into the table before it is sent, whichever of the two usual encodings it is in.

use crate::web_support::Site;
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_into_the_table_and_sent_with_it() {
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
    let utf_8 = "[...new TextEncoder().encode('\\ufeffИмя;Почта\\nИван;ivan@example.ru')]";
    for octets in [windows_1251, utf_8] {
        window
            .ask::<bool>(&format!(
                "(() => {{
                    const files = new DataTransfer();
                    files.items.add(new File([new Uint8Array({octets})], 'clients.csv'));
                    const field = document.getElementById('file');
                    document.getElementById('table').value = '';
                    field.files = files.files;
                    field.dispatchEvent(new Event('change', {{ bubbles: true }}));
                    return field.checkVisibility();
                }})()"
            ))
            .await;
        let read = "document.getElementById('table').value == 'Имя;Почта\\nИван;ivan@example.ru'";
        window.until(read).await;
    }
    window.press("Добавить").await;
    window.is_at("/recipients").await;
    window.sees("Добавлено: 1.").await;
    window.sees("Иван").await;
    window.close_without_complaints().await;
}
