/* SPDX-License-Identifier: MPL-2.0 */
/* notice-smtp.c: the notice channel that hands mails to a relay over SMTP (libcurl). One mail a message, one recipient. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <opx/plugin.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "message.h"

#define MAX_SECRET 256
#define LATER N_("Le courrier n’a pas pu partir pour le moment ; il sera renvoyé.")

struct smtp {
	const struct opx_host *host;
	struct opx_str url; /* smtp://host:port or smtps:// */
	struct opx_str user, password_file, ca_file, helo;
	struct sender sender;
	bool needs_tls;
	long timeout_s;
	bool is_curl_ready;
};

/* One exchange with the relay. */
struct exchange {
	struct opx_arena *arena;
	struct opx_bytes message;
	size_t sent;
	char answer[513]; /* the relay's last line before the end of the exchange */
};

static size_t give(char *to, size_t size, size_t n, void *data)
{
	struct exchange *x = data;
	size_t left = x->message.n - x->sent, room = size * n;
	size_t now = left < room ? left : room;
	memcpy(to, x->message.p + x->sent, now);
	x->sent += now;
	return now;
}

/* The relay's lines come here, one at a time. */
static size_t keep_line(char *line, size_t size, size_t n, void *data)
{
	struct exchange *x = data;
	size_t len = size * n;
	struct opx_str clean;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	clean = opx_str_scrub(x->arena, (struct opx_bytes){ .p = (const uint8_t *)line, .n = len },
			      sizeof(x->answer) - 1);
	memcpy(x->answer, clean.p, clean.n);
	x->answer[clean.n] = '\0';
	return size * n;
}

static void curl_freep(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static void slist_freep(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

/* The password, read for each mail so that it stays in memory no longer than it is used. */
OPX_MUST_USE static enum opx_status set_password(struct smtp *smtp, CURL *curl, struct opx_error *err)
{
	char secret[MAX_SECRET + 1];
	ssize_t n;
	struct stat st;
	if (smtp->password_file.n == 0)
		return OPX_OK;
	OPX_AUTO_FD fd = open(smtp->password_file.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 || (st.st_mode & 077) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, LATER,
				"smtp password file: cannot be read, or is open to others");
	n = read(fd, secret, MAX_SECRET);
	while (n > 0 && (secret[n - 1] == '\n' || secret[n - 1] == '\r'))
		n--;
	if (n <= 0)
		return OPX_FAIL(err, OPX_INTERNAL, LATER, "smtp password file is empty");
	secret[n] = '\0';
	(void)curl_easy_setopt(curl, CURLOPT_USERNAME, smtp->user.p);
	(void)curl_easy_setopt(curl, CURLOPT_PASSWORD, secret);
	OPENSSL_cleanse(secret, sizeof(secret));
	return OPX_OK;
}

static long seconds_left(const struct smtp *smtp, const struct opx_job *job)
{
	struct opx_instant now = opx_now(smtp->host->clock(smtp->host));
	int64_t left = (job->deadline.us - now.us) / 1000000;
	if (left < 1)
		return 1;
	return left < smtp->timeout_s ? (long)left : smtp->timeout_s;
}

static void set_options(const struct smtp *smtp, const struct opx_job *job, CURL *curl, struct exchange *x)
{
	(void)curl_easy_setopt(curl, CURLOPT_URL, smtp->url.p);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	(void)curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "");
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds_left(smtp, job));
	(void)curl_easy_setopt(curl, CURLOPT_USE_SSL,
			       (long)(smtp->needs_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	if (smtp->ca_file.n > 0)
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, smtp->ca_file.p);
	(void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	(void)curl_easy_setopt(curl, CURLOPT_READDATA, x);
	(void)curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)x->message.n);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_line);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
}

/* 5xx to this recipient is for good; everything else may pass another time. */
OPX_MUST_USE static enum opx_status verdict(CURL *curl, CURLcode rc, const struct exchange *x,
					    struct opx_error *err)
{
	long code = 0;
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	if (rc == CURLE_OK)
		return OPX_OK;
	if (code >= 550 && code <= 553)
		return OPX_FAIL(err, OPX_INVALID, N_("Le serveur de courrier a refusé cette adresse."),
				"relay: %s", x->answer);
	return OPX_FAIL(err, OPX_UNAVAILABLE, LATER, "smtp: %s, code %ld, last line: %s",
			curl_easy_strerror(rc), code, x->answer);
}

static enum opx_status send_mail(void *self, struct opx_job *job, const struct opx_mail *mail,
				 struct opx_delivery *ret, struct opx_error *err)
{
	struct smtp *smtp = self;
	struct exchange x = { .arena = job->arena };
	const struct opx_host *host = smtp->host;
	__attribute__((cleanup(slist_freep))) struct curl_slist *to = NULL;
	__attribute__((cleanup(curl_freep))) CURL *curl = NULL;
	OPX_TRY(message_build(job->arena, &smtp->sender, mail, opx_now(host->clock(host)), host->random(host),
			      &x.message, err));
	curl = curl_easy_init();
	to = curl_slist_append(NULL, mail->to.p);
	OPX_ASSERT(curl != NULL && to != NULL);
	set_options(smtp, job, curl, &x);
	(void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM,
			       opx_strf(job->arena, "<%s>", smtp->sender.address.p).p);
	(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	OPX_TRY(set_password(smtp, curl, err));
	enum opx_status status = verdict(curl, curl_easy_perform(curl), &x, err);
	if (status == OPX_OK || status == OPX_INVALID) {
		ret->message = opx_sha256(x.message);
		ret->relay_answer = opx_str_copy(job->arena, x.answer, strlen(x.answer));
	}
	return status;
}

static const struct opx_notice_channel channel = {
	.size = sizeof(channel),
	.name = "smtp",
	.send = send_mail,
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct smtp *smtp = host->plugin_alloc(reg, sizeof(*smtp));
	struct opx_str tls = host->setting_str(reg, "tls"), relay = host->setting_str(reg, "relay");
	int64_t port = host->setting_i64(reg, "port");
	const char *at;
	char *url = host->plugin_alloc(reg, relay.n + 64);
	if (!opx_str_is(tls, "none") && !opx_str_is(tls, "starttls") && !opx_str_is(tls, "tls"))
		return OPX_FAIL(err, OPX_INVALID, N_("La configuration du service n’est pas valable."),
				"notice-smtp: tls is none, starttls or tls");
	smtp->host = host;
	smtp->needs_tls = !opx_str_is(tls, "none");
	smtp->helo = host->setting_str(reg, "helo");
	(void)snprintf(url, relay.n + 64, "%s://%s:%d/%.40s", opx_str_is(tls, "tls") ? "smtps" : "smtp",
		       relay.p, (int)port, smtp->helo.p);
	smtp->url = opx_str_z(url);
	smtp->user = host->setting_str(reg, "user");
	smtp->password_file = host->setting_str(reg, "password");
	smtp->ca_file = host->setting_str(reg, "ca");
	smtp->timeout_s = (long)host->setting_i64(reg, "timeout_s");
	smtp->sender.address = host->setting_str(reg, "from");
	smtp->sender.name = host->setting_str(reg, "from_name");
	if (!message_is_address(smtp->sender.address))
		return OPX_FAIL(err, OPX_INVALID, N_("La configuration du service n’est pas valable."),
				"notice-smtp: from is no plain mail address");
	at = strchr(smtp->sender.address.p, '@');
	smtp->sender.domain = opx_str_z(at + 1);
	*ret_self = smtp;
	return host->add_notice_channel(reg, &channel, smtp, err);
}

static enum opx_status start(void *self, struct opx_error *err)
{
	struct smtp *smtp = self;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return OPX_FAIL(err, OPX_UNAVAILABLE, LATER, "curl_global_init failed");
	smtp->is_curl_ready = true;
	return OPX_OK;
}

static void stop(void *self)
{
	struct smtp *smtp = self;
	if (smtp->is_curl_ready)
		curl_global_cleanup();
}

static const struct opx_setting settings[] = {
	{ .name = "relay",
	  .type = OPX_SETTING_STR,
	  .min = 1,
	  .max = 253,
	  .help = "name or address of the mail relay" },
	{ .name = "port",
	  .type = OPX_SETTING_I64,
	  .fallback = "25",
	  .min = 1,
	  .max = 65535,
	  .help = "port of the relay" },
	{ .name = "tls",
	  .type = OPX_SETTING_STR,
	  .fallback = "starttls",
	  .min = 3,
	  .max = 8,
	  .help = "none (loopback only), starttls or tls" },
	{ .name = "ca",
	  .type = OPX_SETTING_FILE,
	  .fallback = "",
	  .help = "PEM of the roots for the relay's certificate" },
	{ .name = "helo",
	  .type = OPX_SETTING_STR,
	  .fallback = "localhost",
	  .min = 1,
	  .max = 40,
	  .help = "name said in EHLO" },
	{ .name = "user",
	  .type = OPX_SETTING_STR,
	  .fallback = "",
	  .min = 0,
	  .max = 200,
	  .help = "account on the relay" },
	{ .name = "password",
	  .type = OPX_SETTING_FILE,
	  .fallback = "",
	  .help = "file with the password, mode 0400" },
	{ .name = "from", .type = OPX_SETTING_STR, .min = 3, .max = 254, .help = "sender's address" },
	{ .name = "from_name",
	  .type = OPX_SETTING_STR,
	  .fallback = "OPX",
	  .min = 0,
	  .max = 80,
	  .help = "sender's name" },
	{ .name = "timeout_s",
	  .type = OPX_SETTING_I64,
	  .fallback = "30",
	  .min = 2,
	  .max = 300,
	  .help = "longest exchange" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "notice-smtp",
	.version = "1.0",
	.settings = settings,
	.plug = plug,
	.start = start,
	.stop = stop,
};
