# SPDX-License-Identifier: MPL-2.0
"""What --check of each program says: nothing of a configuration that is whole, and one sentence with status 1 of each fault."""
import hashlib
import os
import re
import shutil
import subprocess

from instance import IS_ROOT, ROOT

LANES = ("files", "sign-in", "post", "make")
WITH_PLUGINS = ("web",) + LANES
WITH_DATABASE = WITH_PLUGINS + ("seal",)
ALL = WITH_DATABASE + ("tsa",)
# A secret, and who reads it: its path in the configuration ends so.
SECRETS = (("edge", ("web",)), ("pepper", ("web", "sign-in")), ("letter-key", ("web", "make")), ("log-key.pem", ("seal",)), ("seal-key.pem", ("seal",)),
           ("edge-tsa", ("tsa",)), ("tsa-key.pem", ("tsa",)))


class Bench:
    """A folder with a configuration of its own, that the programs of an instance are shown."""

    def __init__(self, i):
        self.i, self.folder = i, os.path.join(i.state, "essai")
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o711)
        with open(os.path.join(i.state, "opx.conf"), encoding="utf-8") as f:
            self.whole = f.read()
        self.conf = os.path.join(self.folder, "opx.conf")

    def run(self, program, conf=None):
        name = {"web": "opx-web", "seal": "opx-seal", "tsa": "opx-tsa"}.get(program, "opx-jobs")
        words = [os.path.join(self.i.program, "bin", name), "--config", conf or self.conf]
        words += ["--lane", program] if program in LANES else []
        user = "opx-" + program.replace("-", "")
        if IS_ROOT:
            words = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--no-new-privs", "--reset-env", "--"] + words
        return subprocess.run(words + ["--check"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)

    def write(self, text):
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.conf, 0o644)

    def line(self, word):
        """The line of the configuration that begins with this word."""
        with open(self.conf, encoding="utf-8") as f:
            return next(n for n, line in enumerate(f, 1) if line.strip().startswith(word))

    def refused(self, what, programs, *words, conf=None):
        for p in programs:
            done = self.run(p, conf)
            assert done.returncode == 1, "%s, %s: status %d\n%s" % (what, p, done.returncode, done.stdout)
            for w in words:
                assert w in done.stdout, "%s, %s does not say %r:\n%s" % (what, p, w, done.stdout)

    def copy(self, name, mode):
        """A secret of the instance, with its owner and another mode."""
        source, there = os.path.join(self.i.secrets, name), os.path.join(self.folder, name)
        shutil.copyfile(source, there)
        st = os.stat(source)
        os.chown(there, st.st_uid, st.st_gid)
        os.chmod(there, mode)
        return there


def with_plugin(text, name, file, more=""):
    """That plugin's section, for this file instead of its own."""
    with open(file, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    return text + '\nplugin "%s" {\n\tsha256 = "%s"\n\tfile = "%s"\n%s}\n' % (name, digest, file, more)


def configuration(b):
    b.write(b.whole)
    for p in ALL:
        done = b.run(p)
        assert done.returncode == 0 and "level=error" not in done.stdout, "%s, nothing is wrong: %d\n%s" % (p, done.returncode, done.stdout)
    b.refused("no file", ALL, "/essai/nowhere.conf", "No such file or directory", conf=os.path.join(b.folder, "nowhere.conf"))
    b.write(b.whole.replace("\tname = ", "\tnonsense = 1\n\tname = ", 1))
    b.refused("an unknown setting", ALL, "%s:%d: section instance has no setting \"nonsense\"" % (b.conf, b.line("nonsense")))
    b.write(b.whole.replace("socket_folder = \"%s" % b.i.run, "socket_folder = \"%s" % b.folder))
    b.refused("the database away", WITH_DATABASE, "connect", "No such file or directory")
    b.write(re.sub(r'(seal {\n\tstate = )"[^"]*"', r'\1"%s/nowhere"' % b.folder, b.whole))
    b.refused("no folder of the journal", ("seal",), "/essai/nowhere: No such file or directory")
    b.write(re.sub(r'(tsa {\n\tstate = )"[^"]*"', r'\1"%s/nowhere"' % b.folder, b.whole))
    b.refused("no folder of the serial numbers", ("tsa",), "/essai/nowhere: No such file or directory")


def secrets(b):
    for name, programs in SECRETS:
        here = '"%s"' % os.path.join(b.i.secrets, name)
        assert here in b.whole, name
        for mode in (0o444, 0o460):
            b.write(b.whole.replace(here, '"%s"' % b.copy(name, mode)))
            b.refused("a secret that others may reach", programs, "/essai/%s: mode %04o, others may reach this secret" % (name, mode))
        b.write(b.whole.replace(here, '"%s"' % b.copy(name, 0o400 if os.stat(os.path.join(b.i.secrets, name)).st_mode & 0o040 == 0 else 0o440)))
        for p in programs:
            assert b.run(p).returncode == 0, "a good copy of %s is refused: the test proves nothing" % name
        b.write(b.whole.replace(here, '"%s/nowhere"' % b.folder))
        b.refused("no secret", programs, "/essai/nowhere: No such file or directory")


def plugins(b):
    b.write(re.sub(r'(plugin "filecheck-pdf" {\n\tsha256 = ")....', r"\g<1>0000", b.whole))
    b.refused("another hash", WITH_PLUGINS, "plugin filecheck-pdf: ", "has another SHA-256 than the listed one")
    b.write(b.whole.replace('plugin "storage-fs" {', 'plugin "storage-fs" {\n\tnonsense = 1'))
    b.refused("an unknown setting of a plugin", WITH_PLUGINS, "%s:%d: plugin storage-fs has no setting \"nonsense\"" % (b.conf, b.line("nonsense")))
    b.write(b.whole.replace('plugin "storage-fs" {', 'plugin "storage-fs" {\n\tfile = "%s/nowhere.so"' % b.folder))
    b.refused("no file of a plugin", WITH_PLUGINS, "plugin storage-fs: %s/nowhere.so: No such file or directory" % b.folder)
    for name, words in (("other-abi", "plugin other-abi: made for ABI "), ("crash", None)):
        there = shutil.copy(os.path.join(ROOT, "build", "release", "tests", name + ".so"), b.folder)
        os.chmod(there, 0o755)
        b.write(with_plugin(b.whole, name, there))
        if words:
            b.refused("another ABI", WITH_PLUGINS, words)
        else:
            assert b.run("web").returncode == 0, "a good plugin is refused: the test proves nothing"


def each_check(i):
    b = Bench(i)
    try:
        configuration(b)
        secrets(b)
        plugins(b)
    finally:
        shutil.rmtree(b.folder)
