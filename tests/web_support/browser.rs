//! A browser without scripts: cookies, forms, and the headers by which a browser says where a
//! request comes from. It does not follow redirects by itself, so that tests see them.

use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, SET_COOKIE,
    USER_AGENT,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};

use super::form::Form;
use super::html::Page;
use super::{PASSWORD, Person};

pub struct Browser {
    client: Client,
    site: String,
}

impl Browser {
    pub fn new(site: &str, language: &'static str) -> Self {
        Self::with_headers(
            site,
            [(ACCEPT_LANGUAGE, HeaderValue::from_static(language))],
        )
    }

    /// Always sends the cookies that `answer` has set.
    pub fn with_cookies(site: &str, answer: &Page) -> Self {
        let cookies: Vec<&str> = answer
            .headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().unwrap().split(';').next())
            .collect();
        Self::with_headers(site, [(COOKIE, cookies.join("; ").parse().unwrap())])
    }

    fn with_headers<const N: usize>(site: &str, more: [(HeaderName, HeaderValue); N]) -> Self {
        let mut headers = HeaderMap::from_iter([
            (
                ACCEPT,
                HeaderValue::from_static("text/html,application/xhtml+xml"),
            ),
            (
                USER_AGENT,
                HeaderValue::from_static("a browser of the tests"),
            ),
        ]);
        headers.extend(more);
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            // A form that is refused before it was read ends its connection.
            .pool_max_idle_per_host(0)
            .default_headers(headers)
            .build()
            .unwrap();
        Self {
            client,
            site: site.to_owned(),
        }
    }

    /// A request with nothing but the cookies: where it comes from is not said.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.site))
    }

    pub async fn get(&self, path: &str) -> Page {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// Fields as a page of this site sends them.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Page {
        let request = self
            .request(Method::POST, path)
            .header(ORIGIN, &self.site)
            .header("Sec-Fetch-Site", "same-origin")
            .header("Sec-Fetch-Mode", "navigate")
            .form(fields);
        read(request.send().await.unwrap()).await
    }

    /// Presses a form's button.
    pub async fn send(&self, form: Form) -> Page {
        self.post(&form.action, &form.fields).await
    }

    /// Presses the button of a form with a file in it; without a name no file was chosen.
    pub async fn send_file(&self, form: &Form, name: &str, octets: &[u8]) -> Page {
        let request = self.upload(form, name, octets);
        let request = request.header("Sec-Fetch-Site", "same-origin");
        read(request.send().await.unwrap()).await
    }

    /// The same, not sent yet.
    pub fn upload(&self, form: &Form, name: &str, octets: &[u8]) -> RequestBuilder {
        const BOUNDARY: &str = "----WebKitFormBoundaryOfTheTests";
        let mut body = Vec::new();
        for (field, value) in &form.fields {
            // An empty field for a file is sent as one.
            let value = if field == "file" {
                continue;
            } else {
                value.replace("\r\n", "\n").replace('\n', "\r\n")
            };
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"");
            body.extend_from_slice(format!("{head}\r\n\r\n{value}\r\n").as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\""
        );
        body.extend_from_slice(format!("{head}\r\nContent-Type: text/csv\r\n\r\n").as_bytes());
        body.extend_from_slice(octets);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        self.request(Method::POST, &form.action)
            .header(ORIGIN, &self.site)
            .header(
                "Content-Type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(body)
    }

    /// Sends a request that was built by hand.
    pub async fn execute(&self, request: reqwest::Request) -> Page {
        read(self.client.execute(request).await.unwrap()).await
    }

    /// Opens a page, types into its form for `action`, and sends it.
    pub async fn submit(&self, path: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = self.get(path).await.is(200).form(action);
        for (name, value) in fields {
            form = form.with(name, value);
        }
        self.send(form).await
    }

    /// Goes where an answer sends.
    pub async fn follow(&self, page: &Page) -> Page {
        self.get(page.location()).await
    }

    /// Sends a form and goes where the answer sends.
    pub async fn submit_and_follow(
        &self,
        path: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let answer = self.submit(path, action, fields).await;
        self.follow(&answer).await
    }

    pub async fn sign_in(&self, person: &Person) {
        let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
        let answer = self.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.location(), "/");
    }

    /// Sends a form's fields without opening its page, which may not show it any more.
    pub async fn submit_again(&self, action: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token().await;
        let fields: Vec<(String, String)> = fields
            .iter()
            .chain([&("csrf", token.as_str())])
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.post(action, &fields).await
    }

    /// Presses a button that the page may not show (any more), and says yes where it is asked
    /// whether that is still meant.
    pub async fn insist(&self, path: &str, fields: &[(String, String)]) -> Page {
        let page = self.post(path, fields).await;
        if page.status != 409 || !page.actions().iter().any(|action| action == path) {
            return page;
        }
        let Some(version) = page.form(path).value("version").map(str::to_owned) else {
            return page;
        };
        let mut fields = fields.to_vec();
        fields.retain(|(name, _)| name != "version");
        fields.push(("version".to_owned(), version));
        self.post(path, &fields).await
    }

    pub async fn sign_out_and_in(&self, person: &Person) {
        let answer = self.submit("/mailings", "/sign-out", &[]).await;
        assert_eq!(answer.location(), "/sign-in");
        self.sign_in(person).await;
    }

    /// The token that this browser's forms carry.
    pub async fn token(&self) -> String {
        let page = self.get("/recipients/new").await;
        let page = if page.status == 200 {
            page
        } else {
            self.get("/sign-in").await
        };
        let forms = page.actions();
        page.form(&forms[0]).value("csrf").unwrap().to_owned()
    }
}

pub async fn read(response: Response) -> Page {
    Page {
        url: response.url().path().to_owned(),
        status: response.status(),
        headers: response.headers().clone(),
        html: response.text().await.unwrap(),
    }
}
