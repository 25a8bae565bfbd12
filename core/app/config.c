/* SPDX-License-Identifier: MPL-2.0 */
/* config.c: libconfuse reads the syntax with free-form sections; names and values are checked here against the tables. */
#include "app/config.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/auto.h"
#include "plugin/loader.h"
#include "plugin/settings.h"

#define MAX_CONFIG_BYTES ((size_t)1 << 20)
#define MAX_SECTIONS 24
#define BROKEN N_("La configuration du service n’est pas valable.")

struct entry {
	const char *section;
	const struct opx_setting *setting;
	struct opx_setting_value value;
};

struct opx_config {
	struct opx_arena *arena;
	const char *path;
	char *text; /* of the file, NUL-terminated */
	struct opx_sha256 sha256;
	struct entry *entries;
	size_t n_entries;
	struct opx_plugin_order *plugins;
	size_t n_plugins;
};

/* libconfuse's error function gets no pointer of ours: this cell carries its message, between cfg_parse_buf and the
 * return of parse(), in one thread. */
static char confuse_message[512];

static void keep_message(cfg_t *cfg, const char *fmt, va_list ap) OPX_PRINTF(2, 0);

static void keep_message(cfg_t *cfg, const char *fmt, va_list ap)
{
	size_t n;
	(void)snprintf(confuse_message, sizeof(confuse_message), "%d: ", cfg != NULL ? cfg->line : 0);
	n = strlen(confuse_message);
	(void)vsnprintf(confuse_message + n, sizeof(confuse_message) - n, fmt, ap);
}

static void free_cfg(cfg_t **cfg)
{
	if (*cfg != NULL)
		(void)cfg_free(*cfg);
}

OPX_MUST_USE static enum opx_status read_text(struct opx_config *config, struct opx_error *err)
{
	struct stat st;
	size_t n = 0;
	ssize_t got;
	OPX_AUTO_FD fd = open(config->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return OPX_FAIL(err, errno == EACCES ? OPX_FORBIDDEN : OPX_NOT_FOUND, BROKEN, "%s: %s",
				config->path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (size_t)st.st_size > MAX_CONFIG_BYTES)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: a file of at most %zu bytes expected",
				config->path, MAX_CONFIG_BYTES);
	config->text = opx_arena_alloc(config->arena, (size_t)st.st_size + 1, 1);
	while (n < (size_t)st.st_size && (got = read(fd, config->text + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	if (n != (size_t)st.st_size || memchr(config->text, '\0', n) != NULL)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: could not be read as text", config->path);
	config->sha256 = opx_sha256((struct opx_bytes){ .p = (const uint8_t *)config->text, .n = n });
	return OPX_OK;
}

static bool is_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	return strncmp(text, word, n) == 0 && text[n] != '\0' && strchr(" \t={\"", text[n]) != NULL;
}

/* Does this line begin a section, of this title when there is one? */
static bool is_head(const char *line, size_t n, const char *section, const char *title)
{
	size_t n_title = title != NULL ? strlen(title) : 0;
	const char *quote = memchr(line, '"', n);
	if (!is_word(line, section))
		return false;
	return title == NULL || (quote != NULL && (size_t)(line + n - quote) > n_title + 1 &&
				 strncmp(quote + 1, title, n_title) == 0 && quote[n_title + 1] == '"');
}

/* libconfuse knows no line once it has read a section: the one of a name inside it (NULL: of its head) is looked up for the
 * message. A section that stands in one line has that line's number; one that is not there has 0. */
static int line_of(const struct opx_config *config, const char *section, const char *title, const char *name)
{
	int head = 0, line = 1;
	for (const char *p = config->text; *p != '\0'; line++) {
		const char *word = p + strspn(p, " \t");
		size_t n = strcspn(word, "\n");
		if (head == 0 && is_head(word, n, section, title))
			head = line;
		else if (head != 0 && name != NULL && is_word(word, name))
			return line;
		if (head != 0 && (name == NULL || *word == '}'))
			break;
		p = word + n + (word[n] == '\n' ? 1 : 0);
	}
	return head;
}

OPX_MUST_USE static enum opx_status at_line(const struct opx_config *config, int line, struct opx_error *err)
{
	if (err == NULL)
		return OPX_INVALID;
	const struct opx_error inner = *err;
	return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s:%d: %s", config->path, line, inner.detail);
}

/* The text given for a name in a free-form section, or NULL. cfg_getopt would complain about one that is not given. */
static const char *given(cfg_t *sec, const char *name)
{
	cfg_opt_t *opt = NULL;
	for (unsigned i = 0; sec != NULL && i < cfg_num(sec) && opt == NULL; i++)
		if (strcmp(cfg_opt_name(cfg_getnopt(sec, i)), name) == 0)
			opt = cfg_getnopt(sec, i);
	return opt != NULL && cfg_opt_size(opt) > 0 ? cfg_opt_getnstr(opt, 0) : NULL;
}

OPX_MUST_USE static enum opx_status check_section(struct opx_config *config,
						  const struct opx_config_section *section, cfg_t *sec,
						  struct opx_error *err)
{
	unsigned n = sec != NULL ? cfg_num(sec) : 0;
	for (unsigned i = 0; i < n; i++) {
		const char *name = cfg_opt_name(cfg_getnopt(sec, i));
		if (opx_setting_find(section->settings, name) == NULL)
			return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s:%d: section %s has no setting \"%s\"",
					config->path, line_of(config, section->name, NULL, name),
					section->name, name);
	}
	for (const struct opx_setting *s = section->settings; s->name != NULL; s++) {
		struct opx_error why = { .detail = "" };
		struct entry *e = &config->entries[config->n_entries];
		const char *text = given(sec, s->name);
		if (opx_setting_parse(s,
				      text != NULL ? opx_str_copy(config->arena, text, strlen(text)).p : NULL,
				      &e->value, &why) != OPX_OK)
			return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s:%d: section %s: %s", config->path,
					line_of(config, section->name, NULL, s->name), section->name,
					why.detail);
		e->section = section->name;
		e->setting = s;
		config->n_entries++;
	}
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status check_name(const char *name, struct opx_error *err)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (n == 0 || n > 40 || name[n] != '\0' || name[0] == '-')
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "plugin names are 1 to 40 of [a-z0-9-]");
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status read_enabled(struct opx_plugin_order *order, const char *text,
						 struct opx_error *err)
{
	if (text != NULL && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "plugin %s: enabled is true or false", order->name);
	order->is_enabled = text == NULL || strcmp(text, "true") == 0;
	return OPX_OK;
}

/* sha256, file and enabled are core's; the rest is the plugin's own, checked when its table is known. */
OPX_MUST_USE static enum opx_status read_plugin(struct opx_config *config, cfg_t *sec,
						struct opx_plugin_order *order, struct opx_error *err)
{
	struct opx_arena *arena = config->arena;
	const char *sha = given(sec, "sha256"), *file = given(sec, "file"), *enabled = given(sec, "enabled");
	const char *title = cfg_title(sec);
	unsigned n = cfg_num(sec);
	struct opx_plugin_value *values = OPX_NEW_N(arena, struct opx_plugin_value, n);
	order->name = opx_str_copy(arena, title, strlen(title)).p;
	order->config_path = config->path;
	order->line = line_of(config, "plugin", title, NULL);
	OPX_TRY(check_name(order->name, err));
	if (sha == NULL || opx_sha256_unhex(opx_str_z(sha), &order->sha256, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "plugin %s: sha256 of its file expected",
				order->name);
	OPX_TRY(read_enabled(order, enabled, err));
	if (file != NULL && file[0] != '/')
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "plugin %s: file is an absolute path", order->name);
	order->file = file != NULL ? opx_str_copy(arena, file, strlen(file)).p
				   : opx_strf(arena, "%s/%s.so", opx_config_z(config, "plugins", "folder"),
					      order->name)
					     .p;
	for (unsigned i = 0; i < n; i++) {
		const char *name = cfg_opt_name(cfg_getnopt(sec, i));
		const char *value = given(sec, name);
		if (strcmp(name, "sha256") == 0 || strcmp(name, "file") == 0 || strcmp(name, "enabled") == 0)
			continue;
		values[order->n_values++] = (struct opx_plugin_value){
			.name = opx_str_copy(arena, name, strlen(name)).p,
			.value = opx_str_copy(arena, value != NULL ? value : "",
					      value != NULL ? strlen(value) : 0)
					 .p,
			.line = line_of(config, "plugin", title, name),
		};
	}
	order->values = values;
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status read_plugins(struct opx_config *config, cfg_t *cfg, struct opx_error *err)
{
	size_t n = cfg_size(cfg, "plugin");
	config->plugins = OPX_NEW_N(config->arena, struct opx_plugin_order, n);
	for (size_t i = 0; i < n; i++) {
		struct opx_error why = { .detail = "" };
		cfg_t *sec = cfg_getnsec(cfg, "plugin", (unsigned)i);
		if (read_plugin(config, sec, &config->plugins[i], &why) != OPX_OK) {
			if (err != NULL)
				*err = why;
			return at_line(config, config->plugins[i].line, err);
		}
		config->n_plugins++;
	}
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status parse(struct opx_config *config, struct opx_error *err)
{
	cfg_opt_t free_form[] = { CFG_END() };
	cfg_opt_t top[MAX_SECTIONS + 2];
	const struct opx_config_section *sections = opx_config_sections();
	size_t n = 0, n_settings = 0;
	for (; sections[n].name != NULL; n++) {
		OPX_ASSERT(n < MAX_SECTIONS);
		top[n] = (cfg_opt_t)CFG_SEC(sections[n].name, free_form, CFGF_KEYSTRVAL);
		for (const struct opx_setting *s = sections[n].settings; s->name != NULL; s++)
			n_settings++;
	}
	top[n] = (cfg_opt_t)CFG_SEC("plugin", free_form,
				    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES | CFGF_KEYSTRVAL);
	top[n + 1] = (cfg_opt_t)CFG_END();
	__attribute__((cleanup(free_cfg))) cfg_t *cfg = cfg_init(top, CFGF_NONE);
	OPX_ASSERT(cfg != NULL);
	(void)cfg_set_error_function(cfg, keep_message);
	confuse_message[0] = '\0';
	if (cfg_parse_buf(cfg, config->text) != CFG_SUCCESS)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s:%s", config->path, confuse_message);
	config->entries = OPX_NEW_N(config->arena, struct entry, n_settings);
	for (size_t i = 0; i < n; i++)
		OPX_TRY(check_section(
			config, &sections[i],
			cfg_size(cfg, sections[i].name) > 0 ? cfg_getsec(cfg, sections[i].name) : NULL, err));
	return read_plugins(config, cfg, err);
}

static bool find_level(struct opx_str word, enum opx_log_level *ret)
{
	static const char *const words[] = {
		[OPX_DEBUG] = "debug", [OPX_INFO] = "info", [OPX_WARN] = "warn", [OPX_ERROR] = "error"
	};
	for (size_t i = 0; i < OPX_COUNT(words); i++)
		if (opx_str_is(word, words[i])) {
			*ret = (enum opx_log_level)i;
			return true;
		}
	return false;
}

enum opx_log_level opx_config_log_level(const struct opx_config *config)
{
	enum opx_log_level level = OPX_INFO;
	OPX_ASSERT(find_level(opx_config_str(config, "instance", "log_level"), &level));
	return level;
}

enum opx_status opx_config_load(const char *path, struct opx_config **ret, struct opx_error *err)
{
	enum opx_log_level level;
	struct opx_arena *arena = opx_arena_new((size_t)8 << 20);
	OPX_AUTO_CONFIG config = OPX_NEW(arena, struct opx_config);
	config->arena = arena;
	config->path = opx_str_copy(arena, path, strlen(path)).p;
	OPX_TRY(read_text(config, err));
	OPX_TRY(parse(config, err));
	if (!find_level(opx_config_str(config, "instance", "log_level"), &level))
		return OPX_FAIL(err, OPX_INVALID, BROKEN,
				"%s:%d: section instance: log_level is debug, info, warn or error", path,
				line_of(config, "instance", NULL, "log_level"));
	*ret = config;
	config = NULL;
	return OPX_OK;
}

void opx_config_free(struct opx_config *config)
{
	if (config != NULL)
		opx_arena_free(config->arena);
}

static const struct opx_setting_value *get(const struct opx_config *config, const char *section,
					   const char *name, enum opx_setting_type type)
{
	for (size_t i = 0; i < config->n_entries; i++) {
		const struct entry *e = &config->entries[i];
		bool is_text = e->setting->type == OPX_SETTING_STR || e->setting->type == OPX_SETTING_FILE;
		if (strcmp(e->section, section) == 0 && strcmp(e->setting->name, name) == 0) {
			OPX_ASSERT(e->setting->type == type || (is_text && type == OPX_SETTING_STR));
			return &e->value;
		}
	}
	opx_assert_failed(name, __FILE__, __LINE__);
}

struct opx_str opx_config_str(const struct opx_config *config, const char *section, const char *name)
{
	return get(config, section, name, OPX_SETTING_STR)->str;
}

int64_t opx_config_i64(const struct opx_config *config, const char *section, const char *name)
{
	return get(config, section, name, OPX_SETTING_I64)->i64;
}

bool opx_config_bool(const struct opx_config *config, const char *section, const char *name)
{
	return get(config, section, name, OPX_SETTING_BOOL)->is_true;
}

const struct opx_sha256 *opx_config_sha256(const struct opx_config *config)
{
	return &config->sha256;
}

const char *opx_config_path(const struct opx_config *config)
{
	return config->path;
}

size_t opx_config_plugins(const struct opx_config *config, const struct opx_plugin_order **ret_orders)
{
	*ret_orders = config->plugins;
	return config->n_plugins;
}

void opx_config_print_sample(FILE *out)
{
	(void)fprintf(
		out,
		"# SPDX-License-Identifier: MPL-2.0\n"
		"# Sample of opx.conf. A line that begins with # shows a default. Secrets are paths of files.\n");
	for (const struct opx_config_section *s = opx_config_sections(); s->name != NULL; s++) {
		(void)fprintf(out, "\n# %s\n%s {\n", s->help, s->name);
		for (const struct opx_setting *row = s->settings; row->name != NULL; row++)
			opx_setting_print(row, out);
		(void)fprintf(out, "}\n");
	}
	(void)fprintf(
		out,
		"\n# One section a plugin: only these are opened, and only with this SHA-256.\n"
		"plugin \"storage-fs\" {\n\tsha256 = \"<64 hexadecimal digits>\"\n\t# enabled = true\n}\n");
}
