//! The façade's side of the file: its writer, its readers, and what they are made of.

use std::path::PathBuf;

use super::connection;
use super::readers::Readers;
use super::schema;
use super::writer::{Shared, Writer};
use crate::fault::Fault;
use crate::ledger::{OpenError, OpenOptions};

/// How many exports are read at once; more wait for one to end.
const STREAMS: usize = 2;

/// The engine. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) path: PathBuf,
    #[cfg(test)]
    pub(crate) shared: Shared,
    pub(crate) readers: Readers,
    pub(crate) streams: Readers,
    pub(crate) writer: Writer,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the file, making and migrating it as needed. Blocks.
    pub(crate) fn open(shared: Shared, options: &OpenOptions) -> Result<Self, OpenError> {
        let path = shared.path.clone();
        let mut connection = connection::open_writer(&path, options.create)?;
        schema::migrate(&mut connection, &path, &*options.clock)?;
        #[cfg(test)]
        let kept = shared.clone();
        let writer = Writer::start(connection, shared).map_err(|failure| OpenError::Corrupt {
            path: path.clone(),
            message: Fault::from(failure).to_string(),
        })?;
        let readers = Readers::new(path.clone(), options.readers, connection::READERS_CACHE_KIB);
        let streams = Readers::new(path.clone(), STREAMS, connection::STREAMS_CACHE_KIB);
        Ok(Self {
            path,
            #[cfg(test)]
            shared: kept,
            readers,
            streams,
            writer,
        })
    }

    /// Ends the engine.
    pub(crate) async fn close(&self) {
        // The writer last: only it may carry the log over and remove it.
        self.readers.close().await;
        self.streams.close().await;
        self.writer.stop().await;
    }
}
