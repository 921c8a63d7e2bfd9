//! What can go wrong when a provider is put together: the one error of set-up.

use std::fmt;
use std::io;

/// Why a provider could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The system gave no thread for the worker.
    SpawnWorker(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::SpawnWorker(error) => write!(f, "no thread for the worker: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::SpawnWorker(error) => Some(error),
        }
    }
}
