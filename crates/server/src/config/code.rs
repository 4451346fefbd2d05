//! Every finding that a check can make, by number; a number is never used again for something else.

use protocol::Locale;

/// Whether a finding stops the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The server does not start.
    Error,
    /// The server starts; somebody should look.
    Warning,
}

/// The one table: number, name, the words in English and in Chinese.
macro_rules! codes {
    ($($id:literal $name:ident $en:literal $zh:literal;)+) => {
        /// What is wrong, by number: errors from C001, warnings from C101.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $en] $name),+ }

        impl Code {
            /// Every code, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The number, such as `C012`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }

            /// What is wrong, in a few words.
            pub const fn title(self, locale: Locale) -> &'static str {
                match (self, locale) { $((Self::$name, Locale::En) => $en, (Self::$name, Locale::ZhCn) => $zh),+ }
            }
        }
    };
}

codes! {
    "C001" FileUnreadable "a configuration file cannot be read" "无法读取配置文件";
    "C002" SyntaxBroken "this is not TOML" "不是有效的 TOML";
    "C003" UnknownKey "unknown setting" "未知的配置项";
    "C004" WrongType "wrong type of value" "值的类型不对";
    "C005" SettingMissing "a setting is missing" "缺少配置项";
    "C006" SecretTwice "two sources for one secret" "同一个密钥给出了两个来源";
    "C007" SecretUnavailable "a secret cannot be read" "无法读取密钥";
    "C008" UnknownValue "unknown value" "未知的值";
    "C009" OutOfRange "value out of range" "值超出范围";
    "C010" IssuerNotHttps "the issuer must use https" "issuer 必须使用 https";
    "C011" IssuerMalformed "the issuer is not in its one exact form" "issuer 不是唯一的规范形式";
    "C012" LifetimeTooLong "lifetime is longer than the one that contains it" "有效期比包含它的有效期还长";
    "C013" PeriodMalformed "not a span of time" "不是时间长度";
    "C014" AddressMalformed "not an address to listen on" "不是可监听的地址";
    "C015" DatabaseUnknown "not a database this server knows" "不支持的数据库";
    "C016" MasterKeyUnusable "the master key cannot be used" "主密钥无法使用";
    "C017" AlgorithmsUnfit "the signing algorithms do not fit" "签名算法不合要求";
    "C018" NetworkMalformed "not an address or a network" "不是地址或网段";
    "C019" DevelopmentData "this data belongs to lingpai dev" "这些数据属于 lingpai dev";
    "C101" SecretExposed "secret written in a file that others can read" "密钥写在他人可读的文件里";
    "C102" LifetimeUnusual "unusual lifetime" "少见的有效期";
    "C103" DatabaseKeepsNothing "this database keeps nothing" "该数据库不保存任何内容";
    "C104" ProxyUnnamed "no trusted proxy is named" "没有指定可信代理";
    "C105" MasterKeyExposed "others can read the master key" "主密钥可被他人读取";
}

impl Code {
    /// Error below C100, warning above.
    pub fn severity(self) -> Severity {
        if self.id() < "C100" { Severity::Error } else { Severity::Warning }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.id() < b.id()));
        assert_eq!(Code::DevelopmentData.severity(), Severity::Error);
        assert_eq!(Code::SecretExposed.severity(), Severity::Warning);
    }
}
