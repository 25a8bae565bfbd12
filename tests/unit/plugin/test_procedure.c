/* SPDX-License-Identifier: MPL-2.0 */
/* test_procedure.c: the civil procedure as a plugin gives it: its states, its transitions, and that the shipped matrix knows all. */
#include "support/check_opx.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "kinds.h"
#include "matrix.h"

extern const struct opx_plugin opx_plugin;

static const struct opx_procedure *procedure;
static const struct opx_document_kind *kinds[32];
static size_t n_kinds;
static struct opx_arena *arena;
static const struct matrix_cell *cells; /* of the matrix as shipped */
static size_t n_cells;

static enum opx_status add_kind(struct opx_registrar *reg, const struct opx_document_kind *kind, void *self,
				struct opx_error *err)
{
	(void)reg;
	(void)self;
	(void)err;
	ck_assert_uint_lt(n_kinds, OPX_COUNT(kinds));
	kinds[n_kinds++] = kind;
	return OPX_OK;
}

static enum opx_status add_procedure(struct opx_registrar *reg, const struct opx_procedure *it, void *self,
				     struct opx_error *err)
{
	(void)reg;
	(void)self;
	(void)err;
	procedure = it;
	return OPX_OK;
}

static void read_matrix(void)
{
	char path[512];
	struct matrix matrix;
	struct opx_error err;
	(void)snprintf(path, sizeof(path), "%s/plugins/rights-matrix/rights-matrix.csv",
		       getenv("OPX_SOURCE"));
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	uint8_t *csv = opx_arena_alloc(arena, MATRIX_MAX_BYTES, 1);
	size_t n = fread(csv, 1, MATRIX_MAX_BYTES, f);
	(void)fclose(f);
	ck_assert_ok(matrix_parse(arena, (struct opx_bytes){ .p = csv, .n = n }, &matrix, &err), err);
	matrix_compile(arena, &matrix, &cells, &n_cells);
}

static void setup(void)
{
	static const struct opx_host host = { .size = sizeof(host),
					      .add_document_kind = add_kind,
					      .add_procedure = add_procedure };
	void *self = NULL;
	struct opx_error err;
	ck_assert_ok(opx_plugin.plug(&host, NULL, &self, &err), err);
	ck_assert_ptr_nonnull(procedure);
	arena = opx_arena_new((size_t)64 << 20);
	read_matrix();
}

static void teardown(void)
{
	opx_arena_free(arena);
}

/* ui.md 7.2: the fourteen states are the seven steps that a person sees. */
static const struct {
	const char *code;
	int step;
} states[] = {
	{ "draft", 1 },     { "appointed", 1 },  { "awaiting_deposit", 2 }, { "in_progress", 3 },
	{ "suspended", 3 }, { "pre_report", 4 }, { "dires_closed", 4 },     { "report_filed", 5 },
	{ "taxation", 6 },  { "closed", 7 },     { "settled", 7 },          { "lapsed", 7 },
	{ "archived", 7 },  { "purged", 7 },
};

START_TEST(its_states_are_those_of_the_domain)
{
	ck_assert_uint_eq(procedure->n_states, OPX_COUNT(states));
	ck_assert_str_eq(procedure->initial, "draft");
	for (size_t i = 0; i < OPX_COUNT(states); i++) {
		ck_assert_str_eq(procedure->states[i].code, states[i].code);
		ck_assert_int_eq(procedure->states[i].step, states[i].step);
		ck_assert_uint_gt(strlen(procedure->states[i].label), 0);
	}
}
END_TEST

static const struct {
	const char *code, *from, *to, *object, *action, *document;
	bool has_checkbox;
} transitions[] = {
	{ "TR2", "draft", "appointed", "case", "open", "court_decision", false },
	{ "TR3", "appointed", "awaiting_deposit", "mission", "accept", "acceptance_letter", true },
	{ "TR4", "awaiting_deposit", "in_progress", "operations", "start", "deposit_notice", false },
};

START_TEST(each_transition_asks_its_document_and_its_right)
{
	ck_assert_uint_eq(procedure->n_transitions, OPX_COUNT(transitions));
	const struct opx_transition *t = &procedure->transitions[_i];
	ck_assert_str_eq(t->code, transitions[_i].code);
	ck_assert_str_eq(t->from, transitions[_i].from);
	ck_assert_str_eq(t->to, transitions[_i].to);
	ck_assert_str_eq(t->object, transitions[_i].object);
	ck_assert_str_eq(t->action, transitions[_i].action);
	ck_assert_str_eq(t->needs_document, transitions[_i].document);
	ck_assert_ptr_nonnull(t->missing);
	ck_assert_int_eq(t->checkbox != NULL, transitions[_i].has_checkbox);
}
END_TEST

/* May anybody at all? A state that nobody can leave is a dossier that stands still. */
static bool somebody_may(const char *object, const char *action, const char *state)
{
	for (size_t i = 0; i < n_cells; i++)
		if (opx_str_is(cells[i].object, object) && opx_str_is(cells[i].action, action) &&
		    (state == NULL || strcmp(cells[i].state, state) == 0) &&
		    strcmp(cells[i].value, "deny") != 0)
			return true;
	return false;
}

START_TEST(the_shipped_matrix_opens_each_transition_in_its_state)
{
	const struct opx_transition *t = &procedure->transitions[_i];
	ck_assert_msg(somebody_may(t->object, t->action, t->from), "nobody may %s,%s in %s", t->object,
		      t->action, t->from);
	/* Its document can be there: of a kind that it brings, deposited in that state. */
	ck_assert_msg(somebody_may(t->needs_document, "deposit", t->from), "nobody may deposit %s in %s",
		      t->needs_document, t->from);
}
END_TEST

START_TEST(the_shipped_matrix_has_each_kind)
{
	ck_assert_uint_eq(n_kinds, n_civil_kinds);
	for (size_t i = 0; i < n_kinds; i++) {
		ck_assert_msg(somebody_may(kinds[i]->code, "deposit", NULL), "nobody may deposit %s",
			      kinds[i]->code);
		ck_assert_msg(somebody_may(kinds[i]->code, "read", NULL), "nobody may read %s",
			      kinds[i]->code);
		ck_assert_msg(strstr(kinds[i]->numbered, "%d") != NULL, "%s has no number", kinds[i]->code);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("procedure");
	TCase *tc = tcase_create("civil");
	tcase_add_unchecked_fixture(tc, setup, teardown); /* once: reading the matrix takes its time */
	tcase_add_test(tc, its_states_are_those_of_the_domain);
	tcase_add_loop_test(tc, each_transition_asks_its_document_and_its_right, 0,
			    (int)OPX_COUNT(transitions));
	tcase_add_loop_test(tc, the_shipped_matrix_opens_each_transition_in_its_state, 0,
			    (int)OPX_COUNT(transitions));
	tcase_add_test(tc, the_shipped_matrix_has_each_kind);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
