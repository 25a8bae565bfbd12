# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=bash
# The demo's authorities, made with the openssl command: servers, user cards, time-stamping, seal. Made once an instance.
# Private parts are in pki/ca (0700); what the public may fetch is in pki/public/crl; what processes read is in pki/public.

OPX_ARC=2.25.256948216537387606758297853199560433472
POLICY_CARD=$OPX_ARC.1.1
POLICY_TSA=$OPX_ARC.1.2

ca_config() {
	CA_NAME=$1 SERVER_NAME=${2:-$MAIN_HOST} CA_DIR=$PKI/ca/$1 CRL_BASE=http://127.0.0.1:$PLAIN_PORT/crl
	render "$OPX_ROOT/scripts/pki.cnf.in" "$CA_DIR/openssl.cnf" CA_DIR CA_NAME CRL_BASE SERVER_NAME POLICY_CARD
}

new_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

ca_folder() {
	mkdir -p "$PKI/ca/$1/issued"
	: >"$PKI/ca/$1/index.txt"
	printf '01\n' >"$PKI/ca/$1/crlnumber"
	ca_config "$1"
	new_key "$PKI/ca/$1/ca.key"
}

# ca_root NAME TITLE: a self-signed authority.
ca_root() {
	ca_folder "$1"
	openssl req -x509 -new -config "$PKI/ca/$1/openssl.cnf" -extensions root -key "$PKI/ca/$1/ca.key" -days 3650 -sha256 -utf8 \
		-subj "/C=FR/O=Démonstration OPX/CN=$2" -out "$PKI/ca/$1/ca.pem"
}

# ca_issuing NAME TITLE ROOT: an authority under a root.
ca_issuing() {
	ca_folder "$1"
	issue "$3" issuing "/C=FR/O=Démonstration OPX/CN=$2" "$PKI/ca/$1/ca" -days 1825 -key-exists
}

# issue CA EXTENSIONS SUBJECT FILE [-key-exists] [argument of openssl ca…]: FILE.key and FILE.pem.
issue() {
	local ca=$1 extensions=$2 subject=$3 file=$4 args=() a
	shift 4
	for a in "$@"; do [ "$a" = -key-exists ] || args+=("$a"); done
	case " $* " in *' -key-exists '*) ;; *) new_key "$file.key" ;; esac
	openssl req -new -config "$PKI/ca/$ca/openssl.cnf" -key "$file.key" -utf8 -subj "$subject" -out "$file.csr"
	openssl ca -batch -notext -config "$PKI/ca/$ca/openssl.cnf" -extensions "$extensions" -in "$file.csr" -out "$file.pem" \
		"${args[@]}"
	rm -f "$file.csr"
}

pki_make() {
	[ ! -e "$PKI/made" ] || return 0
	rm -rf "$PKI/ca" "$PKI/public" "$PKI/people"
	mkdir -p "$PKI/ca" "$PKI/public/crl" "$PKI/people"
	chmod 700 "$PKI/ca"
	ca_root serveurs 'Racine de démonstration, serveurs'
	ca_config serveurs "$MAIN_HOST" && issue serveurs server "/C=FR/O=Démonstration OPX/CN=$MAIN_HOST" "$PKI/ca/main"
	ca_config serveurs "$CARD_HOST" && issue serveurs server "/C=FR/O=Démonstration OPX/CN=$CARD_HOST" "$PKI/ca/card"
	ca_root racine-cartes 'Racine de démonstration, cartes'
	ca_issuing cartes 'Autorité de démonstration, cartes' racine-cartes
	ca_root autres 'Autorité inconnue'
	ca_root horodatage 'Racine de démonstration, horodatage'
	issue horodatage tsu '/C=FR/O=Démonstration OPX/CN=Unité d’horodatage de démonstration' "$PKI/ca/tsu" -days 1095
	ca_root cachets 'Racine de démonstration, cachets'
	issue cachets seal '/C=FR/O=Démonstration OPX/CN=Cachet de la plateforme de démonstration' "$PKI/ca/seal" -days 1095
	pki_people
	pki_crl
	pki_publish
	touch "$PKI/made"
}

pki_people() {
	local id given surname role kind ca extensions args file pass
	od -An -N5 -tx1 /dev/urandom | tr -d ' \n' >"$PKI/people/p12-password"
	pass=$PKI/people/p12-password
	while IFS='|' read -r id given surname role kind _; do
		[[ $id == [a-z]* ]] || continue
		ca=cartes extensions=card args=()
		case $kind in
		expired) args=(-startdate 20240101000000Z -enddate 20250101000000Z) ;;
		unknown-issuer) ca=autres ;;
		no-policy) extensions=card_without_policy ;;
		no-clientauth) extensions=card_without_clientauth ;;
		esac
		file=$PKI/people/$id
		issue "$ca" "$extensions" "/C=FR/CN=$given $surname/SN=$surname/GN=$given/serialNumber=$id" "$file" "${args[@]}"
		if [ "$kind" = revoked ]; then openssl ca -config "$PKI/ca/cartes/openssl.cnf" -revoke "$file.pem" -crl_reason keyCompromise; fi
		if [ "$ca" = cartes ]; then cat "$PKI/ca/cartes/ca.pem"; else cat "$PKI/ca/autres/ca.pem"; fi >"$file.chain.pem"
		openssl pkcs12 -export -inkey "$file.key" -in "$file.pem" -certfile "$file.chain.pem" -name "$given $surname" \
			-passout "file:$pass" -out "$file.p12"
		chmod 644 "$file".*
	done <"$OPX_ROOT/scripts/people.txt"
}

# New lists, put in place whole: one who reads at that moment gets the old one or the new one.
pki_crl() {
	local ca
	for ca in racine-cartes cartes autres horodatage cachets; do
		openssl ca -config "$PKI/ca/$ca/openssl.cnf" -gencrl -out "$PKI/ca/$ca/crl.pem"
		openssl crl -in "$PKI/ca/$ca/crl.pem" -outform DER -out "$PKI/public/crl/.$ca.crl"
		chmod 644 "$PKI/public/crl/.$ca.crl"
		mv "$PKI/public/crl/.$ca.crl" "$PKI/public/crl/$ca.crl"
	done
}

# pki_revoke ID: that person's certificate is in the next list, which is made at once.
pki_revoke() {
	[ -e "$PKI/people/$1.pem" ] || fail "nobody is called '$1' in scripts/people.txt"
	openssl ca -config "$PKI/ca/cartes/openssl.cnf" -revoke "$PKI/people/$1.pem" -crl_reason keyCompromise
	pki_crl
}

pki_publish() {
	local p=$PKI/public
	cp "$PKI/ca/serveurs/ca.pem" "$p/serveurs.pem"
	cp "$PKI/ca/main.pem" "$p/main.pem"
	cp "$PKI/ca/card.pem" "$p/card.pem"
	cat "$PKI/ca/cartes/ca.pem" "$PKI/ca/racine-cartes/ca.pem" >"$p/card-cas.pem"
	cp "$PKI/ca/cartes/ca.pem" "$p/card-issuers.pem"
	cp "$PKI/ca/horodatage/ca.pem" "$p/tsa-roots.pem"
	cp "$PKI/ca/tsu.pem" "$p/tsu.pem"
	cat "$PKI/ca/racine-cartes/ca.pem" "$PKI/ca/cachets/ca.pem" >"$p/user-roots.pem"
	cp "$PKI/ca/cachets/ca.pem" "$p/seal-chain.pem"
	cp "$PKI/ca/seal.pem" "$p/seal.pem"
	chmod 644 "$p"/*.pem
}

# secret MODE OWNER GROUP NAME FROM: a secret file, kept when it is there.
secret() {
	if [ ! -s "$SECRETS/$4" ]; then
		(umask 077 && cat "$5" >"$SECRETS/.$4" && mv "$SECRETS/.$4" "$SECRETS/$4")
	fi
	if is_root; then chown "$2:$3" "$SECRETS/$4"; chmod "$1" "$SECRETS/$4"; else chmod 400 "$SECRETS/$4"; fi
}

# Each secret is a file of the one account that needs it, 0400; of two accounts, 0440 and a group of those two (security.md 5.10).
secrets_make() {
	local t=$OPX_TMP/secret
	openssl rand -hex 32 | tr -d '\n' >"$t" && secret 400 opx-web opx-web edge "$t"
	secret 400 opx-tsa opx-tsa edge-tsa "$SECRETS/edge"
	openssl rand 32 >"$t" && secret 440 root opx-pepper pepper "$t"
	openssl rand 32 >"$t" && secret 440 root opx-letter letter-key "$t"
	openssl genpkey -quiet -algorithm ed25519 -out "$t" && secret 400 opx-seal opx-seal log-key.pem "$t"
	secret 400 opx-seal opx-seal seal-key.pem "$PKI/ca/seal.key"
	secret 400 opx-tsa opx-tsa tsa-key.pem "$PKI/ca/tsu.key"
	secret 400 root root main-key.pem "$PKI/ca/main.key"
	secret 400 root root card-key.pem "$PKI/ca/card.key"
	rm -f "$t"
	openssl pkey -in "$SECRETS/log-key.pem" -pubout -outform DER | tail -c 32 >"$PKI/public/log-public-key"
}
