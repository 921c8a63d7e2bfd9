//! Whether requests are made smaller before they are sent, as it was asked for.

#[cfg(feature = "gzip")]
pub(in crate::transport) use super::gzip::Gzip;
use crate::error::BuildError;

/// What becomes of a request before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Nothing.
    #[default]
    None,
    /// It is compressed with gzip, and says so in `Content-Encoding`. Takes some microseconds for
    /// each kilobyte of the worker's time, and leaves a tenth to a fifth of most batches. Needs the
    /// feature `gzip`; without it, an exporter that asks for it is not built.
    Gzip,
}

/// Nobody has one without the feature `gzip`.
#[cfg(not(feature = "gzip"))]
#[derive(Debug)]
pub(in crate::transport) enum Gzip {}

#[cfg(not(feature = "gzip"))]
impl Gzip {
    pub(in crate::transport) fn twin(&self) -> Gzip {
        match *self {}
    }

    pub(in crate::transport) fn compress(&mut self, _: &[u8]) -> &[u8] {
        match *self {}
    }
}

impl Compression {
    /// The compressor, if one is asked for.
    ///
    /// # Errors
    ///
    /// If it was not compiled in.
    pub(in crate::transport) fn gzip(self) -> Result<Option<Gzip>, BuildError> {
        match self {
            Compression::None => Ok(None),
            #[cfg(feature = "gzip")]
            Compression::Gzip => Ok(Some(Gzip::new())),
            #[cfg(not(feature = "gzip"))]
            Compression::Gzip => Err(BuildError::NeedsFeature {
                wanted: "gzip".to_owned(),
                feature: "gzip",
            }),
        }
    }
}
