//! Room `proof` of Onus; see ARCHITECTURE.md.
