mod honest;
mod plant;
mod seeded;
