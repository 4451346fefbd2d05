//! `[branding]`: what people see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[branding]`, as written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrandingSection {
    /// The name of the service, in both languages.
    pub name: BrandName,
}

/// The name of the service.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrandName {
    /// The name of the service on English pages.
    #[schemars(example = "Example ID")]
    pub en: String,
    /// The name of the service on Chinese pages.
    #[serde(rename = "zh-CN")]
    #[schemars(example = &"示例账号")]
    pub zh_cn: String,
}

impl Default for BrandName {
    fn default() -> Self {
        Self { en: "Lingpai".to_owned(), zh_cn: "令牌".to_owned() }
    }
}
