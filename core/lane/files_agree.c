/* SPDX-License-Identifier: MPL-2.0 */
/* files_agree.c: which kinds of file are taken, and whether a file is what its name says; see files.h. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "lane/files.h"

#define MAX_EXT 8

/* What may be deposited. The first extension is the one that a document keeps. */
static const struct {
	const char *mime, *word;
	const char *exts[4], *declared[4];
	const char *module; /* that examines it, as people are told when it is off */
} kinds[] = {
	{ "application/pdf",
	  N_("un PDF"),
	  { "pdf" },
	  { "application/pdf", "application/x-pdf" },
	  "filecheck-pdf" },
	{ "image/jpeg",
	  N_("une photo JPEG"),
	  { "jpg", "jpeg", "jpe" },
	  { "image/jpeg", "image/jpg", "image/pjpeg" },
	  "filecheck-image" },
	{ "image/png", N_("une image PNG"), { "png" }, { "image/png", "image/x-png" }, "filecheck-image" },
};

struct opx_str opx_file_ext(struct opx_arena *arena, struct opx_str name)
{
	char ext[MAX_EXT + 1];
	size_t n = 0;
	const char *dot = memrchr(name.p, '.', name.n);
	if (dot == NULL)
		return OPX_STR("");
	for (const char *p = dot + 1; p < name.p + name.n; p++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
		if (n == MAX_EXT || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			return OPX_STR("");
		ext[n++] = c;
	}
	return opx_str_copy(arena, ext, n);
}

static bool is_one_of(struct opx_str text, const char *const list[4])
{
	for (size_t i = 0; i < 4 && list[i] != NULL; i++)
		if (opx_str_is(text, list[i]))
			return true;
	return false;
}

/* The module that examines files of this name, NULL: they are not taken. */
static const char *module_of(struct opx_str ext)
{
	for (size_t i = 0; i < OPX_COUNT(kinds); i++)
		if (is_one_of(ext, kinds[i].exts))
			return kinds[i].module;
	return NULL;
}

static void refuse(struct opx_verdict *verdict, struct opx_str sentence)
{
	verdict->kind = OPX_VERDICT_REFUSE;
	verdict->sentence = sentence;
}

/* "image/jpeg; charset=x" to "image/jpeg". A browser that does not know says nothing, or octet-stream. */
static bool declares(struct opx_arena *arena, struct opx_str declared, const char *const list[4])
{
	const char *semicolon = memchr(declared.p, ';', declared.n);
	struct opx_str type = opx_str_copy(arena, declared.p,
					   semicolon != NULL ? (size_t)(semicolon - declared.p) : declared.n);
	return type.n == 0 || strcasecmp(type.p, "application/octet-stream") == 0 || is_one_of(type, list);
}

static void refuse_unknown(struct opx_arena *arena, struct opx_str ext, struct opx_verdict *verdict)
{
	const char *module = module_of(ext);
	if (module != NULL)
		refuse(verdict,
		       opx_strf(
			       arena,
			       "Le module qui examine ces fichiers est arrêté (%s). Retirez ce fichier et ajoutez-le plus tard.",
			       module));
	else
		refuse(verdict,
		       OPX_STR("Ce format de fichier n’est pas accepté. Enregistrez-le en PDF, ou en photo JPEG ou PNG, puis ajoutez-le."));
}

void opx_file_agree(struct opx_arena *arena, struct opx_str ext, struct opx_str declared, size_t n_checks,
		    struct opx_verdict *verdict)
{
	size_t k = 0;
	if (n_checks > 0 && verdict->kind == OPX_VERDICT_REFUSE)
		return;
	while (k < OPX_COUNT(kinds) && (verdict->mime == NULL || strcmp(verdict->mime, kinds[k].mime) != 0))
		k++;
	if (n_checks == 0 || k == OPX_COUNT(kinds)) {
		refuse_unknown(arena, ext, verdict);
	} else if (!is_one_of(ext, kinds[k].exts)) {
		refuse(verdict,
		       ext.n > 0
			       ? opx_strf(arena,
					  "Le nom de ce fichier finit par « .%s », mais son contenu est %s. "
					  "Renommez-le en « .%s », puis ajoutez-le.",
					  ext.p, kinds[k].word, kinds[k].exts[0])
			       : opx_strf(arena,
					  "Le nom de ce fichier ne dit pas ce qu’il contient : %s. "
					  "Ajoutez « .%s » à la fin de son nom, puis ajoutez-le.",
					  kinds[k].word, kinds[k].exts[0]));
	} else if (!declares(arena, declared, kinds[k].declared)) {
		refuse(verdict,
		       opx_strf(arena,
				"Votre navigateur annonce un autre type de fichier, mais son contenu est %s. "
				"Enregistrez-le de nouveau, puis ajoutez-le.",
				kinds[k].word));
	} else {
		verdict->ext = kinds[k].exts[0];
	}
}
