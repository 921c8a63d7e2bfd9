//! What can go wrong when a provider is put together: the one error of set-up.

use std::fmt;
use std::io;

/// Why a provider could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The system gave no thread for the worker.
    SpawnWorker(io::Error),
    /// An exporter could not be made.
    Exporter(Box<dyn std::error::Error + Send + Sync>),
    /// A setting makes no sense.
    Setting {
        /// Which one.
        name: &'static str,
        /// What it was set to, and what it may be.
        problem: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::SpawnWorker(error) => write!(f, "no thread for the worker: {error}"),
            BuildError::Exporter(error) => write!(f, "exporter: {error}"),
            BuildError::Setting { name, problem } => write!(f, "setting {name}: {problem}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::SpawnWorker(error) => Some(error),
            BuildError::Exporter(error) => Some(error.as_ref()),
            BuildError::Setting { .. } => None,
        }
    }
}
