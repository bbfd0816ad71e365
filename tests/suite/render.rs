//! Rendering: cases as files, and what must hold for any procedure.
