//! Draws a poll: as the attachment of its post, and as JSON for API clients.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Map, Value};
use wasmoat::{
    Error, Result,
    integrations::{Action, Attachment},
    users,
};

use crate::poll::Poll;

/// Voters named at an answer before it says how many more there are.
const NAMED: usize = 12;

/// What API clients see. `voters` is absent in anonymous polls.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct PollView<'a> {
    id: &'a str,
    creator_id: &'a str,
    channel_id: &'a str,
    post_id: &'a str,
    question: &'a str,
    multi: bool,
    anonymous: bool,
    ended: bool,
    voter_count: usize,
    options: Vec<OptionView<'a>>,
    /// What the asking user chose.
    mine: Vec<usize>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct OptionView<'a> {
    text: &'a str,
    votes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    voters: Option<Vec<&'a str>>,
}

impl<'a> PollView<'a> {
    /// As `user_id` sees it.
    pub fn new(poll: &'a Poll, user_id: &str) -> Self {
        let option = |(index, text): (usize, &'a String)| OptionView {
            text,
            votes: poll.voters(index).count(),
            voters: (!poll.anonymous).then(|| poll.voters(index).collect()),
        };
        Self {
            id: &poll.id,
            creator_id: &poll.creator_id,
            channel_id: &poll.channel_id,
            post_id: &poll.post_id,
            question: &poll.question,
            multi: poll.multi,
            anonymous: poll.anonymous,
            ended: poll.ended,
            voter_count: poll.votes.len(),
            options: poll.answers.iter().enumerate().map(option).collect(),
            mine: poll.votes.get(user_id).into_iter().flatten().copied().collect(),
        }
    }
}

/// The props of a poll's post: those it has, with the attachment drawn anew.
pub fn props(old: &str, poll: &Poll) -> Result<String> {
    let invalid = |source| Error::Json { what: "the props of a poll's post".into(), source };
    let mut props: Map<String, Value> = match old {
        "" => Map::new(),
        old => serde_json::from_str(old).map_err(invalid)?,
    };
    let attachment = serde_json::to_value([attachment(poll)]).map_err(invalid)?;
    props.insert("attachments".into(), attachment);
    // Clients are not shown where buttons lead: by this they find the poll's API.
    props.insert("poll_id".into(), poll.id.as_str().into());
    Ok(Value::Object(props).to_string())
}

fn attachment(poll: &Poll) -> Attachment {
    let names = names(poll);
    let total = poll.votes.len();
    let lines = poll.answers.iter().enumerate().map(|(index, answer)| {
        let voters: Vec<&str> = poll.voters(index).collect();
        let share = (voters.len() * 100 + total / 2).checked_div(total).unwrap_or_default();
        let mut line = format!("**{}**: {} ({share} %)", quiet(answer), voters.len());
        if !poll.anonymous && !voters.is_empty() {
            line += &format!("\n{}", named(&voters, &names));
        }
        line
    });
    Attachment {
        fallback: quiet(&poll.question),
        title: quiet(&poll.question),
        text: lines.collect::<Vec<_>>().join("\n"),
        footer: footer(poll),
        actions: if poll.ended { Vec::new() } else { buttons(poll) },
        ..Attachment::default()
    }
}

fn footer(poll: &Poll) -> String {
    let mut parts = vec![match poll.votes.len() {
        1 => "1 person voted".to_owned(),
        count => format!("{count} people voted"),
    }];
    if poll.multi {
        parts.push("several answers possible".into());
    }
    if poll.anonymous {
        parts.push("anonymous".into());
    }
    if poll.ended {
        parts.push("ended".into());
    }
    parts.join(", ")
}

fn buttons(poll: &Poll) -> Vec<Action> {
    let base = format!("/plugins/poll/api/v1/polls/{}", poll.id);
    let mut buttons: Vec<Action> = poll
        .answers
        .iter()
        .enumerate()
        .map(|(n, answer)| Action::button(format!("vote{n}"), answer, format!("{base}/vote/{n}")))
        .collect();
    let mut end = Action::button("end", "End poll", format!("{base}/end")).style("danger");
    // Tells a pressed button from an API client, who wants another answer.
    end.integration.context.insert("button".into(), Value::Bool(true));
    buttons.push(end);
    buttons
}

/// Usernames of the voters that will be named. A name that cannot be had is left out.
fn names(poll: &Poll) -> HashMap<String, String> {
    if poll.anonymous {
        return HashMap::new();
    }
    let shown = |index| poll.voters(index).take(NAMED);
    let ids: BTreeSet<&str> = (0..poll.answers.len()).flat_map(shown).collect();
    if ids.is_empty() {
        return HashMap::new();
    }
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let users = users::get_users_by_ids(&ids).unwrap_or_default();
    users.into_iter().map(|user| (user.id, user.username)).collect()
}

fn named(voters: &[&str], names: &HashMap<String, String>) -> String {
    let mut shown: Vec<String> = voters.iter().take(NAMED).filter_map(|id| names.get(*id).cloned()).collect();
    let more = voters.len() - shown.len();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// A bot may mention everybody where the asker may not: no mention gets through.
fn quiet(text: &str) -> String {
    text.replace('@', "@\u{200b}")
}
