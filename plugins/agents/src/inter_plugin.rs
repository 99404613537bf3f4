//! Mattermost's interface between plugins: `/bridge/v1`, by which other plugins and the server list
//! agents and services and have chats completed, streamed or not.

mod events;
mod request;

use serde::Serialize;
use wasmoat::{
    Result,
    http::{Request, Response, Router},
    log,
};

use self::{
    events::EventWriter,
    request::{CompletionRequest, checked_id},
};
use crate::{
    chat::Event,
    completion::{self, Asked},
    config::{Agent, Config, Service},
    failure::Failure,
    provider::ProviderError,
    roster::{Roster, display_name},
};

/// The interface over a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Api<'a> {
    /// What the administrator has set up.
    pub config: &'a Config,
}

/// An agent, as others see it.
#[derive(Debug, Serialize)]
pub struct AgentView<'a> {
    id: &'a str,
    #[serde(rename = "displayName")]
    display_name: String,
    username: &'a str,
    service_id: &'a str,
    service_type: &'a str,
    is_default: bool,
}

/// A service, as others see it: without its secrets.
#[derive(Debug, Serialize)]
pub struct ServiceView<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize)]
struct AgentList<'a> {
    agents: Vec<AgentView<'a>>,
}

#[derive(Serialize)]
struct ServiceList<'a> {
    services: Vec<ServiceView<'a>>,
}

#[derive(Serialize)]
struct ToolList {
    tools: [(); 0],
}

#[derive(Serialize)]
struct Completion {
    completion: String,
}

impl<'a> Api<'a> {
    /// Every route.
    pub fn router(self) -> Router<'a> {
        Router::new()
            .get("/bridge/v1/agents", move |request| answered(self.list_agents(request)))
            .get("/bridge/v1/agents/{agent}/tools", move |request| answered(self.list_tools(request)))
            .get("/bridge/v1/services", move |request| answered(self.list_services(request)))
            .post("/bridge/v1/completion/agent/{agent}", move |request| {
                answered(self.by_agent(request, Form::Streaming))
            })
            .post("/bridge/v1/completion/agent/{agent}/nostream", move |request| {
                answered(self.by_agent(request, Form::NoStream))
            })
            .post("/bridge/v1/completion/service/{service}", move |request| {
                answered(self.by_service(request, Form::Streaming))
            })
            .post("/bridge/v1/completion/service/{service}/nostream", move |request| {
                answered(self.by_service(request, Form::NoStream))
            })
    }

    fn list_agents(self, request: &Request<'_>) -> Result<Response, Failure> {
        caller(request)?;
        let user_id = asking_user(request)?;
        let roster = Roster::load(self.config)?;
        Ok(Response::json(&AgentList { agents: agents_for(self.config, &roster, &user_id) })?)
    }

    /// This version gives its agents no tools, so that the list is empty for each.
    fn list_tools(self, request: &Request<'_>) -> Result<Response, Failure> {
        caller(request)?;
        let (user_id, id) = (asking_user(request)?, checked_id("agent", request.param("agent"))?);
        let agent = Roster::load(self.config)?.agent(id).ok_or_else(|| no_agent(id))?;
        admit(agent, &user_id, "")?;
        Ok(Response::json(&ToolList { tools: [] })?)
    }

    fn list_services(self, request: &Request<'_>) -> Result<Response, Failure> {
        caller(request)?;
        let user_id = asking_user(request)?;
        Ok(Response::json(&ServiceList { services: services_for(self.config, &user_id) })?)
    }

    fn by_agent(self, request: &Request<'_>, form: Form) -> Result<Response, Failure> {
        let plugin_id = caller(request)?;
        let id = checked_id("agent", request.param("agent"))?;
        let question: CompletionRequest = request.json()?;
        let question = question.check(plugin_id, "bridge_agent", form.as_str())?;
        let agent = Roster::load(self.config)?.agent(id).ok_or_else(|| no_agent(id))?;
        admit(agent, &question.asker.user_id, &question.asker.channel_id)?;
        let asked = Asked::agent(self.config, agent);
        self.answer(asked, &question, form)
    }

    fn by_service(self, request: &Request<'_>, form: Form) -> Result<Response, Failure> {
        let plugin_id = caller(request)?;
        let question: CompletionRequest = request.json()?;
        let question = question.check(plugin_id, "bridge_service", form.as_str())?;
        let name = request.param("service");
        let service = self.config.service(name);
        let (user_id, channel_id) = (&question.asker.user_id, &question.asker.channel_id);
        // A service is there for its agents, and for who may use one of them.
        let mut agents = service.map_or_else(Vec::new, |service| agents_on(self.config, service));
        let Some(service) = service.filter(|_| !agents.is_empty()) else {
            return Err(Failure::NotFound(format!("there is no service `{name}` with an agent on it")));
        };
        agents.retain(|agent| agent.access.admits(user_id, channel_id));
        if agents.is_empty() {
            let text = format!("the user may use no agent of the service `{}` here", service.name);
            return Err(Failure::Forbidden(text));
        }
        self.answer(Ok(Asked { agent: None, service }), &question, form)
    }

    fn answer(
        self,
        asked: Result<Asked<'_>, Failure>,
        question: &completion::Question,
        form: Form,
    ) -> Result<Response, Failure> {
        match form {
            Form::NoStream => {
                let answer = completion::complete(self.config, asked?, question)?;
                // Who asked for JSON wants no fence around it.
                let text = if question.schema.is_some() { completion::unfenced(&answer.text) } else { &answer.text };
                Ok(Response::json(&Completion { completion: text.to_owned() })?)
            }
            Form::Streaming => self.stream(asked, question),
        }
    }

    fn stream(self, asked: Result<Asked<'_>, Failure>, question: &completion::Question) -> Result<Response, Failure> {
        let events = EventWriter::begin()?;
        let answer = asked.and_then(|asked| {
            completion::stream(self.config, asked, question, &mut |event: Event| {
                events.event(&event).map_err(|_closed| ProviderError::Unwanted)
            })
        });
        let ended = match answer {
            Ok(answer) => events.end(&answer),
            Err(failure) => events.error(&failure),
        };
        if ended.is_err() {
            log::debug!("nobody reads the end of an answer");
        }
        // All has been sent.
        Ok(Response::new(200))
    }
}

/// How an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Streaming,
    NoStream,
}

impl Form {
    fn as_str(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::NoStream => "nostream",
        }
    }
}

/// The agents that a user may use; all of them for nobody.
pub fn agents_for<'a>(config: &'a Config, roster: &'a Roster<'a>, user_id: &str) -> Vec<AgentView<'a>> {
    let default = config.default_agent().map(|agent| &agent.name);
    let agents = roster.agents().filter(|(agent, _)| agent.access.admits(user_id, ""));
    agents
        .map(|(agent, id)| AgentView {
            id,
            display_name: display_name(agent),
            username: &agent.name,
            service_id: &agent.service_id,
            service_type: config.service(&agent.service_id).map_or("", |service| service.kind.as_str()),
            is_default: default == Some(&agent.name),
        })
        .collect()
}

/// The services of the agents that a user may use.
pub fn services_for<'a>(config: &'a Config, user_id: &str) -> Vec<ServiceView<'a>> {
    let usable = |service: &&Service| agents_on(config, service).iter().any(|agent| agent.access.admits(user_id, ""));
    let services = config.services.iter().filter(usable);
    services.map(|service| ServiceView { id: &service.id, name: &service.name, kind: service.kind.as_str() }).collect()
}

fn agents_on<'a>(config: &'a Config, service: &Service) -> Vec<&'a Agent> {
    config.bots.iter().filter(|agent| agent.service_id == service.id).collect()
}

/// Refuses a user who may not use an agent, or not there.
pub fn admit(agent: &Agent, user_id: &str, channel_id: &str) -> Result<(), Failure> {
    if agent.access.admits(user_id, channel_id) {
        return Ok(());
    }
    Err(Failure::Forbidden(format!("the user may not use the agent `{}` here", agent.name)))
}

/// That there is no such agent.
pub fn no_agent(id: &str) -> Failure {
    Failure::NotFound(format!("there is no agent `{id}`"))
}

/// The plugin that asks. The server alone sets the header; people have other ways in.
fn caller<'a>(request: &Request<'a>) -> Result<&'a str, Failure> {
    request.plugin_id().ok_or(Failure::NotAPlugin)
}

fn asking_user(request: &Request<'_>) -> Result<String, Failure> {
    match request.query("user_id").filter(|id| !id.is_empty()) {
        Some(id) => Ok(checked_id("user_id", &id)?.to_owned()),
        None => Ok(String::new()),
    }
}

fn answered(result: Result<Response, Failure>) -> Result<Response> {
    result.or_else(|failure| failure.response())
}
