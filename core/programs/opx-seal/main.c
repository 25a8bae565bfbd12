/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-seal: the sequencer of the logs. Holds the two signing keys, speaks to PostgreSQL only, is woken by a datagram.
 *
 * usage: opx-seal --config FILE [--check]
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/config.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/log.h"
#include "base/wake.h"
#include "db/db.h"
#include "guard.h"
#include "journal.h"
#include "ledger.h"
#include "sequencer.h"
#include "signer.h"

#define STOPPED N_("Le scellement ne démarre pas.")

struct seal {
	const struct opx_config *config;
	struct opx_logger logger;
	struct opx_arena *arena;
	struct opx_signer signer;
	struct opx_ledger ledger;
	struct opx_journal *journal;
	struct opx_sequencer *sequencer;
	struct opx_sha256 program;
	int state_fd, signal_fd, wake_fd;
};

static enum opx_status load_keys(struct seal *seal, struct opx_error *err)
{
	static const char *const names[] = { "log_key", "seal_key", "seal_certificate" };
	const char *paths[OPX_COUNT(names)];
	for (size_t i = 0; i < OPX_COUNT(names); i++) {
		paths[i] = opx_config_z(seal->config, "seal", names[i]);
		if (paths[i][0] == '\0')
			return OPX_FAIL(err, OPX_INVALID, STOPPED, "setting seal.%s must be given", names[i]);
	}
	return opx_signer_load(&seal->signer, paths[0], paths[1], paths[2], err);
}

/* What the release line names: the SHA-256 of this very program. */
static enum opx_status hash_program(struct seal *seal, struct opx_error *err)
{
	uint8_t piece[16384];
	struct opx_sha512 unused;
	ssize_t n = 0;
	OPX_AUTO_FD fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "/proc/self/exe: %s", strerror(errno));
	struct opx_hasher *hasher = opx_hasher_new();
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		opx_hasher_add(hasher, piece, (size_t)n);
	int error = errno;
	opx_hasher_end(hasher, &seal->program, &unused);
	opx_hasher_free(hasher);
	return n == 0 ? OPX_OK : OPX_FAIL(err, OPX_INTERNAL, STOPPED, "/proc/self/exe: %s", strerror(error));
}

static enum opx_status open_state(struct seal *seal, struct opx_error *err)
{
	struct opx_str path = opx_config_str(seal->config, "seal", "state");
	if (path.n == 0)
		path = opx_strf(seal->arena, "%s/seal", opx_config_z(seal->config, "instance", "state"));
	seal->state_fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (seal->state_fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "%s: %s", path.p, strerror(errno));
	return OPX_OK;
}

/* One process a journal: two would sign two histories. */
static enum opx_status open_journal(struct seal *seal, struct opx_error *err)
{
	const struct opx_journal_replay replay = opx_ledger_replay(&seal->ledger);
	if (flock(seal->state_fd, LOCK_EX | LOCK_NB) != 0)
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED,
				"another process has this journal open: flock: %s", strerror(errno));
	OPX_TRY(opx_journal_open(&opx_vfs_real, seal->state_fd, &opx_random_real, &replay, &seal->journal,
				 err));
	if (opx_journal_dropped(seal->journal) > 0)
		OPX_LOG(&seal->logger, OPX_WARN, "seal.batch_dropped",
			KV_I64("bytes", opx_journal_dropped(seal->journal)));
	return OPX_OK;
}

static const char *conninfo_of(const struct seal *seal)
{
	const struct opx_config *c = seal->config;
	return opx_strf(seal->arena,
			"host=%s port=%" PRId64
			" dbname=%s user=opx_seal application_name=opx-seal connect_timeout=3",
			opx_config_z(c, "database", "socket_folder"), opx_config_i64(c, "database", "port"),
			opx_config_z(c, "database", "name"))
		.p;
}

static enum opx_status check_database(const struct seal *seal, struct opx_error *err)
{
	struct opx_db *db = NULL;
	OPX_TRY(opx_db_open(conninfo_of(seal), &seal->logger, &db, err));
	opx_db_close(db);
	return OPX_OK;
}

static void make_sequencer(struct seal *seal)
{
	const struct opx_config *c = seal->config;
	const struct opx_sequencer_setup setup = {
		.logger = &seal->logger,
		.clock = &opx_clock_real,
		.random = &opx_random_real,
		.vfs = &opx_vfs_real,
		.dir_fd = seal->state_fd,
		.journal = seal->journal,
		.ledger = &seal->ledger,
		.signer = &seal->signer,
		.conninfo = conninfo_of(seal),
		.run_folder = opx_config_z(c, "instance", "run"),
		.build = OPX_BUILD,
		.log_host = opx_config_str(c, "site", "log_host"),
		.program = seal->program,
		.batch_events = opx_config_i64(c, "seal", "batch_events"),
		.head_interval_us = opx_config_i64(c, "seal", "head_interval_ms") * 1000,
		.global_interval_us = opx_config_i64(c, "seal", "global_interval_ms") * 1000,
		.restamp_us = opx_config_i64(c, "seal", "restamp_s") * 1000000,
		.token_wait_us = opx_config_i64(c, "seal", "token_wait_ms") * 1000,
	};
	opx_sequencer_new(&setup, &seal->sequencer);
}

static void end_at_once(int sig)
{
	(void)sig;
	_exit(0);
}

/* A round may hang in a database that does not answer. Nothing in it minds being cut (the journal is made for that), so a
 * signal then ends the process at once instead of after the statement's time-out. */
static enum opx_status let_signals(bool is_let, struct opx_error *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(is_let ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "sigprocmask: %s", strerror(errno));
	return OPX_OK;
}

static enum opx_status prepare_signals(struct seal *seal, struct opx_error *err)
{
	const struct sigaction action = { .sa_handler = end_at_once };
	OPX_TRY(opx_guard_signals(&seal->signal_fd, err));
	if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "sigaction: %s", strerror(errno));
	return OPX_OK;
}

/* Once the database has been compared, others may wake us: the socket says that we are ready. */
static enum opx_status show_ready(struct seal *seal, struct opx_error *err)
{
	if (seal->wake_fd >= 0 || !opx_sequencer_is_ready(seal->sequencer))
		return OPX_OK;
	OPX_TRY(opx_wake_listen(opx_config_z(seal->config, "instance", "run"), OPX_WAKE_SEAL, &seal->wake_fd,
				err));
	OPX_LOG(&seal->logger, OPX_INFO, "seal.ready", KV_I64("lines", seal->ledger.n_lines));
	return OPX_OK;
}

static enum opx_status serve(struct seal *seal, struct opx_error *err)
{
	struct pollfd fds[2] = { { .fd = seal->signal_fd, .events = POLLIN },
				 { .fd = -1, .events = POLLIN } };
	for (;;) {
		int wait_ms = 0;
		OPX_TRY(let_signals(true, err));
		OPX_TRY(opx_sequencer_round(seal->sequencer, &wait_ms, err));
		OPX_TRY(let_signals(false, err));
		OPX_TRY(show_ready(seal, err));
		fds[1].fd = seal->wake_fd;
		if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
			return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "poll: %s", strerror(errno));
		if (fds[0].revents != 0)
			return OPX_OK;
		if (fds[1].revents != 0)
			opx_wake_drain(seal->wake_fd);
	}
}

static enum opx_status run(struct seal *seal, bool is_check, struct opx_error *err)
{
	OPX_TRY(load_keys(seal, err));
	OPX_TRY(hash_program(seal, err));
	OPX_TRY(open_state(seal, err));
	if (is_check)
		return check_database(seal, err);
	OPX_TRY(open_journal(seal, err));
	OPX_TRY(prepare_signals(seal, err));
	opx_guard_lock_memory(&seal->logger);
	OPX_TRY(opx_guard_close(err));
	make_sequencer(seal);
	OPX_LOG(&seal->logger, OPX_INFO, "seal.start", KV_I64("batches", opx_journal_batches(seal->journal)),
		KV_I64("lines", seal->ledger.n_lines), KV_I64("logs", (int64_t)seal->ledger.n));
	OPX_TRY(serve(seal, err));
	OPX_LOG(&seal->logger, OPX_INFO, "seal.stop", KV_I64("lines", seal->ledger.n_lines));
	return OPX_OK;
}

static void done(struct seal *seal)
{
	opx_sequencer_free(seal->sequencer);
	opx_journal_free(seal->journal);
	opx_ledger_done(&seal->ledger);
	opx_signer_done(&seal->signer);
	opx_close_fdp(&seal->state_fd);
	opx_close_fdp(&seal->signal_fd);
	opx_close_fdp(&seal->wake_fd);
	opx_arena_free(seal->arena);
}

int main(int argc, char **argv)
{
	struct opx_error err = { .status = OPX_OK };
	struct seal seal = {
		.state_fd = -1, .signal_fd = -1, .wake_fd = -1, .logger = { .fd = 2, .process = "opx-seal" }
	};
	seal.logger.level = OPX_INFO;
	bool is_check = argc == 4 && strcmp(argv[3], "--check") == 0;
	bool is_help = argc == 2 && strcmp(argv[1], "--help") == 0;
	if ((argc != 3 && !is_check) || strcmp(argv[1], "--config") != 0) {
		(void)fprintf(is_help ? stdout : stderr, "usage: opx-seal --config FILE [--check]\n");
		return is_help ? 0 : 2;
	}
	OPX_AUTO_CONFIG config = NULL;
	seal.arena = opx_arena_new((size_t)1 << 20);
	opx_ledger_init(&seal.ledger);
	enum opx_status status = opx_config_load(argv[2], &config, &err);
	seal.config = config;
	if (status == OPX_OK) {
		seal.logger.level = opx_config_log_level(config);
		status = opx_guard_early(&err);
	}
	if (status == OPX_OK)
		status = run(&seal, is_check, &err);
	if (status != OPX_OK) {
		opx_log_error(&seal.logger, OPX_ERROR, "seal.failed", &err);
		(void)fprintf(stderr, "opx-seal: %s\n", err.detail);
	}
	done(&seal);
	return status == OPX_OK ? 0 : 1;
}
