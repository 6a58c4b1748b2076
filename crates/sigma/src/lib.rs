//! Room `sigma` of Onus; see ARCHITECTURE.md.
