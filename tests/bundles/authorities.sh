#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# authorities.sh FOLDER: the keys of opx-seal, and three authorities with their lists: cards, time-stamping, seals; stamp.sh stamps.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
cd "$1"
authority() { # NAME: a root of its own
	mkdir -p "$1/issued"
	: >"$1/index.txt"
	echo 01 >"$1/crlnumber"
	sed -e "s#@CA_DIR@#$PWD/$1#; s#@CA_NAME@#$1#; s#@CRL_BASE@#http://127.0.0.1:1/crl#; s#@SERVER_NAME@#x#; s#@POLICY_CARD@#2.25.1.1#" \
		"$source/scripts/pki.cnf.in" >"$1/openssl.cnf"
	openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/ca.key"
	openssl req -x509 -new -config "$1/openssl.cnf" -extensions root -key "$1/ca.key" -days 3650 -sha256 -subj "/CN=Racine $1" -out "$1/ca.pem"
}
leaf() { # AUTHORITY EXTENSIONS NAME
	openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$3.key"
	openssl req -new -config "$1/openssl.cnf" -key "$3.key" -subj "/CN=$3" -out "$3.csr"
	openssl ca -batch -notext -config "$1/openssl.cnf" -extensions "$2" -in "$3.csr" -out "$3.pem" 2>/dev/null
}
for name in cards stamps seals; do authority "$name"; done
leaf cards card expert
leaf stamps tsu tsu
leaf seals seal seal
for name in cards stamps seals; do
	openssl ca -config "$name/openssl.cnf" -gencrl -out "$name.crl.pem" 2>/dev/null
	openssl crl -in "$name.crl.pem" -outform DER -out "$name.crl"
done
cp stamps/ca.pem tsa-roots.pem
cat cards/ca.pem seals/ca.pem >user-roots.pem
openssl genpkey -quiet -algorithm ed25519 -out log.pem
cat >tsa.cnf <<END
[tsa]
default_tsa = this
[this]
serial = $PWD/tsa.serial
crypto_device = builtin
signer_cert = $PWD/tsu.pem
signer_key = $PWD/tsu.key
signer_digest = sha256
default_policy = 2.25.1.2
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
END
cat >stamp.sh <<END
#!/bin/sh
set -e
cd "$PWD"
openssl ts -query -digest "\$1" -sha256 -cert -out "\$2.tsq" 2>/dev/null
openssl ts -reply -config tsa.cnf -queryfile "\$2.tsq" -out "\$2" 2>/dev/null
END
chmod 755 stamp.sh
