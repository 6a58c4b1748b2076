//! Room `claim` of Onus; see ARCHITECTURE.md.
