//! `mailapp demo`, as large as one likes.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;

/// Ends with the test, however that ends.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_demo_of_a_crowd_is_a_whole_installation() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let mut demo = Demo(
        Command::new(env!("CARGO_BIN_EXE_mailapp"))
            .args(["demo", "--lang", "en", "--port", "0", "--data"])
            .arg(&data)
            .args(["--recipients", "3000", "--attempts", "7000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    let told: Vec<String> = lines
        .by_ref()
        .take_while(|line| !line.contains("http://"))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for (line, words) in told.iter().zip(["3000 in", "3240 in", "7000 in"]) {
        assert!(line.contains(words) && line.contains("a second"), "{line}");
    }
    // Who can sign in, in columns.
    let rows: Vec<String> = lines.skip(1).take(3).collect();
    for word in 1..3 {
        let column = |row: &String| {
            let words: Vec<&str> = row.split_whitespace().collect();
            assert_eq!(words.len(), 3, "{row}");
            row.rfind(words[word]).unwrap()
        };
        let columns: Vec<usize> = rows.iter().map(column).collect();
        assert_eq!(columns, [columns[0]; 3], "{rows:#?}");
    }
    let c = Connection::open(data.join("mailapp.db")).unwrap();
    let count = |sql: &str| c.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        count("SELECT recipients_count FROM users WHERE id = 1"),
        3_240
    );
    assert_eq!(
        count("SELECT count(*) FROM recipients WHERE owner_id = 1"),
        3_240
    );
    // Those who came in bulk are found like the others, and so is whoever comes after them.
    let found = "SELECT count(*) FROM recipients_search f WHERE f.text MATCH '\"example.ru\"'";
    let told = "SELECT count(*) FROM recipients WHERE instr(search_text, 'example.ru') > 0";
    assert_eq!(count(found), count(told));
    let kept = "SELECT count(*) FROM sqlite_schema WHERE name = 'recipients_are_found'";
    assert_eq!(count(kept), 1);
    let runs = "SELECT sum(total) FROM runs r JOIN mailings g ON g.id = r.mailing_id
                WHERE g.title = 'Daily news for everybody'";
    assert_eq!(count(runs), 7_000);
    assert_eq!(
        count("SELECT sum(attempts_accepted + attempts_deferred + attempts_refused) FROM runs"),
        count("SELECT count(*) FROM attempts"),
        "the counters are those of the rows"
    );
    let doctor = Command::new(env!("CARGO_BIN_EXE_mailapp"))
        .args(["doctor", "--lang", "en", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(doctor.status.success(), "{doctor:?}");
    let health: String = c
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(health, "ok");
}
