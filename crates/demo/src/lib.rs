//! Room `demo` of Onus; see ARCHITECTURE.md.
