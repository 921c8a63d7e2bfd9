//! What process this is.

use super::{DetectError, ResourceDetector, SCHEMA_URL};
use spanline_core::attribute::Value;
use spanline_core::resource::Resource;
use std::path::PathBuf;

/// Finds `process.pid`, `process.executable.name` and `process.executable.path` (OpenTelemetry
/// semantic conventions, "Process"). In a forked child the process id is still the parent's.
///
/// The command line is left out unless asked for: passwords have been seen there.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessDetector {
    command_line: bool,
}

impl ProcessDetector {
    /// A detector that leaves the command line out.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `process.command_args`: the command with all its arguments.
    #[must_use]
    pub fn with_command_line(self) -> Self {
        Self { command_line: true }
    }
}

impl ResourceDetector for ProcessDetector {
    fn name(&self) -> &str {
        "process"
    }

    fn detect(&self) -> Result<Resource, DetectError> {
        let mut resource = Resource::builder()
            .attribute("process.pid", std::process::id())
            .schema_url(SCHEMA_URL);
        if let Some(path) = executable() {
            let path = path.to_string_lossy();
            resource = resource.attribute("process.executable.path", path.as_ref());
        }
        if let Some(name) = executable_name() {
            resource = resource.attribute("process.executable.name", name);
        }
        if self.command_line {
            let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into());
            let arguments = arguments.map(|argument: String| Value::from(argument));
            let arguments = Value::Array(arguments.collect());
            resource = resource.attribute("process.command_args", arguments);
        }
        Ok(resource.build())
    }
}

/// The name of the running executable, without its folder.
pub(super) fn executable_name() -> Option<String> {
    let path = executable()?;
    let name = path.file_name()?.to_string_lossy();
    (!name.is_empty()).then(|| name.into_owned())
}

fn executable() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?;
    // So Linux marks an executable that was replaced while it runs (proc(5), "/proc/pid/exe").
    let text = path
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"));
    Some(text.map_or_else(|| path.clone(), PathBuf::from))
}
