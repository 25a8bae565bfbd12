# SPDX-License-Identifier: MPL-2.0
"""The ledger: what the server promised to the clients, one JSON line a promise, flushed before the client goes on.

A promise is made when the answer is complete; what was asked and never answered is written down as asked, and promises nothing.
The judge reads the file, not the memory of the clients, and each of its complaints begins with the number of the broken line.
"""
import hashlib
import json
import threading
import time


class Fault(AssertionError):
    """A promise that was broken while the clients were at work."""


class Ledger:
    def __init__(self, path):
        self.path, self.began = path, time.monotonic()
        self.file = open(path, "w", encoding="utf-8")  # closed with the process: it is written to until the last client is gone
        self.lock, self.grew = threading.Lock(), threading.Condition()
        self.n = 0
        self.bytes = {}  # SHA-256 -> bytes of every file that a client has deposited

    def write(self, who, what, **facts):
        """Gives the number of the line."""
        with self.lock:
            self.n += 1
            line = {"line": self.n, "s": round(time.monotonic() - self.began, 3), "at": time.time(), "who": who, "what": what, **facts}
            self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.file.flush()
        with self.grew:
            self.grew.notify_all()
        return line["line"]

    def wait_for_more(self, than, timeout_s):
        """Is there a line after that number, within the time given?"""
        with self.grew:
            return self.grew.wait_for(lambda: self.n > than, timeout_s)

    def know(self, content):
        """Remembers the bytes of a file by their SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        with self.lock:
            self.bytes[digest] = content
        return digest

    def lines(self, what=None):
        with open(self.path, encoding="utf-8") as f:
            every = [json.loads(line) for line in f]
        return [line for line in every if what is None or line["what"] == what]


def name_of(line):
    """How a complaint names a line: its number, who was promised what, and the facts that are short."""
    facts = ", ".join("%s %s" % (k, v) for k, v in line.items()
                      if k not in ("line", "s", "at", "who", "what", "files", "readers") and len(str(v)) < 90)
    return "ledger line %d (%.1f s, %s, %s: %s)" % (line["line"], line["s"], line["who"], line["what"], facts)
