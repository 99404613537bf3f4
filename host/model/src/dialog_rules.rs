//! What a dialog must keep to. Mattermost shows one that does not, and logs why.

use std::collections::BTreeSet;

use crate::{Dialog, DialogElement, SubmitDialogResponse};

/// Longest title of a dialog and of a field, in bytes.
const TITLE: usize = 24;
/// Longest name of a field, in bytes.
const NAME: usize = 300;
/// Longest text of a `text`, of its placeholder and of a help text, in bytes.
const TEXT: usize = 150;
/// Longest text of a `textarea` or `select`, in bytes.
const LONG_TEXT: usize = 3_000;
/// Minutes of a day.
const DAY: i32 = 1_440;

fn check(good: bool, fault: impl Into<String>) -> Result<(), String> {
    if good { Ok(()) } else { Err(fault.into()) }
}

fn is_web_address(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

fn is_plugin_path(url: &str) -> bool {
    url.starts_with("/plugins/") || url.starts_with("plugins/")
}

impl Dialog {
    /// Mattermost's `Dialog.IsValid`.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, as text.
    pub fn is_valid(&self) -> Result<(), String> {
        check(!self.title.is_empty(), "the dialog has no title")?;
        check(self.title.len() <= TITLE, format!("the title has more than {TITLE} bytes"))?;
        check(self.icon_url.is_empty() || is_web_address(&self.icon_url), "the icon's address is not http or https")?;
        let mut names = BTreeSet::new();
        for element in &self.elements {
            check(names.insert(&element.name), format!("two fields are called `{}`", element.name))?;
            element.is_valid().map_err(|fault| format!("field `{}`: {fault}", element.name))?;
        }
        Ok(())
    }
}

impl DialogElement {
    /// Mattermost's `DialogElement.IsValid`.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, as text.
    pub fn is_valid(&self) -> Result<(), String> {
        check(!self.name.is_empty() && self.name.len() <= NAME, format!("a name has 1 to {NAME} bytes"))?;
        check(
            !self.display_name.is_empty() && self.display_name.len() <= TITLE,
            format!("a display name has 1 to {TITLE} bytes"),
        )?;
        check(self.help_text.len() <= TEXT, format!("the help text has more than {TEXT} bytes"))?;
        check(!self.multiselect || self.r#type == "select", "only a select can be `multiselect`")?;
        match self.r#type.as_str() {
            "text" => self.text(TEXT),
            "textarea" => self.text(LONG_TEXT),
            "select" => self.select(),
            "bool" => {
                check(matches!(self.default.as_str(), "" | "true" | "false"), "the default is neither true nor false")?;
                check(self.placeholder.len() <= TEXT, format!("the placeholder has more than {TEXT} bytes"))
            }
            "radio" => {
                check(self.data_source.is_empty(), "a radio has no data source")?;
                check(self.default.is_empty() || self.has_option(&self.default), "the default is no option")
            }
            "date" | "datetime" => self.time(),
            other => Err(format!("the type `{other}` is unknown")),
        }
    }

    fn text(&self, limit: usize) -> Result<(), String> {
        let known = ["", "text", "email", "number", "tel", "url", "password"];
        check(known.contains(&self.subtype.as_str()), format!("the subtype `{}` is unknown", self.subtype))?;
        check(self.default.len() <= limit, format!("the default has more than {limit} bytes"))?;
        check(self.placeholder.len() <= limit, format!("the placeholder has more than {limit} bytes"))?;
        check(self.min_length >= 0, "the least length is negative")?;
        check(self.max_length == 0 || self.min_length <= self.max_length, "the least length is above the most")
    }

    fn select(&self) -> Result<(), String> {
        check(self.default.len() <= LONG_TEXT, format!("the default has more than {LONG_TEXT} bytes"))?;
        check(self.placeholder.len() <= LONG_TEXT, format!("the placeholder has more than {LONG_TEXT} bytes"))?;
        match self.data_source.as_str() {
            "" => {
                let mut defaults = self.default.split(',').map(str::trim).filter(|value| !value.is_empty());
                let good = if self.multiselect {
                    defaults.all(|value| self.has_option(value))
                } else {
                    self.default.is_empty() || self.has_option(&self.default)
                };
                check(good, "the default is no option")
            }
            "users" | "channels" => Ok(()),
            "dynamic" => {
                let url = &self.data_source_url;
                check(is_web_address(url) || is_plugin_path(url), "a dynamic select needs an address for its choices")?;
                check(self.options.is_empty(), "a dynamic select has no options of its own")
            }
            other => Err(format!("the data source `{other}` is unknown")),
        }
    }

    fn time(&self) -> Result<(), String> {
        let interval = self.datetime_config.as_ref().map_or(0, |config| config.time_interval);
        for minutes in [self.time_interval, interval] {
            let good = minutes == 0 || ((1..=DAY).contains(&minutes) && DAY % minutes == 0);
            check(good, format!("the interval is no divisor of {DAY} minutes"))?;
        }
        Ok(())
    }

    fn has_option(&self, value: &str) -> bool {
        self.options.iter().any(|option| option.value == value)
    }
}

impl SubmitDialogResponse {
    /// Mattermost's `SubmitDialogResponse.IsValid`.
    ///
    /// # Errors
    ///
    /// The rule that is broken, as text.
    pub fn is_valid(&self) -> Result<(), String> {
        // An error makes everything else ignored.
        if !self.error.is_empty() || !self.errors.is_empty() {
            return Ok(());
        }
        match (self.r#type.as_str(), &self.form) {
            ("form", Some(form)) => form.is_valid(),
            ("form", None) => Err("the answer promises a form and has none".to_owned()),
            ("" | "ok", None) | ("navigate", None) => Ok(()),
            ("" | "ok" | "navigate", Some(_)) => Err("the answer has a form and does not say so".to_owned()),
            (other, _) => Err(format!("the answer's type `{other}` is unknown")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PostActionOptions;

    fn field(r#type: &str) -> DialogElement {
        DialogElement { name: "n".into(), display_name: "N".into(), r#type: r#type.into(), ..DialogElement::default() }
    }

    #[test]
    fn a_dialog_has_a_short_title_and_fields_of_different_names() {
        let good = Dialog { title: "T".into(), elements: vec![field("text")], ..Dialog::default() };
        good.is_valid().unwrap();
        for bad in [
            Dialog::default(),
            Dialog { title: "t".repeat(25), ..good.clone() },
            Dialog { icon_url: "ftp://x".into(), ..good.clone() },
            Dialog { elements: vec![field("text"), field("bool")], ..good.clone() },
            Dialog { elements: vec![field("slider")], ..good },
        ] {
            bad.is_valid().unwrap_err();
        }
    }

    #[test]
    fn each_kind_of_field_has_its_rules() {
        let option = PostActionOptions { text: "A".into(), value: "a".into() };
        let choice = DialogElement { options: vec![option], default: "a".into(), ..field("select") };
        choice.is_valid().unwrap();
        DialogElement { multiselect: true, ..choice.clone() }.is_valid().unwrap();
        DialogElement { time_interval: 30, ..field("datetime") }.is_valid().unwrap();
        for bad in [
            DialogElement { default: "b".into(), ..choice.clone() },
            DialogElement { data_source: "dynamic".into(), ..choice },
            DialogElement { multiselect: true, ..field("text") },
            DialogElement { min_length: 2, max_length: 1, ..field("text") },
            DialogElement { default: "maybe".into(), ..field("bool") },
            DialogElement { time_interval: 7, ..field("datetime") },
        ] {
            bad.is_valid().unwrap_err();
        }
    }
}
