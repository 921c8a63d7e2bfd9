//! Code of the program's that the pipeline calls may ask the same pipeline for a flush or a shutdown.
//! It gets an answer at once: nothing waits for itself, and nothing is forgotten for it.
//!
//! OpenTelemetry specification, "ForceFlush" and "Shutdown": the caller learns whether it worked, failed
//! or ran out of time.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use spanline_core::diagnostics::{self, Diagnostic, DiagnosticKind};
use spanline_core::export::{Batch, ExportError, Exported, SpanExporter};
use spanline_core::view::SpanView;
use spanline_core::{Deadline, FlushError, LossReport, ShutdownError, TracerProvider};
use spanline_sdk::processor::{
    BatchConfig, BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor,
};
use spanline_sdk::provider::TracerProviderBuilder;
use std::sync::{Arc, Mutex, OnceLock};
use support::{Ear, NEVER, PATIENCE, Probe, Watched, batching, block_on, end_spans, in_time};

/// The provider that code of ours asks, once there is one.
type Asked = Arc<OnceLock<TracerProvider>>;

/// One provider with a batch processor and one with a simple one, each around an exporter.
fn both<E: SpanExporter + 'static>(exporter: impl Fn(Asked) -> E) -> [TracerProvider; 2] {
    [false, true].map(|simple| {
        let asked = Asked::default();
        let exporter = exporter(Arc::clone(&asked));
        let builder = TracerProviderBuilder::new();
        let builder = if simple {
            builder.processor(SimpleSpanProcessor::new(exporter))
        } else {
            let config = BatchConfig::default().schedule_delay(NEVER);
            builder.processor(BatchSpanProcessor::new(exporter, config).unwrap())
        };
        let provider = builder.build().unwrap();
        asked.set(provider.clone()).unwrap();
        provider
    })
}

/// Asks from within `export` and from its destructor.
struct Asks {
    provider: Asked,
    told: Arc<Watched<Vec<String>>>,
}

impl SpanExporter for Asks {
    fn export(&mut self, _: Batch<'_>, _: Deadline) -> Result<Exported, ExportError> {
        let provider = self.provider.get().unwrap();
        let flushed = block_on(provider.force_flush_async(Deadline::NEVER));
        let shut_down = block_on(provider.shutdown_async(Deadline::NEVER));
        self.told.change(|told: &mut Vec<_>| {
            told.push(format!("{}", flushed.unwrap_err()));
            told.push(format!("{}", shut_down.unwrap_err()));
        });
        Ok(Exported::ALL)
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.get() {
            let _ = provider.shutdown(Deadline::NEVER);
        }
    }
}

/// Nor may it wait without blocking its thread: the future says no.
#[test]
fn an_exporter_that_asks_is_refused() {
    let told = Arc::new(Watched::default());
    let providers = both(|provider| Asks {
        provider,
        told: Arc::clone(&told),
    });
    in_time(move || {
        for provider in providers {
            end_spans(&provider, 1);
            provider.force_flush(Deadline::NEVER).unwrap();
            assert!(provider.shutdown(Deadline::NEVER).unwrap().is_empty());
            assert!(provider.stats().balances());
        }
    });
    told.read(|told| {
        assert_eq!(told.len(), 4);
        let refused = told.iter().all(|text| text.contains("inside an exporter"));
        assert!(refused, "{told:?}");
    });
}

/// What a shutdown tells is told from within it.
#[test]
fn a_diagnostics_handler_that_shuts_down_gets_an_answer() {
    let _alone = Ear::new();
    for provider in both(|_| Probe::new(|_, _| Err(ExportError::ShutDown)).0) {
        let (asked, answers) = (provider.clone(), Arc::new(Watched::default()));
        let told = Arc::clone(&answers);
        diagnostics::set_handler(move |heard: &Diagnostic<'_>| {
            if heard.kind == DiagnosticKind::Shutdown {
                let answer = asked.shutdown(Deadline::NEVER);
                told.change(|told: &mut Vec<_>| told.push(answer));
            }
        });
        end_spans(&provider, 1);
        let _ = in_time(move || provider.shutdown(Deadline::NEVER));
        answers.read(|told| assert_eq!(told, &[Err(ShutdownError::AlreadyShutDown)]));
    }
}

/// A processor whose shutdown shuts its provider down, which it holds until then.
struct Recurs(Arc<Mutex<Option<TracerProvider>>>);

impl SpanProcessor for Recurs {
    fn on_end(&self, _: SpanView<'_>) {}

    fn shutdown(&self, deadline: Deadline) -> Result<LossReport, ShutdownError> {
        let provider = self.0.lock().unwrap().take().unwrap();
        let answer = provider.shutdown(deadline);
        assert_eq!(answer, Err(ShutdownError::AlreadyShutDown));
        Ok(LossReport::default())
    }
}

#[test]
fn a_processor_that_shuts_its_provider_down_gets_an_answer() {
    for others in 0..3 {
        let asked = Arc::new(Mutex::new(None));
        let mut builder = TracerProviderBuilder::new().processor(Recurs(Arc::clone(&asked)));
        for _ in 0..others {
            builder = builder.processor(SimpleSpanProcessor::new(Probe::willing().0));
        }
        let provider = builder.build().unwrap();
        *asked.lock().unwrap() = Some(provider.clone());
        assert_eq!(
            in_time(move || provider.shutdown(Deadline::NEVER)),
            Ok(LossReport::default())
        );
    }
}

/// The last handle goes where a shutdown would wait for itself: it happens all the same, elsewhere.
#[test]
fn an_exporter_that_drops_the_last_handle_ends_the_pipeline() {
    let last = Arc::new(Mutex::new(None::<TracerProvider>));
    let theirs = Arc::clone(&last);
    let (probe, seen) = Probe::new(move |_, _| {
        drop(theirs.lock().unwrap().take());
        Ok(Exported::ALL)
    });
    let provider = batching(probe, BatchConfig::default().max_export_batch_size(1));
    let tracer = provider.tracer("test");
    *last.lock().unwrap() = Some(provider);
    tracer.start("span").end();
    seen.until("the exporter is gone", |seen| seen.dropped);
    seen.read(|seen| assert_eq!((seen.spans(), seen.shutdowns), (1, 1)));
    assert!(!tracer.enabled());
}

/// A processor that its owner has shut down before says so; that is not what the others say.
#[test]
fn who_was_shut_down_before_does_not_speak_for_the_others() {
    let _alone = Ear::new();
    let provider_of = |others: Probe| {
        let owned = Probe::willing().0;
        let owned = Arc::new(BatchSpanProcessor::new(owned, BatchConfig::default()).unwrap());
        let other = BatchSpanProcessor::new(others, BatchConfig::default()).unwrap();
        let provider = TracerProviderBuilder::new()
            .processor(Arc::clone(&owned))
            .processor(other)
            .build()
            .unwrap();
        owned.shutdown(Deadline::after(PATIENCE)).unwrap();
        end_spans(&provider, 1);
        provider
    };
    let fine = provider_of(Probe::willing().0);
    fine.force_flush(PATIENCE).unwrap();
    let lost = fine.shutdown(PATIENCE).unwrap();
    assert_eq!((lost.total(), lost.dropped.after_shutdown), (1, 1));
    assert_eq!(lost, fine.stats().lost());

    let fails = provider_of(Probe::new(|_, _| Err(ExportError::ShutDown)).0);
    assert!(matches!(
        fails.force_flush(PATIENCE),
        Err(FlushError::Exporter(_))
    ));
    end_spans(&fails, 1);
    assert!(matches!(
        fails.shutdown(PATIENCE),
        Err(ShutdownError::Exporter(..))
    ));
}
