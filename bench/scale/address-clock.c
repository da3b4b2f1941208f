/*
 * When addresses came and went: reads what rtnetlink tells a few thousand times a second, since a reader that is
 * woken up by each event takes the processor from the kernel's thread that makes them. Prints, some times a
 * second, lines of `MS ADDED REMOVED`: CLOCK_MONOTONIC, and how many there were by then.
 */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

enum { LOOK_NS = 250000, PRINT_MS = 100, BUFFER = 64 << 20 };

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(void) {
  static char bytes[1 << 16], text[1 << 16];
  struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                               .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
  struct sched_param priority = {.sched_priority = 1};
  int size = BUFFER, wire = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  long added = 0, removed = 0;
  double printed_ms = 0;
  setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  if (bind(wire, (void *)&groups, sizeof groups)) {
    perror("bind");
    return 1;
  }
  /* Where that is not permitted it looks a little later now and then. */
  sched_setscheduler(0, SCHED_FIFO, &priority);
  setvbuf(stdout, text, _IOFBF, sizeof text);
  puts("0 0 0");
  for (;;) {
    long before = added + removed;
    double ms = now_ms();
    int length;
    while ((length = recv(wire, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
      for (struct nlmsghdr *each = (void *)bytes; NLMSG_OK(each, length);
           each = NLMSG_NEXT(each, length)) {
        added += each->nlmsg_type == RTM_NEWADDR;
        removed += each->nlmsg_type == RTM_DELADDR;
      }
    }
    if (added + removed > before) printf("%.3f %ld %ld\n", ms, added, removed);
    if (ms > printed_ms + PRINT_MS) {
      fflush(stdout);
      printed_ms = ms;
    }
    nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, 0);
  }
}
