//! Webhooks: where another system hears of changes, and of which.

use std::fmt;

use crate::change::ACTIONS;
use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::spelling::spelled;
use crate::team::TeamId;
use crate::text::Statement;
use crate::time::Instant;

/// The identifier of a webhook.
pub type WebhookId = Id<Webhook>;
/// The most webhooks of an organization.
pub const WEBHOOKS_MAX: usize = 20;
/// The most actions that a webhook names.
pub const ACTIONS_MAX: usize = 50;
/// The most characters of a webhook's address.
pub const URL_MAX: usize = 2_000;
/// The most characters of an action.
pub const ACTION_MAX: usize = 100;

/// A place that hears of changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Where it is told.
    pub url: WebhookUrl,
    /// What it is for.
    pub description: Option<Statement>,
    /// The actions that it hears of; all where there is none.
    pub actions: Vec<ActionPattern>,
    /// The team that it hears of, where it is one: the team itself and its outcomes, with what belongs to them.
    pub team: Option<TeamId>,
    /// The one thing that it hears of, where it is one, and what names it.
    pub subject: Option<SubjectId>,
    /// Whether it is told.
    pub state: WebhookState,
    /// Why the service gave up on it.
    pub fault: Option<WebhookFault>,
    /// When its secret was last replaced.
    pub rotated_at: Option<Instant>,
}

/// Whether a webhook is told of what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookState {
    /// It is told.
    Active,
    /// It is told when it is active again, of everything since.
    Paused,
    /// The service gave up on it. It is told of everything since once it is active again.
    Disabled,
}
spelled!(WebhookState { Active = "active", Paused = "paused", Disabled = "disabled" });

/// Why the service gave up on a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookFault {
    /// It answered 410: it is gone for good.
    Gone,
    /// It took nothing within the time that is given to an event.
    Unreachable,
}
spelled!(WebhookFault { Gone = "gone", Unreachable = "unreachable" });

/// A webhook that the service gave up on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisabledWebhook {
    /// Which.
    pub webhook: WebhookId,
    /// Why.
    pub fault: WebhookFault,
    /// Since when.
    pub since: Instant,
}

/// How an event fares with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It is to be delivered, or to be tried again.
    Pending,
    /// It was taken.
    Delivered,
    /// It was refused for its whole time, while others were taken: it is not tried any more.
    GivenUp,
}
spelled!(DeliveryState { Pending = "pending", Delivered = "delivered", GivenUp = "given_up" });

/// Why a webhook was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookError {
    /// More than [`ACTIONS_MAX`] actions.
    TooManyActions,
    /// It says why the service gave up on it, and is not disabled, or the other way round.
    FaultAndState,
}

impl Check for Webhook {
    type Error = WebhookError;
    fn check(&self) -> Result<(), WebhookError> {
        if self.actions.len() > ACTIONS_MAX {
            return Err(WebhookError::TooManyActions);
        }
        if (self.state == WebhookState::Disabled) != self.fault.is_some() {
            return Err(WebhookError::FaultAndState);
        }
        Ok(())
    }
}
impl Identified for Webhook {
    const PREFIX: &'static str = "whk";
    const NOUN: &'static str = "webhook";
}

impl Webhook {
    /// Whether it hears of an action.
    pub fn hears_of(&self, action: &str) -> bool {
        self.actions.is_empty() || self.actions.iter().any(|pattern| pattern.matches(action))
    }
}

/// An action such as `outcome.activated`, or every action of a noun: `outcome.*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionPattern(Box<str>);

impl ActionPattern {
    /// Reads a noun and a verb, or a noun and an asterisk.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
        };
        let (noun, verb) = text.split_once('.')?;
        let is_read = text.len() <= ACTION_MAX && is_word(noun) && (verb == "*" || is_word(verb));
        is_read.then(|| Self(text.into()))
    }
    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether there is an action that it means.
    pub fn means_something(&self) -> bool {
        ACTIONS.iter().any(|action| self.matches(action))
    }
    /// Whether an action is meant.
    pub fn matches(&self, action: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(noun) => action.starts_with(noun),
            None => *self.0 == *action,
        }
    }
}
impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identifier of anything: three or four letters, an underscore and 26 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Box<str>);

impl SubjectId {
    /// Reads an identifier, whatever it stands for.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('_')?;
        let is_prefix = (3..=4).contains(&prefix.len()) && prefix.bytes().all(|c| c.is_ascii_lowercase());
        (is_prefix && crate::id::is_digits(digits)).then(|| Self(text.into()))
    }
    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address of a webhook: http or https, a host by name or number, perhaps a port, a path and a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebhookUrl {
    text: Box<str>,
    is_secure: bool,
    host: Box<str>,
    port: u16,
    target: Box<str>,
}

impl WebhookUrl {
    /// Reads an address. It holds no name and password, no fragment, and printable ASCII alone.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > URL_MAX
            || !text.bytes().all(|c| c.is_ascii_graphic())
            || text.contains(['#', '\\', '"', '<', '>', '^', '`', '{', '|', '}'])
        {
            return None;
        }
        let (is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']')?;
                host.parse::<core::net::Ipv6Addr>().ok()?;
                (host, after)
            }
            None => {
                let end = authority.find(':').unwrap_or(authority.len());
                let (host, after) = authority.split_at(end);
                let is_name = |label: &str| {
                    !label.is_empty()
                        && label.len() <= 63
                        && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
                };
                let named = host.strip_suffix('.').unwrap_or(host);
                if named.len() > 253 || !named.split('.').all(is_name) {
                    return None;
                }
                (host, after)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => {
                if is_secure {
                    443
                } else {
                    80
                }
            }
            None => return None,
            Some(digits) if digits.bytes().all(|c| c.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port > 0)?
            }
            Some(_) => return None,
        };
        let target = if target.starts_with('/') { target.into() } else { format!("/{target}").into() };
        Some(Self { text: text.into(), is_secure, host: host.into(), port, target })
    }
    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Whether it is reached over TLS.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }
    /// The host: a name, or a number without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// The path and the query.
    pub fn target(&self) -> &str {
        &self.target
    }
    /// Host and port as a request names them.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() };
        let usual = if self.is_secure { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}
impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_anything_is_read_whatever_its_prefix() {
        let digits = "01abcdefghjkmnpqrstvwxyz00";
        for prefix in ["out", "psn", "role", "team", "whk"] {
            assert!(SubjectId::parse(&format!("{prefix}_{digits}")).is_some(), "{prefix}");
        }
        for wrong in ["", "out", "ou_01abcdefghjkmnpqrstvwxyz00", "roles_01abcdefghjkmnpqrstvwxyz00", "out_01"] {
            assert!(SubjectId::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_read_into_its_parts() {
        for (text, secure, host, port, target, authority) in [
            ("https://example.org", true, "example.org", 443, "/", "example.org"),
            ("https://example.org:8443/a/b?c=d&e", true, "example.org", 8443, "/a/b?c=d&e", "example.org:8443"),
            ("http://[::1]:80/x", false, "::1", 80, "/x", "[::1]"),
            ("http://127.0.0.1:9?q", false, "127.0.0.1", 9, "/?q", "127.0.0.1:9"),
        ] {
            let url = WebhookUrl::parse(text).expect("an address");
            assert_eq!((url.is_secure(), url.host(), url.port()), (secure, host, port), "{text}");
            assert_eq!((url.target(), url.authority().as_str(), url.as_str()), (target, authority, text));
        }
    }

    #[test]
    fn what_is_no_address_of_a_webhook_is_refused() {
        let long = format!("https://example.org/{}", "x".repeat(URL_MAX));
        for text in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https:///path",
            "https://ada:secret@example.org",
            "https://example.org#part",
            "https://exa mple.org",
            "https://example.org:0",
            "https://example.org:99999",
            "https://example.org:+1",
            "https://[::1",
            "https://[zz]",
            "https://exämple.org",
            "https://a..b",
            "https://example.org/\u{7f}",
            "https://\\example.org",
            "HTTPS://example.org",
            long.as_str(),
        ] {
            assert_eq!(WebhookUrl::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_means_one_action_or_all_of_a_noun() {
        let pattern = |text| ActionPattern::parse(text).expect("a pattern");
        assert!(pattern("outcome.activated").matches("outcome.activated"));
        assert!(!pattern("outcome.activated").matches("outcome.changed"));
        assert!(pattern("check_in.*").matches("check_in.published"));
        assert!(!pattern("outcome.*").matches("outcome_result.created"));
        for (text, means_something) in
            [("outcome.activated", true), ("observations.*", true), ("outcome.activted", false), ("outcom.*", false)]
        {
            assert_eq!(pattern(text).means_something(), means_something, "{text}");
        }
        for text in ["", "*", "outcome", "outcome.", ".changed", "Outcome.changed", "outcome.*.x", "outcome.ch*"] {
            assert_eq!(ActionPattern::parse(text), None, "{text}");
        }
    }
}
