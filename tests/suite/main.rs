//! The integration tests: one binary, one module a subject. See tests/README.md.

mod layers;
mod render;
