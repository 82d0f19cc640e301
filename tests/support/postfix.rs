//! A real Postfix, run from a folder of the test's own: its `smtpd` on loopback with PIPELINING,
//! CHUNKING and STARTTLS, delivering to a Maildir for each recipient. Needs root and Debian's package
//! `postfix`; no configuration of the system is read or changed.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::smtp::Identity;
use super::until;

/// Where distributions keep its daemons.
const DAEMONS: [&str; 3] = [
    "/usr/lib/postfix/sbin",
    "/usr/libexec/postfix",
    "/usr/lib/postfix",
];

const SERVICES: &str = "cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// Stopped when the test ends, however it ends.
pub struct Postfix {
    pub port: u16,
    folder: TempDir,
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Postfix {
    /// Whether it can run here: as root only. In CI it must.
    pub fn can_run() -> bool {
        if rustix::process::geteuid().is_root() {
            return true;
        }
        assert!(
            std::env::var_os("CI").is_none(),
            "Postfix can be run by root only, and in CI it is not left out"
        );
        let said = "LEFT OUT: Postfix can be run by root only\n";
        drop(std::io::stderr().write_all(said.as_bytes()));
        false
    }

    /// Takes mail for these addresses of example.ru, over STARTTLS alone.
    pub async fn start(identity: &Identity, addresses: impl Iterator<Item = String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let postfix = Self { port, folder };
        postfix.configure(identity, addresses);
        postfix.start_again().await;
        postfix
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, identity: &Identity, addresses: impl Iterator<Item = String>) {
        let root = self.folder.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "queue", "lib", "mail", "log"] {
            fs::create_dir(self.path(name)).unwrap();
        }
        let (postfix, nobody) = (id_of("postfix"), id_of("nobody"));
        chown(self.path("lib"), Some(postfix), None).unwrap();
        chown(self.path("mail"), Some(nobody), None).unwrap();
        let [certificate, key] = identity.files(&self.path("etc"));
        let daemons = DAEMONS
            .into_iter()
            .find(|folder| Path::new(folder).join("smtpd").exists())
            .expect("Postfix is missing: install Debian's package postfix");
        let boxes: Vec<String> = addresses
            .map(|address| format!("{address} {address}/\n"))
            .collect();
        fs::write(self.path("etc/boxes"), boxes.concat()).unwrap();
        let root = root.display();
        let main = format!(
            "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/lib
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.ru
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}
virtual_mailbox_domains = example.ru
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = texthash:{root}/etc/boxes
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {}
smtpd_tls_key_file = {}
smtpd_tls_loglevel = 1
",
            certificate.display(),
            key.display()
        );
        fs::write(self.path("etc/main.cf"), main).unwrap();
        let master = format!("127.0.0.1:{} inet n - n - - smtpd\n{SERVICES}", self.port);
        fs::write(self.path("etc/master.cf"), master).unwrap();
    }

    fn control(&self, verb: &str) {
        let done = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.path("etc"))
            .arg(verb)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        drop(done);
    }

    pub async fn start_again(&self) {
        self.control("start");
        until("Postfix listens", async || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
                .ok()
                .map(drop)
        })
        .await;
    }

    /// Its processes are gone when this returns; what they were doing is cut off.
    pub fn stop(&self) {
        self.control("stop");
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log/mail.log")).unwrap_or_default()
    }

    /// The sum of a counter in the lines that it writes when a client goes: `bdat=4 quit=1`.
    pub fn commands(&self, verb: &str) -> usize {
        let log = self.log();
        let lines = log.lines().filter(|line| line.contains("disconnect from"));
        lines
            .flat_map(|line| line.split(' '))
            .filter_map(|word| word.strip_prefix(verb)?.strip_prefix('='))
            // "bdat=3/4": three of four were taken.
            .filter_map(|count| count.split('/').next_back()?.parse::<usize>().ok())
            .sum()
    }

    /// The mails that lie in somebody's Maildir.
    pub fn mails(&self, address: &str) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.path("mail").join(address).join("new")) else {
            return Vec::new();
        };
        folder
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect()
    }
}

/// The number of one of the system's users.
fn id_of(user: &str) -> u32 {
    let known = fs::read_to_string("/etc/passwd").unwrap();
    let fields = known
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields[0] == user);
    let fields = fields.unwrap_or_else(|| panic!("there is no user {user}: install postfix"));
    fields[2].parse().unwrap()
}
