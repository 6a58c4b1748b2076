//! Room `intrusion` of Onus; see ARCHITECTURE.md.
