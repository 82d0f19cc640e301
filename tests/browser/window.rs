//! A window of Chromium, and what one does in it. Everything is waited for by looking again, and
//! not for longer than `PATIENCE`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chromiumoxide::browser::{Browser, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams,
};
use chromiumoxide::cdp::browser_protocol::input::InsertTextParams;
use chromiumoxide::cdp::browser_protocol::log::{EventEntryAdded, LogEntryLevel};
use chromiumoxide::cdp::js_protocol::runtime::{
    ConsoleApiCalledType, EventConsoleApiCalled, EventExceptionThrown,
};
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Element, Page};
use futures::StreamExt as _;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::web_support::{PASSWORD, PATIENCE, Person};

pub struct Window {
    browser: Browser,
    page: Page,
    site: String,
    /// Whatever the browser complained about: scripts, the policy, what could not be loaded.
    problems: Arc<Mutex<Vec<String>>>,
    _profile: TempDir,
}

impl Window {
    pub async fn open(site: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let config = BrowserConfig::builder()
            .chrome_executable("/usr/bin/chromium")
            .new_headless_mode()
            .no_sandbox()
            .user_data_dir(profile.path())
            .window_size(1280, 900)
            .viewport(None)
            .disable_https_first()
            .args([
                "disable-gpu",
                "disable-quic",
                "disable-component-update",
                "accept-lang=ru",
                // A name that is not this machine's own, for what depends on that.
                "host-resolver-rules=MAP mail.example 127.0.0.1",
            ])
            .build()
            .unwrap();
        let (browser, mut handler) = Browser::launch(config).await.unwrap();
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = browser.new_page("about:blank").await.unwrap();
        let problems = Arc::new(Mutex::new(Vec::new()));
        listen(&page, &problems).await;
        Self {
            browser,
            page,
            site: site.to_owned(),
            problems,
            _profile: profile,
        }
    }

    /// Ends the browser. Fails if it has complained of anything.
    pub async fn close_without_complaints(mut self) {
        let _answer = self.browser.close().await;
        let _status = self.browser.wait().await;
        assert_eq!(*self.problems.lock(), Vec::<String>::new());
    }

    pub async fn go(&self, path: &str) {
        self.page
            .goto(format!("{}{path}", self.site))
            .await
            .unwrap();
    }

    /// What a script says; nothing while a page is being left.
    pub async fn ask<T: DeserializeOwned>(&self, script: &str) -> Option<T> {
        let answer = self.page.evaluate_expression(script).await.ok()?;
        answer.into_value().ok()
    }

    /// Waits until a script says yes.
    pub async fn until(&self, script: &str) {
        let waiting = async {
            while self.ask::<bool>(script).await != Some(true) {
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let text: Option<String> = self.ask("document.body.innerText").await;
            panic!("never true: {script}\n{}", text.unwrap_or_default());
        }
    }

    /// Waits until the page says this.
    pub async fn sees(&self, words: &str) {
        let words = serde_json::to_string(words).unwrap();
        self.until(&format!(
            "document.body.innerText.replaceAll('\\u00a0', ' ').includes({words})"
        ))
        .await;
    }

    pub async fn is_at(&self, path: &str) {
        let path = serde_json::to_string(path).unwrap();
        self.until(&format!("location.pathname + location.search == {path}"))
            .await;
    }

    async fn find(&self, selector: &str) -> Element {
        let quoted = serde_json::to_string(selector).unwrap();
        self.until(&format!("document.querySelector({quoted}) !== null"))
            .await;
        self.page.find_element(selector).await.unwrap()
    }

    pub async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    /// Presses the button, or follows the link, that bears these words.
    pub async fn press(&self, words: &str) {
        let quoted = serde_json::to_string(words).unwrap();
        let mark = format!(
            "(() => {{
                const all = [...document.querySelectorAll('main button, main a, .sidebar a, .sidebar button')];
                const one = all.find(e => e.innerText.trim().startsWith({quoted}) && e.checkVisibility());
                document.querySelectorAll('[data-pressed]').forEach(e => delete e.dataset.pressed);
                if (one) one.dataset.pressed = 'yes';
                return Boolean(one);
            }})()"
        );
        loop {
            self.until(&mark).await;
            // A page that is just being replaced takes the mark along.
            if let Ok(one) = self.page.find_element("[data-pressed]").await {
                one.click().await.unwrap();
                return;
            }
        }
    }

    /// Types into a field, in place of what is there.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.click().await.unwrap();
        let quoted = serde_json::to_string(selector).unwrap();
        self.until(&format!(
            "(() => {{ document.querySelector({quoted}).select(); return true }})()"
        ))
        .await;
        if text.is_empty() {
            field.press_key("Backspace").await.unwrap();
        } else {
            let text = InsertTextParams::new(text);
            self.page.execute(text).await.unwrap();
        }
    }

    pub async fn enter(&self, selector: &str) {
        let field = self.find(selector).await;
        field.press_key("Enter").await.unwrap();
    }

    /// Chooses from a list by what it says.
    pub async fn choose(&self, selector: &str, words: &str) {
        self.find(selector).await;
        let (selector, words) = (
            serde_json::to_string(selector).unwrap(),
            serde_json::to_string(words).unwrap(),
        );
        self.until(&format!(
            "(() => {{
                const list = document.querySelector({selector});
                const option = [...list.options].find(o => o.text == {words});
                if (option) list.value = option.value;
                list.dispatchEvent(new Event('change', {{ bubbles: true }}));
                return Boolean(option);
            }})()"
        ))
        .await;
    }

    pub async fn sign_in(&self, person: &Person) {
        self.go("/sign-in").await;
        self.type_into("#email", &person.email).await;
        self.type_into("#password", PASSWORD).await;
        self.enter("#password").await;
        self.is_at("/").await;
    }

    /// How wide the window is, and whether its owner likes it dark.
    pub async fn look(&self, width: i64, dark: bool) {
        let metrics = SetDeviceMetricsOverrideParams::builder()
            .width(width)
            .height(900)
            .device_scale_factor(1.0)
            .mobile(width < 600)
            .build()
            .unwrap();
        self.page.execute(metrics).await.unwrap();
        let scheme = if dark { "dark" } else { "light" };
        let features = [
            ("prefers-color-scheme", scheme),
            ("prefers-reduced-motion", "reduce"),
        ];
        let features = features.map(|(name, value)| {
            let feature = MediaFeature::builder().name(name).value(value);
            feature.build().unwrap()
        });
        self.page
            .emulate_media_features(features.to_vec())
            .await
            .unwrap();
        self.until(&format!(
            "innerWidth == {width} && document.getAnimations().length == 0"
        ))
        .await;
    }

    /// A picture of what the window shows, in `docs/images`.
    pub async fn view(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/images");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        let shown = ScreenshotParams::builder().build();
        self.page.save_screenshot(shown, path).await.unwrap();
    }

    /// A picture of the whole page, in `target/screenshots`.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let whole = ScreenshotParams::builder().full_page(true).build();
        let path = folder.join(format!("{name}.png"));
        self.page.save_screenshot(whole, path).await.unwrap();
    }
}

async fn listen(page: &Page, problems: &Arc<Mutex<Vec<String>>>) {
    page.enable_log().await.unwrap();
    page.enable_runtime().await.unwrap();
    let mut entries = page.event_listener::<EventEntryAdded>().await.unwrap();
    let kept = Arc::clone(problems);
    tokio::spawn(async move {
        while let Some(event) = entries.next().await {
            let entry = &event.entry;
            // A form that comes back with its mistakes is a page like any other; and over plain
            // HTTP a header that does nothing there is none the worse for it.
            let is_fine = [
                "status of 422",
                "Cross-Origin-Opener-Policy header has been ignored",
            ]
            .iter()
            .any(|known| entry.text.contains(known));
            if is_fine {
                continue;
            }
            if matches!(entry.level, LogEntryLevel::Error | LogEntryLevel::Warning) {
                let place = entry.url.clone().unwrap_or_default();
                kept.lock().push(format!("{} {place}", entry.text));
            }
        }
    });
    let mut said = page
        .event_listener::<EventConsoleApiCalled>()
        .await
        .unwrap();
    let kept = Arc::clone(problems);
    tokio::spawn(async move {
        while let Some(event) = said.next().await {
            let is_bad = [
                ConsoleApiCalledType::Error,
                ConsoleApiCalledType::Warning,
                ConsoleApiCalledType::Assert,
            ]
            .contains(&event.r#type);
            if is_bad {
                kept.lock().push(format!("{:?}", event.args));
            }
        }
    });
    let mut thrown = page.event_listener::<EventExceptionThrown>().await.unwrap();
    let kept = Arc::clone(problems);
    tokio::spawn(async move {
        while let Some(event) = thrown.next().await {
            let details = &event.exception_details;
            kept.lock()
                .push(format!("{} {:?}", details.text, details.exception));
        }
    });
}
