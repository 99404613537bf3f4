"""What a client's own websocket support hears."""

import asyncio
import json
import threading

HEAR_SECONDS = 30


class Events:
    """Listens in a thread: both clients' `init_websocket` never return."""

    def __init__(self, driver):
        self.heard = []
        self.changed = threading.Condition()
        self.driver = driver
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        asyncio.set_event_loop(asyncio.new_event_loop())
        self.driver.init_websocket(self._handle)

    async def _handle(self, text):
        frame = json.loads(text)
        if "event" in frame:
            with self.changed:
                self.heard.append(frame)
                self.changed.notify_all()

    def hear(self, name, matches=lambda data: True):
        """The data of the first event of this name that matches, heard already or soon."""

        def found():
            return next((event for event in self.heard if event["event"] == name and matches(event["data"])), None)

        with self.changed:
            if not self.changed.wait_for(lambda: found() is not None, HEAR_SECONDS):
                names = [event["event"] for event in self.heard]
                raise AssertionError(f"no such `{name}` within {HEAR_SECONDS} s; heard {names}")
            return found()["data"]

    def hear_post(self, name, matches):
        """The post of such an event, which travels as JSON inside JSON."""
        data = self.hear(name, lambda data: matches(json.loads(data["post"])))
        return json.loads(data["post"])

    def has_heard(self, name, matches=lambda data: True):
        with self.changed:
            return any(event["event"] == name and matches(event["data"]) for event in self.heard)
