/** What is run on a host, as sh has it. */
import type { Deployment } from '../../../config/model/cluster.ts';
import { PATHS } from '../../../plan/files.ts';
import { unitName } from '../../../plan/units.ts';

/** Where a host keeps what lay there before, a folder for each time that a plan was applied. */
const BACKUPS = '/var/lib/holdfast/plan';

/**
 * Takes the files of a host from its input. Those that differ are kept in `before.tar`, the names of
 * those that are new in `created`; then each is renamed into its place, under a name that no kubelet
 * reads until then. Prints `unchanged`, or what was done.
 */
export function putScript(stamp: string): string {
  return `set -eu
dir=${BACKUPS}/${stamp}
umask 077
mkdir -p "$dir/new"
tar -C "$dir/new" --no-same-owner -xpf -
cd "$dir/new"
find . -type f | sed 's,^[.]/,,' | LC_ALL=C sort > ../files
: > ../created
: > ../changed
while read -r file; do
  if [ ! -e "/$file" ]; then echo "$file" >> ../created
  elif ! cmp -s "$file" "/$file" || [ "$(stat -c %a "$file")" != "$(stat -c %a "/$file")" ]; then
    echo "$file" >> ../changed
  fi
done < ../files
if [ ! -s ../created ] && [ ! -s ../changed ]; then
  cd /
  rm -r "$dir"
  echo unchanged
  exit 0
fi
tar -C / -cpf ../before.tar -T ../changed
umask 022
cat ../created ../changed | LC_ALL=C sort | while read -r file; do
  folder=/$(dirname "$file")
  hidden=$folder/.$(basename "$file").holdfast
  mkdir -p "$folder"
  cp -p "$file" "$hidden"
  mv "$hidden" "/$file"
done
sed 's,^,new      /,' ../created
sed 's,^,changed  /,' ../changed
rm -r "$dir/new"`;
}

/** Puts back what lay there before the plan of that stamp; prints `nothing` where none was applied. */
export function takeBackScript(stamp: string, deployment: Deployment, cluster: string): string {
  return `set -eu
dir=${BACKUPS}/${stamp}
[ -d "$dir" ] || { echo nothing; exit 0; }
created() { grep -qx "$1" "$dir/created"; }
${LEAVE[deployment](cluster)}
tar -C / -xpf "$dir/before.tar"
while read -r file; do rm -f "/$file"; done < "$dir/created"
sed 's,^,removed  /,' "$dir/created"
sed 's,^,restored /,' "$dir/changed"
mv "$dir" "$dir.taken-back"`;
}

function units(cluster: string): readonly string[] {
  return [unitName(cluster, 'haproxy'), unitName(cluster, 'vip')];
}

/** Before files go: what was started by those that did not exist before. */
const LEAVE: Readonly<Record<Deployment, (cluster: string) => string>> = {
  // The kubelet ends what has no manifest any more.
  'static-pod': () => ':',
  compose: () =>
    'if created opt/holdfast/compose.yaml; then docker compose -f /opt/holdfast/compose.yaml down; fi',
  docker: () => 'if created opt/holdfast/start.sh; then docker rm --force haproxy keepalived; fi',
  systemd: (cluster) =>
    units(cluster)
      .map(
        (unit) => `if created etc/systemd/system/${unit}; then systemctl disable --now ${unit}; fi`,
      )
      .join('\n'),
};

/** Starts what the files describe, or has it read them again. */
export const START: Readonly<Record<Deployment, (cluster: string) => string>> = {
  'static-pod': () => ':',
  compose: () => 'docker compose -f /opt/holdfast/compose.yaml up -d',
  docker: () => '/opt/holdfast/start.sh',
  systemd: (cluster) => {
    const names = units(cluster).join(' ');
    return `systemctl daemon-reload && systemctl enable ${names} && systemctl reload-or-restart ${names}`;
  },
};

/** After files were put back: what is there still. */
export const RESTART: Readonly<Record<Deployment, (cluster: string) => string>> = {
  'static-pod': () => ':',
  compose: () =>
    '[ ! -e /opt/holdfast/compose.yaml ] || docker compose -f /opt/holdfast/compose.yaml up -d',
  docker: () => '[ ! -e /opt/holdfast/start.sh ] || /opt/holdfast/start.sh',
  systemd: (cluster) =>
    [
      'systemctl daemon-reload',
      ...units(cluster).map((unit) => {
        return `[ ! -e /etc/systemd/system/${unit} ] || systemctl reload-or-restart ${unit}`;
      }),
    ].join('\n'),
};

/** Whether the proxy of a host answers; the check's own status. */
export const CHECK = PATHS.check;

/** Prints a line for each of the addresses that the host has. */
export function heldScript(addresses: readonly string[]): string {
  return addresses.map((address) => `ip -o addr show to ${address}`).join('\n');
}
