//! File descriptors: how many this process may open, and whether it has run out of them.
//!
//! Every connection of a browser takes one, and so do the connections to a relay, the database's
//! files and a look into DNS. What the pages may take is a share (`web::front::bounds`), so that no
//! number of visitors keeps the engine from sending.

use std::io;

/// Raises the soft limit on open files to the hard one. The soft limit is 1,024 on most systems, for
/// the sake of programs that use `select(2)`, which this one does not.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if limit.current == limit.maximum {
            return;
        }
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the limit on open files stays where it is");
        }
    }
}

/// How many may be open at once.
pub fn limit() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let current = getrlimit(Resource::Nofile).current;
        // None: there is no limit.
        current.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    }
    #[cfg(not(unix))]
    {
        512
    }
}

/// Whether an error says that this process, or this machine, has no more descriptors, memory or
/// local ports: nothing that the other side could have done about it.
pub fn is_exhausted(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let ours = [
            Errno::MFILE,
            Errno::NFILE,
            Errno::NOMEM,
            Errno::NOBUFS,
            Errno::ADDRNOTAVAIL,
        ];
        let code = error.raw_os_error();
        ours.iter().any(|errno| code == Some(errno.raw_os_error()))
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::OutOfMemory
    }
}

/// Whether no descriptor is to be had now. For failures that do not name their cause: a resolver that
/// cannot open a socket says that the name is not known.
pub fn are_exhausted() -> bool {
    #[cfg(unix)]
    {
        std::fs::File::open("/dev/null").is_err_and(|error| is_exhausted(&error))
    }
    #[cfg(not(unix))]
    {
        false
    }
}
