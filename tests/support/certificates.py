# SPDX-License-Identifier: MPL-2.0
"""An authority, the certificates that it issues and its revocation list, made with the openssl command: no code of OPX."""
import os
import subprocess

CONFIG = """
[ca]
default_ca = this
[this]
dir = {folder}
database = $dir/index.txt
new_certs_dir = $dir
certificate = $dir/ca.pem
private_key = $dir/ca.key
crlnumber = $dir/crlnumber
rand_serial = yes
unique_subject = no
default_md = sha256
default_days = 365
default_crl_days = 7
policy = any
crl_extensions = crl
[any]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[req]
distinguished_name = any
prompt = no
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(arguments), done.stderr.decode(errors="replace")))
    return done.stdout


class Authority:
    """extensions: sections of openssl.cnf, one for each kind of certificate that it issues. Dates are options of `openssl ca`."""

    def __init__(self, folder, name, extensions, *dates):
        self.folder, self.name = os.path.join(folder, name), name
        os.makedirs(self.folder)
        self.config, self.pem = self.path("openssl.cnf"), self.path("ca.pem")
        for file, text in (("openssl.cnf", CONFIG.format(folder=self.folder) + extensions), ("index.txt", ""), ("crlnumber", "01\n")):
            with open(self.path(file), "w", encoding="ascii") as f:
                f.write(text)
        self.request(self.path("ca"), name)
        openssl("ca", "-batch", "-selfsign", "-notext", "-config", self.config, "-extensions", "root", "-in", self.path("ca.csr"), "-out",
                self.pem, *dates)

    def path(self, name):
        return os.path.join(self.folder, name)

    def request(self, path, name):
        openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path + ".key")
        openssl("req", "-new", "-config", self.config, "-key", path + ".key", "-subj", "/CN=" + name, "-out", path + ".csr")

    def issue(self, name, extensions, *dates):
        """The path without its ending: .key and .pem are there."""
        path = self.path(name)
        self.request(path, name)
        openssl("ca", "-batch", "-notext", "-config", self.config, "-extensions", extensions, "-in", path + ".csr", "-out",
                path + ".pem", *dates)
        return path

    def revoke(self, path):
        openssl("ca", "-config", self.config, "-revoke", path + ".pem")

    def crl(self, *dates):
        """The list in DER."""
        openssl("ca", "-config", self.config, "-gencrl", "-out", self.path("crl.pem"), *dates)
        return openssl("crl", "-in", self.path("crl.pem"), "-outform", "DER")
