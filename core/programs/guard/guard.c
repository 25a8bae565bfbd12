/* SPDX-License-Identifier: MPL-2.0 */
/* guard.c: see guard.h. */
#include "guard.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/secret.h"

#define REFUSED N_("Le service ne peut pas se mettre à l’abri et ne démarre pas.")
#define SECURE_HEAP_BYTES 65536

static enum opx_status refused(struct opx_error *err, const char *what, int error)
{
	return OPX_FAIL(err, OPX_INTERNAL, REFUSED, "%s: %s", what, strerror(error));
}

enum opx_status opx_guard_early(struct opx_error *err)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	if (clearenv() != 0)
		return refused(err, "clearenv", errno);
	(void)umask(077);
	if (chdir("/") != 0)
		return refused(err, "chdir", errno);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return refused(err, "no_new_privs", errno);
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return refused(err, "RLIMIT_CORE", errno);
#ifndef OPX_ARENA_MALLOC /* the leak checker of sanitizer builds traces its own process */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return refused(err, "dumpable", errno);
#endif
	if (close_range(3, ~0U, 0) != 0)
		return refused(err, "close_range", errno);
	return opx_secret_heap(SECURE_HEAP_BYTES, err);
}

void opx_guard_lock_memory(const struct opx_logger *logger)
{
	if (mlockall(MCL_CURRENT) != 0)
		OPX_LOG(logger, OPX_WARN, "guard.memory_not_locked", KV_Z("reason", strerror(errno)),
			KV_Z("locked", "keys only"));
}

/* Calls that no process of ours has a use for. */
static const int denied[] = {
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(open_by_handle_at),
#ifndef OPX_ARENA_MALLOC
	SCMP_SYS(ptrace),
#endif
};

static const int denied_exec[] = { SCMP_SYS(execve), SCMP_SYS(execveat) };

static int add_rules(scmp_filter_ctx ctx, unsigned allowed)
{
	const uint32_t action = SCMP_ACT_ERRNO(EACCES);
	int rc = 0;
	if ((allowed & OPX_GUARD_NETWORK) == 0)
		rc = seccomp_rule_add(ctx, action, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX));
	for (size_t i = 0; rc == 0 && i < OPX_COUNT(denied); i++)
		rc = seccomp_rule_add(ctx, action, denied[i], 0);
	for (size_t i = 0; rc == 0 && (allowed & OPX_GUARD_EXEC) == 0 && i < OPX_COUNT(denied_exec); i++)
		rc = seccomp_rule_add(ctx, action, denied_exec[i], 0);
	if (rc == 0)
		rc = seccomp_load(ctx);
	return rc;
}

static enum opx_status filter_calls(unsigned allowed, struct opx_error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (ctx == NULL)
		return refused(err, "seccomp", ENOMEM);
	int rc = add_rules(ctx, allowed);
	seccomp_release(ctx);
	return rc == 0 ? OPX_OK : refused(err, "seccomp", -rc);
}

enum opx_status opx_guard_close(struct opx_error *err)
{
	return filter_calls(0, err);
}

/* A Landlock domain that handles every way of changing a file and allows it nowhere. Open descriptors stay as they are. */
static enum opx_status forbid_writing(const struct opx_logger *logger, struct opx_error *err)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
				     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
				     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	OPX_AUTO_FD fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
		OPX_LOG(logger, OPX_WARN, "guard.no_landlock", KV_Z("reason", strerror(errno)));
		return OPX_OK;
	}
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		return refused(err, "landlock", errno);
	return OPX_OK;
}

enum opx_status opx_guard_close_but(unsigned allowed, const struct opx_logger *logger, struct opx_error *err)
{
	if ((allowed & OPX_GUARD_WRITE) == 0)
		OPX_TRY(forbid_writing(logger, err));
	return filter_calls(allowed, err);
}

enum opx_status opx_guard_signals(int *ret_fd, struct opx_error *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	if (sigaction(SIGHUP, &ignored, NULL) != 0)
		return refused(err, "sigaction", errno);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return refused(err, "sigprocmask", errno);
	sigset_t pipe;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (sigprocmask(SIG_BLOCK, &pipe, NULL) != 0)
		return refused(err, "sigprocmask", errno);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return refused(err, "signalfd", errno);
	*ret_fd = fd;
	return OPX_OK;
}
