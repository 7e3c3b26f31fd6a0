//! What only the inside can prove: how the statements are planned, and that both engines answer
//! alike.

mod mariadb;
mod mariadb_moment;
mod mariadb_plan;
mod plan;
#[path = "../../../tests/it/read_bulk/mod.rs"]
#[expect(dead_code, reason = "the integration tests need more of it")]
mod read_bulk;
mod statements;
mod twin;
