//! What there is to compare with: the same rows by the same statement, and the same template by a
//! Rocket handler that asks nobody who they are and does nothing else.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rocket::{State, get, routes};
use rocket_dyn_templates::Template;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::client::free_port;

/// As the list of recipients asks.
const SQL: &str = "SELECT r.id, r.owner_id, u.email, r.email, r.email_key, r.name, r.comment,
        s.email_key IS NOT NULL, r.created_at, r.updated_at, r.name_key
 FROM recipients r CROSS JOIN users u ON u.id = r.owner_id
 LEFT JOIN suppressions s ON s.owner_id = r.owner_id AND s.email_key = r.email_key
 WHERE r.owner_id = 1 ORDER BY r.id DESC LIMIT 51";

fn rows(connection: &Connection) -> Vec<Value> {
    let mut statement = connection.prepare_cached(SQL).unwrap();
    let rows = statement.query_map([], |row| {
        Ok(json!({
            "id": row.get::<_, i64>(0)?, "email": row.get::<_, String>(3)?,
            "name": row.get::<_, String>(5)?, "comment": row.get::<_, String>(6)?,
            "state": "active", "added_at": row.get::<_, i64>(8)?, "owner": null,
        }))
    });
    let mut rows: Vec<Value> = rows.unwrap().map(Result::unwrap).collect();
    rows.truncate(50);
    rows
}

fn open(folder: &Path) -> Connection {
    Connection::open(folder.join("mailapp.db")).unwrap()
}

/// The statement alone, so many times.
pub fn statement(folder: &Path, times: usize) -> Vec<Duration> {
    let connection = open(folder);
    (0..times)
        .map(|_| {
            let started = Instant::now();
            assert!(!rows(&connection).is_empty());
            started.elapsed()
        })
        .collect()
}

type Connections = Arc<Mutex<Vec<Connection>>>;

#[get("/recipients")]
async fn handler(connections: &State<Connections>, folder: &State<std::path::PathBuf>) -> Template {
    let (connections, folder) = (Arc::clone(connections), folder.inner().clone());
    let rows = rocket::tokio::task::spawn_blocking(move || {
        let kept = connections.lock().unwrap().pop();
        let connection = kept.unwrap_or_else(|| open(&folder));
        let rows = rows(&connection);
        connections.lock().unwrap().push(connection);
        rows
    });
    let head = json!({ "href": "/recipients?sort=email", "way": "" });
    let page = json!({
        "rows": rows.await.unwrap(), "total": 1_000_000, "found": null, "q": "", "sort": "",
        "heads": { "added": head, "email": head, "name": head },
        "pages": { "first": null, "prev": null, "next": "/recipients?after=1",
                   "last": "/recipients?last=yes" },
        "mine": true, "of": "", "owner": null, "whose": [],
        "files": { "plain": "/recipients.csv", "excel": "/recipients.csv?bom=1&sep=%3B" },
    });
    let lay = json!({
        "theme": null, "user": { "email": "anna@company.example", "name": "", "manager": false },
        "csrf": "x", "section": "recipients", "path": "/recipients", "notice": null,
        "capture": false, "relay": null, "trouble": null, "foreign": false, "counts": { "running": 1, "recipients": 1_000_000 },
        "other": { "code": "ru", "name": "Русский" },
    });
    let context = json!({ "lang": "en", "zone": "UTC", "now": 0, "lay": lay, "page": page });
    Template::render("recipients/index.html", context)
}

/// Serves that page until it is killed.
pub fn serve(folder: &Path) {
    let port: u16 = std::env::var("MAILAPP_BENCH_PORT")
        .unwrap()
        .parse()
        .unwrap();
    let config = rocket::Config {
        port,
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::release_default()
    };
    let figment = rocket::figment::Figment::from(config)
        .merge(("template_dir", "/dev/null"))
        .merge((
            "secret_key",
            [7_u8; 32].map(|byte| format!("{byte:02x}")).concat(),
        ));
    let server = rocket::custom(figment)
        .manage(Connections::default())
        .manage(folder.to_owned())
        .attach(mailapp::web::http::templates::fairing())
        .mount("/", routes![handler]);
    drop(rocket::execute(server.launch()).unwrap());
}

/// The same in a process of its own.
pub struct Reference {
    child: Child,
    port: u16,
}

impl Drop for Reference {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Reference {
    pub fn start(folder: &Path) -> Self {
        let port = free_port();
        let child = Command::new(std::env::current_exe().unwrap())
            .env("MAILAPP_BENCH_REFERENCE", folder)
            .env("MAILAPP_BENCH_PORT", port.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
        Self { child, port }
    }

    pub const fn port(&self) -> u16 {
        self.port
    }
}
