//! What only the inside can prove: how the statements are planned.

mod plan;
