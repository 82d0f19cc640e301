//! The one writer: a thread that runs jobs in shared transactions, so that one fsync serves all
//! that wait.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::oneshot;

use super::db::disk::Disk;
use super::db::health::Health;
use super::db::open::Patience;
use super::db::stopwatch::Stopwatch;
use super::db::trouble::Trouble;
use super::delivery::tally::{Journal, Tally};
use super::delivery::tries;
use super::delivery::tries::Entry;
use super::write_request::{AnswerSender, Answers, Claimed, JournalRequest, Task, WriteRequest};
use super::{JobError, StoreError};
use crate::domain::Millis;
use crate::failpoint;

pub(super) struct Writer {
    /// Connections that send, and write what comes of it.
    senders: Arc<AtomicUsize>,
    answer_sender: AnswerSender,
    queue: Option<mpsc::Sender<WriteRequest>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, health: Arc<Health>) -> Self {
        let (queue, requests) = mpsc::channel();
        let senders = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&senders);
        let answer_sender = AnswerSender::default();
        let carrying = answer_sender.clone();
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work(&connection, &requests, &health, &counted, &carrying))
            .ok();
        Self {
            senders,
            answer_sender,
            queue: Some(queue),
            thread,
        }
    }

    /// So many connections send on this runtime, each of which waits for its own entries.
    pub(super) fn serve(&self, senders: usize) {
        self.senders.store(senders, Ordering::Relaxed);
        self.answer_sender.settle_here();
    }

    /// Runs a job that leaves its neighbours alone if it fails.
    pub(super) async fn write<T, E>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task {
            job: Some(job),
            outcome: None,
            waits: Stopwatch::start(),
            reply,
        };
        self.submit(WriteRequest::Job(Box::new(task)), answer).await
    }

    /// Writes an entry of the journal. Its failure is its whole group's.
    pub(super) async fn journal(
        &self,
        entry: Entry,
        now: impl Fn() -> Millis + Send + 'static,
    ) -> Claimed {
        let (reply, answer) = oneshot::channel();
        let filed = JournalRequest {
            entry,
            now: Box::new(now),
            claimed: None,
            reply,
        };
        self.submit(WriteRequest::Entry(Box::new(filed)), answer)
            .await
    }

    async fn submit<T, E: JobError>(
        &self,
        request: WriteRequest,
        answer: oneshot::Receiver<Result<T, E>>,
    ) -> Result<T, E> {
        if let Some(queue) = &self.queue
            && queue.send(request).is_ok()
            && let Ok(outcome) = answer.await
        {
            return outcome;
        }
        Err(StoreError::Interrupted.into())
    }
}

impl Drop for Writer {
    /// Waits for what was submitted, so that a process ends with a closed database.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn work(
    connection: &Connection,
    requests: &mpsc::Receiver<WriteRequest>,
    health: &Health,
    senders: &AtomicUsize,
    answer_sender: &AnswerSender,
) {
    let mut disk = Disk::default();
    let mut tally = Tally::default();
    let mut patience = Patience::default();
    while let Ok(first) = requests.recv() {
        let mut group = Group {
            requests: vec![first],
            most: disk.group(senders.load(Ordering::Relaxed)),
            tally: &mut tally,
        };
        let before = connection.total_changes();
        let committed = health
            .check()
            .and_then(|()| group.commit(connection, requests, health, &mut disk))
            .map_err(|error| health.explained(error));
        let is_held = matches!(&committed, Err(error) if error.trouble() == Some(Trouble::Busy));
        patience.after(connection, is_held);
        if committed.is_err() {
            group.tally.forget();
            if !connection.is_autocommit() {
                drop(connection.execute_batch("ROLLBACK"));
            }
        }
        match &committed {
            // Only what did write shows that writing works.
            Ok(Went::Well) if connection.total_changes() > before => health.wrote(false),
            Ok(_) => {}
            Err(error) => {
                if let Some(trouble) = error.trouble() {
                    health.failed(trouble);
                }
            }
        }
        let error = committed.err();
        let mut answers = Answers::new();
        for request in group.requests {
            let error = error.as_ref().map(StoreError::same_again);
            match request {
                WriteRequest::Job(job) => job.answer(error),
                WriteRequest::Entry(filed) => {
                    answers.push((filed.reply, error.map_or(Ok(filed.claimed), Err)));
                }
            }
        }
        answer_sender.deliver(answers);
        failpoint::hit("group-answered");
    }
    if health.is_damaged() {
        // Closing would move the log's pages into the damaged file.
        drop(connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true));
    }
}

/// What shares one transaction.
struct Group<'a> {
    requests: Vec<WriteRequest>,
    /// Most of them.
    most: usize,
    tally: &'a mut Tally,
}

impl Group<'_> {
    /// Runs what there is and everything that arrives meanwhile in one transaction.
    fn commit(
        &mut self,
        connection: &Connection,
        requests: &mpsc::Receiver<WriteRequest>,
        health: &Health,
        disk: &mut Disk,
    ) -> Result<Went, StoreError> {
        let mut went = Went::Well;
        if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
            // Nobody who waits has a better chance, and each would wait as long again.
            self.requests.extend(requests.try_iter());
            return Err(error.into());
        }
        failpoint::hit("group-begun");
        let mut written = 0;
        loop {
            while self.requests.len() < self.most
                && let Ok(request) = requests.try_recv()
            {
                self.requests.push(request);
            }
            if written == self.requests.len() {
                break;
            }
            let entries = self.requests[written..]
                .iter()
                .take_while(|request| matches!(request, WriteRequest::Entry(_)))
                .count();
            if entries > 0 {
                self.write_entries(connection, written..written + entries)?;
                written += entries;
            } else {
                // What it reads must be true, and what it undoes must be its own.
                self.tally.flush(connection)?;
                if self.run_job(connection, written, health)? {
                    went = Went::WithTrouble;
                }
                written += 1;
            }
        }
        self.tally.flush(connection)?;
        failpoint::hit("group-run");
        disk.time(|| execute(connection, "COMMIT"))?;
        failpoint::hit("group-committed");
        Ok(went)
    }

    fn write_entries(
        &mut self,
        connection: &Connection,
        range: Range<usize>,
    ) -> Result<(), StoreError> {
        let mut filed: Vec<&mut JournalRequest> = self.requests[range]
            .iter_mut()
            .filter_map(|request| match request {
                WriteRequest::Entry(filed) => Some(&mut **filed),
                WriteRequest::Job(_) => None,
            })
            .collect();
        let Some(now) = filed.first().map(|filed| (filed.now)()) else {
            return Ok(());
        };
        let entries: Vec<&Entry> = filed.iter().map(|filed| &filed.entry).collect();
        let mut journal = Journal::new(connection, self.tally);
        let claimed = catch_unwind(AssertUnwindSafe(|| {
            tries::write(&mut journal, &entries, now)
        }))
        .unwrap_or(Err(StoreError::Interrupted))?;
        for (filed, claimed) in filed.iter_mut().zip(claimed) {
            filed.claimed = claimed;
        }
        Ok(())
    }

    /// Returns whether the database failed it.
    fn run_job(
        &mut self,
        connection: &Connection,
        index: usize,
        health: &Health,
    ) -> Result<bool, StoreError> {
        let Some(WriteRequest::Job(job)) = self.requests.get_mut(index) else {
            return Ok(false);
        };
        if job.is_too_late() {
            return Ok(false);
        }
        let mut failed = false;
        execute(connection, "SAVEPOINT job")?;
        if let Err(trouble) = job.run(connection) {
            if let Some(trouble) = trouble {
                failed = true;
                health.failed(trouble);
            }
            // A full disk may have rolled everything back already, and a damaged database is not
            // written to.
            if connection.is_autocommit() || health.is_damaged() {
                return Err(broken_off(trouble));
            }
            execute(connection, "ROLLBACK TO job")?;
        }
        execute(connection, "RELEASE job")?;
        Ok(failed)
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// How a group that was committed went.
enum Went {
    Well,
    /// The database failed one of its jobs.
    WithTrouble,
}

/// Why the others of a group failed with one of them.
fn broken_off(trouble: Option<Trouble>) -> StoreError {
    trouble.map_or(StoreError::Interrupted, StoreError::Unusable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::delivery::deliveries::DueDelivery;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER UNIQUE)")
            .unwrap();
        Writer::start(connection, Arc::new(Health::in_memory()))
    }

    fn insert(n: i64) -> impl FnOnce(&Connection) -> Result<(), StoreError> + Send {
        move |connection| {
            connection.execute("INSERT INTO t (n) VALUES (?1)", [n])?;
            Ok(())
        }
    }

    fn count(connection: &Connection) -> Result<i64, StoreError> {
        Ok(connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
    }

    #[tokio::test]
    async fn a_failed_job_leaves_its_neighbours_changes_alone() {
        let writer = writer();
        let half_done = |connection: &Connection| {
            connection.execute("INSERT INTO t (n) VALUES (7)", [])?;
            connection.execute("INSERT INTO t (n) VALUES (7)", [])?;
            Ok::<_, StoreError>(())
        };
        let (a, b, c) = tokio::join!(
            writer.write(insert(1)),
            writer.write(half_done),
            writer.write(insert(2))
        );
        assert!(a.is_ok() && b.is_err() && c.is_ok());
        assert_eq!(writer.write(count).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_panicking_job_is_an_error_and_the_writer_lives_on() {
        let writer = writer();
        let broken = |_: &Connection| -> Result<(), StoreError> { panic!("on purpose") };
        assert!(writer.write(broken).await.is_err());
        assert!(writer.write(insert(1)).await.is_ok());
    }

    /// A claim is written into tables that are not there.
    fn entry() -> Entry {
        let nobody = DueDelivery {
            id: 1,
            run_id: 1,
            email: String::new(),
            name: String::new(),
            due_at: 0,
            attempts: 0,
        };
        Entry {
            claim: Some(nobody),
            ..Entry::default()
        }
    }

    #[tokio::test]
    async fn a_journal_entry_that_fails_takes_its_whole_group_with_it() {
        let writer = writer();
        let (block, held) = mpsc::channel::<()>();
        let first = move |_: &Connection| {
            assert!(held.recv().is_err(), "it lets go");
            Ok::<_, StoreError>(())
        };
        let (first, neighbour, failed, ()) = tokio::join!(
            writer.write(first),
            writer.write(insert(1)),
            writer.journal(entry(), || 0),
            async { drop(block) }
        );
        assert!(first.is_err() && neighbour.is_err() && failed.is_err());
        assert_eq!(writer.write(count).await.unwrap(), 0);
        assert!(writer.write(insert(1)).await.is_ok());
        assert_eq!(writer.write(count).await.unwrap(), 1);
    }
}
