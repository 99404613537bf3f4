"""A bucket on a server that speaks S3: moto, which is no part of this project."""

import logging
import urllib.request

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

NAME = "moat-files"
REGION = "eu-central-1"
PREFIX = "kept/here"
KEY, SECRET = "the-key", "the-secret"


class Bucket:
    def __enter__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.endpoint = "{}:{}".format(*self.server.get_host_and_port())
        self.s3 = boto3.client(
            "s3",
            endpoint_url=f"http://{self.endpoint}",
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}),
        )
        # It keeps what earlier ones in this process were told.
        urllib.request.urlopen(f"http://{self.endpoint}/moto-api/reset", data=b"").close()
        self.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
        return self

    def __exit__(self, *_):
        self.server.stop()

    def settings(self):
        """What an admin sets to have files kept here."""
        return {
            "FileSettings": {
                "DriverName": "amazons3",
                "AmazonS3AccessKeyId": KEY,
                "AmazonS3SecretAccessKey": SECRET,
                "AmazonS3Bucket": NAME,
                "AmazonS3PathPrefix": PREFIX,
                "AmazonS3Region": REGION,
                "AmazonS3Endpoint": self.endpoint,
                "AmazonS3SSL": False,
            }
        }

    def contents(self):
        """What is there, by key."""
        found = self.s3.list_objects_v2(Bucket=NAME).get("Contents", [])
        return {entry["Key"]: self.s3.get_object(Bucket=NAME, Key=entry["Key"])["Body"].read() for entry in found}
