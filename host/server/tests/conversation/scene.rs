//! Where conversations happen.

use serde_json::{Value, json};

use crate::world::{Client, World};

/// A server, its admin Ada, her team, and Bob, who is in it.
pub struct Scene {
    pub world: World,
    pub ada: Client,
    pub bob: Client,
    pub team: String,
    pub square: String,
}

impl Scene {
    pub async fn new() -> Self {
        let (world, ada) = World::new().await;
        let bob = world.user(&ada, "bob").await;
        let (status, team) = ada.post("teams", json!({"name": "dev", "display_name": "Dev", "type": "O"})).await;
        assert_eq!(status, 201, "{team}");
        let team = team["id"].as_str().unwrap().to_owned();
        let member = json!({"team_id": team, "user_id": bob.id});
        assert_eq!(ada.post(&format!("teams/{team}/members"), member).await.0, 201);
        let (_, square) = ada.get(&format!("teams/{team}/channels/name/town-square")).await;
        let square = square["id"].as_str().unwrap().to_owned();
        Self { world, ada, bob, team, square }
    }

    pub async fn channel(&self, client: &Client, name: &str, r#type: &str) -> String {
        let channel = json!({"team_id": self.team, "name": name, "display_name": name, "type": r#type});
        let (status, channel) = client.post("channels", channel).await;
        assert_eq!(status, 201, "{channel}");
        channel["id"].as_str().unwrap().to_owned()
    }

    pub async fn say(&self, client: &Client, channel_id: &str, message: &str) -> Value {
        let (status, post) = client.post("posts", json!({"channel_id": channel_id, "message": message})).await;
        assert_eq!(status, 201, "{post}");
        post
    }
}
