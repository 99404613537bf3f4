"""A server of its own: a free port, a data folder that goes away."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

START_SECONDS = 60
STOP_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary):
        self.binary = binary
        self.port = free_port()

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="wasmoat-clients-")
        self.log = open(os.path.join(self.folder, "log"), "w+")
        command = [self.binary, "serve", "--dev", "--listen", f"127.0.0.1:{self.port}", "--data", os.path.join(self.folder, "data")]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise RuntimeError(f"the server did not stop within {STOP_SECONDS} s:\n{self.log_tail()}")
        finally:
            self.log.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_it_answers(self):
        end = time.monotonic() + START_SECONDS
        url = f"http://127.0.0.1:{self.port}/api/v4/system/ping"
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log_tail()}")
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"no answer within {START_SECONDS} s:\n{self.log_tail()}")

    def log_tail(self):
        self.log.flush()
        with open(self.log.name) as log:
            return "".join(log.readlines()[-30:])
