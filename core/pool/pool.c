/* SPDX-License-Identifier: MPL-2.0 */
/* pool.c: see pool.h. Signals reach the master through a signalfd: nothing happens in a handler. */
#include "pool/pool.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/date.h"

#ifdef OPX_ARENA_MALLOC
#include <sanitizer/lsan_interface.h>
#endif

struct worker {
	pid_t pid; /* 0: not running */
	size_t pool;
	unsigned index;
	int64_t started_ms, start_again_ms;
	unsigned delay_ms;
};

struct master {
	const struct opx_pool_order *order;
	struct worker workers[OPX_POOL_MAX_WORKERS];
	size_t n;
	int signals;
	sigset_t inherited;
	bool is_stopping;
};

/* In sanitizer builds: what a worker has lost would never be told, for it ends by _exit, which goes past their own last look. */
static void look_for_leaks(void)
{
#ifdef OPX_ARENA_MALLOC
	__lsan_do_leak_check();
#endif
}

static void start(struct master *m, struct worker *w)
{
	const struct opx_pool *pool = &m->order->pools[w->pool];
	pid_t pid = fork();
	if (pid == 0) {
		(void)sigprocmask(SIG_SETMASK, &m->inherited, NULL);
		(void)close(m->signals);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a master that was killed leaves nobody behind */
		const int status = m->order->work(m->order->app, pool, w->index);
		look_for_leaks();
		_exit(status);
	}
	w->started_ms = opx_monotonic_ms();
	w->pid = pid > 0 ? pid : 0;
	if (pid < 0) {
		OPX_LOG(m->order->logger, OPX_ERROR, "pool.fork", KV_Z("pool", pool->name),
			KV_Z("error", strerror(errno)));
		w->start_again_ms = w->started_ms + 1000;
	}
}

static void ended(struct master *m, struct worker *w, int status)
{
	const struct opx_pool *pool = &m->order->pools[w->pool];
	int64_t now = opx_monotonic_ms();
	bool is_crash = WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM;
	bool is_bad = is_crash || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
	w->pid = 0;
	if (is_bad) {
		OPX_LOG(m->order->logger, OPX_ERROR, "pool.worker-ended", KV_Z("pool", pool->name),
			KV_I64("index", w->index),
			KV_I64("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
			KV_I64("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
		if (is_crash && m->order->crashed != NULL)
			m->order->crashed(m->order->app, pool, w->index, WTERMSIG(status));
	}
	bool is_quick = is_bad && now - w->started_ms < (int64_t)m->order->quick_ms;
	w->delay_ms = !is_quick ? 0 : w->delay_ms == 0 ? 100 : w->delay_ms < 5000 ? w->delay_ms * 2 : 10000;
	w->start_again_ms = now + w->delay_ms;
}

static void reap(struct master *m)
{
	int status = 0;
	for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG))
		for (size_t i = 0; i < m->n; i++)
			if (m->workers[i].pid == pid)
				ended(m, &m->workers[i], status);
}

static size_t running(const struct master *m)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		n += m->workers[i].pid > 0 ? 1 : 0;
	return n;
}

static void tell(const struct master *m, int signo)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->workers[i].pid > 0)
			(void)kill(m->workers[i].pid, signo);
}

/* Starts those whose time has come; milliseconds to the next, or a second. */
static int start_due(struct master *m)
{
	int64_t now = opx_monotonic_ms();
	int64_t next = now + 1000;
	for (size_t i = 0; i < m->n && !m->is_stopping; i++) {
		struct worker *w = &m->workers[i];
		if (w->pid == 0 && w->start_again_ms <= now)
			start(m, w);
		else if (w->pid == 0 && w->start_again_ms < next)
			next = w->start_again_ms;
	}
	return (int)(next - now);
}

/* A graceful reload: each worker is told to finish; its place is taken at once. What waits stays in the sockets. */
static void reload(struct master *m)
{
	OPX_LOG(m->order->logger, OPX_INFO, "pool.reload", KV_I64("workers", (int64_t)running(m)));
	for (size_t i = 0; i < m->n; i++) {
		struct worker *w = &m->workers[i];
		if (w->pid > 0)
			(void)kill(w->pid, SIGTERM);
	}
}

static void read_signals(struct master *m)
{
	struct signalfd_siginfo info;
	while (read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(m);
		else if (info.ssi_signo != SIGCHLD)
			m->is_stopping = true;
	}
	reap(m);
}

static void stop_all(struct master *m)
{
	int64_t until = opx_monotonic_ms() + (int64_t)m->order->stop_ms;
	/* Nobody comes in any more: who is in a queue is answered, who comes later is refused at once instead of cut off. */
	for (size_t i = 0; i < m->order->n_pools; i++)
		(void)shutdown(m->order->pools[i].socket_fd, SHUT_RD);
	tell(m, SIGTERM);
	while (running(m) > 0) {
		int64_t left = until - opx_monotonic_ms();
		if (left <= 0) {
			OPX_LOG(m->order->logger, OPX_WARN, "pool.killed",
				KV_I64("workers", (int64_t)running(m)));
			tell(m, SIGKILL);
			left = 1000;
		}
		struct pollfd p = { .fd = m->signals, .events = POLLIN };
		(void)poll(&p, 1, (int)left);
		read_signals(m);
	}
}

static enum opx_status prepare(struct master *m, struct opx_error *err)
{
	sigset_t watched;
	(void)sigemptyset(&watched);
	(void)sigaddset(&watched, SIGCHLD);
	(void)sigaddset(&watched, SIGTERM);
	(void)sigaddset(&watched, SIGINT);
	(void)sigaddset(&watched, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &watched, &m->inherited) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "sigprocmask: %s", strerror(errno));
	m->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signals < 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "signalfd: %s", strerror(errno));
	for (size_t p = 0; p < m->order->n_pools; p++)
		for (unsigned i = 0; i < m->order->pools[p].n_workers; i++) {
			OPX_ASSERT(m->n < OPX_POOL_MAX_WORKERS);
			m->workers[m->n++] = (struct worker){ .pool = p, .index = i };
		}
	return OPX_OK;
}

enum opx_status opx_pool_run(const struct opx_pool_order *order, struct opx_error *err)
{
	struct master m = { .order = order, .signals = -1 };
	OPX_TRY(prepare(&m, err));
	OPX_LOG(order->logger, OPX_INFO, "pool.started", KV_I64("workers", (int64_t)m.n));
	while (!m.is_stopping) {
		struct pollfd p = { .fd = m.signals, .events = POLLIN };
		(void)poll(&p, 1, start_due(&m));
		read_signals(&m);
	}
	stop_all(&m);
	OPX_LOG(order->logger, OPX_INFO, "pool.stopped", KV_I64("workers", (int64_t)m.n));
	(void)close(m.signals);
	(void)sigprocmask(SIG_SETMASK, &m.inherited, NULL);
	return OPX_OK;
}

void opx_process_harden(void)
{
	const struct rlimit none = { 0, 0 };
	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef OPX_ARENA_MALLOC /* the leak checker of sanitizer builds traces its own process */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)umask(077);
	(void)clearenv();
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)setenv("TZ", "UTC", 1);
	OPX_ASSERT(chdir("/") == 0);
}

enum opx_status opx_process_become(const char *user, struct opx_error *err)
{
	if (geteuid() != 0)
		return OPX_OK;
	const struct passwd *pw = getpwnam(user);
	if (pw == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, "", "no user %s on this machine", user);
	if (initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, "", "cannot become %s: %s", user, strerror(errno));
	return OPX_OK;
}

void opx_process_limit_memory(int64_t mb)
{
#ifndef OPX_ARENA_MALLOC
	const struct rlimit most = { (rlim_t)mb << 20, (rlim_t)mb << 20 };
	if (mb > 0)
		OPX_ASSERT(setrlimit(RLIMIT_AS, &most) == 0);
#else
	(void)mb;
#endif
}

gid_t opx_process_group(const char *group)
{
	const struct group *g = geteuid() == 0 ? getgrnam(group) : NULL;
	return g != NULL ? g->gr_gid : (gid_t)-1;
}
