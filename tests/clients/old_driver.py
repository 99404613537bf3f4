"""mattermostdriver 7.3.2: hand-written, takes dictionaries, knows no plugins."""

from mattermostdriver import Driver
from mattermostdriver.exceptions import (
    InvalidOrMissingParameters,
    NoAccessTokenProvided,
    NotEnoughPermissions,
    ResourceNotFound,
)
from requests import HTTPError

STATUS = {InvalidOrMissingParameters: 400, NoAccessTokenProvided: 401, NotEnoughPermissions: 403, ResourceNotFound: 404}


class OldDriver:
    NAME = "mattermostdriver"

    def __init__(self, port, **credentials):
        self.driver = Driver({"scheme": "http", "url": "127.0.0.1", "port": port, **credentials})
        self.api = self.driver.client

    def login(self):
        return self.driver.login()

    def refusal(self, call, *arguments, **options):
        """Status and text of the error that a call answers with."""
        try:
            answer = call(*arguments, **options)
        except tuple(STATUS) as error:
            return STATUS[type(error)], str(error)
        except HTTPError as error:
            # What it has no error of its own for.
            return error.response.status_code, error.response.text
        raise AssertionError(f"it was not refused: {answer}")

    def plugin_refusal(self, call, *arguments):
        """Status of an error that is a plugin's own."""
        return self.refusal(call, *arguments)[0]

    def ping(self):
        return self.driver.system.check_system_health()

    def create_user(self, **user):
        return self.driver.users.create_user(user)

    def get_user(self, user_id):
        return self.driver.users.get_user(user_id)

    def create_token(self, user_id, description):
        return self.driver.users.create_user_access_token(user_id, {"description": description})

    def create_team(self, **team):
        return self.driver.teams.create_team(team)

    def add_to_team(self, team_id, user_id):
        return self.driver.teams.add_user_to_team(team_id, {"team_id": team_id, "user_id": user_id})

    def create_channel(self, **channel):
        return self.driver.channels.create_channel(channel)

    def add_to_channel(self, channel_id, user_id):
        return self.driver.channels.add_user(channel_id, {"user_id": user_id})

    def post(self, channel_id, message):
        return self.driver.posts.create_post({"channel_id": channel_id, "message": message})

    def edit(self, post_id, message):
        return self.driver.posts.patch_post(post_id, {"message": message})

    def get_post(self, post_id):
        return self.driver.posts.get_post(post_id)

    def posts(self, channel_id):
        return self.driver.posts.get_posts_for_channel(channel_id)

    def command(self, channel_id, command):
        return self.driver.commands.execute_command({"channel_id": channel_id, "command": command})

    def press(self, post_id, action_id):
        return self.driver.posts.perform_post_action(post_id, action_id)

    def upload_file(self, channel_id, name, content):
        return self.driver.files.upload_file(channel_id, {"files": (name, content)})["file_infos"][0]

    def get_file(self, file_id):
        return self.driver.files.get_file(file_id).content

    def patch_config(self, patch):
        return self.api.put("/config/patch", options=patch)

    def upload_plugin(self, name, content):
        return self.api.post("/plugins", files={"plugin": (name, content)})

    def plugins(self):
        return self.api.get("/plugins")

    def plugin_statuses(self):
        return self.api.get("/plugins/statuses")

    def enable_plugin(self, plugin_id):
        return self.api.post(f"/plugins/{plugin_id}/enable")

    def disable_plugin(self, plugin_id):
        return self.api.post(f"/plugins/{plugin_id}/disable")

    def remove_plugin(self, plugin_id):
        return self.api.delete(f"/plugins/{plugin_id}")

    def ask_plugin(self, method, path, body=None):
        return self.api.make_request(method, path, options=body, basepath="/plugins").json()
