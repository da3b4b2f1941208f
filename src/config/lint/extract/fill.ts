/** Templates and here documents with values in place of their variables. */
import { grep } from '../lines.ts';
import type { Piece } from '../types.ts';

const EXPRESSION = /\{\{\s*(.*?)\s*\}\}/g;
const SHELL_VARIABLE = /(?<!\\)\$(?:\{(\w+)[^}]*\}|([A-Za-z_]\w*))/g;

/** A host of an inventory. */
export interface InventoryHost {
  readonly address: string;
  readonly name: string;
  readonly variables: ReadonlyMap<string, string>;
  readonly groups: readonly string[];
  readonly line: number;
  readonly file: string;
}

export function hostsOf(inventory: Piece): readonly InventoryHost[] {
  const all = new Map<string, string>();
  const hosts: InventoryHost[] = [];
  let group = '';
  for (const [index, text] of inventory.text.split('\n').entries()) {
    const line = text.trim();
    const header = /^\[([\w:.-]+)\]$/.exec(line);
    if (header !== null) group = header[1] ?? '';
    else if (group.endsWith(':vars')) {
      const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) all.set(name, value);
    } else if (!group.includes(':') && /^[\w.-]+(?:\s|$)/.test(line) && line !== '') {
      const [address = '', ...words] = line.split(/\s+/);
      const pairs = words.map((word) => word.split('=', 2) as [string, string]);
      const variables = new Map(pairs.map(([name, value = '']) => [name, value]));
      const name = variables.get('name') ?? address;
      const { file } = inventory;
      hosts.push({ address, name, variables, groups: [group], line: index + 1, file });
    }
  }
  return hosts.map((host) => ({ ...host, variables: new Map([...all, ...host.variables]) }));
}

export function isTemplate(piece: Piece): boolean {
  return /\{\{|\{%/.test(piece.text);
}

/** One piece for each host that the inventory makes a virtual router, or one with values of no host. */
export function fillTemplate(piece: Piece, hosts: readonly InventoryHost[]): readonly Piece[] {
  const routers = hosts.filter(({ variables }) => variables.has('priority'));
  if (piece.kind !== 'keepalived' || routers.length === 0) return [fillFor(piece, undefined)];
  return routers.map((host) => fillFor({ ...piece, node: host.name }, host));
}

function fillFor(piece: Piece, host: InventoryHost | undefined): Piece {
  const filled = new Set([...piece.filled, ...linesWith(piece, /\{\{|\{%/)]);
  const text = piece.text
    .replace(/\{%.*?%\}/g, (all) => ' '.repeat(all.length))
    .replace(EXPRESSION, (_all, name: string) => host?.variables.get(name) ?? guess(name));
  return { ...piece, text, filled };
}

/** Something of the kind that the name speaks of. */
function guess(name: string): string {
  if (/priority|weight/i.test(name)) return '100';
  if (/interface|nic|dev/i.test(name)) return 'eth0';
  if (/vrid|router_id/i.test(name)) return '77';
  if (/state|\blb\b/i.test(name)) return 'BACKUP';
  if (/port/i.test(name)) return '6443';
  return /name/i.test(name) ? 'name' : '192.0.2.1';
}

/** As the shell writes it, where it knows the variable; otherwise something of that kind. */
export function fillVariables(piece: Piece, known: ReadonlyMap<string, string>): Piece {
  if (piece.isExpanded !== true) return piece;
  const filled = new Set([...piece.filled, ...linesWith(piece, /\$/)]);
  let server = 10;
  const text = piece.text.replace(SHELL_VARIABLE, (_all, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    const value = known.get(name) ?? '';
    if (value !== '' && !/[$`]/.test(value)) return value;
    return /_\d+_|\d$/.test(name) ? `192.0.2.${server++}` : guess(name);
  });
  return { ...piece, text, filled };
}

function linesWith(piece: Piece, pattern: RegExp): readonly number[] {
  return [...grep(piece, pattern)].map(({ at }) => at.line);
}
