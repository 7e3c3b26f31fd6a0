//! The engines, and promises that every one of them keeps.
//!
//! A promise is a function of the engine; [`contract!`] makes a test of it for each. What only one
//! engine can be asked (its file, its bytes) is an ordinary test beside.

/// Runs each promise on every engine, as tests `sqlite::promise` and `mariadb::promise`. One that
/// is not listed is dead code, which does not pass.
macro_rules! contract {
    ($($promise:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $promise() {
                    $crate::engine::Engine::Sqlite.keeps(super::$promise);
                }
            )+
        }

        mod mariadb {
            $(
                #[test]
                fn $promise() {
                    $crate::engine::Engine::MariaDb.keeps(super::$promise);
                }
            )+
        }
    };
}
pub(crate) use contract;

/// A database that keeps a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Embedded, a file.
    Sqlite,
    /// A server.
    MariaDb,
}

impl Engine {
    /// Runs `promise` on this engine, where the machine has it.
    pub(crate) fn keeps(self, promise: impl AsyncFnOnce(Engine)) {
        if self == Self::MariaDb && crate::home::server().is_none() {
            return;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(4)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(promise(self));
    }

    /// Whether every lot number is used. A server leases numbers in blocks, so that its bookings
    /// do not wait for each other; what a refusal or a restart leaves of one is lost.
    pub(crate) fn uses_every_number(self) -> bool {
        self == Self::Sqlite
    }
}
