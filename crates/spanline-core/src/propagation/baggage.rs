//! The W3C Baggage propagator: the `baggage` header.
//!
//! Source: W3C Baggage, "Header Content" and "Limits"; OpenTelemetry specification, "Baggage API",
//! "Propagation". Reading is in `baggage/read.rs`, writing in `baggage/write.rs`.

use super::{ExtractError, Extractor, Injector, Propagator, contained};
use crate::baggage::Baggage;
use crate::context::Context;
use crate::diagnostics::{self, DiagnosticKind};

mod read;
mod write;

const BAGGAGE: &str = "baggage";

/// Reads and writes the `baggage` header.
///
/// At most 64 entries and 8,192 bytes are read from a carrier, over all its `baggage` lines, and
/// no more is written; what does not fit is left out entry by entry. Malformed entries are left
/// out, too. What is read is added to the baggage of the context; of a name that is in both, the
/// received value stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct BaggagePropagator;

impl Propagator for BaggagePropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let baggage = context.baggage();
        if !baggage.is_empty() {
            inject(baggage, carrier);
        }
    }

    fn try_extract(
        &self,
        context: &Context,
        carrier: &dyn Extractor,
    ) -> Result<Context, ExtractError> {
        let mut extracted = context.clone();
        if let Some(received) = received(carrier)? {
            add(&mut extracted, received);
        }
        Ok(extracted)
    }

    fn fields(&self) -> Vec<&str> {
        vec![BAGGAGE]
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let mut extracted = context.clone();
        self.extract_onto(&mut extracted, carrier);
        extracted
    }

    fn extract_onto(&self, context: &mut Context, carrier: &dyn Extractor) {
        match contained("extract", || received(carrier)) {
            Some(Ok(Some(received))) => add(context, received),
            Some(Err(error)) => error.report(),
            Some(Ok(None)) | None => {}
        }
    }
}

/// Apart, so that a context without baggage pays for nothing.
#[inline(never)]
fn inject(baggage: &Baggage, carrier: &mut dyn Injector) {
    let (header, left_out) = write::header(baggage);
    if !header.is_empty() {
        carrier.set(BAGGAGE, &header);
    }
    if left_out > 0 {
        diagnostics::report(
            DiagnosticKind::Propagation,
            BAGGAGE,
            format_args!(
                "entries not sent: {left_out}, over the limits or with names that are no tokens"
            ),
        );
    }
}

/// What the carrier holds; `None` if there is not even an empty header.
#[inline]
fn received(carrier: &dyn Extractor) -> Result<Option<Baggage>, ExtractError> {
    let mut reader = None;
    carrier.get_all(BAGGAGE, &mut |line| {
        reader.get_or_insert_with(read::Reader::new).push_line(line);
    });
    reader.map(read::Reader::finish).transpose()
}

/// Adds to the baggage of the context what was received.
fn add(context: &mut Context, received: Baggage) {
    let baggage = merge(context.baggage(), received);
    *context = std::mem::take(context).with_baggage(baggage);
}

/// Both; where a name is in both, `received` wins.
pub(super) fn merge(known: &Baggage, received: Baggage) -> Baggage {
    if known.is_empty() {
        return received;
    }
    received.iter().fold(known.clone(), |baggage, entry| {
        baggage.with_metadata(entry.name, entry.value, entry.metadata)
    })
}

/// Bytes that stand for themselves in a value; `%` is one of them only where text is read.
///
/// ```text
/// baggage-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
/// ```
const fn is_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

pub(super) mod property;

#[cfg(test)]
mod tests;
