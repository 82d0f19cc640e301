//! A browser's socket, which notes what its connection is doing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::bare;
use super::connection_state::ConnectionState;

pub(super) struct Socket {
    stream: TcpStream,
    state: Arc<ConnectionState>,
    /// What is still to be sent in place of an answer of hyper's own.
    instead: Vec<u8>,
}

impl Socket {
    pub(super) const fn new(stream: TcpStream, state: Arc<ConnectionState>) -> Self {
        Self {
            stream,
            state,
            instead: Vec::new(),
        }
    }

    fn note<T>(&self, polled: Poll<T>) -> Poll<T> {
        self.state.is_blocked(polled.is_pending());
        polled
    }

    /// Whether these octets are an answer of hyper's own, and something else is sent in its place.
    fn replaces(&mut self, octets: &[u8]) -> bool {
        // Only a head that hyper refuses is answered while nobody is at work.
        let Some(head) = octets
            .starts_with(b"HTTP/1.1 4")
            .then(|| self.state.half_request())
            .flatten()
        else {
            return false;
        };
        let Some(answer) = bare::instead_of(octets, &head) else {
            return false;
        };
        self.instead = answer;
        true
    }

    fn send_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let polled = Pin::new(&mut self.stream).poll_write(context, &self.instead);
            let written = ready!(self.note(polled))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.instead.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if let Some(octets) = buffer.filled().get(before..)
            && !octets.is_empty()
        {
            self.state.heard(octets);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.send_instead(context))?;
        if self.replaces(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.send_instead(context))?;
        // hyper's own is a head alone.
        if let Some(head) = bytes.iter().find(|slice| !slice.is_empty())
            && self.replaces(head)
        {
            return Poll::Ready(Ok(head.len()));
        }
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.note(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send_instead(context))?;
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        // hyper flushes when it has written all that it had.
        self.state.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send_instead(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
