"""The server's REST API and the plugins in it, as far as this suite needs them."""

import io
import json
import tarfile
import urllib.error
import urllib.request
import uuid

PASSWORD = "Analytical-1843"


class Rest:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.token = None

    def sign_up(self, name):
        self.ok("POST", "/api/v4/users", {"username": name, "email": f"{name}@example.org", "password": PASSWORD})
        _, headers, _ = self.send("POST", "/api/v4/users/login", {"login_id": name, "password": PASSWORD})
        self.token = headers["Token"]

    def send(self, method, path, body=None, kind="application/json"):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": kind})
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def ok(self, method, path, body=None, kind="application/json"):
        status, _, answer = self.send(method, path, body, kind)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer[:2000]}"
        return json.loads(answer)

    def install(self, manifest, component):
        """Uploads a plugin under a manifest of the test's own, and enables it."""
        manifest = {**manifest, "server": {"executable": "plugin.wasm"}}
        bundle = io.BytesIO()
        with tarfile.open(fileobj=bundle, mode="w:gz") as tar:
            for name, content in (("plugin.json", json.dumps(manifest).encode()), ("plugin.wasm", component)):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="plugin"; filename="plugin.tar.gz"\r\n\r\n'
        form = head.encode() + bundle.getvalue() + f"\r\n--{boundary}--\r\n".encode()
        self.ok("POST", "/api/v4/plugins", form, f"multipart/form-data; boundary={boundary}")
        self.ok("POST", f"/api/v4/plugins/{manifest['id']}/enable", {})


class Caller:
    """The guest `recorder`, which calls other plugins as the test says."""

    ID = "caller"

    def __init__(self, rest, component):
        self.rest = rest
        manifest = {"id": self.ID, "name": "Caller", "version": "1.0.0", "wasmoat": {"plugins": {"*": "To ask whom the test asks."}}}
        rest.install(manifest, component)

    def api(self, function, arguments):
        status, _, answer = self.rest.send("POST", f"/plugins/{self.ID}/-/api/{function}", arguments)
        return status, json.loads(answer)

    def bridge(self, endpoint, request, schema=None):
        """The answer, or the text of the refusal."""
        arguments = {
            "target_plugin_id": "mattermost-ai",
            "endpoint": endpoint,
            "request": list(json.dumps(request).encode()),
            "response_schema": schema and json.dumps(schema),
        }
        status, answer = self.api("bridge.call-plugin", arguments)
        return json.loads(bytes(answer)) if status == 200 else json.dumps(answer)

    def http(self, method, path, body=None):
        request = {"method": method, "url": f"/mattermost-ai/bridge/v1{path}", "body": list(json.dumps(body).encode())}
        status, answer = self.api("http.plugin-http", {"request": request})
        assert status == 200, answer
        return answer["status"], bytes(answer["body"]).decode()
