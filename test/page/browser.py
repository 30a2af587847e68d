# SPDX-License-Identifier: BSD-3-Clause
"""A headless Chromium, driven over a pipe by its DevTools protocol. Needs nothing but Debian's package `chromium`."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

PATIENCE = 30  # seconds for any answer


class Browser:
    """Ends with the block that it is used in."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="sluice-browser-")
        to_browser, self.to = os.pipe()
        self.back, from_browser = os.pipe()
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--remote-debugging-pipe", "--user-data-dir=" + self.profile, "about:blank"]
        # The protocol asks for descriptors 3 and 4.
        wrapped = ["sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", *command]
        self.process = subprocess.Popen(wrapped, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest = b""
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def read(self, end):
        while b"\0" not in self.rest:
            if time.monotonic() > end:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.back, 1 << 20)
            if not part:
                raise EOFError("the browser has ended")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            answer = self.read(end)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def page(self):
        return Page(self)


class Page:
    def __init__(self, browser):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def go(self, url):
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["text"])
        return result["result"].get("value")

    def wait_for(self, expression, patience=PATIENCE):
        end = time.monotonic() + patience
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}; the page says: {self.text()[:2000]}")
            time.sleep(0.05)

    def text(self):
        return self.evaluate("document.body?.innerText") or ""

    def errors(self):
        """What the console has shown in red, and exceptions that nobody caught."""
        result = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            what = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                result.append(what["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            elif event["method"] == "Log.entryAdded" and what["entry"]["level"] == "error":
                result.append(what["entry"]["text"] + " " + what["entry"].get("url", ""))
            elif event["method"] == "Runtime.consoleAPICalled" and what["type"] in ("error", "assert"):
                result.append(str([x.get("value") for x in what["args"]]))
        return result

    def requested(self):
        """The addresses that the page has asked for."""
        return [x["params"]["request"]["url"] for x in self.browser.events
                if x.get("sessionId") == self.session and x["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
