//! Zipkin: its executable jar from Maven Central, spans kept in memory.

use std::path::Path;
use std::process::Command;

use crate::outcome::Failure;

use super::server::{Server, fetch, folder, free_ports};
use super::trace::Seen;
use super::{Absent, Route, Running};
use crate::json::Json;

const VERSION: &str = "3.5.1";

pub(super) fn start(root: &Path) -> Result<Running, Absent> {
    let folder = folder(root, "zipkin")?;
    let jar = folder.join(format!("zipkin-server-{VERSION}-exec.jar"));
    if !jar.is_file() {
        let mut maven = Command::new("mvn");
        maven.current_dir(&folder).args([
            "-q",
            "-B",
            "dependency:copy",
            &format!("-Dartifact=io.zipkin:zipkin-server:{VERSION}:jar:exec"),
            &format!("-DoutputDirectory={}", folder.display()),
        ]);
        fetch(maven).map_err(Absent::Skipped)?;
    }
    let [port] = free_ports()?;
    let mut java = Command::new("java");
    java.args(["-Xmx256m", "-jar"]).arg(&jar).args([
        "--armeria.ports[0].ip=127.0.0.1",
        &format!("--armeria.ports[0].port={port}"),
        "--armeria.ports[0].protocols[0]=http",
    ]);
    let mut server = Server::start(&folder, java)
        .map_err(|failure: Failure| Absent::Skipped(failure.to_string()))?;
    server.ready(port, Some("/health"))?;
    let url = || format!("http://127.0.0.1:{port}/api/v2/spans");
    Ok(Running {
        routes: vec![Route::new("zipkin", url()), Route::packed("zipkin", url())],
        port,
        path: |id| format!("/api/v2/trace/{id}"),
        read,
        _servers: vec![server],
    })
}

/// An array of spans as the Zipkin v2 API describes them.
pub(super) fn read(answer: &Json, _: &str) -> Vec<Seen> {
    let Json::List(spans) = answer else {
        return Vec::new();
    };
    let span = |span: &Json| {
        let text = |name: &str| span.text(name).unwrap_or_default().to_owned();
        let tags = match span.get("tags") {
            Some(Json::Object(members)) => members
                .iter()
                .filter_map(|(key, value)| match value {
                    Json::Text(text) => Some((key.clone(), text.clone())),
                    _ => None,
                })
                .collect(),
            _ => Default::default(),
        };
        Seen {
            id: text("id"),
            parent: text("parentId"),
            name: text("name"),
            tags,
        }
    };
    spans.iter().map(span).collect()
}
