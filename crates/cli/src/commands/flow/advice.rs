//! What a refusal means and what to do, for whoever has to mend it.

use protocol::Locale;

use super::table::{FAULTS, REFUSALS};
use crate::language::Language;

/// What is known of a refusal beside its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The parameter that it is about; empty where it is about none.
    pub parameter: &'static str,
    /// The clause that it enforces.
    pub clause: &'static str,
    command: &'static str,
}

impl Advice {
    /// The command to run next, where there is one.
    pub fn command(&self, client_id: Option<&str>) -> Option<String> {
        match client_id {
            _ if self.command.is_empty() => None,
            // Only ids of clients are recorded, so this is safe to paste.
            Some(client_id) => Some(self.command.replace("{client}", client_id)),
            None if self.command.contains("{client}") => Some("lingpai client list".to_owned()),
            None => Some(self.command.to_owned()),
        }
    }
}

/// The advice for a refusal.
pub fn of(name: &str) -> Option<Advice> {
    let (_, parameter, clause, _, command) = REFUSALS.iter().find(|(known, ..)| *known == name)?;
    Some(Advice { parameter, clause, command })
}

/// What a refusal means, in one sentence; its name where this program is older than the record.
pub fn sentence(name: &str, Language(locale): Language) -> String {
    let refusal = || {
        let english = flow::Refusal::ALL.iter().find(|known| known.name() == name)?.description();
        let chinese =
            REFUSALS.iter().find(|(known, ..)| *known == name).map_or(english, |(_, _, _, chinese, _)| chinese);
        Some((english, chinese))
    };
    let fault = || FAULTS.iter().find(|(known, ..)| *known == name).map(|(_, english, chinese)| (*english, *chinese));
    match (refusal().or_else(fault), locale) {
        (Some((english, _)), Locale::En) => english.to_owned(),
        (Some((_, chinese)), Locale::ZhCn) => chinese.to_owned(),
        (None, _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_line() {
        let lines_of = |name: &str| REFUSALS.iter().filter(|(known, ..)| *known == name).count();
        let names = flow::Refusal::ALL.iter().map(|refusal| refusal.name());
        let missing: Vec<_> = names.filter(|name| lines_of(name) != 1).collect();
        assert_eq!(missing, Vec::<&str>::new(), "add these to table.rs, each once");
    }

    #[test]
    fn every_command_is_one_of_ours() {
        for (name, _, _, _, command) in REFUSALS {
            let command = command.replace("{client}", "shop");
            let words: Vec<_> = command.split(' ').filter(|word| !word.starts_with("--")).collect();
            if command.is_empty() {
                continue;
            }
            let mut found = <crate::args::Cli as clap::CommandFactory>::command();
            for word in words.iter().skip(1).take_while(|word| **word != "shop") {
                let inner = found.find_subcommand(word).cloned();
                found = inner.unwrap_or_else(|| panic!("{name}: no {word} in {command}"));
            }
        }
    }

    #[test]
    fn a_command_names_the_client_where_it_is_known() {
        let advice = of("RedirectUriUnregistered").unwrap();
        assert_eq!(advice.command(Some("shop")).as_deref(), Some("lingpai client set shop --add-redirect"));
        assert_eq!(advice.command(None).as_deref(), Some("lingpai client list"));
        assert_eq!(of("CodeUnknown").unwrap().command(Some("shop")), None);
        assert_eq!(of("nonsense"), None);
        assert_eq!(sentence("nonsense", Language(Locale::En)), "nonsense");
    }
}
