//! Span kinds: which side of a call a span describes.
//!
//! The five kinds of the OpenTelemetry tracing API ("SpanKind"). Encoders translate them into the
//! words of their wire.

/// The part a span plays between services.
///
/// A synchronous call has a `Client` span here and a `Server` span there; a message has a
/// `Producer` span here and a `Consumer` span there, later; everything else is `Internal`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Work inside one service.
    #[default]
    Internal,
    /// Handling of a remote request.
    Server,
    /// A request to a remote service, until its answer.
    Client,
    /// Handing over of a message that somebody handles later.
    Producer,
    /// Handling of a message.
    Consumer,
}

impl SpanKind {
    /// The number of this kind in OTLP (`Span.SpanKind` of opentelemetry-proto), 1 to 5.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Server => 2,
            Self::Client => 3,
            Self::Producer => 4,
            Self::Consumer => 5,
        }
    }

    /// The kind with this OTLP number; `None` for 0 (unspecified) and for numbers above 5.
    #[inline]
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Internal),
            2 => Some(Self::Server),
            3 => Some(Self::Client),
            4 => Some(Self::Producer),
            5 => Some(Self::Consumer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
