/**
 * Makes test/images/golden anew: what the published start scripts of the old images make of each set of variables.
 * As root: `node --import tsx tools/image-goldens.ts FOLDER`, where FOLDER holds checkouts of
 * osixia/docker-keepalived (2.0.20) and the run tool of its base as container-baseimage,
 * osixia/container-keepalived (2.3.4 or later), and arcts-keepalived/keepalived.sh.
 * Each runs in a copy of the file system and a network of its own; keepalived only writes down how it is called.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ARCTS_CASES } from '../test/images/arcts-cases.ts';
import { HOST_ADDRESSES, type ImageCase, type OriginalName } from '../test/images/case.ts';
import { CLASSIC_CASES, NEW_CASES } from '../test/images/osixia-cases.ts';

const CASES: Readonly<Record<OriginalName, readonly ImageCase[]>> = {
  'osixia-classic': CLASSIC_CASES,
  'osixia-2026': NEW_CASES,
  arcts: ARCTS_CASES,
};

/** The host: a file system that is thrown away, two interfaces, a keepalived that notes its arguments. */
const PREPARE = `set -e
mount -t tmpfs none "$SCRATCH"
mkdir "$SCRATCH/upper" "$SCRATCH/work" "$SCRATCH/root"
mount -t overlay none -o "lowerdir=/,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" "$SCRATCH/root"
root=$SCRATCH/root
mount --bind /dev "$root/dev"
mount -t proc none "$root/proc"
${Object.entries(HOST_ADDRESSES)
  .map(
    ([name, address]) =>
      `ip link add ${name} type veth peer name p${name}; ip addr add ${address}/24 dev ${name}; ip link set ${name} up`,
  )
  .join('\n')}
rm -rf "$root/etc/keepalived" "$root/usr/local/etc/keepalived" "$root/container"
mkdir -p "$root/etc/keepalived" "$root/usr/local/etc/keepalived" "$root/usr/local/sbin" "$root/container" "$root/oracle"
for path in usr/local/sbin usr/sbin; do
  printf '#!/bin/bash\\nprintf "%%s\\\\n" "$0" "$@" >/oracle/argv\\n' >"$root/$path/keepalived.new"
  chmod +x "$root/$path/keepalived.new"; mv "$root/$path/keepalived.new" "$root/$path/keepalived"
done
`;

/** `$MOUNTS`: a folder with the mounted files; each is bound over its place, as a container has it. */
const MOUNT = `
(cd "$MOUNTS" && find . -type f) | while read -r file; do
  mkdir -p "$root/\${file%/*}"; touch "$root/$file"; mount --bind "$MOUNTS/$file" "$root/$file"
done
`;

const RUN_TOOL = `import os, sys, yaml
source = open('/oracle/run').read().split('def setup_run_directories')[0]
load = yaml.load
yaml.load = lambda text: load(text, yaml.SafeLoader)
exec(source)
log_level = 2
import_env_files()
decode_envvars()
os.execv(sys.argv[1], sys.argv[1:])
`;

const RUN: Readonly<Record<OriginalName, string>> = {
  'osixia-classic': `
cp -a "$FOLDER/docker-keepalived/image/service" "$root/container/service"
mkdir -p "$root/container/environment/99-default" "$root/container/run/state"
cp "$FOLDER/docker-keepalived/image/environment/default.yaml" "$root/container/environment/99-default/"
cp "$FOLDER/container-baseimage/image/tool/run" "$root/oracle/run"
cp "$FOLDER/container-baseimage/image/tool/complex-bash-env" "$root/usr/local/bin/"
printf '#!/bin/bash\\nexit 1\\n' >"$root/usr/local/bin/log-helper"
printf '%s' "$RUN_TOOL" >"$root/oracle/decode.py"
chmod -R +x "$root/usr/local/bin" "$root/container/service"
${MOUNT}
service=/container/service
if [[ " $ARGUMENTS " == *" --copy-service "* ]]; then
  cp -a "$root/container/service" "$root/container/run/service"; service=/container/run/service
fi
settings=(CONTAINER_SERVICE_DIR=$service CONTAINER_STATE_DIR=/container/run/state)
for script in startup process; do
  chroot "$root" env -i PATH="$PATH" "\${settings[@]}" "\${GIVEN[@]}" \\
    python3 /oracle/decode.py $service/keepalived/$script.sh
done
conf=/usr/local/etc/keepalived/keepalived.conf
`,
  'osixia-2026': `
mkdir -p "$root/container/services"
cp -a "$FOLDER/container-keepalived/services/." "$root/container/services/"
cat >"$root/usr/local/bin/container" <<'END'
#!/bin/bash
case "$1 $2" in
  'log level' | 'logger level') exit 1 ;;
  'envsubst file') envsubst <"$3" >"$4" ;;
esac
END
chmod -R +x "$root/usr/local/bin/container" "$root/container/services"
${MOUNT}
presets=()
while IFS='=' read -r name value; do
  [[ -n $name ]] && presets+=("$name=\${value//\\"/}")
done <"$FOLDER/container-keepalived/environment/.env"
options=()
[[ $ARGUMENTS == '-- '* ]] && read -ra options <<<"\${ARGUMENTS#-- }"
run() { chroot "$root" env -i PATH="$PATH" "\${presets[@]}" "\${GIVEN[@]}" "$@"; }
run /container/services/keepalived-conf/startup.sh
run /container/services/keepalived/process.sh "\${options[@]}"
conf=$(run bash -c 'echo "$KEEPALIVED_CONF"')
`,
  arcts: `
cp "$FOLDER/arcts-keepalived/keepalived.sh" "$root/oracle/keepalived.sh"
${MOUNT}
run() { chroot "$root" env -i PATH="$PATH" "\${GIVEN[@]}" "$@"; }
run bash /oracle/keepalived.sh
conf=$(run bash -c 'echo "\${KEEPALIVED_CONF:-/etc/keepalived/keepalived.conf}"')
`,
};

const FINISH = `
cp "$root/oracle/argv" "$RESULT/argv"
chroot "$root" cat "$conf" >"$RESULT/conf"
`;

interface Outcome {
  readonly status: number | null;
  readonly command: string;
  readonly text: string;
}

function run(
  folder: string,
  original: OriginalName,
  { env, argv = [], files = {} }: ImageCase,
): Outcome {
  const scratch = mkdtempSync(join(tmpdir(), 'image-golden-'));
  try {
    const [mounts, result, root] = ['mounts', 'result', 'root'].map((name) => join(scratch, name));
    for (const path of [mounts, result, root]) mkdirSync(path ?? '');
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(mounts ?? '', path, '..'), { recursive: true });
      writeFileSync(join(mounts ?? '', path), text);
    }
    const given = Object.entries(env).map((pair) => pair.join('='));
    const script = `GIVEN=("$@")\n${PREPARE}${RUN[original]}${FINISH}`;
    const done = spawnSync('unshare', ['-m', '-n', 'bash', '-c', script, 'bash', ...given], {
      env: {
        PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        FOLDER: folder,
        SCRATCH: root ?? '',
        MOUNTS: mounts ?? '',
        RESULT: result ?? '',
        ARGUMENTS: argv.join(' '),
        RUN_TOOL,
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (process.env.VERBOSE !== undefined) process.stderr.write(done.stdout + done.stderr);
    const read = (name: string): string =>
      done.status === 0 ? readFileSync(join(result ?? '', name), 'utf8') : '';
    return {
      status: done.status,
      command: read('argv').trim().split('\n').join(' '),
      text: read('conf'),
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function main([folder, only = '']: readonly string[]): void {
  if (folder === undefined) throw new Error('usage: tools/image-goldens.ts FOLDER [ORIGINAL/CASE]');
  for (const [original, cases] of Object.entries(CASES) as [OriginalName, readonly ImageCase[]][]) {
    const target = join('test/images/golden', original);
    mkdirSync(target, { recursive: true });
    for (const one of cases.filter(({ name }) => `${original}/${name}`.startsWith(only))) {
      const { status, command, text } = run(resolve(folder), original, one);
      const made = `# Made by: node --import tsx tools/image-goldens.ts FOLDER ${original}/${one.name}`;
      const head = [made, `# Exit status: ${status}`, `# Runs: ${command}`].map((line) =>
        line.trimEnd(),
      );
      writeFileSync(join(target, `${one.name}.conf`), `${head.join('\n')}\n${text}`);
    }
  }
}

main(process.argv.slice(2));
