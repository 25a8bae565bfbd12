/* SPDX-License-Identifier: MPL-2.0 */
/* test_words.c: the French words for codes; a code without a word shows as it is, so that nothing is hidden. */
#include "support/check_opx.h"

#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "html/words.h"

static const struct {
	const char *role, *title, *side, *quality;
} qualities[] = {
	{ "expert", "", "", "Expert" },
	{ "expert", "Mme", "", "Experte" },
	{ "expert", "M.", "", "Expert" },
	{ "lawyer", "Mme", "SAS Alpes Étanchéité", "Avocate, pour SAS Alpes Étanchéité" },
	{ "party", "Mme", "M. Claude Fabre", "Partie, pour M. Claude Fabre" },
	{ "judge", "Mme", "", "Juge chargée du contrôle" },
	{ "clerk", "", "", "Greffier" },
	{ "company_admin", "Mme", "", "Administratrice de la compagnie" },
	{ "unheard_of", "Mme", "", "unheard_of" },
};

START_TEST(a_quality_is_a_role_and_for_whom)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_word_quality(arena, opx_str_z(qualities[_i].role), opx_str_z(qualities[_i].title),
				       opx_str_z(qualities[_i].side)),
		      qualities[_i].quality);
}
END_TEST

static const struct {
	struct opx_str (*word)(struct opx_str code);
	const char *code, *text;
} words[] = {
	{ opx_word_means, "x509", "Carte ou clé, par certificat" },
	{ opx_word_means, "code+mail", "Code d’accès, puis code reçu par e-mail" },
	{ opx_word_means, "pigeon", "pigeon" },
	{ opx_word_level, "L0", "Niveau L0 : deux codes, dont un par e-mail" },
	{ opx_word_level, "L2", "Niveau L2 : carte ou clé matérielle" },
	{ opx_word_level, "L9", "L9" },
	{ opx_word_action, "deposit", "Déposer" },
	{ opx_word_action, "dance", "dance" },
	{ opx_word_value, "addressed", "si vous êtes destinataire" },
	{ opx_word_value, "side", "ce qui est à votre côté seulement" },
	{ opx_word_value, "maybe", "maybe" },
	{ opx_word_object, "contradictory_board", "le tableau du contradictoire" },
	{ opx_word_object, "exhibit", "exhibit" },
	{ opx_word_title, "Mme Hélène Vasseur", "Mme" },
	{ opx_word_title, "M. Thomas Perrin", "" },
	{ opx_word_title, "Mmetoo Vasseur", "" },
	{ opx_word_title, "", "" },
};

START_TEST(a_code_has_its_word_or_stays_what_it_is)
{
	ck_assert_str(words[_i].word(opx_str_z(words[_i].code)), words[_i].text);
}
END_TEST

static const struct {
	const char *given, *family, *initials;
} initials[] = {
	{ "Karima", "Haddad", "KH" },
	{ "Élodie", "Ünal", "ÉÜ" },
	{ "", "Bâtir SA", "B" },
	{ "Karima", "", "K" },
	{ "", "", "" },
	{ "💧", "x", "💧X" },
	{ "Anne", "de La Tour", "AL" },
	{ "Jeanne", "d’Arc", "JA" },
	{ "Jeanne", "d'Arc", "JA" },
	{ "Max", "von der heyden", "MV" }, /* all in small letters: nothing tells a particle from the name */
	{ "élodie", "ünal", "ÉÜ" },
};

START_TEST(initials_are_whole_characters)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_word_initials(arena, opx_str_z(initials[_i].given), opx_str_z(initials[_i].family)),
		      initials[_i].initials);
}
END_TEST

static const struct {
	const char *text, *inside;
} insides[] = {
	{ "En attente", "en attente" }, { "Échec", "échec" }, { "déjà", "déjà" }, { "", "" },
	{ "7 jours", "7 jours" },       { "Z", "z" },
};

START_TEST(a_word_inside_a_sentence_begins_small)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_word_inside(arena, opx_str_z(insides[_i].text)), insides[_i].inside);
}
END_TEST

START_TEST(tries_are_counted_in_the_singular_and_the_plural)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_word_tries(arena, 4), "Il vous reste 4 essais.");
	ck_assert_str(opx_word_tries(arena, 1), "Il vous reste 1 essai.");
	ck_assert_str(opx_word_tries(arena, 0), "Il vous reste 0 essai.");
}
END_TEST

START_TEST(the_seven_steps_have_names)
{
	ck_assert_str(opx_word_step(1), "Désignation");
	ck_assert_str(opx_word_step(7), "Clôture");
}
END_TEST

START_TEST(an_eighth_step_ends_the_process)
{
	(void)opx_word_step(8);
}
END_TEST

START_TEST(a_step_before_the_first_ends_the_process)
{
	(void)opx_word_step(0);
}
END_TEST

START_TEST(a_fingerprint_is_eight_groups_or_nothing)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_str groups[8];
	opx_word_groups(arena, OPX_STR("0000000011111111222222223333333344444444555555556666666677777777"),
			groups);
	ck_assert_str(groups[0], "00000000");
	ck_assert_str(groups[3], "33333333");
	ck_assert_str(groups[7], "77777777");
	opx_word_groups(arena, OPX_STR("0011"), groups);
	for (size_t i = 0; i < 8; i++)
		ck_assert_str(groups[i], "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("words");
	TCase *tc = tcase_create("words");
	tcase_add_loop_test(tc, a_quality_is_a_role_and_for_whom, 0, (int)OPX_COUNT(qualities));
	tcase_add_loop_test(tc, a_code_has_its_word_or_stays_what_it_is, 0, (int)OPX_COUNT(words));
	tcase_add_loop_test(tc, initials_are_whole_characters, 0, (int)OPX_COUNT(initials));
	tcase_add_loop_test(tc, a_word_inside_a_sentence_begins_small, 0, (int)OPX_COUNT(insides));
	tcase_add_test(tc, tries_are_counted_in_the_singular_and_the_plural);
	tcase_add_test(tc, the_seven_steps_have_names);
	tcase_add_test_raise_signal(tc, an_eighth_step_ends_the_process, SIGABRT);
	tcase_add_test_raise_signal(tc, a_step_before_the_first_ends_the_process, SIGABRT);
	tcase_add_test(tc, a_fingerprint_is_eight_groups_or_nothing);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
