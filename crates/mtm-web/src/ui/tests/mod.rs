//! What every page promises: valid ids, labelled controls, nothing inline, colours that can be read.

mod example;
mod html;
mod pages;
mod palette;
mod scripts;
