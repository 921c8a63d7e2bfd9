//! The OpenTelemetry Collector with three receivers and one exporter, put together by its own builder. It
//! keeps nothing and has no interface to ask: it passes on what it took, as OTLP in JSON, to our sink,
//! which is asked. Its Jaeger and Zipkin receivers are those of Jaeger 2, which is built on it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::outcome::Failure;
use crate::repository;

use super::server::{Server, fetch, folder, free_ports, go};
use super::trace::Seen;
use super::{Absent, Route, Running, otlp};
use crate::json::Json;

/// The Go checksum database lists the Jaeger receiver of this release, and not those of 0.119 and 0.120.
const VERSION: &str = "v0.115.0";

const BUILDER: &str = "go.opentelemetry.io/collector/cmd/builder";

/// What the builder is to put together; JSON is YAML as well.
const MANIFEST: &str = r#"{
  "dist": {"name": "collector", "output_path": "./out-VERSION", "version": "VERSION"},
  "conf_resolver": {"default_uri_scheme": "yaml"},
  "receivers": [
    {"gomod": "go.opentelemetry.io/collector/receiver/otlpreceiver VERSION"},
    {"gomod": "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/jaegerreceiver VERSION"},
    {"gomod": "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/zipkinreceiver VERSION"}
  ],
  "exporters": [{"gomod": "go.opentelemetry.io/collector/exporter/otlphttpexporter VERSION"}],
  "providers": [{"gomod": "go.opentelemetry.io/collector/confmap/provider/yamlprovider v1.21.0"}]
}
"#;

pub(super) fn start(root: &Path) -> Result<Running, Absent> {
    let folder = folder(root, "collector")?;
    let program = folder.join(format!("out-{VERSION}/collector"));
    if !program.is_file() {
        let manifest = folder.join("manifest.yaml");
        fs::write(&manifest, MANIFEST.replace("VERSION", VERSION))
            .map_err(|error| Failure::new(format!("cannot write the manifest: {error}")))?;
        let mut build = go(&folder);
        build.args([
            "run",
            &format!("{BUILDER}@{VERSION}"),
            "--config=manifest.yaml",
        ]);
        fetch(build).map_err(Absent::Skipped)?;
    }
    let [receiver, grpc, thrift, compact, binary, zipkin, behind] = free_ports()?;
    let sink_folder = self::folder(root, "sink")?;
    let mut command = Command::new(repository::output(root, "debug").join("spanline-sink"));
    command.args(["--json", "--otlp-port", &behind.to_string()]);
    for other in ["jaeger", "jaeger-compact", "jaeger-binary", "zipkin"] {
        command.args([&format!("--{other}-port"), "off"]);
    }
    let mut sink = Server::start(&sink_folder, command)?;
    sink.ready(behind, Some("/health"))?;
    let configuration = format!(
        r#"yaml:{{"receivers": {{
            "otlp": {{"protocols": {{
                "http": {{"endpoint": "127.0.0.1:{receiver}"}},
                "grpc": {{"endpoint": "127.0.0.1:{grpc}"}}}}}},
            "jaeger": {{"protocols": {{
                "thrift_http": {{"endpoint": "127.0.0.1:{thrift}"}},
                "thrift_compact": {{"endpoint": "127.0.0.1:{compact}"}},
                "thrift_binary": {{"endpoint": "127.0.0.1:{binary}"}}}}}},
            "zipkin": {{"endpoint": "127.0.0.1:{zipkin}"}}}},
        "exporters": {{"otlphttp": {{"endpoint": "http://127.0.0.1:{behind}", "encoding": "json"}}}},
        "service": {{"telemetry": {{"metrics": {{"level": "none"}}}},
        "pipelines": {{"traces": {{
            "receivers": ["otlp", "jaeger", "zipkin"], "exporters": ["otlphttp"]}}}}}}}}"#
    );
    let mut command = Command::new(&program);
    command.args(["--config", &configuration.replace('\n', " ")]);
    let mut server = Server::start(&folder, command)?;
    for port in [receiver, grpc, thrift, zipkin] {
        server.ready(port, None)?;
    }
    let traces = || format!("http://127.0.0.1:{thrift}/api/traces");
    let spans = || format!("http://127.0.0.1:{zipkin}/api/v2/spans");
    let mut routes = otlp(receiver, grpc);
    routes.extend([
        Route::new("jaeger-http", traces()),
        Route::packed("jaeger-http", traces()),
        Route::new("jaeger-udp-compact", format!("127.0.0.1:{compact}")),
        Route::new("jaeger-udp-binary", format!("127.0.0.1:{binary}")),
        Route::new("zipkin", spans()),
        Route::packed("zipkin", spans()),
    ]);
    Ok(Running {
        routes,
        port: behind,
        path: |_| "/traces".to_owned(),
        read,
        _servers: vec![server, sink],
    })
}

/// The sink's traces; the one that was asked for is looked for here.
fn read(answer: &Json, id: &str) -> Vec<Seen> {
    let Json::List(traces) = answer else {
        return Vec::new();
    };
    let wanted = |trace: &&Json| trace.text("traceId") == Some(id);
    let spans = traces
        .iter()
        .filter(wanted)
        .flat_map(|trace| trace.list("spans"));
    let span = |span: &Json| {
        let text = |name: &str| span.text(name).unwrap_or_default().replace("null", "");
        let tag = |tag: &Json| Some((tag.text("key")?.to_owned(), tag.text("value")?.to_owned()));
        Seen {
            id: text("spanId"),
            parent: text("parentId"),
            name: text("name"),
            tags: span.list("attributes").iter().filter_map(tag).collect(),
        }
    };
    spans.map(span).collect()
}
