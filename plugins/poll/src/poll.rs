//! A poll and its rules. Nothing here knows of posts, stores or HTTP.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wasmoat::Error;

/// Fewest and most answers of a poll.
const ANSWERS: std::ops::RangeInclusive<usize> = 2..=20;

/// Most characters of a question or an answer: a button must fit on a screen.
const MAX_TEXT: usize = 300;

/// A question, its answers and who chose them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Id of the poll.
    pub id: String,
    /// Who asked.
    pub creator_id: String,
    /// Where.
    pub channel_id: String,
    /// The post that shows it; empty until there is one.
    pub post_id: String,
    /// The question.
    pub question: String,
    /// What can be chosen.
    pub answers: Vec<String>,
    /// Several answers may be chosen.
    pub multi: bool,
    /// Nobody is told who chose what.
    pub anonymous: bool,
    /// No more votes.
    pub ended: bool,
    /// Counts changes, so that an older result never hides a newer one.
    pub revision: u64,
    /// User to the answers chosen. Sorted, so that equal polls have equal JSON.
    pub votes: BTreeMap<String, BTreeSet<usize>>,
}

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub question: String,
    pub answers: Vec<String>,
    pub multi: bool,
    pub anonymous: bool,
}

/// What a vote did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// The answer is now chosen.
    Given,
    /// It was chosen before, and is not any more.
    TakenBack,
}

/// Why something is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoQuestion,
    AnswerCount(usize),
    EmptyAnswer,
    RepeatedAnswer,
    TooLong,
    NotFound,
    Ended,
    NoSuchAnswer(usize),
    NotTheCreator,
    NotInChannel,
}

impl Poll {
    /// Begins a poll; its post comes later.
    pub fn new(id: String, creator_id: &str, channel_id: &str, draft: Draft) -> Result<Self, Refusal> {
        let draft = draft.checked()?;
        Ok(Self {
            id,
            creator_id: creator_id.to_owned(),
            channel_id: channel_id.to_owned(),
            post_id: String::new(),
            question: draft.question,
            answers: draft.answers,
            multi: draft.multi,
            anonymous: draft.anonymous,
            ended: false,
            revision: 0,
            votes: BTreeMap::new(),
        })
    }

    /// Chooses an answer, or takes it back where it was chosen. Where only one may be chosen, a
    /// former choice gives way.
    pub fn vote(&mut self, user_id: &str, answer: usize) -> Result<Vote, Refusal> {
        if self.ended {
            return Err(Refusal::Ended);
        }
        if answer >= self.answers.len() {
            return Err(Refusal::NoSuchAnswer(answer));
        }
        let chosen = self.votes.entry(user_id.to_owned()).or_default();
        let vote = if chosen.remove(&answer) {
            Vote::TakenBack
        } else {
            if !self.multi {
                chosen.clear();
            }
            chosen.insert(answer);
            Vote::Given
        };
        if chosen.is_empty() {
            self.votes.remove(user_id);
        }
        self.revision += 1;
        Ok(vote)
    }

    /// Takes no more votes.
    pub fn end(&mut self, user_id: &str) -> Result<(), Refusal> {
        if user_id != self.creator_id {
            return Err(Refusal::NotTheCreator);
        }
        if self.ended {
            return Err(Refusal::Ended);
        }
        self.ended = true;
        self.revision += 1;
        Ok(())
    }

    /// Who chose an answer, by id.
    pub fn voters(&self, answer: usize) -> impl Iterator<Item = &str> {
        self.votes.iter().filter(move |(_, chosen)| chosen.contains(&answer)).map(|(user_id, _)| user_id.as_str())
    }
}

impl Draft {
    fn checked(mut self) -> Result<Self, Refusal> {
        if self.question.trim().is_empty() {
            return Err(Refusal::NoQuestion);
        }
        if self.answers.is_empty() {
            self.answers = vec!["Yes".into(), "No".into()];
        }
        if !ANSWERS.contains(&self.answers.len()) {
            return Err(Refusal::AnswerCount(self.answers.len()));
        }
        if self.answers.iter().any(|answer| answer.trim().is_empty()) {
            return Err(Refusal::EmptyAnswer);
        }
        if self.answers.iter().collect::<BTreeSet<_>>().len() < self.answers.len() {
            return Err(Refusal::RepeatedAnswer);
        }
        let too_long = |text: &String| text.chars().count() > MAX_TEXT;
        if too_long(&self.question) || self.answers.iter().any(too_long) {
            return Err(Refusal::TooLong);
        }
        Ok(self)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let (status, id, message) = match refusal {
            Refusal::NoQuestion => (400, "poll.question.empty", "A poll needs a question.".into()),
            Refusal::AnswerCount(count) => (
                400,
                "poll.answers.count",
                format!("A poll has {} to {} answers, not {count}.", ANSWERS.start(), ANSWERS.end()),
            ),
            Refusal::EmptyAnswer => (400, "poll.answers.empty", "An answer is empty.".into()),
            Refusal::RepeatedAnswer => (400, "poll.answers.repeated", "Two answers are the same.".into()),
            Refusal::TooLong => {
                (400, "poll.too_long", format!("Question and answers have at most {MAX_TEXT} characters each."))
            }
            Refusal::NotFound => (404, "poll.not_found", "There is no such poll.".into()),
            Refusal::Ended => (409, "poll.ended", "This poll has ended.".into()),
            Refusal::NoSuchAnswer(answer) => (400, "poll.no_such_answer", format!("There is no answer {answer}.")),
            Refusal::NotTheCreator => (403, "poll.not_the_creator", "Only who began a poll can end it.".into()),
            Refusal::NotInChannel => {
                (403, "poll.not_in_channel", "You are not allowed to do this in this channel.".into())
            }
        };
        Self::new(status, id, message)
    }
}
