# SPDX-License-Identifier: MPL-2.0
"""The mailbox of a person of the demo: waits for a mail to arrive, by watching the folder of the mail catcher."""
import email
import email.policy
import os
import re
import select
import time

LOOK_EVERY_S = 0.05


class Mail:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.message = email.message_from_binary_file(f, policy=email.policy.default)
        self.name = os.path.basename(path)
        self.to = self.message["X-Envelope-To"] or ""
        self.subject = self.message["Subject"] or ""
        part = self.message.get_body(preferencelist=("plain",))
        self.text = part.get_content() if part else ""

    def code(self):
        found = re.search(r"^Code : (\d{4}) (\d{4})\b", self.text, re.M)
        if not found:
            raise AssertionError("no code in the mail « %s »" % self.subject)
        return found[1] + found[2]


class Mailbox:
    """All mails of the instance; a mark remembers which were there, so that an older one is never taken for the answer."""

    def __init__(self, folder):
        self.folder = folder

    def names(self):
        return {n for n in os.listdir(self.folder) if n.endswith(".eml") and not n.startswith(".")}  # a dot: being written

    mark = names

    def since(self, mark, to=None):
        mails = [Mail(os.path.join(self.folder, n)) for n in sorted(self.names() - mark)]
        return [m for m in mails if to is None or to in m.to]

    def wait(self, to, mark, subject="", timeout_s=30):
        """The first mail to this address since the mark whose subject contains these words."""
        deadline = time.monotonic() + timeout_s
        while True:
            for mail in self.since(mark, to):
                if subject in mail.subject:
                    return mail
            if time.monotonic() >= deadline:
                raise AssertionError("no mail « %s » to %s within %d s" % (subject, to, timeout_s))
            select.select([], [], [], LOOK_EVERY_S)
