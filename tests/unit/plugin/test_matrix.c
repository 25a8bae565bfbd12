/* SPDX-License-Identifier: MPL-2.0 */
/* test_matrix.c: the CSV of the rights matrix, read strictly; the rows that come with a kind of document: typed, checked as the file
 * is, part of its bytes. */
#include "support/check_opx.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "matrix.h"

#define HEADER                                                                                           \
	"object,action,phase,expert,coexpert,sapiteur,assistant,lawyer,party,insurer,technical_adviser," \
	"judge,clerk,sachant,court_admin,company_admin,platform_operator,note\n"
#define SHIPPED                                                                                              \
	HEADER "exhibit,read,any,allow,allow,deny,deny,addressed,addressed,deny,deny,allow,allow,deny,deny," \
	       "deny,deny,x\n"

static const struct opx_right_row good[] = {
	{ .action = "deposit", .phase = "working", .cells = { [OPX_ROLE_EXPERT] = OPX_CELL_ALLOW } },
	{ .action = "read",
	  .phase = "any",
	  .cells = { [OPX_ROLE_EXPERT] = OPX_CELL_ALLOW, [OPX_ROLE_PARTY] = OPX_CELL_SIDE },
	  .note = "said \"so\", and why" },
};

static struct opx_document_kind kind_of(const char *code, const struct opx_right_row *rows, size_t n)
{
	return (struct opx_document_kind){ .size = sizeof(struct opx_document_kind),
					   .code = code,
					   .label = "x",
					   .numbered = "x n° %d",
					   .rights = rows,
					   .n_rights = n,
					   .right_size = sizeof(*rows) };
}

static enum opx_status extend(struct opx_arena *arena, const struct opx_document_kind *const *kinds, size_t n,
			      struct opx_bytes *ret, size_t *ret_wrong, struct opx_error *err)
{
	return matrix_extend(arena, opx_bytes_of(OPX_STR(SHIPPED)), kinds, n, ret, ret_wrong, err);
}

static const char *cell_of(struct opx_arena *arena, struct opx_bytes csv, const char *object,
			   const char *action, const char *state, const char *role)
{
	struct opx_error err;
	struct matrix matrix;
	const struct matrix_cell *cells = NULL;
	size_t n = 0;
	ck_assert_ok(matrix_parse(arena, csv, &matrix, &err), err);
	matrix_compile(arena, &matrix, &cells, &n);
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(cells[i].object, object) && opx_str_is(cells[i].action, action) &&
		    strcmp(cells[i].state, state) == 0 && strcmp(cells[i].role, role) == 0)
			return cells[i].value;
	return "no row";
}

START_TEST(rows_of_a_kind_are_rows_of_the_matrix)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_error err;
	struct opx_bytes csv;
	size_t wrong = 0;
	const struct opx_document_kind kind = kind_of("memo", good, OPX_COUNT(good));
	const struct opx_document_kind *const kinds[] = { &kind };
	ck_assert_ok(extend(arena, kinds, 1, &csv, &wrong, &err), err);
	ck_assert_str_eq(cell_of(arena, csv, "memo", "deposit", "in_progress", "expert"), "allow");
	ck_assert_str_eq(cell_of(arena, csv, "memo", "deposit", "in_progress", "party"), "deny");
	ck_assert_str_eq(cell_of(arena, csv, "memo", "deposit", "closed", "expert"), "no row");
	ck_assert_str_eq(cell_of(arena, csv, "memo", "read", "closed", "party"), "side");
	ck_assert_str_eq(cell_of(arena, csv, "exhibit", "read", "closed", "lawyer"), "addressed");
	/* The file as shipped stands before them, byte for byte. */
	ck_assert_uint_gt(csv.n, strlen(SHIPPED));
	ck_assert_int_eq(memcmp(csv.p, SHIPPED, strlen(SHIPPED)), 0);
}
END_TEST

/* The columns are those of enum opx_role: a plugin's row and a line of the file say the same. */
START_TEST(each_role_is_its_own_column)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_error err;
	struct opx_bytes csv;
	size_t wrong = 0;
	struct opx_right_row row = { .action = "read", .phase = "any" };
	row.cells[_i] = OPX_CELL_GRANTED;
	const struct opx_document_kind kind = kind_of("memo", &row, 1);
	const struct opx_document_kind *const kinds[] = { &kind };
	ck_assert_ok(extend(arena, kinds, 1, &csv, &wrong, &err), err);
	for (int i = 0; i < OPX_ROLE_COUNT; i++)
		ck_assert_str_eq(cell_of(arena, csv, "memo", "read", "any", matrix_roles[i]),
				 i == _i ? "granted" : "deny");
}
END_TEST

START_TEST(the_order_of_plugins_changes_no_byte)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_error err;
	struct opx_bytes one, two;
	size_t wrong = 0;
	const struct opx_document_kind a = kind_of("alpha", good, 1), z = kind_of("zulu", good, 2),
				       none = kind_of("none", NULL, 0);
	const struct opx_document_kind *const first[] = { &a, &none, &z }, *const second[] = { &z, &a,
											       &none };
	ck_assert_ok(extend(arena, first, 3, &one, &wrong, &err), err);
	ck_assert_ok(extend(arena, second, 3, &two, &wrong, &err), err);
	ck_assert(opx_bytes_eq(one, two));
	ck_assert_ok(extend(arena, first, 1, &two, &wrong, &err), err);
	ck_assert(!opx_bytes_eq(one, two)); /* nor is their hash that of another set */
}
END_TEST

#define READ(...)                                             \
	{                                                     \
		.action = "read", .phase = "any", __VA_ARGS__ \
	}
static const struct {
	const char *code;
	struct opx_right_row rows[2];
	size_t n;
	const char *words;
} wrongs[] = {
	{ "memo",
	  { READ(.cells = { [OPX_ROLE_JUDGE] = OPX_CELL_COUNT }) },
	  1,
	  "row 1 (read/any): a cell has no such value" },
	{ "memo", { READ(.cells = { (enum opx_cell) - 1 }) }, 1, "a cell has no such value" },
	{ "memo",
	  { READ(), { .action = "read", .phase = "always" } },
	  2,
	  "row 2 (read/always): no phase is called so" },
	{ "memo", { { .action = "read" } }, 1, "no phase is called so" },
	{ "memo", { { .action = "read it", .phase = "any" } }, 1, "its action is no word" },
	{ "memo", { { .phase = "any" } }, 1, "its action is no word" },
	{ "memo", { READ(), READ() }, 2, "the same action and phase as a row before" },
	{ "memo", { READ(.note = "two\nlines") }, 1, "control character" },
	{ "memo", { READ(.note = "\xff\xfe") }, 1, "matrix line 3" },
	{ "exhibit",
	  { { .action = "deposit", .phase = "any" } },
	  1,
	  "the matrix has that object, at line 2" },
	{ "me,mo", { READ() }, 1, "no object of a matrix is called so" },
};

START_TEST(what_is_no_row_is_refused_with_its_place)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_error err = { .detail = "" };
	struct opx_bytes csv = { .p = NULL };
	size_t wrong = 99;
	const struct opx_document_kind before = kind_of("a", good, OPX_COUNT(good)),
				       kind = kind_of(wrongs[_i].code, wrongs[_i].rows, wrongs[_i].n);
	const struct opx_document_kind *const kinds[] = { &before, &kind };
	if (strstr(wrongs[_i].words, "matrix line") != NULL) /* its line is counted in the whole */
		ck_assert_status(extend(arena, &kinds[1], 1, &csv, &wrong, &err), OPX_INVALID);
	else
		ck_assert_status(extend(arena, kinds, 2, &csv, &wrong, &err), OPX_INVALID);
	ck_assert_msg(strstr(err.detail, wrongs[_i].words) != NULL, "%s", err.detail);
	ck_assert_uint_eq(wrong, strstr(wrongs[_i].words, "matrix line") != NULL ? 0 : 1);
	ck_assert_ptr_null(csv.p);
}
END_TEST

/* A line of the file: its key, then one value for the fourteen roles but the expert's. */
#define LINE(key, expert, other)                                                                       \
	key "," expert "," other "," other "," other "," other "," other "," other "," other "," other \
	    "," other "," other "," other "," other "," other ","
#define ONE LINE("exhibit,read,any", "allow", "deny") "\n"

/* What no matrix is, and the words that lead the operator to its place. */
static const struct {
	const char *csv, *words;
} refused[] = {
	{ "", "line 1: unexpected header" },
	{ "object,action,phase\n", "line 1: unexpected header" },
	{ "\xef\xbb\xbf" HEADER ONE, "line 1: unexpected header" },
	{ HEADER, "without rows" },
	{ HEADER ONE LINE("dire,read,any", "perhaps", "deny") "\n",
	  "line 3: malformed, or an unknown phase or value" },
	{ HEADER ONE LINE("dire,read,any", "Allow", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,read,any", "", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,read,always", "allow", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,read,", "allow", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE LINE("Dire,read,any", "allow", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE LINE(",read,any", "allow", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,re-ad,any", "allow", "deny") "\n", "line 3: malformed" },
	{ HEADER ONE "dire,read,any,allow\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,read,any", "allow", "deny") ",\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,read,any", "allow", "deny") "\"open\n", "malformed" },
	{ HEADER ONE LINE("dire,read,any", "allow", "deny") "\xff\n", "line 3: malformed" },
	{ HEADER ONE "\n", "line 3: malformed" },
	{ HEADER ONE LINE("dire,read,any", "allow", "deny") "\n" LINE("exhibit,read,any", "deny",
								      "deny") "\n",
	  "line 4: the same row as line 2" },
};

START_TEST(what_is_no_matrix_is_refused_with_its_line)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct opx_error err = { .detail = "" };
	struct matrix matrix = { .n = 99 };
	ck_assert_status(matrix_parse(arena, opx_bytes_of(opx_str_z(refused[_i].csv)), &matrix, &err),
			 OPX_INVALID);
	ck_assert_msg(strstr(err.detail, refused[_i].words) != NULL, "%s", err.detail);
	ck_assert_uint_eq(matrix.n, 99); /* untouched */
}
END_TEST

/* Of the rows that speak of a state, the narrowest: the state's own, then post, early, working, done, active, any. */
static const struct {
	const char *state, *value;
} winners[] = {
	{ "in_progress", "own" }, { "pre_report", "granted" },    { "suspended", "side" },
	{ "taxation", "side" },   { "awaiting_deposit", "side" }, { "closed", "allow" },
	{ "any", "allow" },       { "archived", "no row" },       { "purged", "no row" },
};

START_TEST(the_narrowest_phase_wins)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	const struct opx_bytes csv =
		opx_bytes_of(opx_str_z(HEADER LINE("dire,read,any", "allow", "deny") "\n" LINE(
			"dire,read,active", "side",
			"deny") "\n" LINE("dire,read,in_progress", "own",
					  "deny") "\n" LINE("dire,read,working", "granted", "deny") "\n"));
	ck_assert_str_eq(cell_of(arena, csv, "dire", "read", winners[_i].state, "expert"), winners[_i].value);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("matrix");
	TCase *file = tcase_create("file");
	tcase_add_loop_test(file, what_is_no_matrix_is_refused_with_its_line, 0, (int)OPX_COUNT(refused));
	tcase_add_loop_test(file, the_narrowest_phase_wins, 0, (int)OPX_COUNT(winners));
	suite_add_tcase(suite, file);
	TCase *tc = tcase_create("rows of a kind");
	tcase_add_test(tc, rows_of_a_kind_are_rows_of_the_matrix);
	tcase_add_loop_test(tc, each_role_is_its_own_column, 0, OPX_ROLE_COUNT);
	tcase_add_test(tc, the_order_of_plugins_changes_no_byte);
	tcase_add_loop_test(tc, what_is_no_row_is_refused_with_its_place, 0, (int)OPX_COUNT(wrongs));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
