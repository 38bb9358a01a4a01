//! The types of settings: parsing, canonical text and form control.
//!
//! The types themselves are in [`crate::values`]; how they become fields of a step is in [`crate::setting`].

use crate::credentials::strip_credentials;
use crate::secret::Secret;

/// Why a text was rejected, and what to enter instead. Never contains the text of a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValueError {
    /// The problem: one sentence, or empty if the remedy is sufficient.
    pub what: String,
    /// What to enter: one sentence.
    pub remedy: String,
}

impl ValueError {
    /// A problem and its remedy.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// One of a fixed set of answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The value in plan files.
    pub value: &'static str,
    /// The label on the page.
    pub label: &'static str,
    /// The meaning, in one line.
    pub help: &'static str,
}

/// How a setting is entered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Control {
    /// One line, about this many characters wide.
    Text(u16),
    /// Digits, about this many characters wide (`inputmode=numeric`).
    Number(u16),
    /// One of these.
    Choice(&'static [Choice]),
    /// A password: masked, can be revealed while typing, never echoed.
    Password,
    /// A PEM text, pasted or uploaded.
    Pem,
    /// A PEM text that is secret: never echoed.
    SecretPem,
}

impl Control {
    /// Whether the answer is stored in the vault and never sent back to the page.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::SecretPem)
    }
}

/// Whether a character changes the direction of the text after it, so that it displays differently.
#[must_use]
pub const fn is_bidi_control(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value that a person enters as text.
pub trait Value: Sized {
    /// How it is entered.
    const CONTROL: Control;

    /// Parses an answer; `text` is trimmed and not empty.
    ///
    /// # Errors
    /// A [`ValueError`] that states what to enter.
    fn parse(text: &str) -> Result<Self, ValueError>;

    /// The canonical text, which parses to the same value.
    fn text(&self) -> String;
}

/// A quoted text for messages: short, on one line and without passwords.
#[must_use]
pub fn quoted(text: &str) -> String {
    let text = strip_credentials(text);
    let shown: String = text.chars().filter(|letter| !letter.is_control()).take(40).collect();
    let more = if text.chars().count() > 40 { "…" } else { "" };
    format!("“{shown}{more}”")
}

/// A type that can stand as a field of a step: a [`Value`], a secret, or an `Option` of either.
pub trait SettingType: Sized {
    /// How it is entered.
    const CONTROL: Control;

    /// The value of an empty field; `None` if the field must not be empty.
    fn absent() -> Option<Self>;

    /// Reads a trimmed text that is not empty.
    ///
    /// # Errors
    /// A [`ValueError`] that states what to enter.
    fn read(text: &str) -> Result<Self, ValueError>;

    /// Takes a secret that is not empty.
    ///
    /// # Errors
    /// A [`ValueError`] that states what to enter, without the secret.
    fn take(_secret: &Secret) -> Result<Self, ValueError> {
        Err(ValueError::new("This setting is not a secret.", "Enter it as text."))
    }

    /// The canonical text; empty for an absent value and for secrets.
    fn canonical(&self) -> String;
}

/// Makes a [`Value`] usable as a field, required or optional.
#[macro_export]
macro_rules! field_of_value {
    ($($type:ty),+ $(,)?) => { $(
        impl $crate::value::SettingType for $type {
            const CONTROL: $crate::value::Control = <$type as $crate::value::Value>::CONTROL;
            fn absent() -> Option<Self> { None }
            fn read(text: &str) -> Result<Self, $crate::value::ValueError> { $crate::value::Value::parse(text) }
            fn canonical(&self) -> String { $crate::value::Value::text(self) }
        }
        impl $crate::value::SettingType for Option<$type> {
            const CONTROL: $crate::value::Control = <$type as $crate::value::Value>::CONTROL;
            fn absent() -> Option<Self> { Some(None) }
            fn read(text: &str) -> Result<Self, $crate::value::ValueError> { $crate::value::Value::parse(text).map(Some) }
            fn canonical(&self) -> String { self.as_ref().map_or_else(String::new, $crate::value::Value::text) }
        }
    )+ };
}

/// Declares an enum whose variants are the answers of a choice, with their texts in one place.
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $value:literal, $label:literal, $help:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum $name { $(#[doc = $help] $(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// All answers, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value in plan files.
            #[must_use]
            pub const fn value(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// The label on the page.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.value())
            }
        }

        impl $crate::value::Value for $name {
            const CONTROL: $crate::value::Control = $crate::value::Control::Choice(&[
                $($crate::value::Choice { value: $value, label: $label, help: $help }),+
            ]);

            fn parse(text: &str) -> Result<Self, $crate::value::ValueError> {
                match text {
                    $($value => Ok(Self::$variant),)+
                    _ => Err($crate::value::ValueError::new(
                        format!("{} is not one of the choices.", $crate::value::quoted(text)),
                        concat!("Choose one of: " $(, $value, ", ")+).trim_end_matches(", ").to_owned() + ".",
                    )),
                }
            }

            fn text(&self) -> String { self.value().to_owned() }
        }

        $crate::field_of_value!($name);
    };
}
