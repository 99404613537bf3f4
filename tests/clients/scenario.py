"""What an admin and a user do, in order, by one client."""

import json
import os

from events import Events

ADMIN = {"username": "ada", "email": "ada@example.org", "password": "Analytical-1843"}
USER = {"username": "bob", "email": "bob@example.org", "password": "Bletchley-1943"}
RUNNING = 2


def login(account):
    return {"login_id": account["username"], "password": account["password"]}


class Scenario:
    def __init__(self, client, port, plugins):
        self.client = client
        self.port = port
        self.plugins = plugins

    def steps(self):
        return [
            self.the_server_answers_a_ping,
            self.the_first_user_becomes_admin,
            self.the_second_user_does_not,
            self.a_wrong_password_is_refused,
            self.a_team_and_a_channel_are_made,
            self.an_access_token_logs_in,
            self.a_post_arrives_over_the_websocket,
            self.word_filter_is_uploaded,
            self.word_filter_is_enabled,
            self.a_user_may_not_manage_plugins,
            self.a_post_with_a_blocked_word_is_refused,
            self.a_word_is_masked_in_an_edit,
            self.an_author_is_warned_and_nobody_else,
            self.poll_is_uploaded_and_enabled,
            self.a_poll_is_created_by_a_command,
            self.a_vote_shows_in_the_post,
            self.a_pressed_button_is_a_vote,
            self.nobody_votes_without_a_login,
            self.a_poll_can_be_read_and_ended,
            self.a_disabled_plugin_filters_no_more,
            self.a_removed_plugin_is_gone,
        ]

    def the_server_answers_a_ping(self):
        assert self.client(self.port).ping()["status"] == "OK"

    def the_first_user_becomes_admin(self):
        created = self.client(self.port).create_user(**ADMIN)
        self.admin = self.client(self.port, **login(ADMIN))
        assert self.admin.login()["id"] == created["id"]
        me = self.admin.get_user("me")
        assert "system_admin" in me["roles"].split(), me
        self.admin_id = me["id"]

    def the_second_user_does_not(self):
        self.client(self.port).create_user(**USER)
        self.user = self.client(self.port, **login(USER))
        me = self.user.login()
        assert me["roles"] == "system_user", me
        assert not me.get("password"), "a password must never be shown"
        self.user_id = me["id"]

    def a_wrong_password_is_refused(self):
        stranger = self.client(self.port, login_id=USER["username"], password="wrong")
        status, _ = stranger.refusal(stranger.login)
        assert status == 401, status

    def a_team_and_a_channel_are_made(self):
        team = self.admin.create_team(name="lab", display_name="The Lab", type="O")
        self.admin.add_to_team(team["id"], self.user_id)
        channel = self.admin.create_channel(team_id=team["id"], name="engine", display_name="Engine", type="O")
        self.channel = channel["id"]
        member = self.admin.add_to_channel(self.channel, self.user_id)
        assert member["user_id"] == self.user_id, member

    def an_access_token_logs_in(self):
        self.admin.patch_config({"ServiceSettings": {"EnableUserAccessTokens": True}})
        token = self.admin.create_token(self.admin_id, "a script")["token"]
        assert self.client(self.port, token=token).login()["id"] == self.admin_id

    def a_post_arrives_over_the_websocket(self):
        self.admin_hears = Events(self.admin.driver)
        self.user_hears = Events(self.user.driver)
        for events in (self.admin_hears, self.user_hears):
            assert events.hear("hello")["server_version"]
        post = self.admin.post(self.channel, "hello, engine")
        data = self.user_hears.hear("posted", lambda data: json.loads(data["post"])["id"] == post["id"])
        assert json.loads(data["post"])["message"] == "hello, engine"
        assert (data["channel_type"], data["channel_name"]) == ("O", "engine"), data
        assert data["sender_name"].lstrip("@") == ADMIN["username"], data

    def word_filter_is_uploaded(self):
        manifest = self.upload("word-filter")
        assert manifest["id"] == "word-filter", manifest
        assert [plugin["id"] for plugin in self.admin.plugins()["inactive"]] == ["word-filter"]

    def word_filter_is_enabled(self):
        self.admin.enable_plugin("word-filter")
        assert [plugin["id"] for plugin in self.admin.plugins()["active"]] == ["word-filter"]
        statuses = {status["plugin_id"]: status["state"] for status in self.admin.plugin_statuses()}
        assert statuses == {"word-filter": RUNNING}, statuses

    def a_user_may_not_manage_plugins(self):
        for call in (self.user.plugins, lambda: self.user.disable_plugin("word-filter"), lambda: self.user.remove_plugin("word-filter")):
            status, _ = self.user.refusal(call)
            assert status == 403, status

    def a_post_with_a_blocked_word_is_refused(self):
        self.set_action("block")
        status, text = self.user.refusal(self.user.post, self.channel, "what the heck")
        assert status == 400, status
        assert 'word that is not allowed here: "heck"' in text, text
        assert not any("heck" in post["message"] for post in self.user.posts(self.channel)["posts"].values())
        assert self.user.post(self.channel, "checked")["message"] == "checked"

    def a_word_is_masked_in_an_edit(self):
        self.set_action("mask")
        post = self.user.post(self.channel, "what a day")
        edited = self.user.edit(post["id"], "what the heck")
        assert edited["message"] == "what the ****", edited
        heard = self.admin_hears.hear_post("post_edited", lambda edited: edited["id"] == post["id"])
        assert heard["message"] == "what the ****" and heard["edit_at"] > 0, heard
        assert self.admin.get_post(post["id"])["message"] == "what the ****"

    def an_author_is_warned_and_nobody_else(self):
        self.set_action("warn")
        assert self.user.post(self.channel, "heck, again")["message"] == "heck, again"
        warning = self.user_hears.hear_post("ephemeral_message", lambda post: "mind your words" in post["message"])
        assert warning["channel_id"] == self.channel and warning["type"] == "system_ephemeral", warning
        assert not self.admin_hears.has_heard("ephemeral_message")

    def poll_is_uploaded_and_enabled(self):
        assert self.upload("poll")["id"] == "poll"
        self.admin.enable_plugin("poll")
        active = sorted(plugin["id"] for plugin in self.admin.plugins()["active"])
        assert active == ["poll", "word-filter"], active

    def a_poll_is_created_by_a_command(self):
        self.admin.command(self.channel, '/poll "Where to eat?" "Here" "There"')
        self.poll_post = self.user_hears.hear_post("posted", lambda post: "Where to eat?" in json.dumps(post["props"]))
        attachment = self.poll_post["props"]["attachments"][0]
        assert attachment["title"] == "Where to eat?", attachment
        assert [action["name"] for action in attachment["actions"]] == ["Here", "There", "End poll"], attachment
        self.poll = self.poll_post["props"]["poll_id"]

    def a_vote_shows_in_the_post(self):
        poll = self.user.ask_plugin("post", f"/poll/api/v1/polls/{self.poll}/vote", {"option": 1})
        assert [option["votes"] for option in poll["options"]] == [0, 1] and poll["mine"] == [1], poll
        edited = self.admin_hears.hear_post("post_edited", lambda post: post["id"] == self.poll_post["id"])
        text = edited["props"]["attachments"][0]["text"]
        assert "**There**: 1 (100 %)" in text and USER["username"] in text, text
        stored = self.user.get_post(self.poll_post["id"])["props"]["attachments"][0]
        assert stored["footer"] == "1 person voted", stored

    def a_pressed_button_is_a_vote(self):
        self.admin.press(self.poll_post["id"], "vote0")
        poll = self.admin.ask_plugin("get", f"/poll/api/v1/polls/{self.poll}")
        assert [option["votes"] for option in poll["options"]] == [1, 1] and poll["mine"] == [0], poll
        answer = self.admin_hears.hear_post("ephemeral_message", lambda post: "You voted for" in post["message"])
        assert answer["message"] == "You voted for **Here**.", answer

    def nobody_votes_without_a_login(self):
        stranger = self.client(self.port)
        path = f"/poll/api/v1/polls/{self.poll}/vote"
        assert stranger.plugin_refusal(stranger.ask_plugin, "post", path, {"option": 0}) == 401

    def a_poll_can_be_read_and_ended(self):
        assert self.admin.ask_plugin("get", f"/poll/api/v1/polls/{self.poll}")["voter_count"] == 2
        ended = self.admin.ask_plugin("post", f"/poll/api/v1/polls/{self.poll}/end", {})
        assert ended["ended"] is True, ended
        shown = self.user_hears.hear_post(
            "post_edited", lambda post: "ended" in post["props"].get("attachments", [{}])[0].get("footer", "")
        )
        assert shown["id"] == self.poll_post["id"]

    def a_disabled_plugin_filters_no_more(self):
        self.set_action("block")
        self.user.refusal(self.user.post, self.channel, "heck")
        self.admin.disable_plugin("word-filter")
        assert self.user.post(self.channel, "heck")["message"] == "heck"
        assert "word-filter" in [plugin["id"] for plugin in self.admin.plugins()["inactive"]]

    def a_removed_plugin_is_gone(self):
        for plugin in ("word-filter", "poll"):
            self.admin.remove_plugin(plugin)
        assert self.admin.plugins() == {"active": [], "inactive": []}
        status, _ = self.admin.refusal(self.admin.enable_plugin, "word-filter")
        assert status == 404, status

    def upload(self, name):
        with open(os.path.join(self.plugins, f"{name}.wasm"), "rb") as file:
            return self.admin.upload_plugin(f"{name}.wasm", file.read())

    def set_action(self, action):
        settings = {"words": "heck, darn", "action": action}
        self.admin.patch_config({"PluginSettings": {"Plugins": {"word-filter": settings}}})
