/* SPDX-License-Identifier: MPL-2.0 */
/* test_page.c: what the screens decide without a database: who may wait for a seal, what changed among readers, made names. */
#include "support/check_opx.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "domain/filing.h"
#include "html/html.h"
#include "page/made.h"
#include "page/patience.h"
#include "page/readers.h"
#include "page/views.h"
#include "page/words.h"
#include "sql_page_proof.h"
#include "tpl_layout.h"
#include "tpl_parts.h"

START_TEST(a_seat_is_taken_once_and_freed_by_its_end)
{
	struct opx_patience *p = opx_patience_new(1);
	ck_assert(opx_patience_begin(p));
	ck_assert(!opx_patience_begin(p)); /* the only one */
	opx_patience_end(p, false);
	ck_assert(opx_patience_begin(p));
	opx_patience_end(p, false);
	opx_patience_free(p);
}
END_TEST

/* Both stand on one page when the service is in trouble: the address of the message must lead to the message. */
START_TEST(a_banner_is_not_taken_for_the_message)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_html html;
	struct opx_bytes page;
	const struct view_message m = { .tone = TONE_ATTENTION, .title = OPX_STR("Titre") };
	const struct view_layout layout = { .title = OPX_STR("Page"), .banner = m };
	opx_html_init(&html, arena, OPX_STR(""));
	tpl_layout_begin(&html, &layout);
	tpl_message(&html, &m);
	tpl_layout_end(&html, &layout);
	ck_assert_int_eq(opx_html_finish(&html, &page, NULL), OPX_OK);
	const char *text = opx_str_copy(arena, (const char *)page.p, page.n).p;
	const char *banner = strstr(text, "message--attention");
	const char *message = strstr(text, "id=\"message\"");
	ck_assert_ptr_nonnull(banner);
	ck_assert_ptr_nonnull(message);
	ck_assert_ptr_nonnull(strstr(banner + 1, "message--attention"));
	ck_assert_ptr_null(strstr(message + 1, "id=\"message\""));
	ck_assert(message > banner + 1);
}
END_TEST

static const struct {
	const char *given, *family, *initials;
} names[] = {
	{ "Karima", "Haddad", "KH" },
	{ "Jean", "de La Tour", "JL" },
	{ "Anne", "de Vigny", "AV" },
	{ "Joachim", "du Bellay", "JB" },
	{ "Marie", "Le Goff", "ML" },
	{ "Jeanne", "d’Arc", "JA" },
	{ "Paul", "d'Ormesson", "PO" },
	{ "Otto", "von der Heyden", "OH" },
	{ "émile", "zola", "ÉZ" },
	{ "Zoé", "Éluard", "ZÉ" },
	{ "", "SAS Alpes Étanchéité", "S" },
	{ "", "le monde", "L" },
	{ "", "", "" },
};

START_TEST(initials_pass_over_a_particle_and_are_capitals)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_str got =
		opx_word_initials(arena, opx_str_z(names[_i].given), opx_str_z(names[_i].family));
	ck_assert_str_eq(got.p, names[_i].initials);
}
END_TEST

START_TEST(after_three_waits_in_vain_a_worker_waits_no_more_until_sealing_is_back)
{
	struct opx_patience *p = opx_patience_new(4);
	int tries = 0;
	for (int i = 0; i < 3; i++) {
		ck_assert(opx_patience_begin(p));
		opx_patience_end(p, true);
	}
	ck_assert(!opx_patience_begin(p));
	while (!opx_patience_begin(p)) /* one in a while looks */
		ck_assert_int_lt(++tries, 100);
	opx_patience_end(p, false);
	ck_assert(opx_patience_begin(p));
	opx_patience_end(p, false);
	opx_patience_free(p);
}
END_TEST

START_TEST(the_seat_of_a_worker_that_died_waiting_is_free)
{
	struct opx_patience *p = opx_patience_new(1);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(opx_patience_begin(p) ? 0 : 1); /* sits, and never gets up */
	int status = 0;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert(opx_patience_begin(p));
	opx_patience_end(p, false);
	opx_patience_free(p);
}
END_TEST

static void on_alarm(int signo)
{
	(void)signo;
}

START_TEST(a_signal_ends_a_pause)
{
	struct sigaction sa = { .sa_handler = on_alarm }; /* without SA_RESTART, as a worker takes SIGTERM */
	ck_assert(opx_patience_pause(1));
	ck_assert_int_eq(sigaction(SIGALRM, &sa, NULL), 0);
	(void)alarm(1);
	ck_assert(!opx_patience_pause(20000));
}
END_TEST

START_TEST(pauses_grow_by_half_from_25_ms_to_200_ms)
{
	static const int64_t pauses[] = { 25, 37, 55, 82, 123, 184, 200, 200 };
	int64_t ms = 0;
	for (size_t i = 0; i < OPX_COUNT(pauses); i++) {
		ms = opx_patience_longer(ms);
		ck_assert_int_eq(ms, pauses[i]);
	}
}
END_TEST

/* Three people; the second and third read the only file. */
static const struct opx_filing_reader readers[] = {
	{ .person = 1, .pseudonym = 1, .value = { "allow", 5 }, .reads = true },
	{ .person = 2, .pseudonym = 2, .value = { "allow", 5 }, .reads = true },
	{ .person = 3, .pseudonym = 12, .value = { "allow", 5 }, .reads = false },
};
static const struct opx_filing_file file = { .readers = readers, .n_readers = OPX_COUNT(readers) };
static const struct opx_filing_plan plan = { .files = &file, .n_files = 1 };

static const struct {
	const char *seen, *sentence;
} changes[] = {
	{ "1,2", "La liste des personnes qui verront ce dépôt a changé." },
	{ "1", "M. Deux verra aussi ce dépôt." },
	{ "1,2,12", "Mme Trois ne verra plus ce dépôt." },
	{ "1,12", "M. Deux verra aussi ce dépôt. Mme Trois ne verra plus ce dépôt." },
	{ "2", "La liste des personnes qui verront ce dépôt a changé." }, /* the author knows of himself */
	{ "", "La liste des personnes qui verront ce dépôt a changé." },
	{ "<b>,%s", "M. Deux verra aussi ce dépôt." },
};

START_TEST(the_page_says_whose_reading_changed)
{
	OPX_AUTO_ARENA arena = opx_arena_new(1U << 20U);
	const struct sql_page_proof_people_row rows[] = {
		{ .person_id = 1, .pseudonym = 1, .name = OPX_STR("Me Un") },
		{ .person_id = 2, .pseudonym = 2, .name = OPX_STR("M. Deux") },
		{ .person_id = 3, .pseudonym = 12, .name = OPX_STR("Mme Trois") },
	};
	const struct page_people people = { .rows = rows, .n = OPX_COUNT(rows) };
	const struct opx_page page = { .arena = arena, .person = 1 };
	struct opx_str said = opx_readers_changed(&page, &people, &plan, opx_str_z(changes[_i].seen));
	ck_assert_str_eq(said.p, changes[_i].sentence);
	ck_assert_str_eq(opx_readers_seen(&page, &plan).p, "1,2");
}
END_TEST

START_TEST(a_made_file_has_a_name_that_every_system_takes)
{
	OPX_AUTO_ARENA arena = opx_arena_new(1U << 20U);
	const struct opx_page page = { .arena = arena };
	ck_assert_str_eq(opx_made_name(&page, "accuse", OPX_STR("26/01873"), "depot-3.pdf").p,
			 "accuse-26-01873-depot-3.pdf");
	ck_assert_str_eq(opx_made_name(&page, "preuve", OPX_STR("é \"x\"\\"), "complet.asice").p,
			 "preuve-----x---complet.asice");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page");
	TCase *tc = tcase_create("deposits");
	tcase_add_test(tc, a_seat_is_taken_once_and_freed_by_its_end);
	tcase_add_test(tc, a_banner_is_not_taken_for_the_message);
	tcase_add_test(tc, after_three_waits_in_vain_a_worker_waits_no_more_until_sealing_is_back);
	tcase_add_test(tc, the_seat_of_a_worker_that_died_waiting_is_free);
	tcase_add_test(tc, a_signal_ends_a_pause);
	tcase_add_test(tc, pauses_grow_by_half_from_25_ms_to_200_ms);
	tcase_add_loop_test(tc, initials_pass_over_a_particle_and_are_capitals, 0, OPX_COUNT(names));
	tcase_add_loop_test(tc, the_page_says_whose_reading_changed, 0, OPX_COUNT(changes));
	tcase_add_test(tc, a_made_file_has_a_name_that_every_system_takes);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
