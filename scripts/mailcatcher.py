#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The demo's mail catcher: takes every mail by SMTP, keeps each as a file, shows them on a plain page.

Nothing is delivered. A mail is written whole and then renamed, so whoever watches the folder never reads half of one.
The page listens on a Unix socket; nginx shows it on its loopback port under /courrier/.
"""
import argparse
import asyncio
import email
import email.policy
import html
import http.server
import os
import signal
import socketserver
import threading
import time

from aiosmtpd.controller import Controller

LIMIT_BYTES = 1 << 20


class Keeper:
    """Writes each message to a file whose name sorts by time of arrival."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        # Addresses that tests use to play a relay that refuses for good, or for now.
        if address.startswith("refuse@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("plus-tard@"):
            return "451 4.3.0 try later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = "%d-%06d.eml" % (time.time_ns() // 1000, self.count)
        head = "".join("X-Envelope-To: %s\r\n" % a for a in envelope.rcpt_tos).encode("utf-8", "replace")
        hidden = os.path.join(self.folder, "." + name)
        with open(hidden, "wb") as f:
            f.write(head + envelope.content)
        os.rename(hidden, os.path.join(self.folder, name))
        return "250 2.0.0 kept as " + name


def read_mail(path):
    with open(path, "rb") as f:
        return email.message_from_binary_file(f, policy=email.policy.default)


def text_of(mail):
    part = mail.get_body(preferencelist=("plain",))
    return part.get_content() if part else ""


class Page(http.server.BaseHTTPRequestHandler):
    """GET /courrier/ lists the newest mails; it knows no other address."""

    def do_GET(self):
        if self.path != "/courrier/":
            self.send_error(404)
            return
        folder = self.server.folder
        names = sorted((n for n in os.listdir(folder) if n.endswith(".eml") and n[0] != "."), reverse=True)[:100]
        rows = []
        for name in names:
            mail = read_mail(os.path.join(folder, name))
            rows.append("<article><h2>%s</h2><p>À : %s<br>Le : %s</p><pre>%s</pre></article>" % tuple(
                html.escape(str(v)) for v in (mail["Subject"], mail["X-Envelope-To"], mail["Date"], text_of(mail))))
        body = ("<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><title>Courrier de la démonstration</title>"
                "<h1>Courrier de la démonstration</h1>%s</html>" % ("".join(rows) or "<p>Aucun message.</p>")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "local"

    def log_message(self, *args):
        pass


class PageServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--smtp", required=True, help="host:port, loopback")
    parser.add_argument("--page", required=True, help="path of the page's socket")
    args = parser.parse_args()
    os.umask(0o027)
    host, port = args.smtp.rsplit(":", 1)
    controller = Controller(Keeper(args.folder), hostname=host, port=int(port), data_size_limit=LIMIT_BYTES,
                            server_hostname="courrier.opx.localhost")
    controller.start()
    os.umask(0o007)
    server = PageServer(args.page, Page)
    server.folder = args.folder
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stop = asyncio.new_event_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        stop.add_signal_handler(number, stop.stop)
    stop.run_forever()
    server.shutdown()
    controller.stop()
    os.unlink(args.page)


if __name__ == "__main__":
    main()
