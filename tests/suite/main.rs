//! The one integration binary.

mod extract;
