# SPDX-License-Identifier: MPL-2.0
"""A throw-away PostgreSQL on a private socket, a template database that the real opx-admin has migrated, and clones of it."""
import glob
import hashlib
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
TEMPLATE = "opx_template"
CONF = """
instance {{ run = "{run}" state = "{run}" }}
site {{ main_origin = "https://a.test" card_origin = "https://b.test" log_host = "a.test" }}
database {{ socket_folder = "{run}" name = "{database}" }}
store {{ root = "{run}/store" }}
web {{ edge_secret = "{run}/secret" pepper = "{run}/secret" letter_key = "{run}/secret" }}
plugins {{ folder = "{plugins}" }}
"""
# The plugins that bring tables, rows of the matrix or a store, with what each must be told.
PLUGINS = {"rights-matrix": "", "auth-otp": 'address = "https://a.test"', "example": "", "storage-fs": 'root = "{run}/store"'}


class Cluster:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        os.mkdir(os.path.join(self.folder, "store"), 0o755)
        self.prefix = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.data = os.path.join(self.folder, "data")
        self.run("initdb", "-k", "-N", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", self.data)
        self.run("pg_ctl", "-D", self.data, "-o", "-c listen_addresses='' -c fsync=off -k %s" % self.folder, "-l", os.path.join(self.folder, "log"),
                 "-w", "start")

    def run(self, program, *words):
        subprocess.run([*self.prefix, os.path.join(BIN, program), *words], check=True, cwd="/", stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def stop(self):
        subprocess.run([*self.prefix, os.path.join(BIN, "pg_ctl"), "-D", self.data, "-m", "immediate", "-w", "stop"], cwd="/",
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder)

    def psql(self, database, *words, role="postgres", text=None):
        """psql as it ended: for those who expect an error."""
        return subprocess.run([os.path.join(BIN, "psql"), "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", role, "-d", database, *words],
                              input=text, stdin=None if text is not None else subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"})

    def sql(self, database, statements, role="postgres"):
        """Rows as text; several statements are one session."""
        done = self.psql(database, "-f", "-", role=role, text=statements)
        assert done.returncode == 0, "%s: %s\n%s" % (role, done.stderr.strip(), statements[:400])
        return done.stdout.strip()

    def empty(self, name):
        """A database with the roles and an empty schema: what opx-admin migrate finds at a first start."""
        self.sql("postgres", 'CREATE DATABASE "%s"' % name)
        with open(os.path.join(ROOT, "sql", "roles.sql"), encoding="utf-8") as f:
            self.sql(name, f.read())
        return name

    def clone(self, name):
        # What was granted on the database itself (sql/roles.sql) is the one thing that a clone has not.
        self.sql("postgres", 'CREATE DATABASE "%s" TEMPLATE %s; GRANT CREATE ON DATABASE "%s" TO opx_owner' % (name, TEMPLATE, name))
        return name

    def config(self, database, plugins=PLUGINS):
        """An opx.conf for that database, in a file of its own."""
        folder = os.path.join(self.build, "plugins")
        text = CONF.format(run=self.folder, database=database, plugins=folder)
        for name, words in plugins.items():
            with open(os.path.join(folder, name + ".so"), "rb") as f:
                text += 'plugin "%s" { sha256 = "%s" %s }\n' % (name, hashlib.sha256(f.read()).hexdigest(), words.format(run=self.folder))
        path = os.path.join(self.folder, database + ".conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def admin(self, database, *words):
        """opx-admin on that database, as it ended."""
        return subprocess.run([os.path.join(self.build, "bin", "opx-admin"), "--config", self.config(database), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=120)

    def make_template(self):
        """Migrated once. Nobody may connect to it afterwards, so that no test can leave anything for another."""
        done = self.admin(self.empty(TEMPLATE), "migrate")
        assert done.returncode == 0, done.stdout + done.stderr
        self.sql("postgres", "ALTER DATABASE %s WITH IS_TEMPLATE true ALLOW_CONNECTIONS false" % TEMPLATE)
