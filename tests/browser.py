"""Headless Chromium, driven through its DevTools pipe: no driver, no port, no further package.

The protocol is https://chromedevtools.github.io/devtools-protocol; a message is JSON, ended by NUL.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
from pathlib import Path
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Of the pipe in the browser: where it reads commands, where it writes answers.
COMMANDS_FD, ANSWERS_FD = 3, 4
PATIENCE_S = 30


class Browser:
    """A running browser, ended by leaving its context; its profile is kept in the folder given."""

    def __init__(self, profile: Path) -> None:
        self._pages: dict[str, Page] = {}
        self._calls, self._rest = 0, b""
        reads, self._commands = os.pipe()
        self._answers, writes = os.pipe()
        # Out of the way of 3 and 4, onto which the child duplicates them.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (reads, writes)]
        self._process = os.posix_spawn(
            str(CHROMIUM),
            [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, ends[0], COMMANDS_FD),
                (os.POSIX_SPAWN_DUP2, ends[1], ANSWERS_FD),
            ],
        )
        for end in (reads, writes, *ends):
            os.close(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.call("Browser.close")
        for end in (self._commands, self._answers):
            os.close(end)
        os.waitpid(self._process, 0)

    def open(self, url: str, width: int, *, mobile: bool = False, scheme: str = "light") -> "Page":
        """Return the page at `url`, loaded and drawn, shown as `Page.show` shows it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.show(width, mobile=mobile, scheme=scheme)
        page.call("Page.navigate", url=url)
        while not page.loaded:
            self._read()
        page.settle()
        return page

    def call(self, method: str, session: str = "", **parameters: Any) -> Any:
        """Return the result of a command, of one page if `session` names it."""
        self._calls += 1
        message: dict[str, Any] = {"id": self._calls, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self._commands, text) :]
        while (answer := self._read()).get("id") != message["id"]:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _read(self) -> dict[str, Any]:
        """Return the next message; an event is told to its page too."""
        while b"\0" not in self._rest:
            assert select.select([self._answers], [], [], PATIENCE_S)[0], "the browser is silent"
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise OSError("the browser has ended")
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if page := self._pages.get(message.get("sessionId", "")):
            page.hear(message.get("method", ""), message.get("params", {}))
        return message


class Page:
    """A page of a browser.

    Attributes
    ----------
    console : what it complained of or logged.
    requests : every address that it asked for.
    loaded : whether its load event has fired.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.console: list[Any] = []
        self.requests: list[str] = []
        self.loaded = False

    def call(self, method: str, **parameters: Any) -> Any:
        """Return the result of a command of the protocol."""
        return self._browser.call(method, self._session, **parameters)

    def show(
        self, width: int, *, mobile: bool = False, scheme: str = "light", media: str = ""
    ) -> None:
        """Show it in a window or phone `width` CSS pixels wide, light or dark, as on `media`."""
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": mobile}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.call("Page.bringToFront")  # what lies behind is neither laid out nor painted
        self.settle()

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression; a promise is awaited."""
        options = {"awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", expression=script, **options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press and release a key, by its name in `KeyboardEvent.key`."""
        codes = {"Tab": 9, "Enter": 13}
        named = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def settle(self) -> None:
        """Wait until what a resize or a script asked for has been painted."""
        self.evaluate("new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50)))")

    def hear(self, event: str, content: dict[str, Any]) -> None:
        """Take note of an event."""
        if event == "Page.loadEventFired":
            self.loaded = True
        elif event in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.console.append(content)
        elif event == "Network.requestWillBeSent":
            self.requests.append(content["request"]["url"])
