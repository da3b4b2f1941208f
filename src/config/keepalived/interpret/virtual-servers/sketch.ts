import { type IpFamily, ipFamily } from '../../../../base/ip.ts';
import type { Forwarding, ServiceKey } from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Position } from '../../text/traced.ts';
import { Values } from '../values.ts';
import type { ServerContext } from './context.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import { readForwarding } from './forwarding.ts';
import { familyOfMask } from './persistence.ts';

/** A server behind the virtual one, before the settings of all of them are known. */
export interface ServerSketch extends Endpoint {
  readonly at: Position;
  /** Absent where that of the virtual server counts, which may be written below. */
  readonly forwarding: Forwarding | undefined;
}

export interface RealServerSketch extends ServerSketch {
  readonly values: Values;
}

export interface SorryServerSketch extends ServerSketch {
  readonly inhibit: boolean;
}

export interface Sketch {
  readonly family: IpFamily;
  readonly forwarding: Forwarding | undefined;
  readonly realServers: readonly RealServerSketch[];
  readonly sorryServer?: SorryServerSketch;
}

/** Goes through a virtual server line by line, for what depends on the lines above. */
export function sketchServer(key: ServiceKey, values: Values, context: ServerContext): Sketch {
  const walk = new Walk(key, context);
  for (const statement of values.statements) walk.read(statement);
  return walk.finish();
}

const METHODS = new Set(['lvs_method', 'lb_kind']);

class Walk {
  readonly #context: ServerContext;
  readonly #realServers: RealServerSketch[] = [];
  readonly #names = new Set<string>();
  #family: IpFamily | undefined;
  #forwarding: Forwarding | undefined;
  #sorry: SorryServerSketch | undefined;

  constructor(key: ServiceKey, context: ServerContext) {
    this.#context = context;
    this.#family = key.kind === 'address' ? ipFamily(key.address) : undefined;
  }

  read(statement: Statement): void {
    const { definition, words } = statement;
    if (METHODS.has(definition.name)) {
      this.#forwarding = readForwarding(statement, this.#context.report) ?? this.#forwarding;
    } else if (definition.name === 'ip_family') this.#readFamily(statement);
    else if (definition.name === 'persistence_granularity' && words[0] !== undefined) {
      this.#family ??= familyOfMask(words[0]);
    } else if (definition.name === 'real_server') this.#readRealServer(statement);
    else if (definition.name.startsWith('sorry_server')) this.#readSorry(statement);
  }

  finish(): Sketch {
    const sorry = this.#sorry;
    const isFitting = sorry === undefined || this.#fits(sorry);
    if (sorry !== undefined && !isFitting) this.#reportFamily(sorry, 'the sorry server');
    const [only, ...others] = new Set(this.#realServers.map(({ address }) => ipFamily(address)));
    return {
      family: this.#family ?? (others.length === 0 ? only : undefined) ?? 4,
      forwarding: this.#forwarding,
      realServers: this.#realServers,
      ...(sorry !== undefined && isFitting && { sorryServer: sorry }),
    };
  }

  #readFamily({ words: [word] }: Statement): void {
    if (word?.text !== 'inet' && word?.text !== 'inet6') return;
    const family = word.text === 'inet' ? 4 : 6;
    if (this.#family !== undefined && this.#family !== family) {
      this.#context.report.add(
        'wrong-family',
        word.at,
        `'${word.text}' is not the family of this virtual server, IPv${this.#family}: it is ignored`,
      );
    } else this.#family = family;
  }

  #readRealServer({ words, keyword, block }: Statement): void {
    const { report } = this.#context;
    const endpoint = readEndpoint(words, 'the real server is left out', report);
    if (endpoint === undefined) return;
    const values = new Values(block?.statements ?? [], report);
    const method = values.statement('lvs_method');
    const forwarding = (method && readForwarding(method, report)) ?? this.#forwarding;
    const at = (words[0] ?? keyword).at;
    const server: RealServerSketch = { ...endpoint, at, forwarding, values };
    if (!this.#fits(server)) {
      this.#reportFamily(server, 'the real server');
      return;
    }
    if (forwarding?.method !== 'tunnel') this.#family ??= ipFamily(server.address);
    const name = nameOf(server);
    if (this.#names.has(name)) {
      report.add(
        'duplicate-real-server',
        at,
        `real server ${name} stands above already: this one is left out`,
        'remove it, or give the one above more weight',
      );
    } else {
      this.#names.add(name);
      this.#realServers.push(server);
    }
  }

  #readSorry({ definition: { name }, words, keyword }: Statement): void {
    const { report } = this.#context;
    if (name === 'sorry_server') {
      const endpoint = readEndpoint(words, 'the line is ignored', report);
      if (endpoint === undefined) return;
      const at = (words[0] ?? keyword).at;
      this.#sorry = { ...endpoint, at, forwarding: this.#forwarding, inhibit: false };
      return;
    }
    if (this.#sorry === undefined) {
      report.add(
        'sorry-server-first',
        keyword.at,
        `'${name}' is ignored: there is no sorry_server above it`,
        'write it behind sorry_server ADDRESS PORT',
      );
    } else if (name === 'sorry_server_inhibit') this.#sorry = { ...this.#sorry, inhibit: true };
    else {
      const forwarding = readForwarding({ words, keyword } as Statement, report);
      this.#sorry = { ...this.#sorry, forwarding: forwarding ?? this.#sorry.forwarding };
    }
  }

  /** Only through a tunnel may a server be of another family. */
  #fits({ address, forwarding }: ServerSketch): boolean {
    if (forwarding?.method === 'tunnel' || this.#family === undefined) return true;
    return ipFamily(address) === this.#family;
  }

  #reportFamily({ address, at }: ServerSketch, what: string): void {
    this.#context.report.add(
      'wrong-family',
      at,
      `${address} is not IPv${this.#family}, the family of the virtual server: ${what} is left out`,
      'use lvs_method TUN, or a virtual server of its own',
    );
  }
}

function nameOf({ address, port }: Endpoint): string {
  return port === undefined ? address : `${address} port ${port}`;
}
