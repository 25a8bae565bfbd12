# SPDX-License-Identifier: MPL-2.0
"""A browser-like client of an instance: TLS with the demo's authority, client certificates, cookies, redirections, forms
with the token that the page gave, uploads by form and by tus. Only Python's own library, and openssl for P12 files.
"""
import base64
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import urllib.parse

from .page import Page, absolute

PIECE = 8 * 1024 * 1024
TIMEOUT_S = 60
MAX_REDIRECTIONS = 5


class Answer:
    """What came back: status, headers (lower case, several values joined by LF), bytes, and the page when it is one."""

    def __init__(self, url, status, headers, body):
        self.url, self.status, self.body = url, status, body
        self.headers = {}
        for name, value in headers:
            name = name.lower()
            self.headers[name] = self.headers[name] + "\n" + value if name in self.headers else value
        self.path = urllib.parse.urlsplit(url).path
        self._page = None

    @property
    def page(self):
        if self._page is None:
            if not self.headers.get("content-type", "").startswith("text/html"):
                raise AssertionError("%s is %s, not a page" % (self.url, self.headers.get("content-type")))
            self._page = Page(self.body.decode("utf-8"))
        return self._page

    def expect(self, status, *texts):
        """Asserts the status and that these words are visible; gives itself back."""
        if self.status != status:
            raise AssertionError("%s answered %d, not %d\n%s" % (self.url, self.status, status, self.summary()))
        for text in texts:
            if text not in self.page.text:
                raise AssertionError("%s does not say %r\n%s" % (self.url, text, self.summary()))
        return self

    def expect_not(self, *texts):
        for text in texts:
            if text in self.page.text:
                raise AssertionError("%s says %r, which must not be there" % (self.url, text))
        return self

    def summary(self):
        kind = self.headers.get("content-type", "")
        return self.page.text[:1500] if kind.startswith("text/html") else repr(self.body[:300])

    def filename(self):
        """The name that a browser would save under: filename* when there is one (RFC 6266)."""
        value = self.headers.get("content-disposition", "")
        found = re.search(r"filename\*=UTF-8''([^;]+)", value)
        if found:
            return urllib.parse.unquote(found[1])
        found = re.search(r'filename="([^"]*)"', value)
        return found[1] if found else None


class Connection(http.client.HTTPSConnection):
    """To 127.0.0.1, whatever the host's name: .localhost names are not in every resolver."""

    def __init__(self, host, port, context):
        super().__init__(host, port, timeout=TIMEOUT_S, context=context)

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(raw, server_hostname=self.host)


def pem_of_p12(p12, password):
    """Certificate and key of a P12 file, as the paths of two PEM files in a private folder of this process."""
    folder = tempfile.mkdtemp(prefix="opx-p12.")
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    for options, path in ((["-clcerts", "-nokeys"], cert), (["-nocerts", "-nodes"], key)):
        subprocess.run(["openssl", "pkcs12", "-in", p12, "-passin", "stdin", "-out", path] + options, check=True,
                       input=password.encode(), capture_output=True)
    return cert, key


class Browser:
    """One person's browser. `demo` is the content of demo.json; `means` a person's certificate, or None."""

    def __init__(self, demo, means=None, agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"):
        self.demo, self.agent = demo, agent
        self.context = ssl.create_default_context(cafile=demo["server_ca"])
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        if means and "p12" in means:
            self.context.load_cert_chain(*pem_of_p12(means["p12"], means["password"]))
        self.cookies = {}  # host -> {name: value}; cookies ignore ports, and so do we
        self.connections = {}
        self.here = None
        self.home = demo["origins"]["card" if means and "p12" in means else "main"]

    def close(self):
        for c in self.connections.values():
            c.close()
        self.connections = {}

    # ---- one exchange

    def begin(self, method, url, body=None, headers=None):
        """Sends one request; gives the address asked and the response with its bytes still to be read. A kept connection that the
        server has closed meanwhile is opened again, once, and only when nothing had been sent on it before: a request is never
        sent twice."""
        url = absolute(self.here or self.home + "/", url)
        parts = urllib.parse.urlsplit(url)
        origin = "%s://%s" % (parts.scheme, parts.netloc)
        if origin not in self.demo["origins"].values():
            raise AssertionError("a link leads outside: %s" % url)
        all_headers = {"User-Agent": self.agent, "Accept": "text/html,*/*;q=0.8", "Accept-Language": "fr,en;q=0.5",
                       "Sec-Fetch-Site": "same-origin" if self.here and self.here.startswith(origin) else "none",
                       "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        if method not in ("GET", "HEAD"):
            all_headers["Origin"] = origin
            all_headers["Sec-Fetch-Site"] = "same-origin"
        jar = self.cookies.get(parts.hostname, {})
        if jar:
            all_headers["Cookie"] = "; ".join("%s=%s" % c for c in jar.items())
        all_headers.update(headers or {})
        path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection = self._connection(parts, origin)
        connection.request(method, path, body=body, headers={k: v for k, v in all_headers.items() if v is not None})
        return url, connection.getresponse()

    def send(self, method, url, body=None, headers=None):
        """One request and its whole answer, no redirection."""
        url, response = self.begin(method, url, body, headers)
        data = response.read()
        answer = Answer(url, response.status, response.getheaders(), data)
        parts = urllib.parse.urlsplit(url)
        if response.will_close:
            self.connections.pop("%s://%s" % (parts.scheme, parts.netloc)).close()
        self._keep_cookies(parts.hostname, answer)
        return answer

    def _connection(self, parts, origin):
        kept = self.connections.get(origin)
        if kept and kept.sock and self._is_closed(kept.sock):
            kept.close()
            kept = None
        if kept is None:
            kept = self.connections[origin] = Connection(parts.hostname, parts.port, self.context)
        return kept

    @staticmethod
    def _is_closed(sock):
        sock.setblocking(False)
        try:
            return sock.recv(1) == b""
        except ssl.SSLWantReadError:
            return False
        except (ssl.SSLError, OSError):
            return True
        finally:
            sock.settimeout(TIMEOUT_S)

    def _keep_cookies(self, host, answer):
        jar = self.cookies.setdefault(host, {})
        for line in answer.headers.get("set-cookie", "").split("\n"):
            found = re.match(r"([^=;\s]+)=([^;]*)(.*)$", line)
            if not found:
                continue
            for wanted in ("; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"):
                if wanted.lower() not in found[3].lower():
                    raise AssertionError("the cookie %s lacks %s" % (found[1], wanted))
            if found[2] == "" or re.search(r"max-age=0\b", found[3], re.I):
                jar.pop(found[1], None)
            else:
                jar[found[1]] = found[2]

    # ---- as a person

    def get(self, url, follow=True):
        answer = self.send("GET", url)
        return self._arrive(answer, follow)

    def _arrive(self, answer, follow):
        for _ in range(MAX_REDIRECTIONS):
            if not follow or answer.status not in (301, 302, 303, 307, 308):
                self.here = answer.url
                return answer
            if answer.status != 303:
                raise AssertionError("%s redirects with %d, not 303" % (answer.url, answer.status))
            self.here = answer.url
            answer = self.send("GET", answer.headers["location"])
        raise AssertionError("too many redirections at %s" % answer.url)

    def post(self, url, pairs, follow=True, headers=None):
        """A form as it is: the pairs are sent urlencoded, nothing is added."""
        body = urllib.parse.urlencode(pairs).encode()
        answer = self.send("POST", url, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})
        return self._arrive(answer, follow)

    def submit(self, answer, action, values=None, button=None, files=None, follow=True):
        """Fills in and sends the form of a page whose action contains `action`. files: [(field, name, bytes, type)]."""
        form = answer.page.form(action)
        pairs = form.data(values or {}, button)
        target = absolute(answer.url, form.action)
        if form.method == "get":
            return self.get(target + "?" + urllib.parse.urlencode(pairs), follow)
        if not form.multipart:
            if files:
                raise AssertionError("the form %s takes no file" % form.action)
            return self.post(target, pairs, follow)
        given = files or []
        # A browser sends an empty part for a file field that was left empty.
        empty = [(f, "", b"", "application/octet-stream") for f in sorted(form.files - {g[0] for g in given})]
        body, kind = multipart(pairs, given + empty)
        return self._arrive(self.send("POST", target, body, {"Content-Type": kind}), follow)

    def follow(self, answer, text):
        """Clicks on the one link that says this."""
        return self.get(absolute(answer.url, answer.page.link(text)))

    # ---- tus 1.0, as depot.js does it: pieces, each acknowledged

    def tus_ask(self, page, name, size):
        """page: the answer that holds the deposit form. Gives the answer to the creation of an upload."""
        data = page.page.data
        metadata = "brouillon %s,nom %s" % tuple(
            base64.b64encode(v if isinstance(v, bytes) else v.encode()).decode() for v in (data("brouillon"), name))
        return self.send("POST", data("televersement"), b"", {
            "Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": metadata,
            "X-CSRF-Token": data("jeton"), "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})

    def tus_create(self, page, name, size):
        """The same, and it must be done; gives the address of the upload."""
        answer = self.tus_ask(page, name, size)
        if answer.status != 201:
            raise AssertionError("tus creation answered %d\n%s" % (answer.status, answer.summary()))
        return absolute(answer.url, answer.headers["location"])

    def tus_patch(self, page, address, offset, piece):
        return self.send("PATCH", address, piece, {
            "Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream",
            "X-CSRF-Token": page.page.data("jeton"), "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})

    def tus_head(self, page, address):
        return self.send("HEAD", address, None, {"Tus-Resumable": "1.0.0", "X-CSRF-Token": page.page.data("jeton"),
                                                 "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})

    def tus_offset(self, page, address):
        answer = self.tus_head(page, address)
        if answer.status not in (200, 204):
            raise AssertionError("tus HEAD answered %d" % answer.status)
        return int(answer.headers["upload-offset"])

    def tus_upload(self, page, name, content):
        """The whole file; gives the last answer."""
        address, offset, answer = self.tus_create(page, name, len(content)), 0, None
        while offset < len(content) or answer is None:
            answer = self.tus_patch(page, address, offset, content[offset:offset + PIECE])
            if answer.status != 204:
                raise AssertionError("tus PATCH answered %d\n%s" % (answer.status, answer.summary()))
            offset = int(answer.headers["upload-offset"])
        return answer


def multipart(pairs, files):
    """multipart/form-data as browsers write it: UTF-8, in names only %22, %0D and %0A are escaped."""
    boundary = "----opx" + os.urandom(16).hex()
    out = []

    def escape(text):
        raw = text if isinstance(text, bytes) else text.encode()
        return raw.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")

    for name, value in pairs:
        out.append(b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (
            boundary.encode(), escape(name), value if isinstance(value, bytes) else value.encode()))
    for field, name, content, kind in files:
        out.append(b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n' % (
            boundary.encode(), escape(field), escape(name), kind.encode(), content))
    out.append(b"--%s--\r\n" % boundary.encode())
    return b"".join(out), "multipart/form-data; boundary=" + boundary


def load_demo(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
