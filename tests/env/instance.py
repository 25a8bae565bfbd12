# SPDX-License-Identifier: MPL-2.0
"""An instance as scripts/instance.sh handles it, and requests to it that no polite client would send."""
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "tests", "env")
IS_ROOT = os.geteuid() == 0
PROCESSES = "postgres tsa seal files signin post make web mail nginx".split()


def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid):
    """A process that has ended and was not buried yet does not live."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Reply:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found = re.match(r"HTTP/1\.1 (\d{3}) ", lines[0])
        self.status = int(found[1]) if found else 0
        self.headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines[1:]]
        if self.get("Transfer-Encoding") == "chunked":
            self.body = self.whole(self.body)

    @staticmethod
    def whole(chunks):
        out = b""
        while True:
            size, _, rest = chunks.partition(b"\r\n")
            n = int(size or b"0", 16)
            if n == 0:
                return out
            out, chunks = out + rest[:n], rest[n + 2:]

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name):
        return (self.all(name) or [""])[0]

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


class Instance:
    def __init__(self, name):
        self.name = name

    def sh(self, *words, check=True, seconds=120):
        done = subprocess.run([os.path.join(ROOT, "scripts", "instance.sh"), "--instance", self.name, *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=seconds)
        if check and done.returncode != 0:
            raise AssertionError("instance.sh %s: status %d\n%s" % (" ".join(words), done.returncode, done.stdout[-3000:]))
        return done.stdout

    def read_paths(self):
        for line in self.sh("paths").splitlines():
            name, _, value = line.partition("=")
            if re.fullmatch(r"[A-Z_]+", name):
                setattr(self, name.lower(), "".join(shlex.split(value)))
        for name in ("port", "card_port", "plain_port", "smtp_port"):
            setattr(self, name, int(getattr(self, name)))
        return self

    def pid(self, process):
        try:
            with open(os.path.join(self.state, "pids", process)) as f:
                pid = int(f.read().split()[0])
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError, IndexError):
            return 0

    def workers(self):
        """Process ids of the children of opx-web's master."""
        master = self.pid("web")
        with open("/proc/%d/task/%d/children" % (master, master)) as f:
            return {int(word) for word in f.read().split()}

    def sql(self, role, *statements, fails=False):
        """Rows as text; with fails, the error's text: the statement must be refused."""
        words = []
        for s in statements:
            words += ["-c", s]
        done = subprocess.run([os.path.join(ROOT, "scripts", "instance.sh"), "--instance", self.name, "psql", role, "-At", *words],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=30)
        if fails != (done.returncode != 0):
            raise AssertionError("%s may%s: %s\n%s" % (role, "" if fails else " not", statements, done.stdout))
        return done.stdout.strip()

    # Requests.

    def context(self, person=None, tls=None, alpn=None):
        c = ssl.create_default_context(cafile=os.path.join(self.pki, "public", "serveurs.pem"))
        if tls:
            c.minimum_version = c.maximum_version = tls
        if alpn:
            c.set_alpn_protocols(alpn)
        if person:
            at = os.path.join(self.pki, "people", person)
            c.load_cert_chain(at + ".pem", at + ".key")
        return c

    def connect(self, card=False, person=None, sni=None, context=None, session=None):
        host = self.card_host if card else self.main_host
        plain = socket.create_connection(("127.0.0.1", self.card_port if card else self.port), timeout=10)
        return (context or self.context(person)).wrap_socket(plain, server_hostname=sni or host, session=session)

    @staticmethod
    def exchange(s, data):
        raw = b""
        try:
            s.sendall(data)
        except (ConnectionError, ssl.SSLError):
            pass  # refused before the end: the answer says why
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                raw += piece
        except (ConnectionError, ssl.SSLError, socket.timeout):
            pass
        finally:
            s.close()
        return Reply(raw)

    def ask(self, path, method="GET", headers=(), body=b"", card=False, person=None, host=None):
        where = host or (self.card_host if card else self.main_host) + ":%d" % (self.card_port if card else self.port)
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + where, "Connection: close"]
        lines += ["%s: %s" % pair for pair in headers]
        if body or method == "POST":
            lines.append("Content-Length: %d" % len(body))
        return self.exchange(self.connect(card, person), "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body)

    def plain(self, path, method="GET", body=b"", headers=()):
        s = socket.create_connection(("127.0.0.1", self.plain_port), timeout=10)
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: 127.0.0.1:%d" % self.plain_port, "Connection: close"]
        lines += ["%s: %s" % pair for pair in headers] + (["Content-Length: %d" % len(body)] if body else [])
        return self.exchange(s, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def edge(self):
        with open(os.path.join(self.secrets, "edge")) as f:
            return f.read()

    def direct(self, pairs, socket_name="page", as_nginx=True):
        """Speaks FastCGI to opx-web without nginx, as nginx's own user or as ourselves."""
        words = [sys.executable, "-I", "-c", "exec(open(0).read())"]
        with open(os.path.join(HERE, "fcgi.py")) as f:
            code = f.read().split('if __name__ == "__main__":')[0]
        code += "\nsys.stdout.buffer.write(ask(%r, %r))\n" % (os.path.join(self.run, socket_name + ".sock"), list(pairs))
        if IS_ROOT and as_nginx:
            words = ["setpriv", "--reuid", "opx-nginx", "--regid", "opx-sock", "--init-groups", "--"] + words
        done = subprocess.run(words, input=code.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        if done.returncode != 0:
            raise AssertionError("direct FastCGI: %s" % done.stderr.decode()[-500:])
        return Reply(done.stdout.replace(b"Status: ", b"HTTP/1.1 ", 1))
