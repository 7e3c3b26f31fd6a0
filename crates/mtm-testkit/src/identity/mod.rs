//! Identity providers: a certified one ([`OidcProvider`]), and one that says whatever a test wants
//! ([`IdentityServer`]), with keys of every kind to sign with ([`Signer`]).

mod certified;
mod machine;
mod server;
mod signer;

pub use certified::OidcProvider;
pub use machine::MachineKey;
pub use server::{Asked, IdentityServer, Said};
pub use signer::{Signer, authenticated, unsigned};
