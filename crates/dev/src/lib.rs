//! What the development mode adds: seed data, demo app, demo API, trial client.
