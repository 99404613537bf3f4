//! A runtime with a tiny platform, ready for guests.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use wasmoat_model::{
    Asked, BridgeEndpoint, Consent, EVERY_PLUGIN, HttpRequest, HttpResponse, ManifestWasmoat, Post, Reason,
};
use wasmoat_runtime::{
    ActivateError, Activation, CallContext, CallError, FaultKind, Limits, MessageHasBeenPosted, MessageWillBePosted,
    Network, Policy, Rejection, Runtime, RuntimeOptions, ServeHTTP,
};

use crate::{TinyPlatform, target_folder};

/// A runtime and its platform.
#[derive(Clone, Debug)]
pub struct House {
    /// The runtime.
    pub runtime: Runtime<TinyPlatform>,
    /// The platform.
    pub platform: TinyPlatform,
}

/// How a guest is run.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// What it may use.
    pub limits: Limits,
    /// How it is run beside that.
    pub policy: Policy,
}

impl From<Limits> for Setup {
    fn from(limits: Limits) -> Self {
        Self { limits, policy: Policy::default() }
    }
}

impl From<Policy> for Setup {
    fn from(policy: Policy) -> Self {
        Self { limits: Limits::default(), policy }
    }
}

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    /// A house whose compiled code is shared with all other houses: each guest is compiled once.
    #[must_use]
    pub fn new() -> Self {
        Self::with_cache(&target_folder().join("tests-cache"))
    }

    /// A house with a way out of its own.
    #[must_use]
    pub fn with_network(network: Network) -> Self {
        Self::build(&target_folder().join("tests-cache"), network)
    }

    /// A house with a code cache of its own.
    #[must_use]
    pub fn with_cache(folder: &Path) -> Self {
        Self::build(folder, Network::default())
    }

    fn build(folder: &Path, network: Network) -> Self {
        // The first one makes the key of a new cache, and the others must not do so at once.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let options = RuntimeOptions { cache_directory: PathBuf::from(folder), network };
        let runtime = Runtime::new(&options).expect("the runtime starts");
        Self { runtime, platform: TinyPlatform::default() }
    }

    /// Loads a component and activates it with all that it asks for.
    ///
    /// # Errors
    ///
    /// Where it cannot be activated.
    pub async fn activate(&self, id: &str, component: Bytes, setup: impl Into<Setup>) -> Result<(), ActivateError> {
        self.activate_asking(id, component, setup, (&[], Vec::new()), |_| ()).await
    }

    /// The same with less than it asks for.
    ///
    /// # Errors
    ///
    /// Where it cannot be activated.
    pub async fn activate_with(
        &self,
        id: &str,
        component: Bytes,
        setup: impl Into<Setup>,
        narrow: impl FnOnce(&mut Consent),
    ) -> Result<(), ActivateError> {
        self.activate_asking(id, component, setup, (&[], Vec::new()), narrow).await
    }

    /// The same, and these hosts outside may be asked.
    ///
    /// # Errors
    ///
    /// Where it cannot be activated.
    pub async fn activate_reaching(
        &self,
        id: &str,
        component: Bytes,
        setup: impl Into<Setup>,
        hosts: &[&str],
    ) -> Result<(), ActivateError> {
        self.activate_asking(id, component, setup, (hosts, Vec::new()), |_| ()).await
    }

    /// The same of a plugin that declares endpoints.
    ///
    /// # Errors
    ///
    /// Where it cannot be activated.
    pub async fn activate_offering(
        &self,
        id: &str,
        component: Bytes,
        setup: impl Into<Setup>,
        bridge: Vec<BridgeEndpoint>,
    ) -> Result<(), ActivateError> {
        self.activate_asking(id, component, setup, (&[], bridge), |_| ()).await
    }

    async fn activate_asking(
        &self,
        id: &str,
        component: Bytes,
        setup: impl Into<Setup>,
        (hosts, bridge): (&[&str], Vec<BridgeEndpoint>),
        narrow: impl FnOnce(&mut Consent),
    ) -> Result<(), ActivateError> {
        let Setup { limits, policy } = setup.into();
        let artifact = self.runtime.compile(component).await.expect("the guest is a plugin");
        let asked = ManifestWasmoat {
            plugins: [(EVERY_PLUGIN.to_owned(), Reason::default())].into(),
            hosts: hosts.iter().map(|&host| (host.to_owned(), Reason::default())).collect(),
            ..Default::default()
        };
        let mut consent = Asked::of(&artifact.inspection().permissions, &[], &asked).all();
        narrow(&mut consent);
        let activation = Activation { id: id.to_owned(), artifact, limits, policy, consent, bridge };
        self.runtime.activate(self.platform.clone(), activation).await
    }

    /// Asks the plugins about a post with this text.
    ///
    /// # Errors
    ///
    /// Where one refuses, or faults and is set to fail closed.
    pub async fn post(&self, text: &str) -> Result<Post, Rejection> {
        self.post_in(&CallContext::core(), text).await
    }

    /// The same inside a call that has a deadline or a path.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub async fn post_in(&self, context: &CallContext, text: &str) -> Result<Post, Rejection> {
        let post = Post { message: text.to_owned(), ..Post::default() };
        self.runtime.filter::<MessageWillBePosted, _, _>(context, post, |context, post| (context, post)).await
    }

    /// The fault that a plugin which fails closed answers such a post with.
    pub async fn fault(&self, text: &str) -> FaultKind {
        match self.post(text).await {
            Err(Rejection::Fault(fault)) => fault.kind,
            other => panic!("expected a fault, got {other:?}"),
        }
    }

    /// Tells the plugins of a post.
    pub fn posted(&self, text: &str) {
        let post = Arc::new(Post { message: text.to_owned(), ..Post::default() });
        self.runtime.observe::<MessageHasBeenPosted>(&CallContext::core(), |context| (context, post));
    }

    /// Asks a plugin's `serve-http`.
    ///
    /// # Errors
    ///
    /// Where it is not there or faults.
    pub async fn http(&self, id: &str, path: &str, body: &str) -> Result<HttpResponse, CallError> {
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: path.to_owned(),
            body: body.as_bytes().to_vec(),
            ..HttpRequest::default()
        };
        let request = Arc::new(request);
        self.runtime
            .provide::<ServeHTTP>(&CallContext::core(), id, |context| (context, request))
            .await
            .map(|(response,)| response)
    }

    /// The body of such an answer, as text.
    ///
    /// # Errors
    ///
    /// As [`http`](Self::http).
    pub async fn ask(&self, id: &str, path: &str, body: &str) -> Result<String, CallError> {
        let response = self.http(id, path, body).await?;
        Ok(String::from_utf8_lossy(&response.body).into_owned())
    }
}
