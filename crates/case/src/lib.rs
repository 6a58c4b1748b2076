//! Room `case` of Onus; see ARCHITECTURE.md.
