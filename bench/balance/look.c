/*
 * look ADDRESS PORT COUNT EACH: looks every two milliseconds at what IPVS has in this network namespace.
 * Writes `ready`, then `first NS` once there is a virtual server, and `all NS` once there are COUNT, of which the TCP
 * service at ADDRESS and PORT, the last that is made, has EACH real servers; NS of the monotonic clock.
 *
 * Two system calls a look: a process of Node that looks would take a fifth of a processor from whoever starts.
 */
#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static void tell(const char *what)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%s %lld\n", what, now.tv_sec * 1000000000LL + now.tv_nsec);
    fflush(stdout);
}

static unsigned int services(int kernel)
{
    struct ip_vs_getinfo info;
    socklen_t size = sizeof(info);
    if (getsockopt(kernel, IPPROTO_IP, IP_VS_SO_GET_INFO, &info, &size) != 0) {
        perror("look");
        exit(1);
    }
    return info.num_services;
}

static unsigned int servers(int kernel, const char *address, int port)
{
    struct ip_vs_service_entry entry;
    socklen_t size = sizeof(entry);
    memset(&entry, 0, sizeof(entry));
    entry.protocol = IPPROTO_TCP;
    entry.addr = inet_addr(address);
    entry.port = htons(port);
    return getsockopt(kernel, IPPROTO_IP, IP_VS_SO_GET_SERVICE, &entry, &size) == 0 ? entry.num_dests : 0;
}

int main(int count, char **words)
{
    struct timespec pause = {0, 2000000};
    int kernel = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    int begun = 0;
    unsigned int found;
    if (count != 5 || kernel < 0) {
        fprintf(stderr, "look ADDRESS PORT COUNT EACH, as root\n");
        return 2;
    }
    tell("ready");
    for (;;) {
        found = services(kernel);
        if (found > 0 && !begun) {
            begun = 1;
            tell("first");
        }
        if (found == (unsigned int)atoi(words[3]) &&
            servers(kernel, words[1], atoi(words[2])) == (unsigned int)atoi(words[4]))
            break;
        nanosleep(&pause, NULL);
    }
    tell("all");
    return 0;
}
