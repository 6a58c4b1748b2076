//! Room `source` of Onus; see ARCHITECTURE.md.
