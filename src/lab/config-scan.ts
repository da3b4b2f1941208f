import { type IpAddress, parseIp } from '../base/ip.ts';

/** What the lab must know of a vrrp_instance to build hosts on which it can run. */
export interface ScannedInstance {
  readonly name: string;
  readonly interfaceName: string | undefined;
  readonly vips: readonly ScannedAddress[];
  readonly source: IpAddress | undefined;
  readonly peers: readonly IpAddress[];
  readonly advertIntervalMs: number;
  readonly preemptDelayMs: number;
}

export interface ScannedAddress {
  readonly address: IpAddress;
  readonly prefixLength: number | undefined;
  readonly dev: string | undefined;
}

interface Block {
  readonly words: readonly string[];
  readonly children: readonly Block[];
}

/**
 * Reads the few things of a keepalived.conf that shape a network, and nothing else: judging the file
 * is the daemon's part. Lines with configuration ids and conditions are taken as plain ones.
 */
export function scanConfig(text: string): ScannedInstance[] {
  const lines = text.split('\n').map((line) => line.replace(/[!#].*/, ''));
  const tokens = lines.flatMap((line) => [...(line.match(/"[^"]*"|[{}]|[^\s{}]+/g) ?? []), '\n']);
  const instances: ScannedInstance[] = [];
  const visit = (blocks: readonly Block[]): void => {
    for (const block of blocks) {
      if (block.words[0] === 'vrrp_instance') instances.push(scanInstance(block));
      else visit(block.children);
    }
  };
  visit(readBlocks(tokens));
  return instances;
}

/** The words of a line, and the lines of the block that follows it. */
function readBlocks(tokens: readonly string[]): Block[] {
  let position = 0;
  const read = (): Block[] => {
    const blocks: { words: string[]; children: Block[] }[] = [];
    let current: string[] = [];
    const flush = (): void => {
      if (current.length > 0) blocks.push({ words: current, children: [] });
      current = [];
    };
    while (position < tokens.length) {
      const token = tokens[position++] ?? '';
      if (token === '\n') flush();
      else if (token === '}') break;
      else if (token === '{') {
        flush();
        // The brace may stand on a line of its own, after the words it belongs to.
        const owner = blocks.at(-1);
        const children = read();
        if (owner === undefined) blocks.push({ words: [], children });
        else owner.children.push(...children);
      } else current.push(token.replaceAll('"', ''));
    }
    flush();
    return blocks;
  };
  const blocks: Block[] = [];
  while (position < tokens.length) blocks.push(...read());
  return blocks;
}

function scanInstance(block: Block): ScannedInstance {
  const line = (...names: string[]): string | undefined =>
    block.children.find(({ words }) => names.includes(words[0] ?? ''))?.words[1];
  const lines = (name: string): readonly (readonly string[])[] =>
    block.children
      .filter(({ words }) => words[0] === name)
      .flatMap(({ children }) => children.map(({ words }) => words));
  const seconds = (text: string | undefined): number => Number.parseFloat(text ?? '') * 1000;
  return {
    name: block.words[1] ?? '',
    interfaceName: line('interface'),
    vips: lines('virtual_ipaddress').flatMap(scanAddress),
    source: parseIp(line('unicast_src_ip', 'mcast_src_ip') ?? ''),
    peers: lines('unicast_peer').flatMap(([first = '']) => parseIp(first) ?? []),
    advertIntervalMs: seconds(line('advert_int')) || 1000,
    preemptDelayMs: seconds(line('preempt_delay')) || 0,
  };
}

function scanAddress(words: readonly string[]): ScannedAddress[] {
  const [first = '', ...rest] = words;
  const [text = '', length] = first.split('/');
  const address = parseIp(text);
  if (address === undefined) return [];
  const dev = rest[rest.indexOf('dev') + 1];
  return [
    {
      address,
      prefixLength: length === undefined ? undefined : Number(length),
      dev: rest.includes('dev') ? dev : undefined,
    },
  ];
}
