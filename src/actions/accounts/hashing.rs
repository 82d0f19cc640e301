//! Passwords to PHC strings and back, on two threads of their own: argon2 takes 19 MiB each time,
//! and what a thread has taken it keeps, so that work spread over many threads would keep hundreds.

use std::sync::{Arc, LazyLock, mpsc};
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parking_lot::Mutex;
use rand::RngExt as _;
use subtle::ConstantTimeEq as _;
use tokio::sync::oneshot;

use crate::store::StoreError;

/// Verified against when there is no such account, so that the answer takes as long. A test holds
/// that its parameters are the ones in use.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz\
                      $q0uJ3rS2bqH1cVYw7i2mQm9q0g6m8n1uJ7yWlq3o0Yk";

/// Passwords that are hashed at once.
const THREADS: usize = 2;

/// What a thread works in. It is taken once: fresh memory is slower than memory that was used, and
/// an answer must not tell by its time which thread gave it.
type Memory = Vec<Block>;
type Job = Box<dyn FnOnce(&mut Memory) + Send>;

static QUEUE: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| {
    let (queue, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..THREADS {
        let jobs = Arc::clone(&jobs);
        let thread = thread::Builder::new().name("hashing".to_owned());
        if let Err(error) = thread.spawn(move || work(&jobs)) {
            tracing::error!(%error, "no thread for passwords");
        }
    }
    queue
});

fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    let mut memory = vec![Block::new(); Params::DEFAULT.block_count()];
    loop {
        let job = jobs.lock().recv();
        match job {
            Ok(job) => job(&mut memory),
            Err(_) => return,
        }
    }
}

/// Octets of a new salt and of a new hash (RFC 9106 §3.1).
const SALT: usize = 16;
const OUTPUT: usize = 32;

fn compute(
    password: &str,
    salt: &[u8],
    params: Params,
    length: usize,
    memory: &mut Memory,
) -> Option<Vec<u8>> {
    let mut output = vec![0; length];
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::new());
    }
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, memory)
        .ok()?;
    Some(output)
}

/// A PHC string.
fn hash_now(password: &str, memory: &mut Memory) -> Option<String> {
    let salt: [u8; SALT] = rand::rng().random();
    let params = Params::DEFAULT;
    let costs = format!(
        "m={},t={},p={}",
        params.m_cost(),
        params.t_cost(),
        params.p_cost()
    );
    let output = compute(password, &salt, params, OUTPUT, memory)?;
    let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
    Some(format!("$argon2id$v=19${costs}${salt}${output}"))
}

fn matches_now(password: &str, hash: &str, memory: &mut Memory) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else {
        return false;
    };
    let is_ours = parsed.algorithm.as_str() == "argon2id" && parsed.version == Some(19);
    let (Ok(params), Some(salt), Some(known), true) =
        (Params::try_from(&parsed), parsed.salt, parsed.hash, is_ours)
    else {
        return false;
    };
    compute(password, salt.as_ref(), params, known.len(), memory)
        .is_some_and(|output| output.ct_eq(known.as_bytes()).into())
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> Result<T, StoreError> {
    let (reply, answer) = oneshot::channel();
    let job = Box::new(move |memory: &mut Memory| {
        // Whoever has gone away needs no answer.
        if !reply.is_closed() {
            drop(reply.send(work(memory)));
        }
    });
    if QUEUE.send(job).is_err() {
        return Err(StoreError::Interrupted);
    }
    answer.await.map_err(|_| StoreError::Interrupted)
}

/// argon2id with OWASP's parameters (m = 19 MiB, t = 2, p = 1).
pub(in crate::actions) async fn hash(password: String) -> Result<String, StoreError> {
    on_a_thread(move |memory| hash_now(&password, memory))
        .await?
        .ok_or(StoreError::Interrupted)
}

/// Whether `password` is the one behind `hash`; without a hash it takes as long and says no.
pub(in crate::actions) async fn verify(
    password: String,
    hash: Option<String>,
) -> Result<bool, StoreError> {
    on_a_thread(move |memory| {
        let matches = matches_now(&password, hash.as_deref().unwrap_or(NOBODY), memory);
        matches && hash.is_some()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier as _;

    #[test]
    fn a_password_is_found_behind_its_own_hash_only() {
        let memory = &mut Memory::new();
        let hash = hash_now("seven grey herons", memory).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(matches_now("seven grey herons", &hash, memory));
        assert!(!matches_now("seven grey heron", &hash, memory));
        assert!(!matches_now("seven grey herons", "no hash", memory));
        // What argon2 itself makes of it is the same.
        let parsed = PasswordHash::new(&hash).unwrap();
        let verified = Argon2::default().verify_password(b"seven grey herons", &parsed);
        assert!(verified.is_ok());
    }

    #[test]
    fn nobodys_hash_costs_what_everybodys_does() {
        let known = hash_now("x", &mut Memory::new()).unwrap();
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let known = PasswordHash::new(&known).unwrap();
        assert_eq!(known.params.to_string(), nobody.params.to_string());
        assert_eq!(
            known.hash.map(|hash| hash.len()),
            nobody.hash.map(|hash| hash.len())
        );
    }
}
