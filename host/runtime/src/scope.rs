//! Where things are. An admin may keep a plugin to some teams and channels: what a hook would show
//! it is looked at before it is called, by the places that the hook's arguments name.
//!
//! Each type that a hook carries says its places here; a new one does not compile until it does.
//! Whether a place is within a consent, the platform knows ([`crate::Platform::is_in_scope`]).

use std::sync::Arc;

use wasmoat_model::{
    Channel, ChannelMember, Command, CommandArgs, Draft, EmailNotification, EmailNotificationContent, FileDownloadType,
    FileInfo, HttpRequest, Job, OnInstallEvent, PluginClusterEvent, PluginContext, Post, Preference, ProductLimits,
    PushNotification, Reaction, RemoteCluster, ScheduledPost, SyncMsg, Team, TeamMember, UploadSession, User,
    WebSocketRequest,
};

/// Where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In the channel of this id.
    Channel(&'a str),
    /// In the team of this id.
    Team(&'a str),
    /// It may be of any channel: nobody can tell.
    Anywhere,
}

/// Something that is in a team or in a channel, or in none.
pub trait Placed {
    /// Adds where it is; nothing where it belongs to no team and no channel.
    fn places<'a>(&'a self, places: &mut Vec<Place<'a>>);
}

/// Which functions of the Plugin API a plugin has that is kept to some teams and channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It touches no content: the permission is enough.
    Free,
    /// It keeps to the scope, because the platform checks each call.
    Checked,
    /// It cannot be kept to a scope.
    Beyond,
}

macro_rules! placed {
    ($($of:ident in $place:ident $id:ident;)*) => {
        $(impl Placed for $of {
            fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
                places.push(Place::$place(&self.$id));
            }
        })*
    };
    (nowhere: $($of:ty),*) => {
        $(impl Placed for $of {
            fn places<'a>(&'a self, _: &mut Vec<Place<'a>>) {}
        })*
    };
    (anywhere: $($of:ty),*) => {
        $(impl Placed for $of {
            fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
                places.push(Place::Anywhere);
            }
        })*
    };
    (tuples: $(($($part:ident),*);)*) => {
        $(impl<$($part: Placed),*> Placed for ($($part,)*) {
            #[allow(non_snake_case, unused_variables, reason = "the parts of a tuple are named like their types")]
            fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
                let ($($part,)*) = self;
                $($part.places(places);)*
            }
        })*
    };
}

placed! {
    Post in Channel channel_id;
    ScheduledPost in Channel channel_id;
    Draft in Channel channel_id;
    Reaction in Channel channel_id;
    Channel in Channel id;
    ChannelMember in Channel channel_id;
    TeamMember in Team team_id;
    FileInfo in Channel channel_id;
    UploadSession in Channel channel_id;
    Team in Team id;
    Command in Team team_id;
    EmailNotification in Channel channel_id;
    PushNotification in Channel channel_id;
    CommandArgs in Channel channel_id;
    SyncMsg in Channel channel_id;
}

// What a plugin hears of people, of itself and of its own routes is not content of a channel.
placed! { nowhere: PluginContext, Job, RemoteCluster, User, HttpRequest, EmailNotificationContent, FileDownloadType, ProductLimits,
OnInstallEvent, PluginClusterEvent, String, str, i64, u8 }

// What a client sends over its websocket, and what a user prefers, may name any channel.
placed! { anywhere: WebSocketRequest, Preference }

placed! { tuples: (); (A); (A, B); (A, B, C); (A, B, C, D); }

impl<T: Placed + ?Sized> Placed for Arc<T> {
    fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
        (**self).places(places);
    }
}

impl<T: Placed> Placed for Option<T> {
    fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
        self.iter().for_each(|item| item.places(places));
    }
}

impl<T: Placed> Placed for Vec<T> {
    fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
        self.as_slice().places(places);
    }
}

impl<T: Placed> Placed for [T] {
    fn places<'a>(&'a self, places: &mut Vec<Place<'a>>) {
        self.iter().for_each(|item| item.places(places));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_where_their_parts_are() {
        let post = Arc::new(Post { channel_id: "c".to_owned(), ..Post::default() });
        let args =
            (Arc::new(PluginContext::default()), Arc::clone(&post), Arc::new(vec![(*post).clone()]), None::<Post>);
        let mut places = Vec::new();
        args.places(&mut places);
        assert_eq!(places, [Place::Channel("c"), Place::Channel("c")]);
    }
}
