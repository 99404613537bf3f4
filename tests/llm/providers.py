"""Two fakes that speak the real format, each by people who do not know this project."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

START_SECONDS = 60
STOP_SECONDS = 15

GREETING = "Good day to you."
MOOD = '{"mood": "fine"}'


class Provider:
    """A process that listens; it and all that it has started end with the block."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True)
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(STOP_SECONDS)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
        finally:
            self.log.close()

    def wait_until_it_answers(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.NAME} ended with {self.process.returncode}:\n{self.log_text()}")
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.NAME} does not answer within {START_SECONDS} s:\n{self.log_text()}")

    def log_text(self):
        self.log.flush()
        with open(self.log.name) as log:
            return log.read()


class AiMock(Provider):
    NAME = "aimock"
    COUNTS_IN_STREAMS = True
    KNOWS_LIMITS = True

    def command(self):
        fixtures = [
            {"match": {"userMessage": "Hello"}, "response": {"content": GREETING}},
            {"match": {"userMessage": "mood"}, "response": {"content": MOOD}},
            {"match": {"userMessage": "limit"}, "response": {"error": {"message": "Slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}, "status": 429}},
            {"match": {"userMessage": "hello, all"}, "response": {"content": json.dumps({"rewritten_text": GREETING})}},
        ]
        with open(os.path.join(self.folder, "fixtures.json"), "w") as file:
            json.dump({"fixtures": fixtures}, file)
        return ["llmock", "-h", "127.0.0.1", "-p", str(self.port), "-f", "fixtures.json"]


class MockLlm(Provider):
    NAME = "mockllm"
    # Its streams do not say what they cost, and it limits nobody.
    COUNTS_IN_STREAMS = False
    KNOWS_LIMITS = False

    def command(self):
        # A streamed answer is looked up once more, as if it were a question.
        responses = {"Hello": GREETING, GREETING: GREETING, "What is the mood?": MOOD}
        with open(os.path.join(self.folder, "responses.yml"), "w") as file:
            # JSON is YAML.
            json.dump({"responses": responses, "defaults": {"unknown_response": "I do not know."}}, file)
        return ["mockllm", "start", "-r", "responses.yml", "-h", "127.0.0.1", "-p", str(self.port)]


PROVIDERS = [AiMock, MockLlm]
