import { bindNative, bindSyscall } from './library.ts';

/**
 * System calls. Every function answers with the call's result, or with the errno as a negative
 * number; nothing throws. Buffers are used during the call only, unless a structure holds their
 * address: that memory comes from memory.ts.
 */
export const socket = bindSyscall('int socket(int domain, int type, int protocol)');
export const bind = bindSyscall('int bind(int fd, const void *address, uint32_t length)');
export const connect = bindSyscall('int connect(int fd, const void *address, uint32_t length)');
export const socketpair = bindSyscall(
  'int socketpair(int domain, int type, int protocol, void *descriptors)',
);
export const listen = bindSyscall('int listen(int fd, int backlog)');
export const accept4 = bindSyscall('int accept4(int fd, void *address, void *length, int flags)');
export const getsockname = bindSyscall('int getsockname(int fd, void *address, void *length)');
export const setsockopt = bindSyscall(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
);
export const getsockopt = bindSyscall(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
);
export const send = bindSyscall('int64_t send(int fd, const void *data, size_t size, int flags)');
export const sendto = bindSyscall(
  'int64_t sendto(int fd, const void *data, size_t size, int flags, const void *to, uint32_t length)',
);
export const sendmsg = bindSyscall('int64_t sendmsg(int fd, uintptr_t header, int flags)');
export const recv = bindSyscall('int64_t recv(int fd, void *data, size_t size, int flags)');
export const recvfrom = bindSyscall(
  'int64_t recvfrom(int fd, void *data, size_t size, int flags, void *from, void *length)',
);
export const recvmsg = bindSyscall('int64_t recvmsg(int fd, uintptr_t header, int flags)');
export const recvmmsg = bindSyscall(
  'int recvmmsg(int fd, uintptr_t messages, uint32_t count, int flags, uintptr_t timeout)',
);
export const sendmmsg = bindSyscall(
  'int sendmmsg(int fd, uintptr_t messages, uint32_t count, int flags)',
);
export const read = bindSyscall('int64_t read(int fd, void *data, size_t size)');
export const write = bindSyscall('int64_t write(int fd, const void *data, size_t size)');
export const close = bindSyscall('int close(int fd)');
export const fcntl = bindSyscall('int fcntl(int fd, int command, int argument)');
export const flock = bindSyscall('int flock(int fd, int operation)');
export const poll = bindSyscall('int poll(void *fds, uint64_t count, int timeoutMs)');
export const pipe2 = bindSyscall('int pipe2(void *fds, int flags)');
export const eventfd = bindSyscall('int eventfd(unsigned int initial, int flags)');
export const clockGettime = bindSyscall('int clock_gettime(int clock, void *time)');
export const timerfdCreate = bindSyscall('int timerfd_create(int clock, int flags)');
export const timerfdSettime = bindSyscall(
  'int timerfd_settime(int fd, int flags, const void *value, void *old)',
);
export const prctl = bindSyscall('int prctl(int option, const void *a, long b, long c, long d)');
export const schedSetscheduler = bindSyscall(
  'int sched_setscheduler(int pid, int policy, const void *parameters)',
);
export const schedGetscheduler = bindSyscall('int sched_getscheduler(int pid)');
export const schedGetparam = bindSyscall('int sched_getparam(int pid, void *parameters)');
export const schedSetaffinity = bindSyscall(
  'int sched_setaffinity(int pid, size_t size, const void *mask)',
);
export const setpriority = bindSyscall('int setpriority(int which, uint32_t who, int priority)');
export const setrlimit = bindSyscall('int setrlimit(int resource, const void *limit)');
export const mlock2 = bindSyscall('int mlock2(uintptr_t address, size_t size, unsigned int flags)');
export const pidfdOpen = bindSyscall('int pidfd_open(int pid, unsigned int flags)');
export const setns = bindSyscall('int setns(int fd, int kind)');
export const chroot = bindSyscall('int chroot(const void *path)');
export const umask = bindSyscall('int umask(int mask)');
export const execve = bindSyscall('int execve(const char *file, uintptr_t argv, uintptr_t envp)');
export const waitpid = bindSyscall('int waitpid(int pid, void *status, int options)');
export const memfdCreate = bindSyscall('int memfd_create(const char *name, unsigned int flags)');
export const ftruncate = bindSyscall('int ftruncate(int fd, int64_t length)');
/** Answers with an address, which a number holds. */
export const mmap = bindSyscall(
  'int64_t mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
);
export const mkfifo = bindSyscall('int mkfifo(const char *path, int mode)');
export const signal = bindSyscall('intptr_t signal(int number, intptr_t handler)');
export const SIG_IGN = 1;
/** Whether there was something to give back; absent in other libraries than glibc. */
export const mallocTrim = bindNative('int malloc_trim(size_t pad)');
export const adjtimex = bindSyscall('int adjtimex(void *state)');
