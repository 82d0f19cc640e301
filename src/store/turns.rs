//! Tests of who waits for the database, for how long, and what is done for whom.

use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Store, StoreError};

const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("mailapp.db")).unwrap();
    (folder, store)
}

fn endless(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row(ENDLESS, [], |row| row.get(0))?)
}

fn quick(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT 1", [], |row| row.get(0))?)
}

/// An endless query that is at work.
async fn begun(store: &Store) -> tokio::task::JoinHandle<Result<i64, StoreError>> {
    let (begun, has_begun) = oneshot::channel();
    let store = store.clone();
    let query = tokio::spawn(async move {
        let query = move |c: &Connection| {
            _ = begun.send(());
            endless(c)
        };
        store.read(query).await
    });
    has_begun.await.unwrap();
    query
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_query_is_stopped_in_time_and_its_reader_serves_the_next_one() {
    let (_folder, store) = store();
    let anna = store.on_behalf_of(1);
    let answers = futures::future::join_all((0..3).map(|_| anna.read(endless))).await;
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(matches!(error, StoreError::TooSlow), "{error}");
        assert_eq!(error.trouble(), None, "nothing is wrong with the database");
    }
    for _ in 0..10 {
        assert_eq!(anna.read(quick).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_persons_slow_queries_leave_readers_to_everybody_else() {
    let (_folder, store) = store();
    let anna = store.on_behalf_of(1);
    let mut running = Vec::new();
    for _ in 0..3 {
        running.push(begun(&anna).await);
    }
    let mut fourth = Box::pin(anna.read(quick));
    let moment = Duration::from_millis(20);
    assert!(tokio::time::timeout(moment, &mut fourth).await.is_err());
    assert_eq!(store.on_behalf_of(2).read(quick).await.unwrap(), 1);
    assert_eq!(store.read(quick).await.unwrap(), 1);
    // The fourth has its turn as soon as one of the others is over.
    running[0].abort();
    assert_eq!(fourth.await.unwrap(), 1);
    running.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybodys_slow_queries_leave_readers_to_the_service() {
    let (_folder, store) = store();
    let mut running = Vec::new();
    for person in [1, 1, 1, 2, 2, 2, 3, 3, 3] {
        running.push(begun(&store.on_behalf_of(person)).await);
    }
    assert_eq!(store.read(quick).await.unwrap(), 1);
    running.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_whose_asker_has_gone_is_interrupted_and_one_that_waits_is_not_begun() {
    let (_folder, store) = store();
    let anna = store.on_behalf_of(1);
    let mut running = Vec::new();
    for _ in 0..3 {
        running.push(begun(&anna).await);
    }
    let (begun, mut has_begun) = oneshot::channel();
    let waiting = anna.clone();
    let waiting = tokio::spawn(async move {
        let query = move |c: &Connection| {
            _ = begun.send(());
            quick(c)
        };
        waiting.read(query).await
    });
    tokio::task::yield_now().await;
    waiting.abort();
    drop(waiting.await);
    // The service's own have no limit: they end because nobody waits for them.
    running.push(self::begun(&store).await);
    running.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(anna.read(quick).await.unwrap(), 1);
    assert!(has_begun.try_recv().is_err(), "nobody waited for it");
    // Every reader is free again: as many as there are read at once.
    let all = (0..12).map(|_| store.read(quick));
    let all = futures::future::join_all(all);
    let answers = tokio::time::timeout(Duration::from_secs(5), all);
    assert_eq!(answers.await.unwrap().len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_asker_has_gone_before_it_began_is_not_done() {
    let (_folder, store) = store();
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = oneshot::channel();
    let first = store.clone();
    let first = tokio::spawn(async move {
        let job = move |_: &Connection| {
            _ = begun.send(());
            _ = held.recv();
            Ok::<_, StoreError>(())
        };
        first.write(job).await
    });
    has_begun.await.unwrap();
    let write = |name: &'static str| {
        store.write(move |c| {
            let sql = "INSERT INTO kept_counts (what, count) VALUES (?1, 1)";
            c.execute(sql, [name])?;
            Ok::<_, StoreError>(())
        })
    };
    let mut gone = Box::pin(write("gone"));
    let moment = Duration::from_millis(20);
    assert!(tokio::time::timeout(moment, &mut gone).await.is_err());
    let stays = write("stays");
    drop(gone);
    drop(let_go);
    stays.await.unwrap();
    first.await.unwrap().unwrap();
    let names = |c: &Connection| -> Result<String, StoreError> {
        let sql = "SELECT group_concat(what) FROM kept_counts WHERE what IN ('gone', 'stays')";
        Ok(c.query_row(sql, [], |row| row.get(0))?)
    };
    assert_eq!(store.read(names).await.unwrap(), "stays");
}
