"""mattermostautodriver 11.11.1: typed calls, generated from Mattermost's own API document."""

from mattermostautodriver import TypedDriver
from mattermostautodriver.exceptions import InvalidMattermostError, MattermostError


class AutoDriver:
    NAME = "mattermostautodriver"

    def __init__(self, port, **credentials):
        self.driver = TypedDriver({"scheme": "http", "url": "127.0.0.1", "port": port, **credentials})
        self.api = self.driver.client

    def login(self):
        return self.driver.login()

    def refusal(self, call, *arguments, **options):
        """Status and text of the error that a call answers with; it must be of Mattermost's form."""
        try:
            answer = call(*arguments, **options)
        except MattermostError as error:
            assert error.error_id and error.request_id, error
            return error.status_code, str(error)
        raise AssertionError(f"it was not refused: {answer}")

    def plugin_refusal(self, call, *arguments):
        """Status of an error that is a plugin's own: without a request id, it is malformed to this client."""
        try:
            answer = call(*arguments)
        except (InvalidMattermostError, MattermostError) as error:
            return error.status_code
        raise AssertionError(f"it was not refused: {answer}")

    def ping(self):
        return self.driver.system.get_ping()

    def create_user(self, **user):
        return self.driver.users.create_user(**user)

    def get_user(self, user_id):
        return self.driver.users.get_user(user_id)

    def create_token(self, user_id, description):
        return self.driver.users.create_user_access_token(user_id, description)

    def create_team(self, **team):
        return self.driver.teams.create_team(**team)

    def add_to_team(self, team_id, user_id):
        return self.driver.teams.add_team_member(team_id, user_id)

    def create_channel(self, **channel):
        return self.driver.channels.create_channel(**channel)

    def add_to_channel(self, channel_id, user_id):
        return self.driver.channels.add_channel_member(channel_id, user_id)

    def post(self, channel_id, message):
        return self.driver.posts.create_post(channel_id, message)

    def edit(self, post_id, message):
        return self.driver.posts.patch_post(post_id, message=message)

    def get_post(self, post_id):
        return self.driver.posts.get_post(post_id)

    def posts(self, channel_id):
        return self.driver.posts.get_posts_for_channel(channel_id)

    def command(self, channel_id, command):
        return self.driver.commands.execute_command(channel_id, command)

    def press(self, post_id, action_id):
        return self.driver.posts.do_post_action(post_id, action_id)

    def upload_file(self, channel_id, name, content):
        return self.driver.files.upload_file(files=(name, content), channel_id=channel_id)["file_infos"][0]

    def get_file(self, file_id):
        return self.driver.files.get_file(file_id).content

    def patch_config(self, patch):
        return self.driver.system.patch_config(patch)

    def upload_plugin(self, name, content):
        return self.driver.plugins.upload_plugin((name, content))

    def plugins(self):
        return self.driver.plugins.get_plugins()

    def plugin_statuses(self):
        return self.driver.plugins.get_plugin_statuses()

    def enable_plugin(self, plugin_id):
        return self.driver.plugins.enable_plugin(plugin_id)

    def disable_plugin(self, plugin_id):
        return self.driver.plugins.disable_plugin(plugin_id)

    def remove_plugin(self, plugin_id):
        return self.driver.plugins.remove_plugin(plugin_id)

    def ask_plugin(self, method, path, body=None):
        return self.api.make_request(method, f"/plugins{path}", body).json()
