/** Which reading of the files is in force, and what was changed since without another one (ADR 0014). */
import { randomUUID } from 'node:crypto';
import type { ServersChangeRequest } from '../../api/protocol.ts';
import type { ServersChangeResult } from '../../api/servers.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { ConfigFiles } from '../../config/keepalived/files.ts';
import type { LoadBalancing } from '../../config/model/virtual-server.ts';
import type { ServersChange } from '../../core/balance/director-types.ts';
import type { ServiceId } from '../../core/balance/plane.ts';
import { digestOf } from '../file-digest.ts';
import { isPlain, NOT_PLAIN, readServersText } from './servers-text.ts';

export class Readings {
  /** Of no other process, and none of this one before. */
  #reading = '';
  #digest = '';
  /** Of the configuration file when it was read last. */
  #text: string | undefined;
  #kind: 'plain' | 'other' = 'other';

  /** Files that note what the configuration file says when it is read. */
  watched(configFile: string, files: ConfigFiles): ConfigFiles {
    return {
      ...files,
      read: (path) => {
        const text = files.read(path);
        if (path === configFile && text.ok) this.#text = text.value;
        return text;
      },
    };
  }

  /** It is in force from now on. The digest waits until then, as Node takes its time for the first one. */
  begin(balancing: LoadBalancing): void {
    if (this.#text !== undefined) this.#digest = digestOf(this.#text);
    this.#text = undefined;
    this.#reading = randomUUID();
    this.#kind = isPlain(balancing) ? 'plain' : 'other';
  }

  /** Has `apply` change what is in force, where that is what the request follows; else says what is. */
  change(
    { reading, text, removed }: Pick<ServersChangeRequest, 'reading' | 'text' | 'removed'>,
    apply: (change: ServersChange) => void,
  ): Result<ServersChangeResult, string> {
    const inForce = { reading: this.#reading, digest: this.#digest };
    if (reading !== this.#reading) return ok({ outcome: 'other-reading', ...inForce });
    if (this.#kind === 'other') return failed(`the configuration in force: ${NOT_PLAIN}`);
    const read = text === '' ? ok([]) : readServersText(text);
    if (!read.ok) return failed(read.reason);
    const change = { changed: read.value, removed: removed as readonly ServiceId[] };
    if (change.changed.length + removed.length > 0) apply(change);
    return ok({ outcome: 'changed', ...inForce });
  }
}
