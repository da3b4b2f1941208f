import {
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/** Either the old text or the new is there, whatever happens; mode and owner stay. */
export function replaceFile(path: string, text: string): void {
  const real = realpathSync(path);
  const { mode, uid, gid } = statSync(real);
  const beside = `${real}.holdfast-${process.pid}`;
  const file = openSync(beside, 'wx', mode & 0o777);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chownSync(beside, uid, gid);
  renameSync(beside, real);
}
