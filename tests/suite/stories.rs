//! Situations in the life of a ticket, one folder each.
