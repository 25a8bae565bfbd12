/* SPDX-License-Identifier: MPL-2.0 */
/* report.c: see report.h. */
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

#include <opx/host.h>
#include <opx/job.h>

#define ODD N_("Ce fichier n’a pas pu être examiné.")
#define N_MEMBERS 8

static const char *const verdicts[OPX_REPORT_VERDICTS] = { "good", "bad", "unknown" };
static const char *const reasons[OPX_REASONS] = {
	[OPX_REASON_NONE] = "none",
	[OPX_REASON_EMPTY] = "empty",
	[OPX_REASON_NOT_PDF] = "not-pdf",
	[OPX_REASON_NO_END] = "no-end",
	[OPX_REASON_POLYGLOT] = "polyglot",
	[OPX_REASON_PASSWORD] = "password",
	[OPX_REASON_DAMAGED] = "damaged",
	[OPX_REASON_TOO_MANY_PAGES] = "too-many-pages",
	[OPX_REASON_TOO_MANY_OBJECTS] = "too-many-objects",
	[OPX_REASON_NOT_IMAGE] = "not-image",
	[OPX_REASON_TRUNCATED] = "truncated",
	[OPX_REASON_TOO_MANY_PIXELS] = "too-many-pixels",
	[OPX_REASON_TOO_LARGE] = "too-large",
	[OPX_REASON_LIMITS] = "limits",
	[OPX_REASON_ENDED] = "ended",
};
static const char *const actives[] = { "JavaScript",   "OpenAction", "AA",  "Launch",
				       "EmbeddedFile", "RichMedia",  "XFA", "SubmitForm" };
static const char *const mimes[] = { "", "application/pdf", "image/jpeg", "image/png" };

const struct opx_report opx_report_ended = { .verdict = OPX_REPORT_UNKNOWN,
					     .reason = OPX_REASON_ENDED,
					     .mime = "",
					     .pages = -1 };

const char *opx_report_reason_name(enum opx_report_reason reason)
{
	return reasons[reason];
}

const char *opx_report_active_name(unsigned bit)
{
	for (size_t i = 0; i < OPX_COUNT(actives); i++)
		if (bit == 1U << i)
			return actives[i];
	return NULL;
}

struct opx_str opx_report_format(struct opx_arena *arena, const struct opx_report *report)
{
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 1024);
	opx_buf_printf(&buf,
		       "{\"verdict\":\"%s\",\"reason\":\"%s\",\"mime\":\"%s\",\"pages\":%" PRId32
		       ",\"encrypted\":%d,\"active\":[",
		       verdicts[report->verdict], reasons[report->reason], report->mime, report->pages,
		       report->is_encrypted ? 1 : 0);
	const char *comma = "";
	for (size_t i = 0; i < OPX_COUNT(actives); i++)
		if ((report->active & 1U << i) != 0) {
			opx_buf_printf(&buf, "%s\"%s\"", comma, actives[i]);
			comma = ",";
		}
	opx_buf_printf(&buf, "],\"width\":%" PRId32 ",\"height\":%" PRId32 "}\n", report->width,
		       report->height);
	OPX_ASSERT(!buf.is_full);
	return opx_buf_str(&buf);
}

/* The place of a member's text in a closed list. */
static bool word(const json_t *object, const char *name, const char *const *list, size_t n, size_t *ret)
{
	const char *text = json_string_value(json_object_get(object, name));
	for (size_t i = 0; text != NULL && i < n; i++)
		if (strcmp(text, list[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

static bool number(const json_t *object, const char *name, json_int_t min, int32_t *ret)
{
	const json_t *value = json_object_get(object, name);
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > INT32_MAX)
		return false;
	*ret = (int32_t)json_integer_value(value);
	return true;
}

static bool active_bits(const json_t *list, unsigned *ret)
{
	unsigned bits = 0;
	if (!json_is_array(list) || json_array_size(list) > OPX_COUNT(actives))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		size_t k = 0;
		while (k < OPX_COUNT(actives) && (text == NULL || strcmp(text, actives[k]) != 0))
			k++;
		if (k == OPX_COUNT(actives))
			return false;
		bits |= 1U << k;
	}
	*ret = bits;
	return true;
}

static bool fill(const json_t *object, struct opx_report *ret)
{
	size_t verdict = 0, reason = 0, mime = 0;
	int32_t encrypted = 0;
	if (!json_is_object(object) || json_object_size(object) != N_MEMBERS ||
	    !word(object, "verdict", verdicts, OPX_COUNT(verdicts), &verdict) ||
	    !word(object, "reason", reasons, OPX_COUNT(reasons), &reason) ||
	    !word(object, "mime", mimes, OPX_COUNT(mimes), &mime) ||
	    !number(object, "pages", -1, &ret->pages) || !number(object, "encrypted", 0, &encrypted) ||
	    encrypted > 1 || !number(object, "width", 0, &ret->width) ||
	    !number(object, "height", 0, &ret->height) ||
	    !active_bits(json_object_get(object, "active"), &ret->active))
		return false;
	ret->verdict = (enum opx_report_verdict)verdict;
	ret->reason = (enum opx_report_reason)reason;
	ret->mime = mimes[mime];
	ret->is_encrypted = encrypted == 1;
	/* A good file has no reason against it, and any other has one. */
	return (ret->verdict == OPX_REPORT_GOOD) == (ret->reason == OPX_REASON_NONE);
}

enum opx_status opx_report_read(struct opx_str json, struct opx_report *ret, struct opx_error *err)
{
	struct opx_report report = { .pages = -1 };
	json_error_t why;
	if (json.n > OPX_REPORT_MAX_BYTES)
		return OPX_FAIL(err, OPX_INVALID, ODD, "report of %zu bytes", json.n);
	json_t *object = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &why);
	if (object == NULL)
		return OPX_FAIL(err, OPX_INVALID, ODD, "report: %s", why.text);
	bool is_report = fill(object, &report);
	json_decref(object);
	if (!is_report)
		return OPX_FAIL(err, OPX_INVALID, ODD, "report with other members than a report has");
	*ret = report;
	return OPX_OK;
}

enum opx_status opx_report_ask(const struct opx_host *host, struct opx_job *job, const char *kind, int fd,
			       struct opx_report *ret, struct opx_error *err)
{
	struct opx_str json;
	struct opx_error why;
	OPX_TRY(host->parse(job, kind, fd, &json, err));
	if (opx_report_read(json, ret, &why) != OPX_OK) {
		opx_log_error(job->logger, OPX_ERROR, "filecheck.report", &why);
		*ret = opx_report_ended;
	}
	return OPX_OK;
}
