/* SPDX-License-Identifier: MPL-2.0 */
/* config_tables.c: the settings of every core module, one table a section. docs/configuration.md is written from them. */
#include "app/config.h"

#define STR(n, d, lo, hi, h)                                                                                 \
	{                                                                                                    \
		.name = (n), .type = OPX_SETTING_STR, .fallback = (d), .min = (lo), .max = (hi), .help = (h) \
	}
#define I64(n, d, lo, hi, h)                                                                                 \
	{                                                                                                    \
		.name = (n), .type = OPX_SETTING_I64, .fallback = (d), .min = (lo), .max = (hi), .help = (h) \
	}
#define BOOL(n, d, h)                                                               \
	{                                                                           \
		.name = (n), .type = OPX_SETTING_BOOL, .fallback = (d), .help = (h) \
	}
#define FILE_(n, d, h)                                                              \
	{                                                                           \
		.name = (n), .type = OPX_SETTING_FILE, .fallback = (d), .help = (h) \
	}
#define END                  \
	{                    \
		.name = NULL \
	}

static const struct opx_setting instance[] = {
	STR("name", "default", 1, 32, "name of the instance, in cookies and folders: [a-z0-9-]"),
	FILE_("run", NULL, "folder of the sockets (page, upload, signin, tsa, seal.wake, jobs.wake-*)"),
	FILE_("state", NULL, "folder of the instance's data; the default of several paths below"),
	STR("log_level", "info", 4, 5, "debug, info, warn or error"),
	END,
};

static const struct opx_setting site[] = {
	STR("name", "OPX", 1, 60, "name of the service, as shown"),
	STR("court_line", "", 0, 120, "line under the name in the head of the pages"),
	STR("main_origin", NULL, 9, 200, "address of the main host: https://host[:port], no final slash"),
	STR("card_origin", NULL, 9, 200, "address of the card host: https://host[:port], no final slash"),
	STR("log_host", NULL, 1, 100, "first part of the origins of logs; never changes once events exist"),
	STR("contact", "", 0, 200, "whom to call, shown on error pages"),
	I64("hsts_s", "0", 0, 126144000, "Strict-Transport-Security max-age in seconds; 0: not sent"),
	END,
};

static const struct opx_setting database[] = {
	FILE_("socket_folder", NULL, "folder of PostgreSQL's socket"),
	I64("port", "5432", 1, 65535, "number in the name of PostgreSQL's socket"),
	STR("name", "opx", 1, 63, "name of the database"),
	END,
};

static const struct opx_setting store[] = {
	FILE_("root", NULL, "folder that holds _blob, _made and incoming; nginx sends from it"),
	I64("reserve_percent", "5", 0, 50, "deposits are refused when less of the disk is free"),
	I64("max_file_bytes", "2000000000", 1024, 1099511627776, "largest file"),
	I64("max_files", "200", 1, 1000, "files in one deposit"),
	I64("draft_quota_bytes", "8000000000", 1048576, 1099511627776, "bytes that one draft may hold"),
	END,
};

static const struct opx_setting web[] = {
	STR("user", "opx-web", 1, 32, "user of this process when started by root, with its groups"),
	STR("socket_group", "opx-sock", 1, 32,
	    "group that may connect to the sockets (nginx), when started by root"),
	I64("page_workers", "0", 0, 256, "workers of the page pool; 0: four a processor"),
	I64("upload_workers", "4", 1, 64, "workers of the upload pool"),
	I64("signin_workers", "4", 1, 64, "workers of the sign-in pool"),
	I64("requests_per_worker", "5000", 10, 1000000, "a worker is replaced after so many"),
	I64("request_alarm_s", "30", 5, 55, "a request that lasts longer ends its worker"),
	I64("memory_limit_mb", "512", 0, 65536, "RLIMIT_AS of a worker; 0: none"),
	FILE_("edge_secret", NULL, "secret shared with nginx: 64 hexadecimal characters"),
	FILE_("pepper", NULL, "secret of the codes: 32 bytes or more, of opx-web and the sign-in lane"),
	FILE_("letter_key", NULL, "key of invitation letters: 32 bytes, of opx-web and the make lane"),
	I64("session_idle_s", "1800", 60, 86400, "a session without a request for so long is over"),
	I64("session_idle_court_s", "900", 60, 86400,
	    "the same for judges, clerks, administrators and operators"),
	I64("session_absolute_s", "36000", 300, 604800, "a session never lasts longer"),
	I64("session_warn_s", "300", 0, 3600, "the page warns so long before the end"),
	I64("sessions_at_once", "3", 1, 20, "sessions of one account; a further one ends the oldest"),
	I64("fresh_s", "7200", 60, 86400, "a deposit asks for a sign-in by code younger than this"),
	I64("seal_wait_ms", "2000", 0, 10000, "how long a confirmation waits for the seal"),
	END,
};

static const struct opx_setting jobs[] = {
	STR("files_user", "opx-files", 1, 32, "user of the files lane when started by root"),
	STR("signin_user", "opx-signin", 1, 32, "user of the sign-in lane when started by root"),
	STR("post_user", "opx-post", 1, 32, "user of the post lane when started by root"),
	STR("make_user", "opx-make", 1, 32, "user of the make lane when started by root"),
	STR("wake_group", "opx-wake", 1, 32, "group of those who may wake the lanes, when started by root"),
	I64("poll_ms", "1000", 50, 60000, "how often a lane looks for work without being woken"),
	I64("job_deadline_s", "55", 1, 900, "time given to one job"),
	I64("orphan_h", "24", 1, 8760, "a stored file without a row is erased after so many hours"),
	I64("notice_group_s", "300", 0, 86400,
	    "deposits that follow a mail are told together, within so long; 0: each at once"),
	I64("done_days", "7", 1, 365, "finished jobs are deleted after so many days"),
	FILE_("parse", "/usr/lib/opx/opx-parse",
	      "program that reads hostile files; opx-verify is in its folder"),
	FILE_("weasyprint", "/usr/bin/python3",
	      "Python that has the WeasyPrint module: makes PDF documents, of the make lane"),
	FILE_("tsa_roots", "", "roots of the time-stamping authorities, PEM"),
	FILE_("user_roots", "", "roots of people's certificates and of the seal, PEM"),
	FILE_("log_policy", "", "published policy of the log (keys, witnesses, quorum)"),
	FILE_("card_authorities", "", "authorities of cards whose revocation lists are followed, PEM"),
	STR("card_crls", "", 0, 4000,
	    "addresses of their lists, in the order of the file, separated by spaces"),
	FILE_("tsa_authorities", "", "the same for the issuers of time-stamping units"),
	STR("tsa_crls", "", 0, 4000, "addresses of their lists"),
	FILE_("seal_authorities", "", "the same for the issuers of the seal certificate"),
	STR("seal_crls", "", 0, 4000, "addresses of their lists"),
	STR("sandbox", "landlock", 8, 12,
	    "landlock; seccomp-only: opx-parse works without Landlock, where the kernel has none"),
	END,
};

static const struct opx_setting seal[] = {
	FILE_("state", "", "folder of the journal, of opx-seal alone; empty: state/seal"),
	FILE_("log_key", "", "Ed25519 key that signs the heads of the logs, PEM; of opx-seal alone"),
	FILE_("seal_key", "", "key of the seal certificate (P-256 or RSA-3072), PEM; of opx-seal alone"),
	FILE_("seal_certificate", "", "seal certificate, then its chain if any, PEM"),
	I64("batch_events", "2000", 1, 4000, "events sealed in one batch at most"),
	I64("head_interval_ms", "1000", 0, 60000, "a log's heads are stamped at most so often"),
	I64("global_interval_ms", "10000", 0, 600000, "the global log's heads are stamped at most so often"),
	I64("restamp_s", "3600", 60, 86400,
	    "an idle global log gets a new head, and a token for it, after so long"),
	I64("token_wait_ms", "10000", 0, 600000,
	    "after a start, how long a fresh token is waited for before sealing goes on"),
	END,
};

static const struct opx_setting tsa[] = {
	FILE_("state", "", "folder of the authority's serial numbers; empty: state/tsa"),
	FILE_("key", "", "key of the time-stamping unit (EC P-256), PEM; of opx-tsa alone"),
	FILE_("certificate", "", "certificate of the time-stamping unit, PEM"),
	STR("policy", "2.25.256948216537387606758297853199560433472.1.2", 3, 120,
	    "OID of the authority's policy"),
	STR("clock", "synchronised", 5, 12,
	    "synchronised: no token while the kernel doubts the clock; trust: the host keeps it"),
	FILE_("edge_secret", "", "secret shared with nginx for the authority: 64 hexadecimal characters"),
	END,
};

static const struct opx_setting plugins[] = {
	FILE_("folder", NULL, "folder of the plugins: <name>.so, owned by root"),
	END,
};

static const struct opx_config_section sections[] = {
	{ "instance", "The instance: its name and its folders.", instance },
	{ "site", "What people see, and the two addresses.", site },
	{ "database", "PostgreSQL, reached by its socket; each process has its own role.", database },
	{ "store", "Where the bytes of documents rest, and how much may come in.", store },
	{ "web", "opx-web: pools, secrets, sessions.", web },
	{ "jobs", "opx-jobs: the four lanes.", jobs },
	{ "seal", "opx-seal: the journal and its keys.", seal },
	{ "tsa", "opx-tsa: our own time-stamping authority, where there is one.", tsa },
	{ "plugins", "Where plugins are; each one has a section of its own below.", plugins },
	{ NULL, NULL, NULL },
};

const struct opx_config_section *opx_config_sections(void)
{
	return sections;
}
