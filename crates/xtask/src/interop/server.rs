//! A server as a child process: its files, its ports, its end.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::http;
use crate::outcome::Failure;
use crate::repository;

/// A JVM on a busy machine takes its time.
const READY: Duration = Duration::from_secs(120);

const POLL: Duration = Duration::from_millis(200);

/// A running program; ended when dropped.
pub(super) struct Server {
    process: Child,
    log: PathBuf,
}

impl Server {
    /// Starts it in its scratch folder, with what it says in a file there.
    pub(super) fn start(folder: &Path, mut command: Command) -> Result<Self, Failure> {
        let log = folder.join("log.txt");
        let fail = |what: &str, error| Failure::new(format!("cannot {what}: {error}"));
        let file = File::create(&log).map_err(|error| fail("make the log", error))?;
        let again = file
            .try_clone()
            .map_err(|error| fail("share the log", error))?;
        let process = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(again)
            .spawn()
            .map_err(|error| fail("start the server", error))?;
        Ok(Self { process, log })
    }

    /// Waits until a path answers with a status of success; without a path, until the port is open.
    pub(super) fn ready(&mut self, port: u16, path: Option<&str>) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < READY {
            let answers = match path {
                Some(path) => http::get(port, path).is_ok(),
                None => TcpStream::connect(("127.0.0.1", port)).is_ok(),
            };
            if answers {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(self.failure(&format!("it ended with {status}")));
            }
            thread::sleep(POLL);
        }
        Err(self.failure("it was not ready in time"))
    }

    fn failure(&self, what: &str) -> Failure {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let last = lines
            .get(lines.len().saturating_sub(5)..)
            .unwrap_or_default();
        Failure::new(format!("{what}; it said:\n{}", last.join("\n")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then both calls fail and change nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The scratch folder of a server; what was fetched or built there earlier stays.
pub(super) fn folder(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = repository::output(root, "interop").join(name);
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    Ok(folder)
}

/// Ports of loopback that were free a moment ago, each another one.
pub(super) fn free_ports<const N: usize>() -> Result<[u16; N], Failure> {
    let fail = |error| Failure::new(format!("no free port: {error}"));
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let datagrams = UdpSocket::bind(address).map_err(fail)?;
        *port = address.port();
        held.push((listener, datagrams));
    }
    Ok(ports)
}

/// The version and the options for all of Go: modules are changed as needed, nothing is linked to C.
pub(super) fn go(folder: &Path) -> Command {
    let mut command = Command::new("go");
    command
        .current_dir(folder)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=mod -buildvcs=false");
    command
}

/// Runs a command of a registry's client; its words go to the terminal only if it fails.
pub(super) fn fetch(mut command: Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    println!("$ {shown}");
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rev().take(3).collect::<Vec<_>>().join(" | ");
            Err(format!("{} ended with {}: {last}", shown, output.status))
        }
        Err(error) => Err(format!("{shown}: {error}")),
    }
}
