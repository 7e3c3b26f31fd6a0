//! Builds again when a file below `assets/` appears or goes: the embedding macro itself only
//! notices changed ones.

fn main() {
    println!("cargo::rerun-if-changed=assets");
}
