/**
 * Takes out of models what must not be shown, over a series of them: a secret gets the same placeholder
 * each time, another secret another, so that a comparison of two models comes out as it did.
 */
import { Secret } from '../../base/secret.ts';
import { mapSecrets } from './map-secrets.ts';
import type { Model } from './model.ts';
import { mapReaders } from './notification-pipes.ts';
import type { NotifyScripts, ScriptCommand } from './vrrp.ts';

/** As long as a password may be. */
const PLACEHOLDER = 'hidden00';

export class Redaction {
  readonly #secrets = new Map<string, string>();
  readonly #arguments = new Map<string, string>();

  /** The placeholder of each secret met so far, by its value. */
  get placeholders(): ReadonlyMap<string, string> {
    return this.#secrets;
  }

  model(model: Model): Model {
    const shown = mapSecrets(model, (secret) => this.#secret(secret)) as Model;
    const { global, scripts, instances, syncGroups } = shown;
    const { startupScript, shutdownScript, pipes } = global;
    return {
      ...shown,
      global: {
        ...global,
        ...(startupScript !== undefined && { startupScript: this.#command(startupScript) }),
        ...(shutdownScript !== undefined && { shutdownScript: this.#command(shutdownScript) }),
        ...(pipes !== undefined && { pipes: mapReaders(pipes, (reader) => this.#command(reader)) }),
      },
      scripts: scripts.map((script) => ({ ...script, command: this.#command(script.command) })),
      instances: instances.map((one) => ({ ...one, notify: this.#notify(one.notify) })),
      ...(syncGroups !== undefined && {
        syncGroups: syncGroups.map((group) => ({ ...group, notify: this.#notify(group.notify) })),
      }),
    };
  }

  #notify(notify: NotifyScripts): NotifyScripts {
    const entries = Object.entries(notify) as [keyof NotifyScripts, ScriptCommand][];
    return Object.fromEntries(entries.map(([when, command]) => [when, this.#command(command)]));
  }

  /** Arguments may hold tokens and passwords; the program alone says what it was. */
  #command(command: ScriptCommand): ScriptCommand {
    const [program = '', ...rest] = command.argv;
    return { ...command, argv: [program, ...rest.map((word) => this.#argument(word))] };
  }

  #argument(word: string): string {
    const known = this.#arguments.get(word) ?? `argument-${this.#arguments.size + 1}`;
    this.#arguments.set(word, known);
    return known;
  }

  #secret(secret: Secret): Secret {
    const value = secret.reveal();
    const known = this.#secrets.get(value) ?? placeholder(this.#secrets.size + 1);
    this.#secrets.set(value, known);
    return new Secret(known);
  }
}

function placeholder(number: number): string {
  const digits = String(number);
  return PLACEHOLDER.slice(0, -digits.length) + digits;
}
