# SPDX-License-Identifier: MPL-2.0
"""RFC 6962 by its recursive definition, and C2SP proofs."""
import base64
import hashlib


def leaf(line):
    return hashlib.sha256(b"\0" + line).digest()


def node(a, b):
    return hashlib.sha256(b"\1" + a + b).digest()


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node(root(hashes[:k]), root(hashes[k:]))


def path(index, hashes):
    if len(hashes) <= 1:
        return []
    k = split(len(hashes))
    if index < k:
        return path(index, hashes[:k]) + [root(hashes[k:])]
    return path(index - k, hashes[k:]) + [root(hashes[:k])]


def proof(extra, index, hashes, note):
    lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(extra).decode(), "index %d" % index]
    lines += [base64.b64encode(h).decode() for h in path(index, hashes)]
    return ("\n".join(lines) + "\n\n").encode() + note
