/** Calls of the proxy's data path: addresses are numbers, nothing is converted. See libc.ts. */
import { bindSyscall } from './library.ts';

export const recvAt = bindSyscall('int64_t recv(int fd, uintptr_t data, size_t size, int flags)');
export const sendAt = bindSyscall('int64_t send(int fd, uintptr_t data, size_t size, int flags)');
export const shutdown = bindSyscall('int shutdown(int fd, int how)');
export const epollCreate1 = bindSyscall('int epoll_create1(int flags)');
export const epollCtl = bindSyscall(
  'int epoll_ctl(int epfd, int operation, int fd, uintptr_t event)',
);
export const epollWait = bindSyscall(
  'int epoll_wait(int epfd, uintptr_t events, int count, int timeoutMs)',
);
export const getpeername = bindSyscall('int getpeername(int fd, void *address, void *length)');
