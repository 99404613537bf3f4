//! A house with a guest that asks hosts outside, and names that lead where the test wants.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_runtime::{Limits, Network, OutboundRecord, Resolve};
use wasmoat_tests::{House, guest};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Ends a test that hangs.
pub async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(3 * PATIENCE, test).await.expect("the test hangs")
}

/// A resolver that answers what a test says, one answer after the other; the last one stays.
#[derive(Clone, Default)]
pub struct Names {
    answers: Arc<Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Names {
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        self.answers.lock().unwrap().insert(name.to_owned(), answers.iter().map(parse).collect());
    }

    /// Names that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(name) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        };
        let answer = answer.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"));
        Box::pin(std::future::ready(answer))
    }
}

/// What a guest says of its request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    pub status: u16,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub pieces: usize,
    pub error: String,
    pub text: String,
}

impl Outcome {
    /// The error, if it is of this kind and its text has these words.
    #[track_caller]
    pub fn must_fail(&self, error: &str, words: &str) {
        assert!(self.error == error && self.text.contains(words), "expected `{error}` with `{words}`: {self:?}");
    }

    #[track_caller]
    pub fn must_be(&self, status: u16) -> &Self {
        assert_eq!((self.status, self.error.as_str()), (status, ""), "{self:?}");
        self
    }
}

/// A house with the guest `fetcher` in it.
pub struct World {
    pub house: House,
    pub names: Names,
}

/// No proxy, whatever the environment of the test says.
pub fn network(names: &Names) -> Network {
    Network::default().with_resolver(names.clone()).with_proxies("", "", "")
}

impl World {
    pub async fn reaching(hosts: &[&str]) -> Self {
        Self::with(hosts, Limits::default()).await
    }

    pub async fn with(hosts: &[&str], limits: Limits) -> Self {
        let names = Names::default();
        Self::on(network(&names), names, hosts, limits).await
    }

    pub async fn on(network: Network, names: Names, hosts: &[&str], limits: Limits) -> Self {
        let house = House::with_network(network);
        house.activate_reaching("fetcher", guest("fetcher"), limits, hosts).await.unwrap();
        Self { house, names }
    }

    /// Has the guest carry an order out.
    pub async fn order(&self, order: &Value) -> Vec<Outcome> {
        let answer = self.house.ask("fetcher", "/", &order.to_string()).await.unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// The same, of one request.
    pub async fn one(&self, order: &Value) -> Outcome {
        let [outcome] = self.order(order).await.try_into().unwrap();
        outcome
    }

    pub async fn get(&self, url: &str) -> Outcome {
        self.one(&json!({ "url": url })).await
    }

    /// The records of the platform, once there are so many.
    pub async fn records(&self, count: usize) -> Vec<OutboundRecord> {
        let records = async {
            loop {
                let records = self.house.platform.requests();
                if records.len() >= count {
                    return records;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let records = tokio::time::timeout(PATIENCE, records).await.expect("a record is missing");
        assert!(records.iter().all(|(plugin, _)| plugin == "fetcher"));
        records.into_iter().map(|(_, record)| record).collect()
    }
}
