/**
 * What tells several daemons of one host apart in names: pid files, the log, dumps. As keepalived 2.2.7
 * names them: the network namespace counts for the log and dumps, while pid files of a namespace have a
 * folder of their own.
 */

export interface DaemonIdentity {
  /** `net_namespace` or `-s`. */
  readonly networkNamespace?: string;
  /** `instance`. */
  readonly instance?: string;
}

/** Processes that have a pid file; all but `holdfast` are keepalived's. */
export type PidFileOwner = 'keepalived' | 'vrrp' | 'checkers' | 'bfd' | 'holdfast';

/** Where several daemons of one host have their pid files. */
const PID_FOLDERS: Readonly<Record<PidFileOwner, string>> = {
  keepalived: '/run/keepalived',
  vrrp: '/run/keepalived',
  checkers: '/run/keepalived',
  bfd: '/run/keepalived',
  holdfast: '/run/holdfast',
};
const MAPPED_FOLDERS = [...new Set(Object.values(PID_FOLDERS))];

/** `_NAMESPACE_INSTANCE`, behind the program's name in the log; '' where there is neither. */
export function logSuffix(identity: DaemonIdentity): string {
  const tag = tagOf(identity);
  return tag === '' ? '' : `_${tag}`;
}

/**
 * `.NAMESPACE_INSTANCE`, between the name and the extension of a dump file: `keepalived` + this +
 * `.data`. With data_use_instance; '' where there is neither.
 */
export function dumpSuffix(identity: DaemonIdentity): string {
  const tag = tagOf(identity);
  return tag === '' ? '' : `.${tag}`;
}

/** Where the pid file of a process lies where no option says. */
export function pidFilePath(
  owner: PidFileOwner,
  identity: DaemonIdentity,
  folder: 'usual' | 'own' = 'usual',
): string {
  const { networkNamespace, instance } = identity;
  if (networkNamespace === undefined && instance === undefined && folder === 'usual') {
    return `/run/${owner}.pid`;
  }
  const name = instance === undefined ? owner : `${owner}_${instance}`;
  return inNamespaceFolder(`${PID_FOLDERS[owner]}/${name}.pid`, networkNamespace);
}

/**
 * keepalived mounts /run/keepalived/NAME on /run/keepalived of its own mount namespace. Node's threads
 * cannot change their mount namespace together, so the path is changed instead: seen from outside the
 * file is the same.
 */
export function inNamespaceFolder(path: string, networkNamespace: string | undefined): string {
  const folder = MAPPED_FOLDERS.find((one) => path.startsWith(`${one}/`));
  if (networkNamespace === undefined || folder === undefined) return path;
  return `${folder}/${networkNamespace}${path.slice(folder.length)}`;
}

function tagOf({ networkNamespace, instance }: DaemonIdentity): string {
  return [networkNamespace, instance].filter((part) => part !== undefined).join('_');
}

/** A file of the same daemon in the same folder: `/run/keepalived.pid` and `sock` give `/run/keepalived.sock`. */
export function besidePidFile(pidFile: string, ending: string): string {
  return `${pidFile.replace(/\.pid$/, '')}.${ending}`;
}
