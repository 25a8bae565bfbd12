/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-verify: judges a bundle offline. Options and exit codes: design section 10. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/auto.h"
#include "verify.h"

#define USAGE \
	"Usage : opx-verify --tsa-roots F --user-roots F [--policy F] [--head NOTE]… [--now T] [--json] DOSSIER\n"
#define HELP                                                                                                                    \
	USAGE                                                                                                                   \
	"Juge un dossier de preuve (.asice) hors ligne : une ligne par affirmation, de K0 à K8.\n"                             \
	"  --tsa-roots F   certificats des autorités d’horodatage, en PEM, pris dans les listes de confiance\n"              \
	"  --user-roots F  certificats des autorités qui certifient les personnes et les cachets, de même\n"                  \
	"  --policy F      politique publiée du journal\n"                                                                     \
	"  --head NOTE     état du journal gardé par quelqu’un d’autre : un e-mail, un accusé ; autant qu’il y en a\n" \
	"  --now T         moment auquel juger, AAAA-MM-JJThh:mm:ss.mmmZ ; maintenant sinon\n"                                  \
	"  --json          pour un programme\n"                                                                                 \
	"Verdicts : PASSED (établi), FAILED (démenti), INDETERMINATE (les éléments manquent).\n"                            \
	"Code de sortie : 0 rien n’est démenti, 1 quelque chose l’est, 2 la commande ne peut pas être suivie.\n"
#define MAX_MEMORY ((size_t)1536 * 1024 * 1024)
#define MAX_SIDE_FILE ((off_t)64 * 1024 * 1024)

struct command {
	const char *tsa_roots, *user_roots, *policy, *now, *bundle;
	const char *heads[MAX_HEADS];
	size_t n_heads;
	bool is_json;
};

/* An option with a value, at most once. */
static bool take_value(struct command *c, const char *option, const char *value)
{
	const struct {
		const char *name;
		const char **value;
	} names[] = { { "--tsa-roots", &c->tsa_roots },
		      { "--user-roots", &c->user_roots },
		      { "--policy", &c->policy },
		      { "--now", &c->now } };
	for (size_t k = 0; k < OPX_COUNT(names); k++)
		if (strcmp(option, names[k].name) == 0 && *names[k].value == NULL) {
			*names[k].value = value;
			return true;
		}
	return false;
}

static bool read_command(int argc, char **argv, struct command *c)
{
	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && take_value(c, argv[i], argv[i + 1]))
			i++;
		else if (strcmp(argv[i], "--json") == 0)
			c->is_json = true;
		else if (strcmp(argv[i], "--head") == 0 && i + 1 < argc && c->n_heads < MAX_HEADS)
			c->heads[c->n_heads++] = argv[++i];
		else if (argv[i][0] != '-' && c->bundle == NULL)
			c->bundle = argv[i];
		else
			return false;
	}
	return c->tsa_roots != NULL && c->user_roots != NULL && c->bundle != NULL;
}

/* Mapped for the life of the process. */
static enum opx_status map_file(const char *path, off_t max, struct opx_bytes *ret, struct opx_error *err)
{
	struct stat st;
	OPX_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return OPX_FAIL(err, OPX_NOT_FOUND,
				errno == ENOENT ? N_("Un fichier est introuvable.")
						: N_("Un fichier n’est pas lisible."),
				"%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return OPX_FAIL(
			err, OPX_INVALID,
			N_("Il faut un fichier : un répertoire ne se contrôle pas, et ce qui vient d’un tube s’enregistre d’abord."),
			"%s: not a regular file", path);
	if (st.st_size > max)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Un fichier est trop grand."), "%s: %lld bytes", path,
				(long long)st.st_size);
	*ret = (struct opx_bytes){ .p = (const uint8_t *)"", .n = (size_t)st.st_size };
	if (st.st_size == 0)
		return OPX_OK;
	const uint8_t *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Un fichier n’est pas lisible."), "%s: mmap: %s",
				path, strerror(errno));
	ret->p = p;
	return OPX_OK;
}

static enum opx_status load_roots(const char *path, struct opx_roots **ret, struct opx_error *err)
{
	struct opx_bytes pem;
	OPX_TRY(map_file(path, MAX_SIDE_FILE, &pem, err));
	return opx_roots_load(pem, ret, err);
}

/* A C2SP tlog-policy: "log <vkey>", "witness …", "group …", "quorum …". Of a log line only the 32-byte key counts, and the
 * global origin (4.3). */
static enum opx_status load_policy(struct opx_arena *arena, const char *path, struct options *o,
				   struct opx_error *err)
{
	struct opx_bytes rest;
	OPX_TRY(map_file(path, MAX_SIDE_FILE, &rest, err));
	while (rest.n > 0) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : rest.n;
		struct opx_str line = opx_str_copy(arena, (const char *)rest.p, n);
		struct opx_vkey key;
		rest = (struct opx_bytes){ .p = rest.p + n + (lf != NULL), .n = rest.n - n - (lf != NULL) };
		if (opx_str_starts(line, "quorum ") && !opx_str_is(line, "quorum none"))
			o->has_quorum = true;
		if (!opx_str_starts(line, "log "))
			continue;
		const struct opx_str text = { .p = line.p + 4, .n = line.n - 4 };
		OPX_TRY(opx_vkey_parse(arena, text, &key, err));
		if (o->n_policy_keys == MAX_KEYS)
			return OPX_FAIL(err, OPX_TOO_LARGE, N_("La politique du journal est trop longue."),
					"more than %d keys", MAX_KEYS);
		memcpy(o->policy_keys[o->n_policy_keys++], key.key, 32);
	}
	if (o->n_policy_keys == 0)
		return OPX_FAIL(err, OPX_INVALID, N_("La politique ne nomme aucun journal."),
				"%s: no log line", path);
	o->has_policy = true;
	return OPX_OK;
}

static enum opx_status load_options(struct opx_arena *arena, const struct command *c, struct options *o,
				    struct opx_error *err)
{
	o->now = opx_now(&opx_clock_real);
	if (c->now != NULL)
		OPX_TRY(opx_instant_parse(opx_str_z(c->now), &o->now, err));
	OPX_TRY(load_roots(c->tsa_roots, &o->tsa_roots, err));
	OPX_TRY(load_roots(c->user_roots, &o->user_roots, err));
	if (c->policy != NULL)
		OPX_TRY(load_policy(arena, c->policy, o, err));
	for (size_t i = 0; i < c->n_heads; i++)
		OPX_TRY(map_file(c->heads[i], MAX_SIDE_FILE, &o->heads[i].note, err));
	o->n_heads = c->n_heads;
	return OPX_OK;
}

static void limit_memory(size_t file)
{
#ifndef OPX_ARENA_MALLOC /* the sanitizers' shadow is larger than any limit */
	const struct rlimit limit = { .rlim_cur = MAX_MEMORY + file, .rlim_max = MAX_MEMORY + file };
	(void)setrlimit(RLIMIT_AS, &limit);
#else
	(void)file;
#endif
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	(void)setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
	struct opx_error err = { .status = OPX_OK };
	struct command command = { .n_heads = 0 };
	struct options options = { .n_heads = 0 };
	struct opx_bytes file;
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return fputs(HELP, stdout) < 0 || fflush(stdout) != 0 ? 2 : 0;
	if (!read_command(argc, argv, &command)) {
		(void)fputs(USAGE, stderr);
		return 2;
	}
	OPX_AUTO_ARENA arena = opx_arena_new(MAX_MEMORY);
	if (load_options(arena, &command, &options, &err) != OPX_OK ||
	    map_file(command.bundle, (off_t)UINT32_MAX, &file, &err) != OPX_OK) {
		(void)fprintf(stderr, "opx-verify : %s (%s)\n", err.user, err.detail);
		return 2;
	}
	limit_memory(file.n);
	struct report report = { .arena = arena };
	struct verifier v = { .arena = arena, .report = &report, .options = &options };
	verify_run(&v, file);
	if (command.is_json)
		report_print_json(&report, v.bundle != NULL ? kind_name(v.kind) : "unknown", stdout);
	else
		report_print(&report, v.bundle != NULL ? kind_title(v.kind) : N_("inconnue"), stdout);
	opx_trust_free(v.trust);
	json_decref(v.bundle);
	opx_roots_free(options.tsa_roots);
	opx_roots_free(options.user_roots);
	return fflush(stdout) != 0 ? 2 : report_is_good(&report) ? 0 : 1;
}
