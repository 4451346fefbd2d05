//! The examples, as their readers run them: each a process of its own against `lingpai dev`, with a scripted browser.

mod apps;
mod resource_server;
