//! Users, bots, teams, channels, who is a member where, and what that permits.

use super::{Platform, calls, messages::not_found};
use crate::{
    Error, Result,
    types::{Bot, Channel, ChannelMember, ChannelType, Team, TeamMember, User},
};

pub(super) fn install(platform: &Platform) {
    users(platform);
    bots(platform);
    teams(platform);
    channels(platform);
    permissions(platform);
}

fn users(platform: &Platform) {
    platform.answer(calls::users::GetUser, |platform, (id,)| {
        platform.find_user(|user| user.id == id).ok_or_else(|| not_found("user", &id))
    });
    platform.answer(calls::users::GetUserByUsername, |platform, (name,)| {
        platform.find_user(|user| user.username == name).ok_or_else(|| not_found("user", &name))
    });
    platform.answer(calls::users::GetUserByEmail, |platform, (email,)| {
        platform.find_user(|user| user.email == email).ok_or_else(|| not_found("user", &email))
    });
    platform.answer(calls::users::GetUsersByIds, |platform, (ids,)| {
        let users = platform.state.users.borrow();
        Ok(users.values().filter(|user| ids.contains(&user.id)).cloned().collect())
    });
    platform.answer(calls::users::GetUsersByUsernames, |platform, (names,)| {
        let users = platform.state.users.borrow();
        Ok(users.values().filter(|user| names.contains(&user.username)).cloned().collect())
    });
}

fn bots(platform: &Platform) {
    platform.answer(calls::bots::EnsureBotUser, |platform, (bot,)| add_bot(platform, bot).map(|bot| bot.user_id));
    platform.answer(calls::bots::CreateBot, |platform, (bot,)| add_bot(platform, bot));
    platform.answer(calls::bots::GetBots, |platform, _| {
        let users = platform.state.users.borrow();
        Ok(users.values().filter(|user| user.is_bot).cloned().map(bot_of).collect())
    });
}

fn add_bot(platform: &Platform, bot: Bot) -> Result<Bot> {
    if bot.username.is_empty() {
        return Err(Error::new(400, "plugin.ensure_bot.username", "A bot needs a username."));
    }
    let known = platform.find_user(|user| user.username == bot.username);
    let user = User {
        username: bot.username,
        first_name: bot.display_name,
        bot_description: bot.description,
        is_bot: true,
        ..known.unwrap_or_default()
    };
    Ok(bot_of(platform.add_user(user)))
}

fn bot_of(user: User) -> Bot {
    Bot {
        user_id: user.id,
        username: user.username,
        display_name: user.first_name,
        description: user.bot_description,
        ..Bot::default()
    }
}

fn teams(platform: &Platform) {
    platform.answer(calls::teams::GetTeam, |platform, (id,)| {
        platform.state.teams.borrow().get(&id).cloned().ok_or_else(|| not_found("team", &id))
    });
    platform.answer(calls::teams::GetTeamByName, |platform, (name,)| {
        let teams = platform.state.teams.borrow();
        teams.values().find(|team| team.name == name).cloned().ok_or_else(|| not_found("team", &name))
    });
    platform.answer(calls::team_members::GetTeamMember, |platform, (team_id, user_id)| {
        let members = platform.state.team_members.borrow();
        let mut members = members.iter();
        members
            .find(|member| member.team_id == team_id && member.user_id == user_id)
            .cloned()
            .ok_or_else(|| not_found("team_member", &user_id))
    });
}

fn channels(platform: &Platform) {
    platform.answer(calls::channels::GetChannel, |platform, (id,)| {
        platform.find_channel(|channel| channel.id == id).ok_or_else(|| not_found("channel", &id))
    });
    platform.answer(calls::channels::GetChannelByName, |platform, (team_id, name, deleted)| {
        platform
            .find_channel(|channel| {
                channel.team_id == team_id && channel.name == name && (deleted || channel.delete_at == 0)
            })
            .ok_or_else(|| not_found("channel", &name))
    });
    platform.answer(calls::channels::GetDirectChannel, |platform, (one, other)| {
        let mut ids = [one, other];
        ids.sort();
        let name = ids.join("__");
        if let Some(channel) = platform.find_channel(|channel| channel.name == name) {
            return Ok(channel);
        }
        let channel = platform.add_channel(Channel { name, type_: ChannelType::Direct, ..Channel::default() });
        for user_id in &ids {
            platform.add_channel_member(&channel.id, user_id);
        }
        Ok(channel)
    });
    platform.answer(calls::channel_members::GetChannelMember, |platform, (channel_id, user_id)| {
        platform.channel_member(&channel_id, &user_id).ok_or_else(|| not_found("channel_member", &user_id))
    });
    platform.answer(calls::channel_members::GetChannelMembers, |platform, (id, page, per_page)| {
        let members = platform.state.channel_members.borrow();
        let size = usize::try_from(per_page).unwrap_or_default();
        let skip = usize::try_from(page).unwrap_or_default().saturating_mul(size);
        let members = members.iter().filter(|member| member.channel_id == id);
        Ok(members.skip(skip).take(size).cloned().collect())
    });
}

/// Members of a team or channel may do everything there, system admins everything anywhere: enough
/// to tell insiders from outsiders. A test about one permission programs it with `on`.
fn permissions(platform: &Platform) {
    platform.answer(calls::permissions::HasPermissionTo, |platform, (user_id, _)| platform.is_admin(&user_id));
    platform.answer(calls::permissions::HasPermissionToTeam, |platform, (user_id, team_id, _)| {
        let members = platform.state.team_members.borrow();
        platform.is_admin(&user_id)
            || members.iter().any(|member| member.team_id == team_id && member.user_id == user_id)
    });
    platform.answer(calls::permissions::HasPermissionToChannel, |platform, (user_id, channel_id, _)| {
        platform.is_admin(&user_id) || platform.channel_member(&channel_id, &user_id).is_some()
    });
}

impl Platform {
    /// Adds an account, or replaces the one of the same id. An empty id is filled.
    pub fn add_user(&self, mut user: User) -> User {
        if user.id.is_empty() {
            user.id = self.new_id();
        }
        if user.roles.is_empty() {
            user.roles = "system_user".into();
        }
        self.state.users.borrow_mut().insert(user.id.clone(), user.clone());
        user
    }

    /// Adds an account of this username.
    pub fn user(&self, username: &str) -> User {
        self.add_user(User {
            username: username.to_owned(),
            email: format!("{username}@example.com"),
            ..User::default()
        })
    }

    /// Adds a team. An empty id is filled.
    pub fn add_team(&self, mut team: Team) -> Team {
        if team.id.is_empty() {
            team.id = self.new_id();
        }
        self.state.teams.borrow_mut().insert(team.id.clone(), team.clone());
        team
    }

    /// Adds a channel. An empty id is filled.
    pub fn add_channel(&self, mut channel: Channel) -> Channel {
        if channel.id.is_empty() {
            channel.id = self.new_id();
        }
        self.state.channels.borrow_mut().insert(channel.id.clone(), channel.clone());
        channel
    }

    /// Makes a user a member of a team.
    pub fn add_team_member(&self, team_id: &str, user_id: &str) -> &Self {
        self.state.team_members.borrow_mut().push(TeamMember {
            team_id: team_id.to_owned(),
            user_id: user_id.to_owned(),
            roles: "team_user".into(),
            scheme_user: true,
            ..TeamMember::default()
        });
        self
    }

    /// Makes a user a member of a channel.
    pub fn add_channel_member(&self, channel_id: &str, user_id: &str) -> &Self {
        self.state.channel_members.borrow_mut().push(ChannelMember {
            channel_id: channel_id.to_owned(),
            user_id: user_id.to_owned(),
            roles: "channel_user".into(),
            scheme_user: true,
            ..ChannelMember::default()
        });
        self
    }

    fn find_user(&self, matches: impl Fn(&User) -> bool) -> Option<User> {
        self.state.users.borrow().values().find(|user| matches(user)).cloned()
    }

    fn find_channel(&self, matches: impl Fn(&Channel) -> bool) -> Option<Channel> {
        self.state.channels.borrow().values().find(|channel| matches(channel)).cloned()
    }

    fn channel_member(&self, channel_id: &str, user_id: &str) -> Option<ChannelMember> {
        let members = self.state.channel_members.borrow();
        let mut members = members.iter();
        members.find(|member| member.channel_id == channel_id && member.user_id == user_id).cloned()
    }

    fn is_admin(&self, user_id: &str) -> bool {
        self.find_user(|user| user.id == user_id)
            .is_some_and(|user| user.roles.split(' ').any(|role| role == "system_admin"))
    }
}
