//! From nothing to an installed provider: what code says, then the environment, then the defaults.

mod options;
mod guard;
mod destination;
mod error;

pub use error::SetupError;
pub use guard::ShutdownGuard;
pub use options::{Batcher, Options, OptionsError};

use destination::{Address, Destination};
use spanline_core::diagnostics::{self, DiagnosticKind};
use spanline_core::export::SpanExporter;
use spanline_core::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, JaegerPropagator, OtTracePropagator,
    Propagator, TraceContextPropagator,
};
use spanline_core::{Resource, TracerProvider, global};
use spanline_sdk::SpanLimits;
use spanline_sdk::config::{EnvSettings, EnvWarning, PropagatorChoice};
use spanline_sdk::id_generator::IdGenerator;
use spanline_sdk::processor::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor,
};
use spanline_sdk::provider::TracerProviderBuilder;
use spanline_sdk::resource::{self, ResourceDetector};
use spanline_sdk::sampler::Sampler;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a dropped guard waits, unless told otherwise.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// Begins to set tracing up.
///
/// What code says counts first, then the `OTEL_*` variables, then the specification's defaults.
/// Nothing is opened or sent before spans are, but for files of certificates.
///
/// ```no_run
/// let _tracing = spanline::setup().service_name("checkout").install()?;
/// # Ok::<(), spanline::SetupError>(())
/// ```
///
/// # Environment variables
///
/// Names, types and defaults are those of the OpenTelemetry specification ("Environment Variable
/// Specification"); for Jaeger, of its last edition that had them. An empty variable is not set.
/// One that makes no sense is told to diagnostics and counts as not set.
///
/// | variable | values | default | code that goes before it |
/// |---|---|---|---|
/// | `OTEL_SDK_DISABLED` | `true`, `false` | `false` | [`without_env`](Setup::without_env) only |
/// | `OTEL_SERVICE_NAME` | text | `unknown_service:` and the program's name | [`service_name`](Setup::service_name), [`resource`](Setup::resource), [`options`](Setup::options) |
/// | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,key=value`, percent-encoded | none | the same, key by key; `OTEL_SERVICE_NAME` too |
/// | `OTEL_TRACES_EXPORTER` | `otlp`, `otlp/stdout`, `jaeger`, `zipkin`, `console`, `none`; several with commas | OTLP if compiled in, else Jaeger, else Zipkin, else the console; nothing if code has a [`processor`](Setup::processor) | [`otlp`](Setup::otlp), [`jaeger`](Setup::jaeger), [`zipkin`](Setup::zipkin), [`exporter`](Setup::exporter), [`options`](Setup::options): each makes it ineffective |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | URL for all signals, to which `v1/traces` is added | `http://localhost:4318`, for gRPC 4317 | the same |
/// | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | the whole URL | the one above | the same |
/// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf`; `http/json`; `grpc` with its feature | `http/protobuf` | – |
/// | `OTEL_EXPORTER_OTLP_INSECURE` | `true`, `false`; for a gRPC endpoint without a scheme | `false` | – |
/// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | file: PEM of the authorities to trust for `https`; read with the feature `tls`, when set up | those that Mozilla trusts | – |
/// | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY` | files: PEM of who we are for `https`; both or none | none | – |
/// | `OTEL_EXPORTER_OTLP_HEADERS` | `name=value,name=value`, percent-encoded | none | – |
/// | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` with its feature, `none` | `none` | – |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT` | milliseconds; 0: no limit | 10000 | – |
/// | `OTEL_EXPORTER_JAEGER_PROTOCOL` | `http/thrift.binary`, `udp/thrift.compact`, `udp/thrift.binary` | `http/thrift.binary` | the same; with a `udp:` URL, the latter two choose the protocol, whatever its port |
/// | `OTEL_EXPORTER_JAEGER_AGENT_HOST` | host, for UDP | `localhost` | the same |
/// | `OTEL_EXPORTER_JAEGER_AGENT_PORT` | port, for UDP | 6831, binary 6832 | the same |
/// | `OTEL_EXPORTER_JAEGER_ENDPOINT` | URL | `http://localhost:14268/api/traces` | the same |
/// | `OTEL_EXPORTER_JAEGER_TIMEOUT` | milliseconds; 0: no limit | 10000 | – |
/// | `OTEL_EXPORTER_JAEGER_USER`, `OTEL_EXPORTER_JAEGER_PASSWORD` | text; both or none | none | – |
/// | `OTEL_EXPORTER_ZIPKIN_ENDPOINT` | URL | `http://localhost:9411/api/v2/spans` | as for Jaeger's |
/// | `OTEL_EXPORTER_ZIPKIN_TIMEOUT` | milliseconds; 0: no limit | 10000 | – |
/// | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, and each with `parentbased_` in front | `parentbased_always_on` | [`sampler`](Setup::sampler), [`options`](Setup::options) |
/// | `OTEL_TRACES_SAMPLER_ARG` | a fraction from 0 to 1, for the ratio samplers | 1 | the same |
/// | `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `ottrace`, `none`; several with commas | `tracecontext,baggage` | [`propagator`](Setup::propagator) |
/// | `OTEL_BSP_SCHEDULE_DELAY` | milliseconds | 5000 | [`batch`](Setup::batch), setting by setting |
/// | `OTEL_BSP_EXPORT_TIMEOUT` | milliseconds; 0: no limit | 30000 | the same |
/// | `OTEL_BSP_MAX_QUEUE_SIZE` | spans, at least 1; more than 2^20 are 2^20 | 2048 | the same |
/// | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans, at least 1, at most the queue's size | 512 | the same |
/// | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, else `OTEL_ATTRIBUTE_COUNT_LIMIT` | how many | 128 | [`limits`](Setup::limits), all of them together |
/// | `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | characters; a span of more than 512 KiB in all is cut, whatever is set here | no limit | the same |
/// | `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | how many | 128 | the same |
/// | `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT` | how many | 128 | the same |
///
/// The console gets each span as it ends, by a simple processor; the other exporters stand behind batch
/// processors. Timeouts, headers, user and password count for an exporter whose URL stands in code, too.
/// Each `OTEL_EXPORTER_OTLP_…` has a form `OTEL_EXPORTER_OTLP_TRACES_…` that counts before it. A
/// variable that asks for an exporter, a protocol or compression that was not compiled in is an error of
/// `install` and `build`, and so is a file of certificates that cannot be read: without it, other peers
/// would be trusted than those asked for.
pub fn setup() -> Setup {
    Setup::default()
}

/// A set-up in preparation; see [`setup`].
#[must_use = "nothing is set up before `install` or `build`"]
#[derive(Default)]
pub struct Setup {
    resource: Resource,
    detectors: Vec<Box<dyn ResourceDetector>>,
    sampler: Option<Box<dyn Sampler>>,
    ids: Option<Box<dyn IdGenerator>>,
    limits: Option<SpanLimits>,
    batch: BatchConfig,
    destinations: Vec<Destination>,
    processors: Vec<Arc<dyn SpanProcessor>>,
    propagator: Option<Arc<dyn Propagator>>,
    shutdown_deadline: Option<Duration>,
    without_env: bool,
    /// The first thing that was wrong; told by `build`.
    failed: Option<OptionsError>,
}

impl Setup {
    /// The service's name: the resource attribute `service.name`.
    pub fn service_name(self, name: &str) -> Self {
        self.resource(Resource::builder().service_name(name).build())
    }

    /// Who sends the spans: merged over what the environment and detectors say.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource = self.resource.merge(&resource);
        self
    }

    /// Asks a detector for resource attributes; they count less than the environment's.
    pub fn detector(mut self, detector: impl ResourceDetector + 'static) -> Self {
        self.detectors.push(Box::new(detector));
        self
    }

    /// Decides which spans are recorded.
    pub fn sampler(self, sampler: impl Sampler + 'static) -> Self {
        Setup {
            sampler: Some(Box::new(sampler)),
            ..self
        }
    }

    /// Makes ids.
    pub fn id_generator(self, generator: impl IdGenerator + 'static) -> Self {
        Setup {
            ids: Some(Box::new(generator)),
            ..self
        }
    }

    /// What a span may grow to.
    pub fn limits(self, limits: SpanLimits) -> Self {
        Setup {
            limits: Some(limits),
            ..self
        }
    }

    /// Settings of the batch processors in front of the exporters; what they leave open is taken
    /// from the environment.
    pub fn batch(self, config: BatchConfig) -> Self {
        Setup {
            batch: config,
            ..self
        }
    }

    /// Sends spans by the OpenTelemetry protocol over HTTP, to a receiver's address for all signals,
    /// usually `http://localhost:4318`; the path `v1/traces` is added. Needs the feature `otlp`, and
    /// makes `OTEL_TRACES_EXPORTER` ineffective.
    pub fn otlp(self, url: impl Into<String>) -> Self {
        self.destination(Destination::Otlp(
            Address::said(url.into()).for_all_signals(),
        ))
    }

    /// Sends spans to a Jaeger collector, usually `http://localhost:14268/api/traces`, or to an agent,
    /// usually `udp://localhost:6831`. Needs the feature `jaeger`, and makes `OTEL_TRACES_EXPORTER`
    /// ineffective.
    ///
    /// An agent gets Thrift's binary protocol on port 6832, where agents listen for it, and the compact one
    /// on every other port, unless `OTEL_EXPORTER_JAEGER_PROTOCOL` says which. For the binary protocol on
    /// another port give [`exporter`](Setup::exporter) a `JaegerExporter::udp_binary`.
    pub fn jaeger(self, url: impl Into<String>) -> Self {
        self.destination(Destination::Jaeger(Address::said(url.into())))
    }

    /// Sends spans to a Zipkin server, usually `http://localhost:9411/api/v2/spans`. Needs the
    /// feature `zipkin`, and makes `OTEL_TRACES_EXPORTER` ineffective.
    pub fn zipkin(self, url: impl Into<String>) -> Self {
        self.destination(Destination::Zipkin(Address::said(url.into())))
    }

    /// Sends spans with an exporter of your own, behind a batch processor. Makes
    /// `OTEL_TRACES_EXPORTER` ineffective.
    pub fn exporter(self, exporter: impl SpanExporter + 'static) -> Self {
        self.destination(Destination::Own(Box::new(exporter)))
    }

    /// Adds a processor, in front of the exporters.
    pub fn processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Arc::new(processor));
        self
    }

    /// What writes and reads headers (default: W3C trace context and baggage).
    pub fn propagator(self, propagator: impl Propagator + 'static) -> Self {
        Setup {
            propagator: Some(Arc::new(propagator)),
            ..self
        }
    }

    /// Takes name, endpoint, sampler and exporter from [`Options`]. The sampler of options always
    /// counts before `OTEL_TRACES_SAMPLER`, also where it was left at its default of 1.0, and replaces
    /// one that was set before this call.
    pub fn options(mut self, options: Options) -> Self {
        if let Err(error) = options.check() {
            self.failed.get_or_insert(error);
            return self;
        }
        let sampler = options.parent_based_ratio();
        let setup = self.service_name(&options.name).sampler(sampler);
        let address = Address::of_option(options.endpoint);
        setup.destination(match options.batcher {
            Batcher::Jaeger => Destination::Jaeger(address),
            Batcher::Otlp => Destination::Otlp(address.for_all_signals()),
            Batcher::Zipkin => Destination::Zipkin(address),
        })
    }

    /// How long a dropped guard waits for the last spans (default 5 s).
    pub fn shutdown_deadline(self, deadline: Duration) -> Self {
        Setup {
            shutdown_deadline: Some(deadline),
            ..self
        }
    }

    /// Does not read the environment.
    pub fn without_env(self) -> Self {
        Setup {
            without_env: true,
            ..self
        }
    }

    fn destination(mut self, destination: Destination) -> Self {
        self.destinations.push(destination);
        self
    }

    /// Builds the provider without installing anything.
    ///
    /// # Errors
    /// [`SetupError`] if a part cannot be made.
    pub fn build(self) -> Result<TracerProvider, SetupError> {
        let environment = self.environment();
        self.build_with(&environment)
    }

    /// Builds the provider, installs it and the propagator, and hands out the guard that ends it.
    ///
    /// # Errors
    /// [`SetupError`] if a part cannot be made or a provider is installed already; nothing is
    /// installed then.
    pub fn install(self) -> Result<ShutdownGuard, SetupError> {
        let environment = self.environment();
        let patience = self.shutdown_deadline.unwrap_or(SHUTDOWN_DEADLINE);
        let propagator = self.propagator.clone();
        let provider = self.build_with(&environment)?;
        global::install(provider.clone())?;
        match propagator {
            Some(propagator) => global::set_propagator(propagator),
            None => global::set_propagator(composite(environment.propagators.as_deref())),
        }
        Ok(ShutdownGuard::new(provider, patience))
    }

    /// What the environment says, and a word about what it says wrongly.
    fn environment(&self) -> EnvSettings {
        if self.without_env {
            return EnvSettings::default();
        }
        let (settings, warnings) = EnvSettings::from_process();
        warnings.iter().for_each(EnvWarning::report);
        if let Some(words) = self.instead(&settings, &warnings) {
            let text = format_args!("{words}");
            diagnostics::report(DiagnosticKind::Config, TRACES_EXPORTER, text);
        }
        settings
    }

    /// What to say if the environment names exporters, and none of them counts: where spans go then.
    fn instead(&self, settings: &EnvSettings, warnings: &[EnvWarning]) -> Option<String> {
        let names = warnings
            .iter()
            .any(|warning| warning.variable == TRACES_EXPORTER);
        let says = !self.destinations.is_empty() || !self.processors.is_empty();
        let nobody_else = settings.exporters.is_none() && !settings.disabled && !says;
        (names && nobody_else).then(|| {
            let default = destination::DEFAULT;
            format!("names no exporter that there is, so spans go to the default, {default}")
        })
    }

    fn build_with(self, environment: &EnvSettings) -> Result<TracerProvider, SetupError> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        if environment.disabled {
            return Ok(TracerProvider::none());
        }
        let detected = resource::detect(&self.detectors);
        let resource = resource::assemble(&detected, &environment.resource, &self.resource);
        let limits = environment.limits.apply(SpanLimits::DEFAULT);
        let mut builder = TracerProviderBuilder::new()
            .resource(resource)
            .limits(self.limits.unwrap_or(limits));
        if let Some(sampler) = self
            .sampler
            .or_else(|| environment.sampler.map(|choice| choice.build()))
        {
            builder = builder.sampler(sampler);
        }
        if let Some(ids) = self.ids {
            builder = builder.id_generator(ids);
        }
        let has_processors = !self.processors.is_empty();
        for processor in self.processors {
            builder = builder.processor(processor);
        }
        let batch = self
            .batch
            .or(environment.batch.apply(BatchConfig::default()));
        let chosen = destination::chosen(self.destinations, environment, has_processors);
        for destination in chosen.destinations {
            let at_once = destination.wants_spans_at_once();
            let exporter = destination.exporter(environment);
            let exporter = exporter.map_err(|error| error.asked_by(chosen.variable))?;
            builder = match at_once {
                true => builder.processor(SimpleSpanProcessor::new(exporter)),
                false => builder.processor(BatchSpanProcessor::new(exporter, batch.clone())?),
            };
        }
        Ok(builder.build()?)
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("resource", &self.resource)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}

/// Names the exporters of the environment.
const TRACES_EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// The propagators that the environment asks for; W3C trace context and baggage if it asks for
/// nothing (OpenTelemetry "Environment Variable Specification", `OTEL_PROPAGATORS`).
fn composite(choices: Option<&[PropagatorChoice]>) -> CompositePropagator {
    let Some(choices) = choices else {
        return CompositePropagator::w3c();
    };
    choices
        .iter()
        .fold(CompositePropagator::new(), |all, choice| match choice {
            PropagatorChoice::TraceContext => all.and(TraceContextPropagator),
            PropagatorChoice::Baggage => all.and(BaggagePropagator),
            PropagatorChoice::B3 => all.and(B3Propagator::single()),
            PropagatorChoice::B3Multi => all.and(B3Propagator::multi()),
            PropagatorChoice::Jaeger => all.and(JaegerPropagator),
            PropagatorChoice::OtTrace => all.and(OtTracePropagator),
            _ => all,
        })
}

#[cfg(test)]
mod tests;
