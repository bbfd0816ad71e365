//! How well ticks find their steps again.
