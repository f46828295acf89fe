//! The methods of everything that is read in chunks.

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use crate::error::Error;

/// Something that is read chunk by chunk.
pub trait Chunks: Send + Sized {
    /// Returns the next chunk; `None` at the end.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> + Send;
}

/// Reads the rest into memory.
///
/// # Errors
/// The errors of the chunks.
pub async fn collect(mut chunks: impl Chunks) -> Result<Bytes, Error> {
    let mut all = BytesMut::new();
    while let Some(chunk) = chunks.chunk().await? {
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}

/// The chunks, as a stream.
pub fn stream(chunks: impl Chunks) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    futures_util::stream::try_unfold(chunks, |mut chunks| async move {
        Ok(chunks.chunk().await?.map(|chunk| (chunk, chunks)))
    })
}
