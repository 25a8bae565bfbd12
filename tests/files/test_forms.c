/* SPDX-License-Identifier: MPL-2.0 */
/* test_forms.c: files that a form brings all together, without JavaScript. */
#include "files.h"

#include <inttypes.h>
#include <string.h>

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BOUNDARY "----opx"
#define FIELD(n, v) "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n" v "\r\n"
#define FILE_PART(n, v)                                                                      \
	"--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"" n \
	"\"\r\nContent-Type: application/pdf\r\n\r\n" v "\r\n"
#define END "--" BOUNDARY "--\r\n"

static struct sent form(const char *body)
{
	struct sent sent = {
		.method = OPX_POST,
		.path = opx_strf(files_scene.story.arena, "/depot/%" PRId64, files_scene.draft).p,
		.announced = -1,
		.who = &files_scene.story.expert,
		.body = files_header(body)
	};
	sent.headers[OPX_HDR_CONTENT_TYPE] = files_header("multipart/form-data; boundary=" BOUNDARY);
	return sent;
}

static size_t files_of(int64_t draft, const struct sql_files_of_draft_row **ret)
{
	struct opx_error err;
	size_t n = 0;
	ck_assert_ok(sql_files_of_draft(files_scene.story.owner, draft, ret, &n, &err), err);
	return n;
}

START_TEST(a_form_brings_several_files_and_keeps_its_fields)
{
	const struct sql_files_of_draft_row *files = NULL;
	int64_t former = files_scene.draft;
	files_scene.draft = scene_draft(&files_scene, &files_scene.story.expert);
	struct sent sent = form(FIELD("_csrf", TOKEN) FIELD("nature", "court_decision")
					FIELD("titre", "Ordonnance") FILE_PART("un.pdf", "premier")
						FILE_PART("", "") FILE_PART("de\xcc\x81ux.pdf", "second")
							FILE_PART("../trois.pdf", "x")
								FIELD("action", "verifier") END);
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 303);
	ck_assert_str_eq(sent.location.p,
			 opx_strf(files_scene.story.arena,
				  "/dossiers/%" PRId64 "/brouillons/%" PRId64 "/verification",
				  files_scene.dossier, files_scene.draft)
				 .p);
	ck_assert_uint_eq(files_of(files_scene.draft, &files), 3);
	ck_assert_str(files[0].state, "received");
	ck_assert_str(files[1].state, "received");
	ck_assert_bytes(files[1].name, "de\xcc\x81ux.pdf", 10);
	ck_assert_str(files[2].state, "refused");
	ck_assert_ptr_nonnull(strstr(files[2].sentence.p, "Renommez-le"));
	ck_assert_int_eq(files_row_of(files[0].id).jobs, 1);
	files_scene.draft = former;
}
END_TEST

START_TEST(a_form_without_its_token_first_brings_nothing)
{
	static const char *const bodies[] = {
		FILE_PART("un.pdf", "premier") FIELD("_csrf", TOKEN) END,
		FIELD("_csrf", "wrong") FILE_PART("un.pdf", "premier") END,
		FIELD("titre", "a") END,
	};
	const struct sql_files_of_draft_row *files = NULL;
	size_t before = files_of(files_scene.draft, &files), incoming = scene_count(&files_scene, "incoming");
	for (size_t i = 0; i < OPX_COUNT(bodies); i++) {
		struct sent sent = form(bodies[i]);
		scene_send(&files_scene, &sent);
		ck_assert_int_eq(sent.status, 403);
	}
	ck_assert_uint_eq(files_of(files_scene.draft, &files), before);
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), incoming);
}
END_TEST

START_TEST(a_form_that_is_cut_leaves_the_draft_as_it_was)
{
	const struct sql_files_of_draft_row *files = NULL;
	size_t before = files_of(files_scene.draft, &files), incoming = scene_count(&files_scene, "incoming");
	char *big = opx_arena_alloc(files_scene.story.arena, 1, 200001);
	memset(big, 'a', 200000);
	struct sent sent = form(
		opx_strf(
			files_scene.story.arena,
			FIELD("_csrf", TOKEN) FILE_PART(
				"un.pdf",
				"%s") "--" BOUNDARY
				      "\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"b.pdf\"\r\n\r\n%s",
			big, big)
			.p);
	sent.announced = (int64_t)sent.body.n + 1000;
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 422);
	ck_assert_uint_eq(files_of(files_scene.draft, &files), before);
	/* The file that was whole has a name already: an orphan, which the sweep takes. The one that was cut never had one. */
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), incoming + 1);
}
END_TEST

START_TEST(a_form_of_another_persons_draft_is_not_found)
{
	struct sent sent = form(FIELD("_csrf", TOKEN) FILE_PART("un.pdf", "premier") END);
	sent.who = &files_scene.story.stranger;
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 404);
}
END_TEST

void files_add_forms(TCase *tc)
{
	tcase_add_test(tc, a_form_brings_several_files_and_keeps_its_fields);
	tcase_add_test(tc, a_form_without_its_token_first_brings_nothing);
	tcase_add_test(tc, a_form_that_is_cut_leaves_the_draft_as_it_was);
	tcase_add_test(tc, a_form_of_another_persons_draft_is_not_found);
}
