/* SPDX-License-Identifier: MPL-2.0 */
/* sandbox.c: see sandbox.h. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

#define REFUSED N_("Ce fichier n’a pas pu être examiné.")
#define CPU_S 10
#define MEMORY ((rlim_t)512 * 1024 * 1024)
#define FILE_BYTES ((rlim_t)64 * 1024 * 1024)

/* Rights that headers of this system may not know yet; the kernel's ABI says how many it offers. */
#define FS_ABI_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE)
#define FS_READ_TREE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define FS_DEVICE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

struct ruleset {
	uint64_t fs, net, scoped;
};

static void limit(__rlimit_resource_t what, rlim_t n)
{
	const struct rlimit r = { .rlim_cur = n, .rlim_max = n };
	(void)setrlimit(what, &r);
}

void sandbox_limit_memory(void)
{
	limit(RLIMIT_AS, MEMORY);
}

static void limit_processor(void)
{
	const struct rlimit cpu = { .rlim_cur = CPU_S, .rlim_max = CPU_S + 1 };
	(void)setrlimit(RLIMIT_CPU, &cpu);
}

static void set_limits(void)
{
	limit(RLIMIT_FSIZE, FILE_BYTES);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, 32);
	limit(RLIMIT_MEMLOCK, 0);
	if (!IS_SANITIZED) /* its shadow alone is larger */
		sandbox_limit_memory();
}

static enum opx_status allow(int ruleset, int fd, uint64_t access, const char *what, struct opx_error *err)
{
	const struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "landlock_add_rule %s: %s", what,
				strerror(errno));
	return OPX_OK;
}

/* Folders of the system, two devices, and the file: what is not there is not needed. */
static enum opx_status allow_all(int ruleset, int file_fd, struct opx_error *err)
{
	static const struct {
		const char *path;
		uint64_t access;
	} paths[] = {
		{ "/usr", FS_READ_TREE },        { "/lib", FS_READ_TREE },   { "/lib64", FS_READ_TREE },
		{ "/etc/ld.so.cache", FS_READ }, { "/dev/null", FS_DEVICE }, { "/dev/urandom", FS_READ },
	};
	for (size_t i = 0; i < OPX_COUNT(paths); i++) {
		OPX_AUTO_FD fd = open(paths[i].path, O_PATH | O_CLOEXEC);
		if (fd >= 0)
			OPX_TRY(allow(ruleset, fd, paths[i].access, paths[i].path, err));
	}
	/* A descriptor that has no file behind it (a pipe) gets no rule: it is read as it is. */
	struct stat st;
	if (fstat(file_fd, &st) == 0 && S_ISREG(st.st_mode))
		OPX_TRY(allow(ruleset, file_fd, FS_READ, "the file", err));
	return OPX_OK;
}

static enum opx_status enter_landlock(int file_fd, struct opx_error *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "the kernel has no Landlock: %s",
				strerror(errno));
	struct ruleset set = { .fs = FS_ABI_1 };
	size_t n = sizeof(set.fs);
	set.fs |= abi >= 2 ? FS_REFER : 0;
	set.fs |= abi >= 3 ? FS_TRUNCATE : 0;
	set.fs |= abi >= 5 ? FS_IOCTL_DEV : 0;
	if (abi >= 4) {
		set.net = 3; /* binding, connecting */
		n = 2 * sizeof(set.fs);
	}
	if (abi >= 6) {
		set.scoped = 3; /* abstract sockets, signals */
		n = sizeof(set);
	}
	OPX_AUTO_FD ruleset = (int)syscall(SYS_landlock_create_ruleset, &set, n, 0);
	if (ruleset < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "landlock_create_ruleset: %s",
				strerror(errno));
	OPX_TRY(allow_all(ruleset, file_fd, err));
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "landlock_restrict_self: %s", strerror(errno));
	return OPX_OK;
}

/* What qpdf, poppler and the C library need to read a file and to say what they found. */
static const int wide[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(fcntl),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(pipe),
	SCMP_SYS(pipe2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(execve),
	SCMP_SYS(clone),
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(prctl),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(setrlimit),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(ioctl),
	SCMP_SYS(seccomp), /* only ever takes more away */
};

/* Reading, answering, memory, the end. */
static const int narrow[] = {
	SCMP_SYS(read),  SCMP_SYS(pread64),      SCMP_SYS(write),  SCMP_SYS(fstat),      SCMP_SYS(newfstatat),
	SCMP_SYS(lseek), SCMP_SYS(mmap),         SCMP_SYS(munmap), SCMP_SYS(mremap),     SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),   SCMP_SYS(exit_group),
};

/* Tried, these end the process: nobody does so by accident. Everything else that is not allowed does not exist (ENOSYS). */
static const int deadly[] = {
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(sendto),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(mount),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kill),
};

static int add_rules(scmp_filter_ctx filter, const int *allowed, size_t n)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; rc == 0 && i < OPX_COUNT(deadly); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	return rc;
}

/* The library writes the kernel's instructions to a file only. */
static enum opx_status take_code(int fd, struct sock_fprog *ret, struct opx_error *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || st.st_size == 0 ||
	    st.st_size > (off_t)(BPF_MAXINSNS * sizeof(struct sock_filter)))
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "seccomp: no filter was made");
	struct sock_filter *code = malloc((size_t)st.st_size);
	OPX_ASSERT(code != NULL);
	if (pread(fd, code, (size_t)st.st_size, 0) != (ssize_t)st.st_size) {
		free(code);
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "seccomp: the filter cannot be read");
	}
	*ret = (struct sock_fprog){ .filter = code,
				    .len = (unsigned short)((size_t)st.st_size / sizeof(*code)) };
	return OPX_OK;
}

static enum opx_status translate(const int *allowed, size_t n, struct sock_fprog *ret, struct opx_error *err)
{
	OPX_AUTO_FD fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "memfd: %s", strerror(errno));
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (filter == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "seccomp_init failed");
	int rc = add_rules(filter, allowed, n);
	if (rc == 0)
		rc = seccomp_export_bpf(filter, fd);
	seccomp_release(filter);
	if (rc != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "seccomp: %s", strerror(-rc));
	return take_code(fd, ret, err);
}

enum opx_status sandbox_make(enum sandbox_kind kind, struct sandbox *ret, struct opx_error *err)
{
	struct sandbox made = { .kind = kind };
	enum opx_status status = translate(wide, OPX_COUNT(wide), &made.wide, err);
	if (status == OPX_OK)
		status = translate(narrow, OPX_COUNT(narrow), &made.narrow, err);
	if (status != OPX_OK)
		sandbox_done(&made);
	else
		*ret = made;
	return status;
}

void sandbox_done(struct sandbox *sandbox)
{
	free(sandbox->wide.filter);
	free(sandbox->narrow.filter);
	*sandbox = (struct sandbox){ .kind = sandbox->kind };
}

enum opx_status sandbox_prepare(struct opx_error *err)
{
	(void)umask(077);
	if (chdir("/") != 0 || clearenv() != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "chdir: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "prctl: %s", strerror(errno));
	set_limits();
	return OPX_OK;
}

enum opx_status sandbox_enter(const struct sandbox *sandbox, int file_fd, bool runs_programs,
			      struct opx_error *err)
{
	OPX_TRY(sandbox_prepare(err));
	limit_processor();
	if (sandbox->kind == SANDBOX_LANDLOCK)
		OPX_TRY(enter_landlock(file_fd, err));
	const struct sock_fprog *filter = runs_programs || IS_SANITIZED ? &sandbox->wide : &sandbox->narrow;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, REFUSED, "seccomp: %s", strerror(errno));
	return OPX_OK;
}
