//! Room `event` of Onus; see ARCHITECTURE.md.
