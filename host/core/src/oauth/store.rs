//! The SQL of OAuth applications.

use wasmoat_model::OAuthApp;

use crate::store::record;

record!(
    OAuthApp,
    "oauth_apps",
    key[id],
    [
        creator_id,
        create_at,
        update_at,
        client_secret,
        name,
        description,
        icon_url,
        callback_urls,
        homepage,
        is_trusted,
        mattermost_app_id,
        is_dynamically_registered,
    ]
);
