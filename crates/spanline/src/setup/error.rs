//! Why a set-up did not work.

use super::OptionsError;
use spanline_core::InstallError;
use spanline_sdk::provider::BuildError;
use std::error::Error;
use std::fmt;

/// Why a set-up did not work. Nothing is installed then.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// An option makes no sense.
    Options(OptionsError),
    /// The provider could not be built.
    Build(BuildError),
    /// A provider is installed already.
    Install(InstallError),
    /// An exporter could not be made from its settings.
    Exporter {
        /// Which one.
        name: &'static str,
        /// Where the setting comes from: an environment variable, or `option "endpoint"` of
        /// [`Options`](super::Options); `None` if it stands in code.
        variable: Option<&'static str>,
        /// What is wrong.
        error: Box<dyn Error + Send + Sync>,
    },
    /// An exporter, or a protocol of one, was asked for that was not compiled in.
    NeedsFeature {
        /// What was asked for.
        wanted: &'static str,
        /// The feature of the crate `spanline` that brings it.
        feature: &'static str,
        /// The environment variable that asks for it; `None` if code does.
        variable: Option<&'static str>,
    },
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetupError::Options(error) => error.fmt(f),
            SetupError::Build(error) => error.fmt(f),
            SetupError::Install(error) => error.fmt(f),
            SetupError::Exporter {
                name,
                variable,
                error,
            } => {
                write!(f, "{name} exporter: ")?;
                variable.map_or(Ok(()), |variable| write!(f, "{variable}: "))?;
                error.fmt(f)
            }
            SetupError::NeedsFeature {
                wanted,
                feature,
                variable,
            } => {
                variable.map_or(Ok(()), |variable| write!(f, "{variable}: "))?;
                write!(
                    f,
                    "{wanted} needs the feature \"{feature}\" of the crate spanline"
                )
            }
        }
    }
}

impl SetupError {
    /// The same with the variable that asks for a part that was not compiled in, if none is known yet.
    pub(super) fn asked_by(mut self, asking: Option<&'static str>) -> Self {
        if let SetupError::NeedsFeature { variable, .. } = &mut self {
            *variable = variable.or(asking);
        }
        self
    }
}

impl Error for SetupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SetupError::Options(error) => Some(error),
            SetupError::Build(error) => Some(error),
            SetupError::Install(error) => Some(error),
            SetupError::Exporter { error, .. } => Some(error.as_ref()),
            SetupError::NeedsFeature { .. } => None,
        }
    }
}

impl From<OptionsError> for SetupError {
    fn from(error: OptionsError) -> Self {
        SetupError::Options(error)
    }
}

impl From<BuildError> for SetupError {
    fn from(error: BuildError) -> Self {
        SetupError::Build(error)
    }
}

impl From<InstallError> for SetupError {
    fn from(error: InstallError) -> Self {
        SetupError::Install(error)
    }
}
