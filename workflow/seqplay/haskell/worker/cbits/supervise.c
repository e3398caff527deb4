/* The supervisor's system calls: frames, the clocks over a child, and the child's own limits.
 *
 * Kept in C because nothing here may depend on the Haskell runtime's threads or timers: the supervisor must be able to
 * kill a child whatever state it is in. It never looks into a frame beyond its header.
 *
 * Request frame:  u32 length | u32 wall_ms | u32 stall_ms | payload[length]
 * Reply frame:    u32 length | u8 origin   | payload[length]      (little endian)
 * The first NONCE bytes of a request's payload come back at the start of the reply's payload.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "powers.h"

enum { NONCE = 16, HEADER = 12, REPLY_HEADER = 5, PAGE = 4096 };
enum { ORIGIN_CHILD = 0, ORIGIN_SUPERVISOR = 1, ORIGIN_CHILD_LAST = 2, ORIGIN_CHILD_PASSES = 3 };
enum { MAX_REQUEST = 32 << 20, MAX_REPLY = 32 << 20, TICK = 100, PATIENCE = 8 };
enum { BOARD = 16, LISTED = BOARD - 1, MOST_LISTED = 32 }; /* words of the board: fixed ones, the last how many follow */
enum { COVERED = 64, WORDS = 64 }; /* further on: a bit for each probe that is covered, twice so many words */

static uint8_t *request;
static uint32_t request_length, wall_ms, stall_ms;
volatile uint64_t *seqplay_board;

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int read_whole(int fd, void *buffer, size_t n) {
  uint8_t *p = buffer;
  while (n > 0) {
    ssize_t r = read(fd, p, n);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return -1;
    p += r;
    n -= r;
  }
  return 0;
}

static int write_whole(int fd, const void *buffer, size_t n) {
  const uint8_t *p = buffer;
  while (n > 0) {
    ssize_t r = send(fd, p, n, MSG_NOSIGNAL);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return -1;
    p += r;
    n -= r;
  }
  return 0;
}

/* A page that supervisor and children share: the child posts how far it is, and the supervisor sees it stand still. */
int seqplay_open_board(void) {
  seqplay_board = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return seqplay_board == MAP_FAILED ? -1 : 0;
}

void seqplay_post(int slot, uint64_t value) { seqplay_board[slot] = value; }

/* Note that a probe is covered, by inputs on which both programs returned (0) or threw (1). */
void seqplay_cover(int how, int probe) {
  if (probe >= 0 && probe < 64 * WORDS) seqplay_board[COVERED + how * WORDS + probe / 64] |= (uint64_t)1 << (probe % 64);
}

/* Read the next request from above. 0, or -1 when there is no more or it is malformed. */
int seqplay_next_request(int up) {
  uint32_t header[3];
  if (read_whole(up, header, HEADER) || header[0] > MAX_REQUEST || header[0] < NONCE) return -1;
  free(request);
  request_length = header[0];
  wall_ms = header[1];
  stall_ms = header[2];
  request = malloc(request_length);
  return request && !read_whole(up, request, request_length) ? 0 : -1;
}

int seqplay_make_channel(int *ends) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

static int reply_from_supervisor(int up, const char *why, int code) {
  uint8_t frame[REPLY_HEADER + NONCE + 128 + 24 * (BOARD + MOST_LISTED + 2 * WORDS)];
  char *text = (char *)frame + REPLY_HEADER + NONCE;
  int n = snprintf(text, 64, "{\"lost\":\"%s\",\"code\":%d,\"board\":", why, code);
  uint64_t listed = seqplay_board[LISTED] < MOST_LISTED ? seqplay_board[LISTED] : MOST_LISTED;
  for (uint64_t i = 0; i < BOARD + listed; i++)
    n += snprintf(text + n, 24, "%c%llu", i ? ',' : '[', (unsigned long long)seqplay_board[i]);
  n += snprintf(text + n, 16, "],\"covered\":");
  for (int i = 0; i < 2 * WORDS; i++)
    n += snprintf(text + n, 24, "%c%llu", i ? ',' : '[', (unsigned long long)seqplay_board[COVERED + i]);
  n += snprintf(text + n, 3, "]}");
  uint32_t length = NONCE + n;
  memcpy(frame, &length, 4);
  frame[4] = ORIGIN_SUPERVISOR;
  memcpy(frame + REPLY_HEADER, request, NONCE);
  return write_whole(up, frame, REPLY_HEADER + length);
}

static void end_child(pid_t child, int *status) {
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  while (waitpid(child, status, 0) < 0 && errno == EINTR) {}
  while (waitpid(-1, NULL, WNOHANG) > 0) {}
}

/* Processor time of the child, its threads and all: a busy machine must not change which evaluations end. */
static int64_t used_ms(clockid_t child) {
  struct timespec t;
  return clock_gettime(child, &t) ? 0 : (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until the child has written something, its time is up, or the other side of `up` is gone. It stalls where its
 * board stands still for `stall_ms` of its own processor time, or for PATIENCE times as long by the clock.
 * 0 readable, 1 wall, 2 stall, 3 nobody is there any more. */
static int await(int down, int up, pid_t pid, int64_t started) {
  uint64_t seen = 0;
  int64_t moved = started, used = 0;
  clockid_t child;
  if (clock_getcpuclockid(pid, &child)) child = CLOCK_MONOTONIC;
  for (;;) {
    int64_t now = now_ms();
    if (seqplay_board[0] != seen) seen = seqplay_board[0], moved = now, used = used_ms(child);
    int64_t left = started + wall_ms - now;
    if (left <= 0) return 1;
    if (stall_ms && seen) { /* evaluation has begun; until then the wall alone counts */
      int64_t stall_left = used + stall_ms - used_ms(child), wall_left = moved + PATIENCE * (int64_t)stall_ms - now;
      if (wall_left < stall_left) stall_left = wall_left;
      if (stall_left <= 0) return 2;
      if (stall_left < left) left = stall_left;
    }
    if (stall_ms && left > TICK) left = TICK; /* the board wakes nobody */
    struct pollfd fds[2] = {{down, POLLIN, 0}, {up, POLLRDHUP, 0}};
    int r = poll(fds, 2, (int)left);
    if (r < 0 && errno != EINTR) return 3;
    if (r > 0 && (fds[1].revents & (POLLHUP | POLLRDHUP | POLLERR))) return 3;
    if (r > 0 && fds[0].revents) return 0;
  }
}

/* Give the current request to the child and its reply to the other side. Returns 0: the child lives on; 1: it is gone,
 * and a reply says why (or it asked to go); 2: it is gone and another child shall serve the request; -1: nobody is
 * listening any more. */
int seqplay_relay(int up, int down, int child) {
  int status = 0, why;
  uint8_t head[REPLY_HEADER];
  uint8_t *reply = NULL;
  int64_t started = now_ms();
  for (int i = 0; i < COVERED + 2 * WORDS; i++) seqplay_board[i] = 0;
  if (write_whole(down, &request_length, 4) || write_whole(down, request, request_length)) goto died;
  why = await(down, up, child, started);
  if (why == 3) { end_child(child, &status); return -1; }
  if (why) {
    end_child(child, &status);
    return reply_from_supervisor(up, why == 1 ? "wall" : "stall", 0) ? -1 : 1;
  }
  if (read_whole(down, head, REPLY_HEADER)) goto died;
  uint32_t length;
  memcpy(&length, head, 4);
  if (head[4] == ORIGIN_CHILD_PASSES) {
    end_child(child, &status);
    return 2;
  }
  if (length > MAX_REPLY || length < NONCE || (head[4] != ORIGIN_CHILD && head[4] != ORIGIN_CHILD_LAST)) {
    end_child(child, &status);
    return reply_from_supervisor(up, "protocol", 0) ? -1 : 1;
  }
  reply = malloc(length);
  if (!reply || read_whole(down, reply, length)) goto died;
  int gone = write_whole(up, head, REPLY_HEADER) || write_whole(up, reply, length);
  free(reply);
  if (gone || head[4] == ORIGIN_CHILD_LAST) end_child(child, &status);
  return gone ? -1 : head[4] == ORIGIN_CHILD_LAST;
died:
  free(reply);
  end_child(child, &status);
  why = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return reply_from_supervisor(up, "died", why) ? -1 : 1;
}

/* In the child: its own process group, no way up, nothing to read or print to, limits on everything but addresses
 * (the runtime reserves a terabyte of them), and no system calls but what computing takes. Dies with the supervisor. */
int seqplay_enter_child(int up, int cpu_seconds) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  close(up);
  int null = open("/dev/null", O_RDWR);
  if (null < 0) return -1;
  dup2(null, 0);
  dup2(null, 1);
  dup2(null, 2);
  if (null > 2) close(null);
  struct { int what; rlim_t most; } limits[] = {
    {RLIMIT_CPU, cpu_seconds}, {RLIMIT_FSIZE, 0}, {RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 64}, {RLIMIT_NPROC, 64}, {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct rlimit r = {limits[i].most, limits[i].most};
    setrlimit(limits[i].what, &r);
  }
  return seqplay_give_up(POWER_ALL);
}

/* In the child: the next request as a buffer that the caller frees, or NULL. */
uint8_t *seqplay_child_request(int fd, uint32_t *length) {
  if (read_whole(fd, length, 4) || *length > MAX_REQUEST) return NULL;
  uint8_t *buffer = malloc(*length ? *length : 1);
  if (buffer && read_whole(fd, buffer, *length)) { free(buffer); return NULL; }
  return buffer;
}

/* In the child: answer (origin ORIGIN_CHILD, or ORIGIN_CHILD_LAST to go after it), or pass the request on. */
int seqplay_child_reply(int fd, int origin, const uint8_t *payload, uint32_t length) {
  uint8_t head[REPLY_HEADER];
  memcpy(head, &length, 4);
  head[4] = origin;
  return write_whole(fd, head, REPLY_HEADER) || write_whole(fd, payload, length);
}

/* Tell the other side that the worker is ready (or why it is not): a supervisor frame with a nonce of zeros. */
int seqplay_hello(int up, const uint8_t *payload, uint32_t length) {
  uint8_t head[REPLY_HEADER];
  memcpy(head, &length, 4);
  head[4] = ORIGIN_SUPERVISOR;
  return write_whole(up, head, REPLY_HEADER) || write_whole(up, payload, length);
}
