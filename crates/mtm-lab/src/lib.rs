//! Generator and load.
