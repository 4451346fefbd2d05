//! Nothing to link: the tests are the one binary `all`.
