//! What is taken out of answers: what lies outside the scope.

use std::{collections::HashSet, future::Future};

use wasmoat_model::{AppError, Channel, Command, Post, PostList, PostSearchResults, Team, UploadSession};
use wasmoat_runtime::Placed;

use super::check::Scope;

/// An answer that may hold what lies outside a scope.
pub(super) trait Narrow: Sized {
    /// The answer without it; an error where nothing would be left of it.
    fn narrow(self, scope: &Scope) -> impl Future<Output = Result<Self, AppError>> + Send;
}

/// The answer of a function, narrowed.
pub(super) async fn narrow<T: Narrow + Send>(answer: Result<T, AppError>, scope: &Scope) -> Result<T, AppError> {
    answer?.narrow(scope).await
}

async fn is_within(scope: &Scope, item: &(impl Placed + Sync)) -> bool {
    let mut places = Vec::new();
    item.places(&mut places);
    for place in places {
        if !scope.covers(place).await {
            return false;
        }
    }
    true
}

impl<T: Placed + Send + Sync> Narrow for Vec<T> {
    async fn narrow(self, scope: &Scope) -> Result<Self, AppError> {
        let mut within = Self::new();
        for item in self {
            if is_within(scope, &item).await {
                within.push(item);
            }
        }
        Ok(within)
    }
}

impl Narrow for PostList {
    async fn narrow(self, scope: &Scope) -> Result<Self, AppError> {
        let posts = self.posts.narrow(scope).await?;
        let order = kept(self.order, &posts);
        // The neighbours of a page are in its channel, which was asked for.
        Ok(Self { posts, order, ..self })
    }
}

impl Narrow for PostSearchResults {
    async fn narrow(self, scope: &Scope) -> Result<Self, AppError> {
        let posts = self.posts.narrow(scope).await?;
        let order = kept(self.order, &posts);
        let ids: HashSet<&str> = posts.iter().map(|post| &*post.id).collect();
        let matches = self.matches.into_iter().filter(|(id, _)| ids.contains(&**id)).collect();
        Ok(Self { order, matches, posts, ..self })
    }
}

fn kept(mut order: Vec<String>, posts: &[Post]) -> Vec<String> {
    let ids: HashSet<&str> = posts.iter().map(|post| &*post.id).collect();
    order.retain(|id| ids.contains(&**id));
    order
}

macro_rules! single {
    ($($of:ty),*) => {
        $(impl Narrow for $of {
            async fn narrow(self, scope: &Scope) -> Result<Self, AppError> {
                if is_within(scope, &self).await { Ok(self) } else { Err(scope.refusal()) }
            }
        })*
    };
}

single! { Channel, Command, Post, Team, UploadSession }

/// What a function of the Plugin API answers.
pub(super) trait Answer: Sized {
    /// As the guest gets it.
    type Results;

    /// The answer that says no; the error itself where there is none.
    fn refused(error: AppError) -> Result<Self, AppError>;

    /// As the guest gets it.
    fn results(self) -> Self::Results;
}

impl<T> Answer for Result<T, AppError> {
    type Results = (Self,);

    fn refused(error: AppError) -> Result<Self, AppError> {
        Ok(Err(error))
    }

    fn results(self) -> (Self,) {
        (self,)
    }
}

impl Answer for bool {
    type Results = (Self,);

    fn refused(_: AppError) -> Result<Self, AppError> {
        Ok(false)
    }

    fn results(self) -> (Self,) {
        (self,)
    }
}

impl Answer for Post {
    type Results = (Self,);

    fn refused(error: AppError) -> Result<Self, AppError> {
        Err(error)
    }

    fn results(self) -> (Self,) {
        (self,)
    }
}

impl Answer for () {
    type Results = ();

    fn refused(error: AppError) -> Result<Self, AppError> {
        Err(error)
    }

    fn results(self) {}
}
