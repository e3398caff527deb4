/* A jail without namespaces: Landlock for files, a seccomp filter for the rest. For machines that allow no user
 * namespaces; `jail.py` builds the command.
 *
 *   confine [--read PATH]... [--write PATH]... -- COMMAND ARG...
 *   confine --abi          prints Landlock's version on this kernel
 *
 * What it cannot do: hide that other processes exist, bound the number of processes, or give a private /tmp (there is
 * none inside). Signals to others are refused from Landlock's sixth version on. Exit 126: the jail cannot be made, and nothing has run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../cbits/powers.h"

#define READ_FILE (1ULL << 2)
#define EXECUTE (1ULL << 0)
#define READ_DIR (1ULL << 3)

/* The kernel's structure as of its sixth version; older ones take a prefix. */
struct ruleset { uint64_t files, network, scoped; };
struct beneath { uint64_t allowed; int32_t parent; } __attribute__((packed));

static int fail(const char *what) {
  fprintf(stderr, "confine: %s: %s\n", what, strerror(errno));
  return 126;
}

static int allow(int ruleset, const char *path, uint64_t rights) {
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : -1;
  struct stat info;
  if (fstat(fd, &info)) return -1;
  if (!S_ISDIR(info.st_mode)) rights &= READ_FILE | EXECUTE | (1ULL << 1) | (1ULL << 14);
  struct beneath rule = {rights, fd};
  int r = syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0);
  close(fd);
  return r;
}

int main(int argc, char **argv) {
  int version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
  if (version < 1) return fail("this kernel has no Landlock");
  if (argc == 2 && !strcmp(argv[1], "--abi")) return printf("%d\n", version), 0;
  uint64_t files = version >= 5 ? 0xffff : version >= 3 ? 0x7fff : version >= 2 ? 0x3fff : 0x1fff;
  struct ruleset wanted = {files, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int ruleset = syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
  if (ruleset < 0) return fail("no ruleset");
  int i = 1;
  for (; i + 1 < argc && strcmp(argv[i], "--"); i += 2) {
    uint64_t rights = !strcmp(argv[i], "--write") ? files : READ_FILE | READ_DIR | EXECUTE;
    if (allow(ruleset, argv[i + 1], rights)) return fail(argv[i + 1]);
  }
  if (i + 1 >= argc) return errno = EINVAL, fail("no command");
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL)) return fail("no parent's death signal");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return fail("no_new_privs");
  if (syscall(SYS_landlock_restrict_self, ruleset, 0)) return fail("Landlock refuses");
  if (seqplay_give_up(POWER_NETWORK | POWER_SYSTEM | POWER_HOST)) return fail("no seccomp filter");
  execvp(argv[i + 1], argv + i + 1);
  return fail(argv[i + 1]);
}
