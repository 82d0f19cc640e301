//! The program as a process: started, listened to, signalled, killed.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use mailapp::clock::{Clock as _, SystemClock};
use mailapp::domain::Millis;
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use crate::installation::Installation;

/// Longer than this nothing may take that is waited for.
const PATIENCE: Millis = 60_000;

pub struct Program {
    child: Child,
    lines: Receiver<String>,
    said: String,
    started: SystemClock,
}

fn pass_on(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { return };
            if to
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
        }
    });
}

impl Program {
    /// Starts it on an installation, with these arguments and variables and no others of ours.
    pub fn start(
        installation: &Installation,
        arguments: &[&str],
        variables: &[(String, String)],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailapp"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAILAPP_")) {
            command.env_remove(name);
        }
        command.env_remove("CACHE_DIRECTORY");
        let mut child = command
            .env("XDG_CACHE_HOME", installation.folder().join("caches"))
            .current_dir(installation.folder())
            .args(["--lang", "en", "--data"])
            .arg(installation.data())
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, lines) = mpsc::channel();
        pass_on(child.stdout.take().unwrap(), to.clone());
        pass_on(child.stderr.take().unwrap(), to);
        Self {
            child,
            lines,
            said: String::new(),
            started: SystemClock::default(),
        }
    }

    /// Milliseconds since it was started.
    pub fn age(&self) -> Millis {
        self.started.steady()
    }

    /// Everything that it has said so far, on both outputs.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Listens for a moment. `false` once it has ended.
    pub fn listen(&mut self, span: Millis) -> bool {
        let span = Duration::from_millis(u64::try_from(span).unwrap_or(0));
        match self.lines.recv_timeout(span) {
            Ok(line) => {
                self.said.push_str(&line);
                self.said.push('\n');
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Listens until it is so, or until the program has ended: `false`.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&str) -> bool) -> bool {
        let begun = self.age();
        loop {
            if is_so(&self.said) {
                return true;
            }
            if !self.listen(10) {
                return is_so(&self.said);
            }
            let waited = self.age() - begun;
            assert!(
                waited < PATIENCE,
                "waited in vain until {what}; it said: {}",
                self.said
            );
        }
    }

    /// Waits until a server says that it runs. Before that, a signal simply ends it.
    pub fn is_ready(&mut self) -> bool {
        self.until("it is ready", |said| said.contains("is running:"))
    }

    pub fn signal(&self, signal: Signal) {
        // It may have ended by itself.
        let _ended = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Listens until it ends.
    pub fn end(&mut self) -> Ended {
        let begun = self.age();
        while self.listen(100) {
            let waited = self.age() - begun;
            assert!(waited < PATIENCE, "it does not end; it said: {}", self.said);
        }
        let status = self.child.wait().unwrap();
        Ended {
            status,
            after: self.age() - begun,
        }
    }

    /// SIGKILL from outside. `false` where it had ended by itself.
    pub fn kill(&mut self) -> bool {
        self.signal(Signal::KILL);
        self.end().was_killed()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a process ended, and how long that was waited for.
pub struct Ended {
    status: ExitStatus,
    pub after: Millis,
}

impl Ended {
    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(Signal::KILL.as_raw())
    }

    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}
