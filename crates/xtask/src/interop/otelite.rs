//! Otelite: a receiver and dashboard for one's own machine, installed by Cargo. It takes OTLP and shows
//! traces by an interface of its own, attributes as text.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::json::Json;

use super::server::{Server, fetch, folder, free_ports};
use super::trace::Seen;
use super::{Absent, Running, otlp};

const VERSION: &str = "0.1.156";

pub(super) fn start(root: &Path) -> Result<Running, Absent> {
    let folder = folder(root, "otelite")?;
    let installed = folder.join(VERSION);
    let program = installed.join("bin/otelite");
    if !program.is_file() {
        let build = folder.join("build");
        let mut install = Command::new("cargo");
        // Unoptimised: it is built once and runs for seconds.
        install
            .current_dir(&folder)
            .args(["install", "otelite", "--version", VERSION])
            .args(["--locked", "--debug", "--root"])
            .arg(&installed)
            .arg("--target-dir")
            .arg(&build);
        let outcome = fetch(install);
        // Hundreds of packages that nobody needs again.
        let _ = fs::remove_dir_all(build);
        outcome.map_err(Absent::Skipped)?;
    }
    let [http, grpc, pages] = free_ports()?;
    let data = folder.join("data");
    // There is none before the first run.
    let _ = fs::remove_dir_all(&data);
    let mut command = Command::new(&program);
    command
        .args(["serve", "--addr", &format!("127.0.0.1:{pages}")])
        .env("OTELITE_OTLP_HTTP_PORT", http.to_string())
        .env("OTELITE_OTLP_GRPC_PORT", grpc.to_string())
        .env("OTELITE_DATA_DIR", &data);
    let mut server = Server::start(&folder, command)?;
    server.ready(pages, Some("/api/health"))?;
    for port in [http, grpc] {
        server.ready(port, None)?;
    }
    // Its gRPC refuses what is packed: "Content is compressed with `gzip` which isn't supported".
    let mut routes = otlp(http, grpc);
    routes.retain(|route| !(route.gzip && route.exporter == "otlp-grpc"));
    Ok(Running {
        routes,
        port: pages,
        path: |id| format!("/api/traces/{id}"),
        read,
        _servers: vec![server],
    })
}

/// `{"spans": [{"span_id", "parent_span_id", "name", "attributes": {key: text}}]}`
fn read(answer: &Json, _: &str) -> Vec<Seen> {
    let span = |span: &Json| {
        let text = |name: &str| match span.get(name) {
            Some(Json::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let tags = match span.get("attributes") {
            Some(Json::Object(members)) => members.iter().filter_map(|(key, value)| match value {
                Json::Text(text) => Some((key.clone(), text.clone())),
                _ => None,
            }),
            _ => return Seen::default(),
        };
        Seen {
            id: text("span_id"),
            parent: text("parent_span_id"),
            name: text("name"),
            tags: tags.collect(),
        }
    };
    answer.list("spans").iter().map(span).collect()
}
