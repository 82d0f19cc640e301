//! The README's pictures, taken of the demo: `just pictures`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::window::Window;

/// What the demo says of itself: its address, and a user's email and password.
fn first_user(lines: impl Iterator<Item = String>) -> (String, String, String) {
    let mut site = String::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [.., url] if url.starts_with("http://") => url.clone_into(&mut site),
            [email, password, "user"] => return (site, email.to_owned(), password.to_owned()),
            _ => {}
        }
    }
    panic!("the demo says nothing of its users")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/images"]
async fn the_readmes_pictures() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_mailapp"))
        .args(["--lang", "en", "demo", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(demo.stdout.take().unwrap());
    let (site, email, password) = first_user(said.lines().map(Result::unwrap));
    let window = Window::open(&site).await;
    window.look(1280, false).await;
    window.go("/sign-in").await;
    // The browser's own language is Russian.
    window.click(".plain-foot button").await;
    window.sees("Forgot your password?").await;
    window.type_into("#email", &email).await;
    window.type_into("#password", &password).await;
    window.enter("#password").await;
    window.is_at("/").await;
    window.view("overview").await;
    window.go("/mailings").await;
    window.press("Try sending this one").await;
    window.press("Send now").await;
    window.sees("The mail server's last replies").await;
    window.view("mailing").await;
    demo.kill().unwrap();
    demo.wait().unwrap();
}
