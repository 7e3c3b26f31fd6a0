//! Rules of single commands, told as small stories.
