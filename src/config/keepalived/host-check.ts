import type { Diagnostic } from '../../base/diagnostics.ts';
import type { Model } from '../model/model.ts';
import { mapReaders } from '../model/notification-pipes.ts';
import { virtualAddressesOf } from '../model/virtual-addresses.ts';
import type {
  NotifyScripts,
  ScriptCommand,
  VirtualAddress,
  VrrpInstanceModel,
} from '../model/vrrp.ts';
import { checkClaims } from './host-claims.ts';
import type { HostClaim, NameDatabase } from './interpret/claims.ts';
import { NOTIFY_KEYWORDS } from './interpret/notify.ts';
import { Report } from './report.ts';
import type { Position } from './text/traced.ts';

/** What this host has. */
export interface HostFacts {
  interface(name: string): 'present' | 'missing';
  /** `writable-by-others`: a user other than root could change the file or a folder above it. */
  script(command: ScriptCommand): 'ok' | 'missing' | 'not-executable' | 'writable-by-others';
  user(name: string): 'present' | 'missing';
  group(name: string): 'present' | 'missing';
  /** Whether a file of iproute2 gives a number this name. */
  numberName?(database: NameDatabase, name: string): 'present' | 'missing';
  /** `open`: others than its owner may read or change it. */
  keyFile?(path: string): 'ok' | 'missing' | 'open' | 'invalid';
}

/** Where each part of a model was written, by keys such as `instance/VI_1/interface`. */
export type ModelPositions = ReadonlyMap<string, Position>;

export interface HostCheck {
  /** Without the scripts that cannot be run, and without what tracks them. */
  readonly model: Model;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether nothing of it depends on which scripts can be run; `usable`: those that can. */
function staysAsItIs(
  { trackedScripts, notify }: VrrpInstanceModel,
  usable: ReadonlySet<string>,
): boolean {
  return trackedScripts.every(({ name }) => usable.has(name)) && Object.keys(notify).length === 0;
}

/** The user whom keepalived runs scripts as where none is configured. */
const DEFAULT_USER = 'keepalived_script';

export function checkModelAgainstHost(
  model: Model,
  positions: ModelPositions,
  host: HostFacts,
  claims: readonly HostClaim[] = [],
): HostCheck {
  const report = new Report();
  const check = new Check(model, positions, host, report);
  const scripts = claims.filter((claim) => claim.kind === 'script');
  const adjusted = check.run(scripts);
  checkClaims(claims, model, host, report);
  return { model: adjusted, diagnostics: report.sorted() };
}

/**
 * keepalived's `-t` is strict about vrrp_scripts, and silent about other scripts that cannot be run.
 * Of a health check (`health`) it asks for the user alone.
 */
type ScriptUse = 'check' | 'notify' | 'start' | 'health';

type ScriptClaim = Extract<HostClaim, { kind: 'script' }>;

function isLenient(use: ScriptUse): boolean {
  return use !== 'check';
}

class Check {
  readonly #model: Model;
  readonly #positions: ModelPositions;
  readonly #host: HostFacts;
  readonly #report: Report;
  #firstScript: Position | undefined;

  constructor(model: Model, positions: ModelPositions, host: HostFacts, report: Report) {
    this.#model = model;
    this.#positions = positions;
    this.#host = host;
    this.#report = report;
  }

  run(others: readonly ScriptClaim[]): Model {
    const { global, scripts, instances, syncGroups, ...more } = this.#model;
    const usable = scripts.flatMap((script) => {
      const { name } = script;
      const command = this.#checkCommand(script.command, `script/${name}/script`, {
        what: `script ${name}`,
        use: 'check',
      });
      return command === undefined ? [] : [{ ...script, command }];
    });
    const names = new Set(usable.map(({ name }) => name));
    const adjusted = instances.map((instance) =>
      // The same object: a reload sees at a glance that nothing of it has changed.
      staysAsItIs(instance, names)
        ? instance
        : {
            ...instance,
            trackedScripts: instance.trackedScripts.filter(({ name }) => names.has(name)),
            notify: this.#checkNotify(instance.notify, `instance/${instance.name}`),
          },
    );
    for (const instance of adjusted) this.#checkInterfaces(instance);
    const groups = syncGroups?.map((group) => ({
      ...group,
      notify: this.#checkNotify(group.notify, `group/${group.name}`),
    }));
    const { startupScript, shutdownScript, ...rest } = global;
    const startup = this.#checkGlobal(startupScript, 'startup_script');
    const shutdown = this.#checkGlobal(shutdownScript, 'shutdown_script');
    for (const { command, key, ...use } of others) this.#checkCommand(command, key, use);
    const pipes =
      rest.pipes &&
      mapReaders(rest.pipes, (reader, keyword) =>
        this.#checkCommand(reader, `global/${keyword}`, { what: keyword, use: 'notify' }),
      );
    this.#reportUnprotected();
    return {
      ...more,
      global: {
        ...rest,
        ...(pipes !== undefined && { pipes }),
        ...(startup !== undefined && { startupScript: startup }),
        ...(shutdown !== undefined && { shutdownScript: shutdown }),
      },
      scripts: usable,
      instances: adjusted,
      ...(groups !== undefined && { syncGroups: groups }),
    };
  }

  #at(key: string): Position {
    return this.#positions.get(key) ?? { file: '', line: 1, column: 1 };
  }

  #checkGlobal(command: ScriptCommand | undefined, keyword: string): ScriptCommand | undefined {
    return (
      command && this.#checkCommand(command, `global/${keyword}`, { what: keyword, use: 'start' })
    );
  }

  #checkNotify(notify: NotifyScripts, owner: string): NotifyScripts {
    const checked: { -readonly [Event in keyof NotifyScripts]: ScriptCommand } = {};
    for (const [keyword, event] of Object.entries(NOTIFY_KEYWORDS)) {
      const command = notify[event];
      if (command === undefined) continue;
      const usable = this.#checkCommand(command, `${owner}/${keyword}`, {
        what: keyword,
        use: 'notify',
      });
      if (usable !== undefined) checked[event] = usable;
    }
    return checked;
  }

  /** The command as it shall be run; undefined where it cannot be. */
  #checkCommand(
    written: ScriptCommand,
    key: string,
    { what, use }: { readonly what: string; readonly use: ScriptUse },
  ): ScriptCommand | undefined {
    const at = this.#at(key);
    const command = this.#withUser(written, at, { what, use });
    if (command === undefined) return undefined;
    const [path] = command.argv;
    switch (this.#host.script(command)) {
      case 'missing':
        this.#report.add(
          isLenient(use) ? 'notify-unusable' : 'script-not-found',
          at,
          `${path} does not exist: ${what} is not run`,
        );
        return undefined;
      case 'not-executable':
        this.#report.add(
          'script-not-executable',
          at,
          `${path} is not executable: ${what} is not run`,
          `chmod 755 ${path}`,
        );
        this.#firstScript ??= at;
        return undefined;
      case 'writable-by-others': {
        const isRoot =
          command.user === undefined || command.user === 'root' || command.user === '0';
        if (!isRoot) break;
        const isRefused = this.#model.global.scriptSecurity === 'enforced';
        const refused = isLenient(use) ? 'notify-unusable' : 'script-refused';
        this.#report.add(
          isRefused ? refused : 'script-writable',
          at,
          `others than root may change ${path}${isRefused ? `: ${what} is not run` : ''}`,
          `chown root:root ${path}, chmod 755 ${path}, and the same for the folders above it`,
        );
        if (isRefused) return undefined;
        break;
      }
      case 'ok':
        break;
    }
    this.#firstScript ??= at;
    return command;
  }

  #withUser(
    command: ScriptCommand,
    at: Position,
    { what, use }: { readonly what: string; readonly use: ScriptUse },
  ): ScriptCommand | undefined {
    const code = use === 'check' || use === 'health' ? 'unknown-user' : 'notify-unusable';
    const { user, group } = command;
    if (user === undefined) {
      if (this.#host.user(DEFAULT_USER) === 'present') return { ...command, user: DEFAULT_USER };
      if (this.#model.global.scriptSecurity === 'off') return command;
      this.#report.add(
        'unknown-user',
        at,
        `no user is set for scripts and there is no user ${DEFAULT_USER}: ${what} is not run`,
        'write script_user USER in global_defs',
      );
      return undefined;
    }
    const missing =
      this.#host.user(user) === 'missing'
        ? `user ${user}`
        : group !== undefined && this.#host.group(group) === 'missing'
          ? `group ${group}`
          : undefined;
    if (missing === undefined) return command;
    this.#report.add(code, at, `there is no ${missing}: ${what} is not run`);
    return undefined;
  }

  #hasInterfaces(instance: VrrpInstanceModel): boolean {
    const { interface: own, trackedInterfaces, addresses, excludedAddresses } = instance;
    const isThere = (name: string): boolean => this.#host.interface(name) === 'present';
    const isHeld = ({ interface: name }: VirtualAddress): boolean =>
      name === undefined || isThere(name);
    return (
      isThere(own) &&
      trackedInterfaces.every(({ name }) => isThere(name)) &&
      addresses.every(isHeld) &&
      excludedAddresses.every(isHeld)
    );
  }

  #checkInterfaces(instance: VrrpInstanceModel): void {
    if (this.#model.global.dynamicInterfaces || this.#hasInterfaces(instance)) return;
    const owner = `instance/${instance.name}`;
    const named = new Map<string, string>([[instance.interface, `${owner}/interface`]]);
    for (const { name } of instance.trackedInterfaces)
      named.set(name, `${owner}/track_interface/${name}`);
    for (const { interface: name } of virtualAddressesOf(instance)) {
      if (name !== undefined && !named.has(name)) named.set(name, `${owner}/device/${name}`);
    }
    for (const [name, key] of named) {
      if (this.#host.interface(name) === 'present') continue;
      this.#report.add(
        'interface-not-found',
        this.#at(key),
        `this host has no interface ${name}`,
        'write the name that ip link shows, or dynamic_interfaces in global_defs',
      );
    }
  }

  #reportUnprotected(): void {
    if (this.#firstScript === undefined || this.#model.global.scriptSecurity === 'enforced') return;
    this.#report.add(
      'scripts-unprotected',
      this.#firstScript,
      'scripts are run without script security: whoever may change one, or a folder above it, is root',
      'write enable_script_security and script_user in global_defs',
    );
  }
}
