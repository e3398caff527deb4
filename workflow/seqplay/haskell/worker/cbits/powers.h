/* System calls that a process gives up for good. */
#ifndef SEQPLAY_POWERS_H
#define SEQPLAY_POWERS_H

enum {
  POWER_PROCESSES = 1,
  POWER_SIGNALS = 2,
  POWER_WRITING = 4,
  POWER_NETWORK = 8,
  POWER_SYSTEM = 16,
  POWER_HOST = 32, /* what namespaces would hide: users, priorities, modes of files, leaving the process group */
  POWER_ALL = 63
};

/* Give up powers, for this process and all it starts. 0, or -1 where the kernel has no seccomp filters. */
int seqplay_give_up(int powers);

#endif
