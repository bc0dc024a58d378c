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
    /// The mail server does not take it, and would not take it later either.
    Refused(String),
    /// It was not reached, or is not able to take it now.
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
            Err(Unsent::Failed(_)) => &self.failed,
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
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(Unsent::Refused(error.to_string())),
            Err(error) => Err(Unsent::Failed(error.to_string())),
        }
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
