//! Jaeger's all-in-one: agent, collector and query in one process, built by the Go toolchain. It takes
//! everything that the exporters send, and is the last line of releases with an agent for datagrams.

use std::path::Path;
use std::process::Command;

use super::server::{Server, fetch, folder, free_ports, go};
use super::trace::Seen;
use super::{Absent, Route, Running, otlp};
use crate::json::Json;

const MODULE: &str = "github.com/jaegertracing/jaeger";
const VERSION: &str = "v1.57.0";

/// Jaeger's own module file replaces this one, and such a line counts only in the module that is built.
const REPLACE: &str = "github.com/Shopify/sarama=github.com/Shopify/sarama@v1.33.0";

pub(super) fn start(root: &Path) -> Result<Running, Absent> {
    let folder = folder(root, "jaeger")?;
    let program = folder.join(format!("all-in-one-{VERSION}"));
    if !program.is_file() {
        if !folder.join("go.mod").is_file() {
            let mut init = go(&folder);
            init.args(["mod", "init", "interop"]);
            fetch(init).map_err(Absent::Skipped)?;
        }
        let mut edit = go(&folder);
        edit.args(["mod", "edit", "-require"])
            .arg(format!("{MODULE}@{VERSION}"))
            .args(["-replace", REPLACE]);
        fetch(edit).map_err(Absent::Skipped)?;
        let mut build = go(&folder);
        build
            .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
            .arg(&program)
            .arg(format!("{MODULE}/cmd/all-in-one"));
        fetch(build).map_err(Absent::Skipped)?;
    }
    let ports = free_ports::<12>()?;
    let [
        query,
        thrift,
        compact,
        binary,
        zipkin,
        otlp_http,
        others @ ..,
    ] = ports;
    let [otlp_grpc, grpc, query_grpc, admin, old_compact, sampling] = others;
    let mut command = Command::new(&program);
    command.arg("--collector.otlp.enabled=true");
    for (option, port) in [
        ("query.http-server.host-port", query),
        ("query.grpc-server.host-port", query_grpc),
        ("collector.http-server.host-port", thrift),
        ("collector.grpc-server.host-port", grpc),
        ("collector.zipkin.host-port", zipkin),
        ("collector.otlp.http.host-port", otlp_http),
        ("collector.otlp.grpc.host-port", otlp_grpc),
        ("processor.jaeger-compact.server-host-port", compact),
        ("processor.jaeger-binary.server-host-port", binary),
        ("processor.zipkin-compact.server-host-port", old_compact),
        ("http-server.host-port", sampling),
        ("admin.http.host-port", admin),
    ] {
        command.arg(format!("--{option}=127.0.0.1:{port}"));
    }
    command.arg(format!("--reporter.grpc.host-port=127.0.0.1:{grpc}"));
    let mut server = Server::start(&folder, command)?;
    server.ready(admin, Some("/"))?;
    server.ready(query, None)?;
    let spans = || format!("http://127.0.0.1:{zipkin}/api/v2/spans");
    let mut routes = vec![
        Route::new(
            "jaeger-http",
            format!("http://127.0.0.1:{thrift}/api/traces"),
        ),
        Route::new("jaeger-udp-compact", format!("127.0.0.1:{compact}")),
        Route::new("jaeger-udp-binary", format!("127.0.0.1:{binary}")),
        Route::new("zipkin", spans()),
        Route::packed("zipkin", spans()),
    ];
    routes.extend(otlp(otlp_http, otlp_grpc));
    Ok(Running {
        routes,
        port: query,
        path: |id| format!("/api/traces/{id}"),
        read,
        _servers: vec![server],
    })
}

/// `{"data": [{"spans": [...]}]}`, as Jaeger's own page asks for it.
fn read(answer: &Json, _: &str) -> Vec<Seen> {
    let spans = answer
        .list("data")
        .iter()
        .flat_map(|trace| trace.list("spans"));
    let span = |span: &Json| {
        let text = |name: &str| span.text(name).unwrap_or_default().to_owned();
        let is_parent = |reference: &&Json| reference.text("refType") == Some("CHILD_OF");
        let parent = span.list("references").iter().find(is_parent);
        let tag = |tag: &Json| Some((tag.text("key")?.to_owned(), tag.text("value")?.to_owned()));
        Seen {
            id: text("spanID"),
            parent: parent
                .and_then(|parent| parent.text("spanID"))
                .unwrap_or_default()
                .to_owned(),
            name: text("operationName"),
            tags: span.list("tags").iter().filter_map(tag).collect(),
        }
    };
    spans.map(span).collect()
}
