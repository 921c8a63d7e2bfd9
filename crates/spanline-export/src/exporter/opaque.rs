//! The ready-made exporters' outside: one type a format, whatever encoder and transport it hides.
//!
//! A format may go over several transports and in several protocols, which would make as many types
//! of [`Pipeline`](super::Pipeline); users name one. What an exporter does is the pipeline's; its
//! constructors stand in the format's own file.

/// Declares the exporter of one format: a struct around any [`SpanExporter`], which it passes every
/// call on to. The call through a pointer is one a batch.
///
/// [`SpanExporter`]: spanline_core::export::SpanExporter
macro_rules! opaque_exporter {
    ($(#[$document:meta])* $name:ident) => {
        $(#[$document])*
        pub struct $name {
            inner: Box<dyn spanline_core::export::SpanExporter>,
        }

        impl $name {
            pub(super) fn of(exporter: impl spanline_core::export::SpanExporter + 'static) -> $name {
                let inner = Box::new(exporter);
                $name { inner }
            }
        }

        impl spanline_core::export::SpanExporter for $name {
            fn export(
                &mut self,
                batch: spanline_core::export::Batch<'_>,
                deadline: spanline_core::deadline::Deadline,
            ) -> Result<spanline_core::export::Exported, spanline_core::export::ExportError> {
                self.inner.export(batch, deadline)
            }

            fn force_flush(
                &mut self,
                deadline: spanline_core::deadline::Deadline,
            ) -> Result<(), spanline_core::export::ExportError> {
                self.inner.force_flush(deadline)
            }

            fn shutdown(
                &mut self,
                deadline: spanline_core::deadline::Deadline,
            ) -> Result<(), spanline_core::export::ExportError> {
                self.inner.shutdown(deadline)
            }

            fn twin(&self) -> Option<Box<dyn spanline_core::export::SpanExporter>> {
                let inner = self.inner.twin()?;
                Some(Box::new($name { inner }))
            }

            fn name(&self) -> &str {
                self.inner.name()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("name", &spanline_core::export::SpanExporter::name(self))
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(super) use opaque_exporter;
