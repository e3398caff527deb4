/* A seccomp filter as a list of what is refused. Only 64-bit x86 and ARM; elsewhere it fails, and callers say so. */
#define _GNU_SOURCE
#include "powers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define HERE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define HERE AUDIT_ARCH_AARCH64
#else
#define HERE 0
#endif

enum { MOST = 400 };
static struct sock_filter filter[MOST];
static int used;

static void add(unsigned short code, unsigned char jt, unsigned char jf, unsigned k) {
  if (used < MOST) filter[used++] = (struct sock_filter){code, jt, jf, k};
}

static void load(unsigned offset) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }
static void answer(unsigned what) { add(BPF_RET | BPF_K, 0, 0, what); }

static void refuse(long number, int error) {
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
  answer(SECCOMP_RET_ERRNO | error);
}

/* Refuse a call where an argument has, or lacks, some of these bits. */
static void refuse_bits(long number, int argument, unsigned bits, int present, int error) {
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, number);
  load(offsetof(struct seccomp_data, args) + 8 * argument);
  add(BPF_JMP | BPF_JSET | BPF_K, present ? 0 : 1, present ? 1 : 0, bits);
  answer(SECCOMP_RET_ERRNO | error);
  load(offsetof(struct seccomp_data, nr));
}

static void refuse_all(const long *numbers, size_t count, int error) {
  for (size_t i = 0; i < count; i++) refuse(numbers[i], error);
}
#define REFUSE(error, ...) do { \
    const long numbers[] = {__VA_ARGS__}; \
    refuse_all(numbers, sizeof numbers / sizeof *numbers, error); \
  } while (0)

int seqplay_give_up(int powers) {
  if (!HERE) return errno = ENOSYS, -1;
  used = 0;
  load(offsetof(struct seccomp_data, arch));
  add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, HERE);
  answer(SECCOMP_RET_KILL_PROCESS);
  load(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  add(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000); /* the x32 calls go by other numbers */
  answer(SECCOMP_RET_ERRNO | EPERM);
#endif
  if (powers & POWER_PROCESSES) {
    REFUSE(EPERM, SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev);
    refuse(SYS_clone3, ENOSYS); /* so that threads are made by clone, whose flags can be seen */
    refuse_bits(SYS_clone, 0, CLONE_THREAD, 0, EPERM);
#if defined(__x86_64__)
    REFUSE(EPERM, SYS_fork, SYS_vfork);
#endif
  }
  if (powers & POWER_SIGNALS)
    REFUSE(EPERM, SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, 424 /* pidfd_send_signal */);
  if (powers & POWER_WRITING) {
    refuse_bits(SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 1, EACCES);
    REFUSE(EACCES, SYS_truncate, SYS_ftruncate, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_mkdirat, SYS_linkat,
           SYS_symlinkat, SYS_mknodat, SYS_fchmodat, SYS_fchownat, SYS_fchmod, SYS_fchown, 437 /* openat2 */);
#if defined(__x86_64__)
    refuse_bits(SYS_open, 1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 1, EACCES);
    REFUSE(EACCES, SYS_creat, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_mknod, SYS_chmod, SYS_chown, SYS_lchown);
#endif
  }
  if (powers & POWER_NETWORK) REFUSE(EPERM, SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4);
  if (powers & POWER_SYSTEM)
    REFUSE(EPERM, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open,
           SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_init_module, SYS_finit_module, SYS_delete_module,
           SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_sethostname, SYS_setdomainname, SYS_settimeofday,
           SYS_clock_settime, SYS_acct, SYS_quotactl, SYS_shmget, SYS_shmat, SYS_semget, SYS_msgget, SYS_mq_open, 425, 426, 427 /* io_uring */, 428, 429, 430, 431, 432 /* mounts */);
  if (powers & POWER_HOST) {
    REFUSE(EPERM, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups,
           SYS_setfsuid, SYS_setfsgid, SYS_capset, SYS_setpriority, SYS_ioprio_set, SYS_sched_setscheduler,
           SYS_sched_setparam, SYS_sched_setattr, SYS_setsid, SYS_setpgid, SYS_open_by_handle_at, SYS_fchmodat,
           SYS_fchownat, SYS_fchmod, SYS_fchown, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr);
#if defined(__x86_64__)
    REFUSE(EPERM, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat);
#endif
    /* kill(-1, ..) reaches whatever it may */
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_kill);
    load(offsetof(struct seccomp_data, args));
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0xffffffff);
    answer(SECCOMP_RET_ERRNO | EPERM);
    load(offsetof(struct seccomp_data, nr));
  }
  answer(SECCOMP_RET_ALLOW);
  struct sock_fprog program = {used, filter};
  if (used >= MOST) return errno = E2BIG, -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
