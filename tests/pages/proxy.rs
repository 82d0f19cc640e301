//! Behind a caching proxy that others wrote (nginx, of Debian's package), two people never get
//! anything of each other's.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use tempfile::TempDir;

use crate::web_support::{Browser, PATIENCE, Site, read};

const NGINX: &str = "/usr/sbin/nginx";

/// Stopped when the test ends, however it ends.
struct Proxy {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Proxy {
    /// Keeps whatever it is not told to leave alone, for everybody who asks for the same address.
    async fn before(site: &Site) -> Self {
        assert!(
            Path::new(NGINX).exists(),
            "{NGINX} is missing: install Debian's package nginx (apt-get install nginx)"
        );
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let mut settings = std::fs::File::create(folder.path().join("nginx.conf")).unwrap();
        write!(
            settings,
            "daemon off; master_process off; pid {at}/pid; error_log {at}/errors;
             events {{ worker_connections 64; }}
             http {{
                 access_log off;
                 client_body_temp_path {at}/body; proxy_temp_path {at}/temp;
                 fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;
                 proxy_cache_path {at}/kept keys_zone=all:1m;
                 server {{
                     listen 127.0.0.1:{port};
                     location / {{
                         proxy_pass {};
                         proxy_http_version 1.1;
                         proxy_set_header Host $http_host;
                         proxy_cache all;
                         proxy_cache_key $request_uri;
                         proxy_cache_valid any 10m;
                         proxy_cache_revalidate on;
                         add_header X-Kept $upstream_cache_status always;
                     }}
                 }}
             }}",
            site.url
        )
        .unwrap();
        let process = Command::new(NGINX)
            .arg("-e")
            .arg(folder.path().join("errors"))
            .arg("-c")
            .arg(folder.path().join("nginx.conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
            _folder: folder,
        };
        let listens = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, listens).await.unwrap();
        proxy
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_one_user_reaches_another_through_a_proxy_that_keeps_what_it_can() {
    let site = Site::start().await;
    let proxy = Proxy::before(&site).await;
    let (anna, boris) = (
        site.user("anna@example.ru").await,
        site.user("boris@example.ru").await,
    );
    site.recipient(&anna, "maria@example.ru", "Тайна Анны")
        .await;
    site.recipient(&boris, "petr@example.ru", "Тайна Бориса")
        .await;
    let hers = Browser::new(&proxy.url, "ru");
    hers.sign_in(&anna).await;
    let his = Browser::new(&proxy.url, "ru");
    his.sign_in(&boris).await;
    let stranger = Browser::new(&proxy.url, "ru");
    for path in [
        "/recipients",
        "/recipients?q=Тайна",
        "/messages",
        "/mailings",
        "/account",
        "/account/sessions",
        "/recipients/new",
        "/recipients/1",
        "/recipients/2",
        "/nowhere",
    ] {
        for _ in 0..3 {
            for (browser, own, other) in [
                (&hers, "Анны", ["Бориса", "boris@", "petr@"]),
                (&his, "Бориса", ["Анны", "anna@", "maria@"]),
            ] {
                let page = browser.get(path).await;
                assert_ne!(page.header("x-kept"), "HIT", "{path}");
                for words in other {
                    assert!(!page.html.contains(words), "{path} has {words} for {own}");
                }
                if path.starts_with("/recipients?") {
                    assert!(page.html.contains(own), "{path}");
                }
            }
            let page = stranger.get(path).await;
            for words in ["Тайна ", "anna@", "boris@", "maria@", "petr@"] {
                assert!(
                    !page.html.contains(words),
                    "{path} has {words} for a stranger"
                );
            }
        }
    }
    // Such a proxy asks for the whole page, whatever the browser has: everybody gets their own.
    let page = hers.get("/recipients").await.is(200);
    let tag = page.header("etag").to_owned();
    let again = async |browser: &Browser| {
        let request = browser.request(Method::GET, "/recipients");
        read(request.header(IF_NONE_MATCH, &tag).send().await.unwrap()).await
    };
    drop(again(&hers).await.is(200).says("Тайна Анны"));
    drop(again(&his).await.is(200).says("Тайна Бориса"));
    assert_eq!(again(&stranger).await.status, 303);
    // Signed out, there is nothing left for whoever comes next with the same browser.
    let token = hers.token().await;
    let fields = [("csrf".to_owned(), token)];
    assert_eq!(hers.post("/sign-out", &fields).await.location(), "/sign-in");
    assert_eq!(again(&hers).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_keeps_assets_and_gives_each_browser_what_it_can_read() {
    let site = Site::start().await;
    let proxy = Proxy::before(&site).await;
    let browser = Browser::new(&proxy.url, "ru");
    let page = browser.get("/sign-in").await.is(200);
    let tags = page.tags();
    let asset = tags
        .iter()
        .find_map(|tag| tag.get("href").filter(|href| href.contains("/app.")));
    let fetch = async |accepted: &str| {
        let request = browser.request(Method::GET, asset.unwrap());
        let answer = request
            .header(ACCEPT_ENCODING, accepted)
            .send()
            .await
            .unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        (header("x-kept"), header("content-encoding"))
    };
    let own = |text: &str| text.to_owned();
    assert_eq!(fetch("br").await, (own("MISS"), own("br")));
    // What has been answered is kept a moment later.
    let mut again = fetch("br").await;
    for _ in 0..1_000 {
        if again.0 == "HIT" {
            break;
        }
        again = fetch("br").await;
    }
    assert_eq!(again, (own("HIT"), own("br")));
    assert_eq!(
        fetch("gzip").await.1,
        "gzip",
        "not what was kept for another"
    );
    assert_eq!(fetch("identity").await.1, "");
}
