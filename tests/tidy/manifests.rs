//! The manifests: versions stand once, lints hold everywhere, nothing is declared that is not used.

use super::tree::{Source, assert_none, files, has_word, root, rust_files};

/// Declared for their features alone: the code never names them.
const FOR_FEATURES: [(&str, &str); 1] = [("platform", "sqlx")];

/// A workspace member's manifest.
pub struct Manifest {
    /// The folder below the root, as `crates/flow`.
    pub folder: String,
    /// `package.name`.
    pub name: String,
    /// Names in `[dependencies]` and `[build-dependencies]`.
    pub dependencies: Vec<String>,
    /// Names in `[dev-dependencies]`.
    pub dev_dependencies: Vec<String>,
    source: Source,
}

/// The manifests of the house.
pub fn members() -> Vec<Manifest> {
    manifests(|path| path != "Cargo.toml" && !path.starts_with("examples/"))
}

/// The manifests of the examples.
pub fn examples() -> Vec<Manifest> {
    manifests(|path| path.starts_with("examples/"))
}

fn manifests(is_wanted: fn(&str) -> bool) -> Vec<Manifest> {
    files(&["Cargo.toml"]).into_iter().filter(|file| is_wanted(&file.path)).map(Manifest::read).collect()
}

impl Manifest {
    fn read(source: Source) -> Self {
        let mut manifest = Self {
            folder: source.path.trim_end_matches("/Cargo.toml").to_owned(),
            name: String::new(),
            dependencies: Vec::new(),
            dev_dependencies: Vec::new(),
            source,
        };
        let mut section = "";
        for line in manifest.source.text.lines() {
            let line = line.trim();
            if line.starts_with('[') {
                section = line;
            } else if let Some((key, value)) = line.split_once('=') {
                let name = key.trim().split('.').next().unwrap_or_default().to_owned();
                match section {
                    "[package]" if name == "name" => manifest.name = value.trim().trim_matches('"').to_owned(),
                    "[dependencies]" | "[build-dependencies]" => manifest.dependencies.push(name),
                    "[dev-dependencies]" => manifest.dev_dependencies.push(name),
                    _ => {}
                }
            }
        }
        manifest
    }
}

#[test]
fn versions_stand_once_in_the_workspace_manifest() {
    let mut faults = Vec::new();
    for manifest in members().into_iter().chain(examples()) {
        let mut is_dependency = false;
        for (number, line) in manifest.source.lines() {
            if line.starts_with('[') {
                is_dependency = line.contains("dependencies");
            } else if is_dependency && line.contains('=') && !line.contains("workspace = true") {
                faults.push(format!("{}: {line}", manifest.source.at(number)));
            }
        }
    }
    assert_none(&faults, "write `name.workspace = true` here and the version into the root Cargo.toml");
}

#[test]
fn every_version_in_the_workspace_manifest_is_used() {
    let root = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = root.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let names = section.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    let manifests: Vec<Manifest> = members().into_iter().chain(examples()).collect();
    let is_used = |name: &str| {
        let mut declared =
            manifests.iter().flat_map(|manifest| manifest.dependencies.iter().chain(&manifest.dev_dependencies));
        declared.any(|declared| declared == name)
    };
    let faults: Vec<String> = names.map(|(name, _)| name.to_owned()).filter(|name| !is_used(name)).collect();
    assert_none(&faults, "no member uses these entries of [workspace.dependencies]");
}

#[test]
fn the_lints_of_the_workspace_hold_in_every_member() {
    let faults: Vec<String> = members()
        .into_iter()
        .chain(examples())
        .filter(|manifest| !manifest.source.text.contains("[lints]\nworkspace = true"))
        .map(|manifest| manifest.source.path)
        .collect();
    assert_none(&faults, "these manifests lack `[lints] workspace = true`");
}

#[test]
fn a_crate_is_called_like_its_folder() {
    let faults: Vec<String> = members()
        .into_iter()
        .chain(examples())
        .filter(|manifest| manifest.folder.rsplit('/').next() != Some(&manifest.name))
        .map(|manifest| format!("{}: {}", manifest.source.path, manifest.name))
        .collect();
    assert_none(&faults, "crate = directory = lib name");
}

#[test]
fn every_declared_dependency_is_used() {
    let sources = rust_files();
    let mut faults = Vec::new();
    for manifest in members().into_iter().chain(examples()) {
        let own: Vec<&Source> =
            sources.iter().filter(|file| file.path.starts_with(&format!("{}/", manifest.folder))).collect();
        for name in manifest.dependencies.iter().chain(&manifest.dev_dependencies) {
            let is_for_features = FOR_FEATURES.contains(&(manifest.name.as_str(), name.as_str()));
            let ident = name.replace('-', "_");
            if !is_for_features && !own.iter().any(|file| has_word(&file.text, &ident)) {
                faults.push(format!("{}: {name}", manifest.source.path));
            }
        }
    }
    assert_none(&faults, "no file of the crate names these dependencies");
}
