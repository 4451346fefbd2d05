//! The one place where a proof becomes a session.
