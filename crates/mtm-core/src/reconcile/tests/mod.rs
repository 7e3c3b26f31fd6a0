//! Comparisons of two made-up books.

mod honest;
mod plant;
mod seeded;
