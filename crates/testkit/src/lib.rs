//! In-process application, browser, relying party and builders for the tests.
