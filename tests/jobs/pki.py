# SPDX-License-Identifier: MPL-2.0
"""Authorities and certificates made with the openssl command, for the tests of the lanes."""
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
[tsu]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsu_not_critical]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsu_two_usages]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[person]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(arguments), done.stderr.decode(errors="replace")))
    return done.stdout


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = os.path.join(folder, name), name
        os.makedirs(self.folder)
        self.config = os.path.join(self.folder, "openssl.cnf")
        with open(self.config, "w", encoding="ascii") as f:
            f.write(CONFIG.format(folder=self.folder))
        for path, text in (("index.txt", ""), ("crlnumber", "01\n")):
            with open(os.path.join(self.folder, path), "w", encoding="ascii") as f:
                f.write(text)
        self.pem = os.path.join(self.folder, "ca.pem")
        self.key(os.path.join(self.folder, "ca.key"))
        openssl("req", "-x509", "-new", "-config", self.config, "-extensions", "root", "-key", self.folder + "/ca.key", "-days",
                "3650", "-subj", "/CN=" + name, "-out", self.pem)

    @staticmethod
    def key(path):
        openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)

    def issue(self, name, extensions, *dates):
        """The path without its ending: .key and .pem are there."""
        path = os.path.join(self.folder, name)
        self.key(path + ".key")
        openssl("req", "-new", "-config", self.config, "-key", path + ".key", "-subj", "/CN=" + name, "-out", path + ".csr")
        openssl("ca", "-batch", "-notext", "-config", self.config, "-extensions", extensions, "-in", path + ".csr", "-out",
                path + ".pem", *dates)
        return path

    def revoke(self, path):
        openssl("ca", "-config", self.config, "-revoke", path + ".pem")

    def crl(self, *arguments):
        """The list in DER."""
        pem = os.path.join(self.folder, "crl.pem")
        openssl("ca", "-config", self.config, "-gencrl", "-out", pem, *arguments)
        return openssl("crl", "-in", pem, "-outform", "DER")
