import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * keepalived checks nothing where the kernel has no IPVS. Its checkers are the same whatever the kernel
 * makes of their orders: this library, loaded before it, answers all options of IPVS (1152 and on) with
 * success and zeros. No header is needed, so that a bare compiler does.
 */
const SOURCE = `
typedef int option(int, int, int, void *, unsigned *);
extern void *dlsym(void *, const char *);
static int is_ipvs(int level, int name) { return level == 0 && name >= 1152 && name < 1152 + 64; }
int setsockopt(int fd, int level, int name, const void *value, unsigned length) {
  if (is_ipvs(level, name)) return 0;
  int (*next)(int, int, int, const void *, unsigned) = dlsym((void *)-1, "setsockopt");
  return next(fd, level, name, value, length);
}
int getsockopt(int fd, int level, int name, void *value, unsigned *length) {
  if (!is_ipvs(level, name)) return ((option *)dlsym((void *)-1, "getsockopt"))(fd, level, name, value, length);
  for (unsigned at = 0; at < *length; at++) ((char *)value)[at] = 0;
  return 0;
}
`;

/** What keepalived's environment needs. */
export function environmentWithoutIpvs(folder: string): NodeJS.ProcessEnv {
  const file = join(folder, 'no-ipvs.so');
  const words = ['-shared', '-fPIC', '-O1', '-nostdlib', '-o', file, '-x', 'c', '-'];
  execFileSync('cc', words, { input: SOURCE });
  return { LD_PRELOAD: file };
}
