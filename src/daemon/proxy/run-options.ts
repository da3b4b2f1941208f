import type { Place } from '../../core/proxy/workers/place.ts';

/** How the proxy is to run: what its process is started with, as JSON. */
export interface ProxyRunOptions {
  /** What it is called in messages and by the kernel. */
  readonly programName: string;
  /** `-f`, in order. */
  readonly paths: readonly string[];
  /**
   * `single`: by itself; `master`: it keeps a worker, and starts another at a reload; `mate`: one of those that
   * share the sockets of a single one or a worker; `offloader`: has the kernel carry connections for one.
   */
  readonly role: 'single' | 'master' | 'worker' | 'mate' | 'offloader';
  /** Of a mate. */
  readonly place?: Place;
  /** Of a mate: memory in which all say how many connections they have. */
  readonly loadsFd?: number;
  readonly pidFile?: string;
  /** `-Ws`, of a master: the manager of services is told how it is. */
  readonly notifies?: true;
  /** `-S`, of a master. */
  readonly masterSocket?: string;
  /** Of a worker: where its master asks. */
  readonly lineFd?: number;
  /** Processes that are to end when this one listens. */
  readonly finish?: { readonly pids: readonly number[]; readonly how: 'soft' | 'hard' };
  /** Of the whole process, instead of the file's. */
  readonly maxconn?: number;
  /** Descriptors that listen already, by their addresses. */
  readonly sockets?: readonly (readonly [address: string, fd: number])[];
  /** What is to be said of the configuration was said: once is enough. */
  readonly told?: true;
  /** A descriptor that is told `ready` when all is listening. */
  readonly readyFd?: number;
  /** Of a child of the VRRP process: the descriptor on which master and workers report to it. */
  readonly reportFd?: number;
  /** The proxies whose states a worker reports. */
  readonly follow?: readonly string[];
}
