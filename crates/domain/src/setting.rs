//! A setting, declared once (ARCHITECTURE, I4): from one `step!` come the struct, the form field, the parser, the help,
//! the default, the examples and the documentation. The settings are declared in [`crate::steps`].

use crate::draft::Draft;
use crate::finding::FindingLocation;
use crate::secret::Secrets;
use crate::step::Step;
use crate::value::{Control, SettingType, ValueError};

/// The key of a setting: `database.host`. Code names it by [`crate::steps::keys`], where the compiler knows each.
pub type Key = &'static str;

/// Everything that is declared about one setting: all but its value.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key, such as `database.host`; in the node table, `clustering.nodes.host`.
    pub key: Key,
    /// Its name in the table of a plan file: `host`.
    pub name: &'static str,
    /// The step that asks for it.
    pub step: Step,
    /// The label on the page.
    pub label: &'static str,
    /// WSO2's term and its meaning in one line.
    pub help: &'static str,
    /// The value of an empty answer.
    pub default: Option<&'static str>,
    /// Where the default comes from, such as `WSO2 default`; empty without a default.
    pub source: &'static str,
    /// Defaults that depend on the answer to another setting.
    pub follows: Option<DependentDefaults>,
    /// The secrets whose destination this setting decides: the host and the protection of the connection. If a visitor
    /// changes it, these secrets are deleted: [`crate::sharing::redirected`].
    pub sends: &'static [Key],
    /// Two different accepted values. Those of a secret appear only in tests.
    pub examples: [&'static str; 2],
    /// Whether an empty answer is a problem.
    pub required: bool,
    /// How it is entered.
    pub control: Control,
    /// Whether the setting applies with the other answers.
    pub shown: fn(&Draft) -> bool,
    /// Parses one value and formats it again, for single fields of the page and the plan file. Not for secrets.
    pub canonical: fn(&str) -> Result<String, ValueError>,
}

/// Defaults that depend on the answer to another setting: the version's on the product's, for example.
#[derive(Clone, Copy, Debug)]
pub struct DependentDefaults {
    /// The key of the other setting.
    pub key: Key,
    /// The table that it is in.
    pub table: fn() -> &'static [Setting],
    /// Its answers, each with the default for this setting. If the other answer changes, the default of the old answer
    /// counts as not entered.
    pub defaults: &'static [(&'static str, &'static str)],
}

impl Setting {
    /// The value that a plan without answers uses, or an empty text.
    #[must_use]
    pub fn default_text(&self) -> &'static str {
        self.default.unwrap_or("")
    }

    /// The default with the answers of `draft`, or an empty text.
    #[must_use]
    pub fn default_for(&self, draft: &Draft) -> &'static str {
        let followed = self.follows.and_then(|follows| {
            let answer = answer_among((follows.table)(), draft, follows.key);
            follows.defaults.iter().find(|(other, _)| *other == answer).map(|(_, default)| *default)
        });
        followed.unwrap_or(self.default_text())
    }

    /// Whether `text` is the default of another answer: a form sent it before the answer changed.
    #[must_use]
    pub fn is_default_of_other(&self, text: &str, draft: &Draft) -> bool {
        self.follows.is_some_and(|follows| {
            let is_default = follows.defaults.iter().any(|(_, default)| *default == text);
            is_default && self.default_for(draft) != text
        })
    }

    /// The ID of its form field; `row` is the node's row, from 0.
    #[must_use]
    pub fn field_id(&self, row: Option<usize>) -> String {
        crate::finding::field_id(self.key, row)
    }
}

impl Draft {
    /// The answer to `setting`, trimmed, or the default with these answers. `row` is the node's row, from 0.
    #[must_use]
    pub fn answer<'a>(&'a self, setting: &Setting, row: Option<usize>) -> &'a str {
        let given = match row {
            Some(row) => self.nodes.get(row).and_then(|node| node.get(setting.name)),
            None => self.answers.get(setting.key),
        };
        match given.map(|text| text.trim()) {
            Some(text) if !setting.is_default_of_other(text, self) => text,
            _ => setting.default_for(self),
        }
    }
}

/// The answer to the setting of `table` with this key, or its default; empty where the table has no such setting.
pub(crate) fn answer_among<'a>(table: &[Setting], draft: &'a Draft, key: &str) -> &'a str {
    table.iter().find(|setting| setting.key == key).map_or("", |setting| draft.answer(setting, None))
}

/// Why a field could not be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldProblem {
    /// Where the field is.
    pub at: FindingLocation,
    /// What is the case, and what to enter.
    pub problem: ValueError,
}

/// The source of the fields of one step or one node.
pub struct AnswerSource<'a> {
    /// The answers, including those that decide whether a setting applies.
    pub draft: &'a Draft,
    /// The secrets.
    pub secrets: &'a Secrets,
    /// The node's row, from 0, for the node table.
    pub row: Option<usize>,
}

impl AnswerSource<'_> {
    /// Reads one field; a problem goes to `problems` and gives `None`.
    pub fn field<F: SettingType>(&self, setting: &Setting, problems: &mut Vec<FieldProblem>) -> Option<F> {
        if !(setting.shown)(self.draft) {
            // A setting that does not apply has its default or is absent.
            return F::absent().or_else(|| setting.default.and_then(|default| F::read(default).ok()));
        }
        let at = FindingLocation { step: setting.step, setting: Some(setting.key.to_owned()), row: self.row };
        let read = if F::CONTROL.is_secret() {
            self.secrets.get(setting.key).filter(|secret| !secret.is_empty()).map(F::take)
        } else {
            let text = self.draft.answer(setting, self.row);
            (!text.is_empty()).then(|| F::read(text))
        };
        let problem = match read {
            Some(Ok(field)) => return Some(field),
            Some(Err(problem)) => problem,
            None if setting.required => {
                let act = if matches!(F::CONTROL, Control::Choice(_)) { "Choose" } else { "Enter" };
                ValueError::new("", format!("{act} the {}.", label_in_sentence(setting.label)))
            }
            None => return F::absent(),
        };
        problems.push(FieldProblem { at, problem });
        None
    }
}

/// Names that keep their capital within a sentence.
const PROPER_NAMES: [&str; 4] = ["Active Directory", "Hazelcast", "Kubernetes", "Connector/J"];

/// A label within a sentence: `Database host` → `database host`, but `JDK` and `Kubernetes namespace` stay.
#[must_use]
pub fn label_in_sentence(label: &str) -> String {
    if PROPER_NAMES.iter().any(|name| label.starts_with(name)) {
        return label.to_owned();
    }
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

/// Declares a step: a struct of its answers, the keys of its settings, and the settings with label, help, default, source and
/// examples. Forms, the plan file and docs/settings.md come from it.
///
/// ```
/// use domain::step;
/// use domain::step::Step;
/// use domain::values::{DatabaseHost, Port};
///
/// step! {
///     /// The mail server.
///     Mail, MailKeys: Step::Product, "mail";
///     host: DatabaseHost {
///         label: "Mail host",
///         help: "Host name or IP address.",
///         examples: ["mail.internal.example.com", "10.20.0.9"],
///     }
///     port: Port {
///         label: "Mail port",
///         help: "TCP port.",
///         default: "25" from "RFC 5321",
///         examples: ["25", "587"],
///     }
/// }
///
/// assert_eq!(Mail::KEYS.port, "mail.port");
/// assert_eq!(Mail::SETTINGS[1].default, Some("25"));
/// ```
#[macro_export]
macro_rules! step {
    (
        $(#[$meta:meta])*
        $name:ident, $keys:ident: $step:expr, $table:literal;
        $(
            $field:ident: $type:ty {
                label: $label:literal,
                help: $help:literal,
                $(default: $default:tt from $source:literal,)?
                $(follows: $follows:expr,)?
                $(sends: [$($secret:ident),+],)?
                examples: [$one:literal, $two:literal],
                $(shown: $shown:expr,)?
                $(required: $required:literal,)?
            }
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name { $(#[doc = $help] pub $field: $type,)+ }

        #[doc = concat!("The keys of the settings in the table `", $table, "`, by their names.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $keys { $(#[doc = $label] pub $field: $crate::setting::Key,)+ }

        impl $name {
            /// The keys of the settings.
            pub const KEYS: $keys = $keys { $($field: concat!($table, ".", stringify!($field)),)+ };

            /// The settings of this table, in the order of the page.
            pub const SETTINGS: &'static [$crate::setting::Setting] = &[$(
                $crate::setting::Setting {
                    key: Self::KEYS.$field,
                    name: stringify!($field),
                    step: $step,
                    label: $label,
                    help: $help,
                    default: $crate::step!(@default $($default)?),
                    source: concat!("", $($source)?),
                    follows: $crate::step!(@follows $($follows)?),
                    sends: &[$($(Self::KEYS.$secret),+)?],
                    examples: [$one, $two],
                    required: $crate::step!(@required $($required)?),
                    control: <$type as $crate::value::SettingType>::CONTROL,
                    shown: $crate::step!(@shown $($shown)?),
                    canonical: |text| <$type as $crate::value::SettingType>::read(text)
                        .map(|field| $crate::value::SettingType::canonical(&field)),
                },
            )+];

            /// Reads all fields; every problem goes to `problems`, and any problem gives `None`.
            pub fn read(
                source: &$crate::setting::AnswerSource<'_>,
                problems: &mut Vec<$crate::setting::FieldProblem>,
            ) -> Option<Self> {
                let mut settings = Self::SETTINGS.iter();
                $(let $field = settings.next().and_then(|setting| source.field::<$type>(setting, problems));)+
                Some(Self { $($field: $field?,)+ })
            }
        }
    };
    (@default) => { None };
    (@default ($default:expr)) => { Some($default) };
    (@default $default:literal) => { Some($default) };
    (@follows) => { None };
    (@follows $follows:expr) => { Some($follows) };
    (@required) => { true };
    (@required $required:literal) => { $required };
    (@shown) => { |_| true };
    (@shown $shown:expr) => { $shown };
}
