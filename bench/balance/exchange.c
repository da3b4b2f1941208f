/*
 * The least that a new connection can be: it is made, 40 bytes are asked for, 100 are answered, and the server
 * closes it. One thread on either side, and nothing that parses: what is between them is to be measured.
 *
 *   exchange serve PORT
 *   exchange ask ADDRESS PORT SECONDS PARALLEL   prints exchanges and failures
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { QUESTION = 40, ANSWER = 100, EVENTS = 256, BACKLOG = 4096 };
static char buffer[4096];
static int poller;

static void watch(int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static struct sockaddr_in place(const char *address, const char *port) {
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, address, &where.sin_addr);
  return where;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int serve(const char *port) {
  struct sockaddr_in where = place("0.0.0.0", port);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  /* Accepted with the question: one wake-up a connection. */
  setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof one);
  if (bind(listener, (void *)&where, sizeof where) || listen(listener, BACKLOG)) return 1;
  watch(listener, EPOLLIN);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int index = 0; index < count; index++) {
      int fd = events[index].data.fd;
      if (fd != listener) {
        if (recv(fd, buffer, sizeof buffer, 0) > 0) send(fd, buffer, ANSWER, MSG_NOSIGNAL);
        close(fd);
        continue;
      }
      while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EAGAIN) {
          watch(fd, EPOLLIN);
          continue;
        }
        if (got > 0) send(fd, buffer, ANSWER, MSG_NOSIGNAL);
        close(fd);
      }
    }
  }
}

static void begin(const struct sockaddr_in *where) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(fd, (void *)where, sizeof *where);
  watch(fd, EPOLLOUT);
}

static int ask(char **words) {
  struct sockaddr_in where = place(words[0], words[1]);
  double end = now() + atof(words[2]);
  long done = 0, failed = 0;
  for (int count = atoi(words[3]); count > 0; count--) begin(&where);
  while (now() < end) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, 100);
    for (int index = 0; index < count; index++) {
      struct epoll_event event = events[index];
      int fd = event.data.fd;
      if (event.events == EPOLLOUT && send(fd, buffer, QUESTION, MSG_NOSIGNAL) == QUESTION) {
        event.events = EPOLLIN;
        epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
        continue;
      }
      if (recv(fd, buffer, sizeof buffer, 0) == ANSWER) done++;
      else failed++;
      close(fd);
      begin(&where);
    }
  }
  printf("%ld %ld\n", done, failed);
  return 0;
}

int main(int count, char **words) {
  poller = epoll_create1(0);
  if (count == 3 && strcmp(words[1], "serve") == 0) return serve(words[2]);
  if (count == 6 && strcmp(words[1], "ask") == 0) return ask(words + 2);
  fprintf(stderr, "exchange serve PORT | exchange ask ADDRESS PORT SECONDS PARALLEL\n");
  return 2;
}
