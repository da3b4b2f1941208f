/** What keepalived itself makes of a configuration, by its own dump. */
import { spawn, spawnSync } from 'node:child_process';

/** Why keepalived cannot be asked here, or false. */
export const skipKeepalived: string | false =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'needs Linux and root'
    : spawnSync('keepalived', ['--version']).status !== 0
      ? 'needs keepalived'
      : false;

/** The interfaces of the corpus, in a namespace of nobody else; MAC addresses that stay the same. */
const PLACE = `set -e
mount -t tmpfs none /run
ip link set lo up
for i in 0 1 2; do
  ip link add eth$i address 02:00:00:00:0$i:01 type veth peer name far$i address 02:00:00:00:0$i:02
  ip addr add 192.168.20$i.1/24 dev eth$i
  ip addr add fd00:20$i::1/64 dev eth$i nodad
  ip link set far$i up
  ip link set eth$i up
done
exec "$@"`;

const END = /------< Interfaces >------/;
const LIMIT_MS = 60_000;

/**
 * The lines of the dump that keepalived writes when it starts its VRRP process, up to what it knows of
 * this host; undefined where it does not come so far.
 */
export async function dumpOf(path: string): Promise<readonly string[] | undefined> {
  const keepalived = [
    'keepalived',
    '-n',
    '-P',
    '-B',
    '-d',
    '-l',
    '--no-syslog',
    '-i',
    'node1',
    '-f',
  ];
  const words = ['-n', '-m', 'sh', '-c', PLACE, 'sh', ...keepalived, path];
  const child = spawn('unshare', words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const timer = setTimeout(stop, LIMIT_MS);
  let text = '';
  const hear = (part: Buffer): void => {
    text += part.toString('latin1');
    if (END.test(text)) stop();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  return END.test(text) ? linesOf(text) : undefined;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/^\w{3} \w{3} .{16}: /, ''));
  const end = lines.findIndex((line) => END.test(line));
  return lines
    .slice(
      lines.findIndex((line) => line.startsWith('------<')),
      end,
    )
    .filter((line) => line.startsWith(' ') || line.startsWith('---'));
}

/** What `keepalived -t` says about a configuration, and the status it ends with. */
export async function testOf(
  path: string,
): Promise<{ readonly status: number | null; readonly said: string }> {
  const words = [
    '-n',
    '-m',
    'sh',
    '-c',
    PLACE,
    'sh',
    'keepalived',
    '-i',
    'node1',
    '-t',
    '-f',
    path,
  ];
  const child = spawn('unshare', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString('latin1');
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, said };
}

/** Runs `work` for each, some at a time. */
export async function several<Item>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
