//! Posts that one user sees and nobody stores.

use wasmoat_model::{POST_EPHEMERAL, Post, new_id, now_ms};

use crate::{Core, websocket::Event};

impl Core {
    /// Mattermost's `SendEphemeralPost`: shows a post to one user.
    pub async fn send_ephemeral_post(&self, user_id: &str, mut post: Post) -> Post {
        POST_EPHEMERAL.clone_into(&mut post.r#type);
        if post.id.is_empty() {
            post.id = new_id();
        }
        if post.create_at == 0 {
            post.create_at = now_ms();
        }
        if post.update_at == 0 {
            post.update_at = post.create_at;
        }
        post = show(post);
        let event = Event::new("ephemeral_message").json("post", &post);
        self.publish(event.to_channel(&post.channel_id).to_user(user_id));
        post
    }

    /// Mattermost's `UpdateEphemeralPost`: shows another text under the id of an ephemeral post.
    pub async fn update_ephemeral_post(&self, user_id: &str, mut post: Post) -> Post {
        POST_EPHEMERAL.clone_into(&mut post.r#type);
        post.update_at = now_ms();
        post = show(post);
        let event = Event::new("post_edited").json("post", &post);
        self.publish(event.to_channel(&post.channel_id).to_user(user_id));
        post
    }

    /// Mattermost's `DeleteEphemeralPost`: takes an ephemeral post away.
    pub fn delete_ephemeral_post(&self, user_id: &str, post_id: &str) {
        let now = now_ms();
        let post = Post {
            id: post_id.to_owned(),
            user_id: user_id.to_owned(),
            r#type: POST_EPHEMERAL.to_owned(),
            delete_at: now,
            update_at: now,
            ..Post::default()
        };
        self.publish(Event::new("post_deleted").json("post", &post).to_user(user_id));
    }
}

fn show(post: Post) -> Post {
    super::metadata::for_client(super::attachments::with_action_ids(post), &[], &[])
}
