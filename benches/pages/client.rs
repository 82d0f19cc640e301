//! A browser of few needs: one connection that stays open.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// A page that is asked for.
#[derive(Clone)]
pub struct Visit {
    pub path: String,
    cookie: String,
    tag: Option<String>,
}

impl Visit {
    pub fn new(path: String, cookie: &str) -> Self {
        Self {
            path,
            cookie: cookie.to_owned(),
            tag: None,
        }
    }

    pub fn if_none_match(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }
}

pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    fn cookie(&self, name: &str) -> Option<String> {
        let start = format!("{name}=");
        let is_it = |(known, value): &&(String, String)| {
            known.eq_ignore_ascii_case("set-cookie") && value.starts_with(&start)
        };
        let (_, value) = self.headers.iter().find(is_it)?;
        value.split(';').next().map(str::to_owned)
    }

    /// Where a link with this `rel` leads.
    pub fn link(&self, rel: &str) -> Option<String> {
        let rest = self.text.split_once(&format!("rel=\"{rel}\" href=\""))?.1;
        let href = rest.split_once('"')?.0;
        Some(href.replace("&#x2f;", "/").replace("&amp;", "&"))
    }

    /// The columns by which the list of the page may be sorted.
    pub fn columns(&self) -> BTreeSet<String> {
        self.text
            .split("sort=")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '&', '#']).next())
            .map(|order| order.trim_start_matches('-').to_owned())
            .filter(|column| !column.is_empty())
            .collect()
    }

    /// What every form of the page carries.
    pub fn token(&self) -> String {
        let rest = self.text.split_once("name=\"csrf\" value=\"").unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    }
}

pub struct Client {
    stream: BufReader<TcpStream>,
    port: u16,
}

impl Client {
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
            port,
        }
    }

    pub fn get(&mut self, visit: &Visit) -> Answer {
        let mut head = format!(
            "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: text/html\r\nCookie: {}\r\n",
            visit.path, self.port, visit.cookie
        );
        if let Some(tag) = &visit.tag {
            write!(head, "If-None-Match: {tag}\r\n").unwrap();
        }
        head.push_str("\r\n");
        self.send(&head)
    }

    pub fn post(&mut self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .collect();
        let body = pairs.join("&");
        let (port, length) = (self.port, body.len());
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\
             Origin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// Signs in, and returns the cookie of the session.
    pub fn sign_in(&mut self, (email, password): (&str, &str)) -> String {
        let form = self.get(&Visit::new("/sign-in".to_owned(), ""));
        let visit = form.cookie("visit").unwrap();
        let token = form.token();
        let fields = [
            ("csrf", token.as_str()),
            ("email", email),
            ("password", password),
        ];
        self.post("/sign-in", &visit, &fields)
            .cookie("session")
            .unwrap()
    }

    fn send(&mut self, request: &str) -> Answer {
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            text: String::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |text| text.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        answer.text = String::from_utf8_lossy(&body).into_owned();
        answer
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// For an address or a form.
pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}
