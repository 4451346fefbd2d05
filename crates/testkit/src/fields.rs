//! The parameters of a request, which a test bends one by one.

use protocol::percent;

/// Name and value of every parameter, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Adds a parameter, beside one of the same name if there is one.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Gives a parameter one value, in its old place if it has one.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let place = self.0.iter().position(|(own, _)| own == name);
        self.remove(name);
        let place = place.unwrap_or(self.0.len());
        self.0.insert(place, (name.to_owned(), value.to_owned()));
    }

    /// Takes a parameter away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| own != name);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The text of a query or form.
    pub(crate) fn encoded(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| format!("{}={}", percent::encode(name), percent::encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_set_added_and_removed() {
        let mut fields: Fields = [("a", "1"), ("b", "2 3")].into_iter().collect();
        fields.set("a", "9");
        fields.add("b", "&");
        assert_eq!(fields.encoded(), "a=9&b=2%203&b=%26");
        fields.set("b", "0");
        fields.set("c", "");
        assert_eq!(fields.encoded(), "a=9&b=0&c=");
        fields.remove("a");
        assert_eq!((fields.get("a"), fields.get("b")), (None, Some("0")));
    }
}
