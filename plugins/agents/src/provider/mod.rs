//! Providers of models: one protocol, one file. A provider turns a [`Chat`] into its wire format and
//! what comes back into [`Event`]s and an [`Answer`].

mod error;
mod http;
mod openai;
mod retry;
mod sse;

pub use error::ProviderError;

use crate::{
    chat::{Answer, Chat, Event},
    config::{Service, ServiceType},
};

/// Takes what comes while a model answers.
pub type Sink<'a> = &'a mut dyn FnMut(Event) -> Result<(), ProviderError>;

/// Somebody who offers models.
pub trait Provider {
    /// Has a chat answered at once: nothing comes before all is there.
    fn complete(&self, chat: &Chat) -> Result<Answer, ProviderError>;

    /// Has a chat answered piece by piece. The answer holds the whole text too.
    fn stream(&self, chat: &Chat, sink: Sink<'_>) -> Result<Answer, ProviderError>;
}

/// The provider of a service, which tries again where that may help.
pub fn of(service: &Service) -> Result<Box<dyn Provider + '_>, ProviderError> {
    service.check()?;
    match &service.kind {
        ServiceType::OpenAi | ServiceType::OpenAiCompatible => {
            Ok(Box::new(retry::Patient(openai::OpenAi::new(service))))
        }
        ServiceType::Other(kind) => {
            Err(service.misconfigured(format!("its type `{kind}` is not offered; there are {}", ServiceType::OFFERED)))
        }
    }
}

#[cfg(test)]
mod tests;
