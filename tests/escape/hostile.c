/* A hostile program for the outer wall: each mode tries one thing and prints ESCAPED where it works.
 *
 * Exit 0 and "contained" where the attempt failed, exit 1 and "ESCAPED: ..." where it worked. Modes that leave processes
 * behind are judged by the suite, which looks for them afterwards.
 *
 * A wall that fails here must not cost the machine anything: powers are tested without being used. Settings are opened
 * for writing and not written, the clock and the host name are set to what they are, mounts go onto a folder of the
 * program's own, and signals to everything are sent only in a process namespace that is not the host's.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int escaped(const char *how) { printf("ESCAPED: %s\n", how); fflush(stdout); return 1; }
static int contained(void) { printf("contained\n"); fflush(stdout); return 0; }

static int reads(const char *path) {
  char text[256];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, text, sizeof text);
  close(fd);
  return n > 0;
}

static int writes(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT, 0644);
  if (fd < 0) return 0;
  ssize_t n = write(fd, "owned", 5);
  close(fd);
  return n == 5;
}

/* Could it be written? It is opened and nothing is written. */
static int writable(const char *path) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return 0;
  close(fd);
  return 1;
}

/* Can a file be made there? It is removed at once. */
static int creates(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (fd < 0) return 0;
  close(fd);
  unlink(path);
  return 1;
}

/* Mount over a new folder of our own, and undo it. */
static int mounts(void) {
  char folder[] = "/tmp/mount-XXXXXX";
  if (!mkdtemp(folder)) return 0;
  int done = mount("none", folder, "tmpfs", 0, "size=4096") == 0;
  if (done) umount2(folder, MNT_DETACH);
  rmdir(folder);
  return done;
}

/* Is this namespace another one than the host's, whose number is given? */
static int own_namespace(const char *path, const char *host) {
  struct stat at;
  return stat(path, &at) == 0 && (unsigned long)at.st_ino != strtoul(host, NULL, 10);
}

static int entries(const char *path) {
  DIR *d = opendir(path);
  if (!d) return -1;
  int n = 0;
  for (struct dirent *e; (e = readdir(d));) n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
  closedir(d);
  return n;
}

/* Fill a folder's disk; how many MiB went in, at most `most`. */
static long fills(const char *folder, long most) {
  static char block[1 << 20];
  char path[512];
  memset(block, 'x', sizeof block);
  snprintf(path, sizeof path, "%s/fill", folder);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return -1;
  long n = 0;
  while (n < most && write(fd, block, sizeof block) == sizeof block) n++;
  close(fd);
  unlink(path);
  return n;
}

static int connects(int domain, int type, const struct sockaddr *to, socklen_t size) {
  int s = socket(domain, type, 0);
  if (s < 0) return 0;
  struct timeval t = {2, 0};
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
  int done = connect(s, to, size) == 0 && send(s, "owned", 5, MSG_NOSIGNAL) == 5;
  close(s);
  return done;
}

static int internet(const char *address, int port, int type) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, address, &to.sin_addr);
  return connects(AF_INET, type, (struct sockaddr *)&to, sizeof to);
}

static int environment_has(const char *path, const char *word) {
  static char text[1 << 16];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 && memmem(text, n, word, strlen(word)) != NULL;
}

/* Does any process that /proc shows have the word in its environment or command line? */
static int processes_tell(const char *word) {
  DIR *d = opendir("/proc");
  if (!d) return 0;
  char path[300];
  for (struct dirent *e; (e = readdir(d));) {
    if (e->d_name[0] < '0' || e->d_name[0] > '9') continue;
    if (atoi(e->d_name) == getpid()) continue;
    snprintf(path, sizeof path, "/proc/%s/environ", e->d_name);
    if (environment_has(path, word)) return 1;
    snprintf(path, sizeof path, "/proc/%s/root/proc/self/environ", e->d_name);
    if (environment_has(path, word)) return 1;
  }
  closedir(d);
  return 0;
}

static void linger(const char *name) {
  execl(name, name, "linger", (char *)NULL);
  pause();
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  const char *a = argc > 2 ? argv[2] : "";
  long number = atol(a);
#define IS(name) (!strcmp(mode, name))
  if (IS("linger")) for (;;) pause();
  if (IS("read")) return reads(a) ? escaped("read a file of the host") : contained();
  if (IS("list")) return entries(a) > 0 ? escaped("listed a folder of the host") : contained();
  if (IS("write")) return writes(a) ? escaped("wrote a file") : contained();
  if (IS("create")) return creates(a) ? escaped("made a file of the system") : contained();
  if (IS("change_folder")) {
    struct stat at;
    return stat(a, &at) == 0 && chmod(a, at.st_mode & 07777) == 0 ? escaped("could change a folder's mode") : contained();
  }
  if (IS("symlink")) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/link-%d", getpid());
    if (symlink(a, path) != 0) return contained();
    int found = reads(path);
    unlink(path);
    return found ? escaped("read through a symbolic link") : contained();
  }
  if (IS("hardlink")) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/hard-%d", getpid());
    if (link(a, path) != 0) return contained();
    int found = reads(path);
    unlink(path);
    return found ? escaped("linked a file of the host") : contained();
  }
  if (IS("dotdot")) {
    char path[600];
    snprintf(path, sizeof path, "/proc/self/root/../../..%s", a);
    return reads(path) ? escaped("read by way of dot dot") : contained();
  }
  if (IS("proc_root")) {
    char path[600];
    snprintf(path, sizeof path, "/proc/1/root%s", a);
    return reads(path) ? escaped("read through the first process's root") : contained();
  }
  if (IS("tcp")) return internet("127.0.0.1", number, SOCK_STREAM) ? escaped("connected to the host") : contained();
  /* An address for documentation: no packet reaches anyone, but without a network there is not even a route. */
  if (IS("outside")) return internet("192.0.2.1", 9, SOCK_DGRAM) ? escaped("has a route to the network") : contained();
  if (IS("abstract")) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path + 1, a, sizeof to.sun_path - 2);
    return connects(AF_UNIX, SOCK_STREAM, (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a)) ? escaped("connected to an abstract socket of the host") : contained();
  }
  if (IS("raw")) return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0 ? escaped("opened a raw socket") : contained();
  if (IS("environment")) return getenv(a) || processes_tell(a) ? escaped("saw the host's environment") : contained();
  if (IS("processes")) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/cmdline", number);
    return kill(number, 0) == 0 || reads(path) ? escaped("saw a process of the host") : contained();
  }
  if (IS("kill")) return kill(number, SIGKILL) == 0 ? escaped("sent a signal to the host") : contained();
  if (IS("kill_all")) {
    signal(SIGTERM, SIG_IGN);
    if (!own_namespace("/proc/self/ns/pid", a)) return kill(-1, 0) == 0 ? escaped("could signal everything on the host") : contained();
    kill(-1, SIGTERM);
    kill(getppid(), SIGKILL);
    return contained();
  }
  if (IS("trace")) return ptrace(PTRACE_SEIZE, (pid_t)number, 0, 0) == 0 ? escaped("traced a process of the host") : contained();
  if (IS("read_memory")) {
    char here[8];
    struct iovec l = {here, 8}, r = {(void *)0x400000, 8};
    return process_vm_readv(number, &l, 1, &r, 1, 0) > 0 ? escaped("read the memory of a process of the host") : contained();
  }
  if (IS("user_namespace")) return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? escaped("made a user namespace") : contained();
  if (IS("mount")) return mounts() ? escaped("mounted") : contained();
  if (IS("remount")) {
    if (!own_namespace("/proc/self/ns/mnt", a)) return mounts() ? escaped("could remount the host's folders") : contained();
    return mount("none", "/usr/lib", NULL, MS_REMOUNT | MS_BIND, NULL) == 0 ? escaped("made the system writable") : contained();
  }
  if (IS("chroot")) return chroot("/tmp") == 0 ? escaped("changed the root") : contained();
  if (IS("identity")) return setuid(0) == 0 || setgid(0) == 0 ? escaped("became root") : contained();
  if (IS("device")) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/device-%d", getpid());
    int made = mknod(path, S_IFBLK | 0600, makedev(8, 0)) == 0;
    unlink(path);
    return made ? escaped("made a device file") : contained();
  }
  if (IS("memory_device")) return reads("/dev/mem") || reads("/dev/kmsg") || reads("/proc/kcore") ? escaped("read the kernel's memory or log") : contained();
  if (IS("kernel_settings")) return writable("/proc/sys/kernel/core_pattern") || writable("/proc/sysrq-trigger") || writable("/sys/kernel/profiling") ? escaped("could change a setting of the kernel") : contained();
  if (IS("host_name")) {
    char name[256];
    return gethostname(name, sizeof name) == 0 && sethostname(name, strlen(name)) == 0 ? escaped("could change the host name") : contained();
  }
  if (IS("clock")) {
    struct timeval t;
    return gettimeofday(&t, NULL) == 0 && settimeofday(&t, NULL) == 0 ? escaped("could set the clock") : contained();
  }
  /* Both calls are invalid: only with the power is that, and not the lack of power, what the kernel complains of. */
  if (IS("module")) return syscall(SYS_init_module, "", 0, "") != 0 && errno != EPERM && errno != ENOSYS ? escaped("could load a kernel module") : contained();
  if (IS("reboot")) return syscall(SYS_reboot, 0, 0, 0, 0) != 0 && errno != EPERM ? escaped("could restart the machine") : contained();
  if (IS("open_by_handle")) {
    struct { struct file_handle h; char bytes[128]; } x = {.h = {.handle_bytes = 128}};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, "/usr/lib", &x.h, &mount_id, 0) != 0) return contained();
    int base = open("/usr/lib", O_RDONLY);
    return open_by_handle_at(base, &x.h, O_RDONLY) >= 0 ? escaped("opened a file by its handle") : contained();
  }
  if (IS("terminal")) {
    char c = '\n';
    return ioctl(0, TIOCSTI, &c) == 0 || open("/dev/tty", O_RDWR) >= 0 ? escaped("typed into the person's terminal") : contained();
  }
  if (IS("shared_memory")) return shmat(number, NULL, 0) != (void *)-1 ? escaped("attached the host's shared memory") : contained();
  if (IS("descriptors")) {
    for (int fd = 3; fd < 1024; fd++) if (fcntl(fd, F_GETFD) >= 0) return escaped("found an inherited descriptor");
    return contained();
  }
  if (IS("priority")) {
    struct sched_param p = {.sched_priority = 50};
    return sched_setscheduler(0, SCHED_FIFO, &p) == 0 || setpriority(PRIO_PROCESS, 0, -20) == 0 ? escaped("raised its priority") : contained();
  }
  if (IS("fill")) {
    long most = atol(argc > 3 ? argv[3] : "256");
    return fills(a, most) >= most ? escaped("filled a disk or the memory") : contained();
  }
  if (IS("fork_bomb")) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (int i = 0; i < 200; i++) if (fork() == 0) { setsid(); linger(argv[0]); }
    for (;;) pause();
  }
  if (IS("daemon")) {
    if (fork() == 0) {
      setsid();
      if (fork() == 0) { signal(SIGHUP, SIG_IGN); linger(argv[0]); }
      _exit(0);
    }
    sleep(1);
    return contained();
  }
  if (IS("stubborn")) {
    for (int s = 1; s < 32; s++) signal(s, SIG_IGN);
    for (;;) pause();
  }
  if (IS("stopped")) { raise(SIGSTOP); for (;;) pause(); }
  if (IS("flood")) for (;;) if (write(1, "flood flood flood flood flood flood flood flood flood flood\n", 60) < 0) return contained();
  fprintf(stderr, "no such mode: %s\n", mode);
  return 2;
}
