//! Mail: what is sent to people over SMTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::briefing::harmless_html;

/// How long an exchange with the mail server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What sends mail.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    sent: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

/// Why a letter was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The mail server does not take it for this reader, and would not later either.
    Refused(String),
    /// It does not take it for this reader now.
    Delayed(String),
    /// It was not reached, or takes nothing from us: nobody would be told.
    Failed(String),
}

/// A letter to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The name of whom it is for.
    pub name: String,
    /// The address of whom it is for.
    pub address: String,
    /// Its subject.
    pub subject: String,
    /// What it says, in Markdown: sent as it is, and as HTML beside that.
    pub body: String,
}

/// Says that nobody wrote it, so that nobody's absence note answers it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;
impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

impl Mailer {
    /// What sends through the server of a URL, such as `smtps://user:password@mail.example.org`, from an address.
    ///
    /// # Errors
    /// A sentence that names the setting that cannot be used, without the password.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|error| format!("mail_from: {from} is no address: {error}"))?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| "smtp_url: not of the form smtp://USER:PASSWORD@HOST:PORT?tls=required".to_owned())?;
        let transport = builder.timeout(Some(PATIENCE)).build();
        Ok(Self { transport, from, sent: 0.into(), refused: 0.into(), failed: 0.into() })
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// Why it was not sent, and whether it may be later.
    pub async fn send(&self, letter: Letter) -> Result<(), Unsent> {
        let sent = self.hand_over(letter).await;
        let counter = match &sent {
            Ok(()) => &self.sent,
            Err(Unsent::Refused(_)) => &self.refused,
            Err(Unsent::Delayed(_) | Unsent::Failed(_)) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        sent
    }

    async fn hand_over(&self, letter: Letter) -> Result<(), Unsent> {
        let Letter { name, address, subject, body } = letter;
        let unusable = |error: &dyn std::fmt::Display| Unsent::Refused(format!("the address cannot be used: {error}"));
        let address = address.parse().map_err(|error: lettre::address::AddressError| unusable(&error))?;
        let html = format!("<!doctype html><html><meta charset=\"utf-8\"><body>{}</body></html>", harmless_html(&body));
        let parts = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(name), address))
            .subject(subject)
            .header(AutoSubmitted)
            .multipart(parts)
            .map_err(|error| unusable(&error))?;
        self.transport.send(message).await.map(drop).map_err(|error| {
            let code = error.status().map(u16::from);
            unsent(code, error.to_string())
        })
    }

    /// What was counted, in Prometheus' text format.
    pub fn render(&self) -> String {
        let counters = [
            ("remit_mails_sent_total", "Mails that the mail server took.", &self.sent),
            ("remit_mails_refused_total", "Mails that the mail server will not take.", &self.refused),
            ("remit_mails_failed_total", "Attempts to send mail that failed for now.", &self.failed),
        ];
        let line = |(name, help, count): (&str, &str, &AtomicU64)| {
            format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {}\n", count.load(Ordering::Relaxed))
        };
        counters.into_iter().map(line).collect()
    }
}

/// What a reply of the mail server means for a letter (RFC 5321, 4.2.3); without one, it was not reached.
fn unsent(code: Option<u16>, why: String) -> Unsent {
    match code {
        // The mailbox: there is none, it is elsewhere, it is full, its name is not allowed; or the letter is refused.
        Some(550..=554) => Unsent::Refused(why),
        Some(450..=452) => Unsent::Delayed(why),
        // It closes the channel, wants another login, does not know what it is told.
        _ => Unsent::Failed(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_about_the_reader_or_about_us() {
        let why = || "why".to_owned();
        for code in [550, 551, 552, 553, 554] {
            assert_eq!(unsent(Some(code), why()), Unsent::Refused(why()), "{code}");
        }
        for code in [450, 451, 452] {
            assert_eq!(unsent(Some(code), why()), Unsent::Delayed(why()), "{code}");
        }
        for code in [Some(421), Some(454), Some(501), Some(530), Some(535), None] {
            assert_eq!(unsent(code, why()), Unsent::Failed(why()), "{code:?}");
        }
    }
}
