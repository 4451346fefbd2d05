//! `[secrets]`: the master key.

use std::path::{Path, PathBuf};

use platform::seal::{KeyFileError, MasterKey};
use platform::secret::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Code, SecretSetting, check, dev_folder, text};

/// `[secrets]`, as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretsSection {
    /// The master key, 32 random bytes in base64url. `lingpai init` makes a file that only its owner can read. Keep a
    /// copy apart from the copies of the database: without it the signing keys are lost, with it they are open.
    #[schemars(example = SecretSetting::file("/run/secrets/lingpai-master-key"))]
    pub master: SecretSetting,
}

impl Default for SecretsSection {
    fn default() -> Self {
        Self { master: SecretSetting::file(dev_folder::MASTER_KEY) }
    }
}

/// Where the master key comes from, checked.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// A file of one line.
    File(PathBuf),
    /// The key as it stands in the configuration or in a variable.
    Text(Secret),
}

impl MasterKeySource {
    /// Reads the key.
    pub fn open(&self) -> Result<MasterKey, MasterKeyError> {
        match self {
            Self::File(path) => Ok(MasterKey::from_file(path)?),
            Self::Text(text) => MasterKey::from_text(text.expose()).ok_or(MasterKeyError::Malformed),
        }
    }
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The text is no key.
    #[error("the master key is not 32 bytes in base64url")]
    Malformed,
}

const MASTER: &str = "secrets.master";

impl SecretsSection {
    pub(super) fn check(&self, check: &mut Check<'_>) -> Option<MasterKeySource> {
        let source = match &self.master {
            SecretSetting::File(path) => {
                let path = check.resolve(MASTER, path);
                warn_if_shared(&path, check);
                MasterKeySource::File(path)
            }
            SecretSetting::Env(_) | SecretSetting::Value(_) => {
                check.warn_of_exposure(MASTER, &self.master);
                MasterKeySource::Text(check.read_secret(MASTER, &self.master)?)
            }
        };
        match source.open() {
            Ok(_) => Some(source),
            Err(error) => {
                let label = match &error {
                    MasterKeyError::File(KeyFileError::Unreadable { path, source }) => {
                        let path = path.display();
                        text!("cannot read {path}: {source}", "无法读取 {path}：{source}")
                    }
                    MasterKeyError::File(KeyFileError::Exists { .. } | KeyFileError::Malformed { .. })
                    | MasterKeyError::Malformed => text!("not 32 bytes in base64url", "不是 base64url 编码的 32 字节"),
                };
                let help = text!(
                    "lingpai init makes one beside a new configuration; a lost key cannot be made again",
                    "运行 lingpai init 会连同新配置一起生成；丢失的主密钥无法重建",
                );
                check.note(Code::MasterKeyUnusable, MASTER, label, help);
                None
            }
        }
    }
}

fn warn_if_shared(path: &Path, check: &mut Check<'_>) {
    // Not an error: containers mount secrets read-only with wide modes.
    if let Some(mode) = check::shared_mode(path) {
        let path = path.display();
        let label = text!("{path} has mode {mode:o}", "{path} 的权限是 {mode:o}");
        check.note(Code::MasterKeyExposed, MASTER, label, text!("chmod 600 {path}", "chmod 600 {path}"));
    }
}
