//! The one writer: a thread that runs jobs in shared transactions, so that one fsync serves all
//! that wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::oneshot;

use super::health::{Health, Trouble};
use super::tally::{Journal, Tally};
use super::{JobError, StoreError};
use crate::failpoint;

/// Most jobs that share a commit; bounds how long the first of them waits.
const GROUP: usize = 512;
/// A group is not kept smaller than this for the wire's sake.
const SMALLEST: usize = 4;

/// A disk that commits faster than this is not what senders wait for. Then half of them share a
/// commit while the other half have the wire; all together they would take turns with it. A slower
/// disk is asked as seldom as may be.
const QUICK: Duration = Duration::from_millis(1);

/// Something to run in the writing transaction and to answer after its commit.
trait Job: Send {
    /// Runs it. `Err` if its changes are not to be kept, and what that says of the database.
    fn run(&mut self, connection: &Connection, tally: &mut Tally) -> Result<(), Option<Trouble>>;
    /// Whether its failure must leave the rest of the group alone.
    fn is_isolated(&self) -> bool;
    /// Answers. `failed` is why the group did not commit.
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

struct Task<F, T, E> {
    job: Option<F>,
    isolated: bool,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce(&Connection, &mut Tally) -> Result<T, E> + Send,
    T: Send,
    E: JobError,
{
    fn run(&mut self, connection: &Connection, tally: &mut Tally) -> Result<(), Option<Trouble>> {
        let job = self.job.take().ok_or(None)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| job(connection, tally)))
            .unwrap_or_else(|_| Err(StoreError::Interrupted.into()));
        let ran = match &outcome {
            Ok(_) => Ok(()),
            Err(error) => Err(error.database().and_then(StoreError::trouble)),
        };
        self.outcome = Some(outcome);
        ran
    }

    fn is_isolated(&self) -> bool {
        self.isolated
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let outcome = match (self.outcome, failed) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(error)) => Err(error.into()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(StoreError::Interrupted.into()),
        };
        // Whoever asked may have gone; the change stands all the same.
        drop(self.reply.send(outcome));
    }
}

pub(super) struct Writer {
    /// Connections that send, and write what comes of it.
    senders: Arc<AtomicUsize>,
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, health: Arc<Health>) -> Self {
        let (queue, jobs) = mpsc::channel();
        let senders = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&senders);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work(&connection, &jobs, &health, &counted))
            .ok();
        Self {
            senders,
            queue: Some(queue),
            thread,
        }
    }

    /// So many connections send, each of which waits for its own entries.
    pub(super) fn serve(&self, senders: usize) {
        self.senders.store(senders, Ordering::Relaxed);
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
        self.submit(true, |connection, _| job(connection)).await
    }

    /// Runs a job whose failure is the whole group's, and whose counters the group writes together.
    pub(super) async fn journal<T, E>(
        &self,
        job: impl FnOnce(&mut Journal<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError,
    {
        self.submit(false, |connection, tally| {
            job(&mut Journal::new(connection, tally))
        })
        .await
    }

    async fn submit<T, E>(
        &self,
        isolated: bool,
        job: impl FnOnce(&Connection, &mut Tally) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError,
    {
        let (reply, answer) = oneshot::channel();
        let task = Box::new(Task {
            job: Some(job),
            isolated,
            outcome: None,
            reply,
        });
        if let Some(queue) = &self.queue
            && queue.send(task).is_ok()
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

/// How long the disk takes for a commit, of late.
#[derive(Default)]
struct Disk(Duration);

impl Disk {
    #[expect(
        clippy::disallowed_methods,
        reason = "it measures the disk, and nothing but the size of a group follows from it"
    )]
    fn time<T>(&mut self, commit: impl FnOnce() -> T) -> T {
        let started = std::time::Instant::now();
        let done = commit();
        self.0 = (self.0 * 7 + started.elapsed()) / 8;
        done
    }

    /// Most jobs that are to share the next commit, where so many senders write.
    fn group(&self, senders: usize) -> usize {
        if senders > 1 && self.0 < QUICK {
            senders.div_ceil(2).max(SMALLEST)
        } else {
            GROUP
        }
    }
}

fn work(
    connection: &Connection,
    jobs: &mpsc::Receiver<Box<dyn Job>>,
    health: &Health,
    senders: &AtomicUsize,
) {
    let mut disk = Disk::default();
    while let Ok(first) = jobs.recv() {
        let most = disk.group(senders.load(Ordering::Relaxed));
        let mut group = vec![first];
        let before = connection.total_changes();
        let committed = health.check().and_then(|()| {
            commit_together(connection, jobs, (&mut group, most), health, &mut disk)
        });
        if committed.is_err() && !connection.is_autocommit() {
            drop(connection.execute_batch("ROLLBACK"));
        }
        match &committed {
            // Only what did write shows that writing works.
            Ok(Went::Well) if connection.total_changes() > before => health.wrote(None),
            Ok(_) => {}
            Err(error) => {
                if let Some(trouble) = error.trouble() {
                    health.wrote(Some(trouble));
                }
            }
        }
        let failed = committed.err();
        for job in group {
            job.answer(failed.as_ref().map(StoreError::same_again));
        }
        failpoint::hit("group-answered");
    }
    if health.is_damaged() {
        // Closing would move the log's pages into the damaged file.
        drop(connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true));
    }
}

/// Runs the group and everything that arrives meanwhile in one transaction.
fn commit_together(
    connection: &Connection,
    jobs: &mpsc::Receiver<Box<dyn Job>>,
    (group, most): (&mut Vec<Box<dyn Job>>, usize),
    health: &Health,
    disk: &mut Disk,
) -> Result<Went, StoreError> {
    let mut went = Went::Well;
    let execute = |sql| connection.prepare_cached(sql)?.execute([]).map(drop);
    execute("BEGIN IMMEDIATE")?;
    failpoint::hit("group-begun");
    let mut index = 0;
    let mut tally = Tally::default();
    loop {
        while let Some(job) = group.get_mut(index) {
            index += 1;
            if !job.is_isolated() {
                job.run(connection, &mut tally).map_err(broken_off)?;
                continue;
            }
            // What it reads must be true, and what it undoes must be its own.
            tally.flush(connection)?;
            execute("SAVEPOINT job")?;
            if let Err(trouble) = job.run(connection, &mut tally) {
                if let Some(trouble) = trouble {
                    went = Went::WithTrouble;
                    health.wrote(Some(trouble));
                }
                // A full disk may have rolled everything back already, and a damaged database is
                // not written to.
                if connection.is_autocommit() || health.is_damaged() {
                    return Err(broken_off(trouble));
                }
                execute("ROLLBACK TO job")?;
            }
            execute("RELEASE job")?;
        }
        if group.len() >= most {
            break;
        }
        match jobs.try_recv() {
            Ok(job) => group.push(job),
            Err(_) => break,
        }
    }
    tally.flush(connection)?;
    failpoint::hit("group-run");
    disk.time(|| execute("COMMIT"))?;
    failpoint::hit("group-committed");
    Ok(went)
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

    #[tokio::test]
    async fn a_journal_entry_that_fails_takes_its_whole_group_with_it() {
        let writer = writer();
        let half_done = |connection: &Connection| {
            connection.execute("INSERT INTO t (n) VALUES (7)", [])?;
            connection.execute("INSERT INTO t (n) VALUES (7)", [])?;
            Ok::<_, StoreError>(())
        };
        assert!(
            writer
                .journal(move |journal| half_done(journal.connection))
                .await
                .is_err()
        );
        assert_eq!(writer.write(count).await.unwrap(), 0);
        assert!(
            writer
                .journal(|journal| insert(1)(journal.connection))
                .await
                .is_ok()
        );
        assert_eq!(writer.write(count).await.unwrap(), 1);
    }
}
