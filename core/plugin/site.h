/* SPDX-License-Identifier: MPL-2.0 */
/* site.h: what the layers below core/app may know of the configuration: one plain struct, filled at start, then constant. */
#ifndef OPX_PLUGIN_SITE_H
#define OPX_PLUGIN_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/str.h"

struct opx_site {
	struct opx_str instance;    /* "default" */
	struct opx_str name;        /* of the service, as shown: "OPX" */
	struct opx_str court_line;  /* under the name in the page's head; may be empty */
	struct opx_str main_origin; /* "https://opx.localhost:8443", no final slash */
	struct opx_str card_origin; /* "https://carte.opx.localhost:8444" */
	struct opx_str contact;     /* whom to call, shown on error pages; may be empty */
	struct opx_str cookie;      /* "__Host-opx", or "__Host-opx-<instance>" */
	struct opx_str txn_cookie;  /* "__Host-otp", or "__Host-otp-<instance>" */
	struct opx_str log_host;    /* first part of the origins of logs */
	struct opx_str run_folder;  /* sockets */
	struct opx_str store_root;  /* holds _blob (nginx sends from it), _made, incoming */
	int64_t hsts_s;             /* 0: not sent */
	int64_t session_idle_s, session_idle_court_s, session_absolute_s, session_warn_s;
	int64_t sessions_at_once; /* of an account */
	int64_t fresh_s;          /* a deposit with a code sign-in older than this goes back to sign in */
	int64_t max_file_bytes, max_files, draft_quota_bytes;
	int64_t reserve_percent; /* uploads are refused when less of the disk is free */
	int64_t seal_wait_ms;    /* how long a receipt waits for the seal */
	int64_t page_workers;    /* of the page pool: half of them may wait */
	/* sw{} of the events. */
	const char *sw_build;
	struct opx_sha256 sw_config, sw_plugins;
	/* AES-256-GCM key of invitation letters (web and make); NULL in other processes. */
	const uint8_t *letter_key;
};

#endif
