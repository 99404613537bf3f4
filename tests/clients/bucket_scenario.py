"""Files of a server whose settings name a bucket."""

import bucket
from scenario import ADMIN, USER, login

MIB = 1 << 20

# A picture of one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003"
    "010100c9fe92ef0000000049454e44ae426082"
)


class BucketScenario:
    def __init__(self, client, port, bucket):
        self.client = client
        self.port = port
        self.bucket = bucket

    def steps(self):
        return [
            self.files_go_to_the_bucket_by_setting,
            self.a_small_file_is_kept_there,
            self.a_large_file_goes_there_in_parts,
            self.a_picture_is_kept_there_too,
            self.a_bucket_that_is_not_there_is_an_error,
        ]

    def files_go_to_the_bucket_by_setting(self):
        for account in (ADMIN, USER):
            self.client(self.port).create_user(**account)
        self.admin, self.user = (self.client(self.port, **login(account)) for account in (ADMIN, USER))
        self.admin.login()
        user = self.user.login()
        self.admin.patch_config(self.bucket.settings())
        team = self.admin.create_team(name="lab", display_name="The Lab", type="O")
        self.admin.add_to_team(team["id"], user["id"])
        self.channel = self.admin.create_channel(team_id=team["id"], name="engine", display_name="Engine", type="O")["id"]
        self.admin.add_to_channel(self.channel, user["id"])

    def a_small_file_is_kept_there(self):
        self.is_kept("a b ü.txt", b"by the sea")

    def a_large_file_goes_there_in_parts(self):
        # No two parts of it are alike.
        self.is_kept("large.bin", b"".join(number.to_bytes(4, "big") for number in range(20 * MIB // 4)))

    def is_kept(self, name, content):
        file = self.user.upload_file(self.channel, name, content)
        assert (file["name"], file["size"]) == (name, len(content)), file
        kept = [key for key, bytes in self.bucket.contents().items() if file["id"] in key and bytes == content]
        assert len(kept) == 1 and kept[0].startswith(f"{bucket.PREFIX}/"), list(self.bucket.contents())
        assert self.user.get_file(file["id"]) == content

    def a_picture_is_kept_there_too(self):
        before = set(self.bucket.contents())
        file = self.user.upload_file(self.channel, "dot.png", PIXEL)
        assert file["width"] == 1, file
        made = set(self.bucket.contents()) - before
        assert all(file["id"] in key for key in made) and len(made) > 1, made

    def a_bucket_that_is_not_there_is_an_error(self):
        self.admin.patch_config({"FileSettings": {"AmazonS3Bucket": "moat-nothing"}})
        before = self.bucket.contents()
        status, _ = self.user.refusal(self.user.upload_file, self.channel, "lost.txt", b"lost")
        assert status == 500, status
        assert self.bucket.contents() == before
