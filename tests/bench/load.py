# SPDX-License-Identifier: MPL-2.0
"""Load by h2load and pgbench, a plain nginx to compare with, and what processes cost (from /proc)."""
import os
import re
import subprocess
import tempfile
import time


class Invalid(Exception):
    """The run says nothing: it is no measure."""


def run(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    if done.returncode:
        raise Invalid("%s: %s" % (" ".join(command)[:200], (done.stderr or done.stdout)[-800:]))
    return done.stdout


def h2load(url, port, seconds, clients, cookie=None):
    """Requests a second over HTTP/1.1 kept connections, all of them answered 2xx; and how many there were."""
    command = ["h2load", "--h1", "-t1", "-c", str(clients), "-D", str(seconds), "--warm-up-time=1",
               "--connect-to=127.0.0.1:%d" % port]
    if cookie:
        command += ["-H", "cookie: " + cookie]
    out = run(*command, url)
    rate = float(re.search(r"finished in [\d.]+\S*, ([\d.]+) req/s", out)[1])
    good, other = int(re.search(r"status codes: (\d+) 2xx", out)[1]), [int(n) for n in re.findall(r"(\d+) [345]xx", out)]
    failed, errored = (int(re.search(r"(\d+) %s" % w, out)[1]) for w in ("failed", "errored"))
    if not good or any(other) or failed or errored:
        raise Invalid("%s: %d good, others %s, %d failed, %d errors" % (url, good, other, failed, errored))
    return rate, good


def processes(name):
    """Ids of the processes of that program."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.path.basename(os.readlink("/proc/%s/exe" % pid)) == name:
                found.append(int(pid))
        except OSError:
            continue
    return found


def stat(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
        return f.read().rsplit(") ", 1)[1].split()


def cpu_s(pids):
    """Processor time that they used so far, of their ended children too."""
    tick = os.sysconf("SC_CLK_TCK")
    return sum(sum(int(n) for n in stat(p)[11:15]) for p in pids) / tick


def rss_mib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) / 1024


class PlainNginx:
    """nginx alone, with the server certificate of the instance: `return 200` in the clear, files over TLS."""

    def __init__(self, port, pki, secrets):
        self.port, self.tls_port = port, port + 1
        self.folder = tempfile.mkdtemp(prefix="opx-bench.")
        os.chmod(self.folder, 0o755)
        os.makedirs(self.folder + "/files", 0o755)
        with open(self.folder + "/files/one", "wb") as f:
            f.write(os.urandom(1 << 20))
        user = "user opx-nginx opx-sock;" if os.getuid() == 0 else ""
        with open(self.folder + "/nginx.conf", "w", encoding="ascii") as f:
            f.write("""%s worker_processes 2; pid %s/pid; error_log stderr warn; daemon on;
events { worker_connections 1024; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; client_body_temp_path %s/t1; proxy_temp_path %s/t2;
  fastcgi_temp_path %s/t3; uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;
  server { listen 127.0.0.1:%d; location / { return 200 "en service\\n"; } }
  server { listen 127.0.0.1:%d ssl; ssl_certificate %s/public/main.pem; ssl_certificate_key %s/main-key.pem; root %s/files;
    location = /null { return 200 "en service\\n"; } } }
""" % ((user,) + (self.folder,) * 6 + (self.port, self.tls_port, pki, secrets, self.folder)))
        # It stays behind as a daemon: it must not hold a pipe of ours open.
        subprocess.run(["nginx", "-p", self.folder, "-c", self.folder + "/nginx.conf"], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))

    def stop(self):
        with open(self.folder + "/pid", encoding="ascii") as f:
            os.kill(int(f.read()), 15)
        subprocess.run(["rm", "-rf", self.folder], check=False)


def copies(seconds):
    """Copies of 1 MiB with fsync one after the other, a second: the files are made by this process, so nothing but the disk counts."""
    data, began, n = os.urandom(1 << 20), time.monotonic(), 0
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        while time.monotonic() - began < seconds:
            fd = os.open("%s/%d" % (folder, n), os.O_CREAT | os.O_WRONLY, 0o600)
            os.write(fd, data)
            os.fsync(fd)
            os.close(fd)
            n += 1
    return n / (time.monotonic() - began)
