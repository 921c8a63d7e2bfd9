//! Putting a provider together.

use super::outlooks::Outlooks;
use super::{Ids, Runtime};
use crate::build_error::BuildError;
use crate::clock::{Clock, TickClock};
use crate::counters::PerThread;
use crate::id_generator::IdGenerator;
use crate::processor::{BatchConfig, BatchSpanProcessor, Called, FanOut, Pipeline, SpanProcessor};

use crate::resource::default_resource;
use crate::sampler::{AlwaysOn, ParentBased, Sampler};
use crate::shutdown::ShutdownOnce;
use spanline_core::backend::Profile;
use spanline_core::export::SpanExporter;
use spanline_core::record::SpanLimits;
use spanline_core::{Resource, TracerProvider};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Builds a [`TracerProvider`] from parts, with the specification's defaults for what is not given:
/// sample everything unless the parent says otherwise, random ids, the default resource and limits.
///
/// ```
/// # use spanline_sdk::{provider::TracerProviderBuilder, testing::InMemoryExporter};
/// let exporter = InMemoryExporter::default();
/// let provider = TracerProviderBuilder::new().exporter(exporter.clone()).build()?;
/// provider.tracer("shop").start("checkout").end();
/// provider.force_flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.spans().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[must_use = "a provider is made by `build`"]
pub struct TracerProviderBuilder {
    resource: Option<Resource>,
    sampler: Option<Box<dyn Sampler>>,
    ids: Option<Box<dyn IdGenerator>>,
    limits: SpanLimits,
    clock: Option<Box<dyn Clock>>,
    processors: Vec<Called>,
    /// The first part that could not be made; told by `build`.
    failed: Option<BuildError>,
}

impl TracerProviderBuilder {
    /// A builder with every default and no processor.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who sends the spans. Replaces the default resource; merge with it to keep it.
    pub fn resource(self, resource: Resource) -> Self {
        TracerProviderBuilder {
            resource: Some(resource),
            ..self
        }
    }

    /// Decides which spans are recorded (default: [`ParentBased`] over [`AlwaysOn`]).
    pub fn sampler(self, sampler: impl Sampler + 'static) -> Self {
        TracerProviderBuilder {
            sampler: Some(Box::new(sampler)),
            ..self
        }
    }

    /// Makes ids (default: random ones).
    pub fn id_generator(self, generator: impl IdGenerator + 'static) -> Self {
        TracerProviderBuilder {
            ids: Some(Box::new(generator)),
            ..self
        }
    }

    /// What a span may grow to.
    pub fn limits(self, limits: SpanLimits) -> Self {
        TracerProviderBuilder { limits, ..self }
    }

    /// Tells the time (default: the processor's cycle counter, tied to the system's time).
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        TracerProviderBuilder {
            clock: Some(Box::new(clock)),
            ..self
        }
    }

    /// Adds a processor; they are called in the order in which they are added.
    pub fn processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Called::new(processor));
        self
    }

    /// Adds a batch processor with default settings in front of `exporter`.
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        match BatchSpanProcessor::new(exporter, BatchConfig::default()) {
            Ok(processor) => self.processor(processor),
            Err(error) => {
                self.failed.get_or_insert(error);
                self
            }
        }
    }

    /// Puts the provider together. No I/O is done.
    ///
    /// # Errors
    /// [`BuildError`] if a part could not be made.
    pub fn build(self) -> Result<TracerProvider, BuildError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let resource = self.resource.unwrap_or_else(default_resource);
        let foreign_clock = self.clock.is_some();
        let clock = Arc::new(self.clock.map_or_else(TickClock::system, TickClock::custom));
        let pipeline = Pipeline::new(resource.clone(), Arc::clone(&clock));
        let processors = FanOut::new(self.processors, &pipeline);
        let watches = processors.watches();
        let sampler = self
            .sampler
            .unwrap_or_else(|| Box::new(ParentBased::new(AlwaysOn)));
        let rule = sampler.rule();
        let (ids, outlooks) = match self.ids {
            None => (Ids::Random, Outlooks::of(&rule)),
            Some(ids) => (Ids::Custom(ids), Outlooks::open()),
        };
        Ok(TracerProvider::from_backend(Runtime {
            rule,
            outlooks,
            sampler,
            ids,
            clock,
            resource,
            profile: Profile {
                limits: self.limits,
                watches_start: watches.start,
                watches_ending: watches.ending,
                foreign_clock,
            },
            processors,
            counts: PerThread::new(),
            shutdown: ShutdownOnce::new(),
            told_of_late: AtomicBool::new(false),
        }))
    }
}

impl fmt::Debug for TracerProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerProviderBuilder")
            .field("processors", &self.processors.len())
            .finish_non_exhaustive()
    }
}
