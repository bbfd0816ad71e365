//! The integration tests: one binary, one module a subject. See tests/README.md.

mod layers;
//! The integration tests, one module an area.

mod render;
