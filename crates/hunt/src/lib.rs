//! Room `hunt` of Onus; see ARCHITECTURE.md.
