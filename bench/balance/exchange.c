/*
 * The least that a new connection can be: it is made, 40 bytes are asked for, 100 are answered, and the server
 * closes it. Client and server write their packets themselves, on a packet socket, as load generators do: a
 * connection costs them six packets and no socket, so that what is between them is seen, on two processors
 * that it shares with them. Their addresses are nobody's: the kernel of their host drops what comes for them,
 * and neighbours have to be told where they are.
 *
 *   exchange serve LINK ADDRESS...               answers on every port
 *   exchange ask LINK ADDRESS ROUTER_MAC SERVER PORT SECONDS PARALLEL
 *                                                prints exchanges and failures
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { QUESTION = 40, ANSWER = 100, BATCH = 64, OWN_MAX = 4 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { FIRST_PORT = 1024, PORTS = 65536 - FIRST_PORT, PATIENCE_US = 10000000, LOOK_MS = 100 };

/* Without options; the payload is never looked at. */
struct packet {
  uint8_t to[6], from[6];
  uint16_t protocol;
  uint8_t version, service;
  uint16_t length, id, fragment;
  uint8_t ttl, transport;
  uint16_t ip_sum;
  uint32_t source, target;
  uint16_t source_port, target_port;
  uint32_t seq, ack;
  uint8_t offset, flags;
  uint16_t window, sum, urgent;
  uint8_t payload[ANSWER];
} __attribute__((packed));

enum { ETHERNET = 14, IP = 20, TCP = 20, HEADERS = ETHERNET + IP + TCP };

static int wire;
static struct packet incoming[BATCH], outgoing[BATCH * 2];
static struct iovec in_parts[BATCH], out_parts[BATCH * 2];
static struct mmsghdr in_heads[BATCH], out_heads[BATCH * 2];
static int waiting;

static uint64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000ull + time.tv_nsec / 1000;
}

static uint32_t add_up(const void *bytes, int count, uint32_t sum) {
  for (int index = 0; index < count; index += 2) {
    uint16_t word;
    memcpy(&word, (const uint8_t *)bytes + index, 2);
    sum += word;
  }
  return sum;
}

static uint16_t folded(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static void flush(void) {
  for (int sent = 0; sent < waiting;) {
    int count = sendmmsg(wire, out_heads + sent, waiting - sent, 0);
    if (count < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
      perror("sendmmsg");
      exit(1);
    }
    if (count > 0) sent += count;
  }
  waiting = 0;
}

/* A packet to be filled in by the caller as far as its addresses and ports go; `finish` does the rest. */
static struct packet *begin(void) {
  if (waiting == BATCH * 2) flush();
  return &outgoing[waiting];
}

static void finish(struct packet *packet, uint8_t flags, uint32_t seq, uint32_t ack, int payload) {
  struct { uint32_t source, target; uint8_t zero, transport; uint16_t length; } pseudo = {
      packet->source, packet->target, 0, IPPROTO_TCP, htons(TCP + payload)};
  packet->protocol = htons(ETHERTYPE_IP);
  packet->version = 0x45;
  packet->length = htons(IP + TCP + payload);
  packet->fragment = htons(IP_DF);
  packet->ttl = 64;
  packet->transport = IPPROTO_TCP;
  packet->ip_sum = 0;
  packet->ip_sum = folded(add_up(&packet->version, IP, 0));
  packet->seq = htonl(seq);
  packet->ack = htonl(ack);
  packet->offset = TCP / 4 << 4;
  packet->flags = flags;
  packet->window = htons(65535);
  packet->sum = 0;
  packet->sum = folded(add_up(&packet->source_port, TCP + payload, add_up(&pseudo, 12, 0)));
  out_parts[waiting].iov_len = HEADERS + payload;
  waiting++;
}

/* Only what comes for one of `addresses`, and nothing of what this host sends. */
static void open_wire(const char *link, const uint32_t *addresses, int count) {
  int one = 1, buffer = 64 << 20;
  struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
  struct sock_filter code[OWN_MAX + 3] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ETHERNET + 16)};
  for (int index = 0; index < count; index++) {
    code[index + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(addresses[index]),
                                                   count - index, 0);
  }
  code[count + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
  code[count + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffff);
  struct sock_fprog filter = {.len = count + 3, .filter = code};
  wire = socket(AF_PACKET, SOCK_RAW, 0);
  where.sll_ifindex = if_nametoindex(link);
  setsockopt(wire, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
  setsockopt(wire, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
  setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  if (setsockopt(wire, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) ||
      bind(wire, (void *)&where, sizeof where)) {
    perror(link);
    exit(1);
  }
  for (int index = 0; index < BATCH; index++) {
    in_parts[index] = (struct iovec){&incoming[index], sizeof incoming[index]};
    in_heads[index].msg_hdr = (struct msghdr){.msg_iov = &in_parts[index], .msg_iovlen = 1};
  }
  for (int index = 0; index < BATCH * 2; index++) {
    out_parts[index].iov_base = &outgoing[index];
    out_heads[index].msg_hdr = (struct msghdr){.msg_iov = &out_parts[index], .msg_iovlen = 1};
  }
}

/* Waits for packets, `timeout` ms at most, and hands each TCP packet to `take`. */
static void receive(int timeout, void (*take)(const struct packet *, int payload)) {
  struct pollfd ready = {.fd = wire, .events = POLLIN};
  if (poll(&ready, 1, timeout) <= 0) return;
  int count = recvmmsg(wire, in_heads, BATCH, MSG_DONTWAIT, 0);
  for (int index = 0; index < count; index++) {
    const struct packet *packet = &incoming[index];
    if (in_heads[index].msg_len < HEADERS || packet->transport != IPPROTO_TCP) continue;
    int payload = ntohs(packet->length) - IP - (packet->offset >> 4) * 4;
    if (payload >= 0) take(packet, payload);
  }
  flush();
}

static struct packet *answer_to(const struct packet *packet) {
  struct packet *answer = begin();
  memcpy(answer->to, packet->from, 6);
  memcpy(answer->from, packet->to, 6);
  answer->source = packet->target;
  answer->target = packet->source;
  answer->source_port = packet->target_port;
  answer->target_port = packet->source_port;
  return answer;
}

/* It remembers nothing: where the client is, its packets say. */
static void serve(const struct packet *packet, int payload) {
  uint32_t seq = ntohl(packet->seq), ack = ntohl(packet->ack);
  if (packet->flags & RST) return;
  if (packet->flags & SYN) finish(answer_to(packet), SYN | ACK, now_us(), seq + 1, 0);
  else if (packet->flags & FIN) finish(answer_to(packet), ACK, ack, seq + payload + 1, 0);
  else if (payload > 0) finish(answer_to(packet), FIN | PSH | ACK, ack, seq + payload, ANSWER);
}

/* One of the client, by its port. */
static struct connection {
  enum { FREE, CALLING, ASKING } state;
  int got, is_ending;
  uint32_t next, expected, last;
  uint64_t since;
} connections[PORTS];

static uint8_t own_mac[6], router_mac[6];
static uint32_t own, server;
static uint16_t server_port;
static int next_port, open_count, is_over;
static long done, failed;

/* A packet of a connection that answers none. */
static struct packet *begin_for(const struct connection *one) {
  struct packet *packet = begin();
  memcpy(packet->to, router_mac, 6);
  memcpy(packet->from, own_mac, 6);
  packet->source = own;
  packet->target = server;
  packet->source_port = htons(FIRST_PORT + (one - connections));
  packet->target_port = server_port;
  return packet;
}

static void call(void) {
  while (connections[next_port].state != FREE) next_port = (next_port + 1) % PORTS;
  struct connection *one = &connections[next_port];
  next_port = (next_port + 1) % PORTS;
  /* Above what the last connection of this port had, for whoever still remembers that. */
  *one = (struct connection){.state = CALLING, .since = now_us()};
  one->next = (uint32_t)one->since + 1;
  open_count++;
  finish(begin_for(one), SYN, one->next - 1, 0, 0);
}

static void end(struct connection *one, long *count) {
  one->state = FREE;
  open_count--;
  ++*count;
  if (!is_over) call();
}

static void hear(const struct packet *packet, int payload) {
  int port = ntohs(packet->target_port) - FIRST_PORT;
  uint32_t seq = ntohl(packet->seq);
  if (port < 0 || packet->source != server || packet->source_port != server_port) return;
  struct connection *one = &connections[port];
  if (one->state == FREE || ntohl(packet->ack) != one->next) return;
  if (packet->flags & RST) {
    end(one, &failed);
  } else if (one->state == CALLING && packet->flags & SYN) {
    one->state = ASKING;
    one->expected = seq + 1;
    finish(answer_to(packet), PSH | ACK, one->next, one->expected, QUESTION);
    one->next += QUESTION;
  } else if (one->state == ASKING) {
    /* Sent by two processors, the end may come before what it ends. */
    if (packet->flags & FIN) {
      one->is_ending = 1;
      one->last = seq + payload;
    }
    if (seq == one->expected) {
      one->got += payload;
      one->expected += payload;
    }
    if (!one->is_ending || one->last != one->expected) return;
    finish(answer_to(packet), FIN | ACK, one->next, one->expected + 1, 0);
    end(one, one->got == ANSWER ? &done : &failed);
  }
}

static void give_up_late(uint64_t before_us) {
  for (int port = 0; port < PORTS; port++) {
    struct connection *one = &connections[port];
    if (one->state == FREE || one->since >= before_us) continue;
    /* Or the next connection of this port would be taken for this one. */
    finish(begin_for(one), RST | ACK, one->next, one->expected, 0);
    end(one, &failed);
  }
  flush();
}

/* What is under way at the end is ended in order, and counts as failed where it does not come to that. */
static int ask(double seconds, int parallel) {
  uint64_t end_us = now_us() + seconds * 1e6, look_us = 0, now;
  long done_in_time;
  next_port = now_us() % PORTS;
  for (; parallel > 0; parallel--) call();
  flush();
  while ((now = now_us()) < end_us) {
    receive(LOOK_MS, hear);
    if (now < look_us) continue;
    look_us = now + LOOK_MS * 1000;
    give_up_late(now - PATIENCE_US);
  }
  done_in_time = done;
  is_over = 1;
  while (open_count > 0 && now_us() < end_us + PATIENCE_US) receive(LOOK_MS, hear);
  give_up_late(UINT64_MAX);
  printf("%ld %ld\n", done_in_time, failed);
  return 0;
}

static void own_mac_of(const char *link) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, link, IFNAMSIZ - 1);
  ioctl(wire, SIOCGIFHWADDR, &request);
  memcpy(own_mac, request.ifr_hwaddr.sa_data, 6);
}

int main(int count, char **words) {
  uint32_t addresses[OWN_MAX];
  if (count > 3 && count <= 3 + OWN_MAX && strcmp(words[1], "serve") == 0) {
    for (int index = 3; index < count; index++) inet_pton(AF_INET, words[index], &addresses[index - 3]);
    open_wire(words[2], addresses, count - 3);
    for (;;) receive(-1, serve);
  }
  if (count == 9 && strcmp(words[1], "ask") == 0) {
    inet_pton(AF_INET, words[3], &own);
    inet_pton(AF_INET, words[5], &server);
    server_port = htons(atoi(words[6]));
    sscanf(words[4], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &router_mac[0], &router_mac[1], &router_mac[2],
           &router_mac[3], &router_mac[4], &router_mac[5]);
    open_wire(words[2], &own, 1);
    own_mac_of(words[2]);
    return ask(atof(words[7]), atoi(words[8]));
  }
  fprintf(stderr, "exchange serve LINK ADDRESS... | "
                  "exchange ask LINK ADDRESS ROUTER_MAC SERVER PORT SECONDS PARALLEL\n");
  return 2;
}
