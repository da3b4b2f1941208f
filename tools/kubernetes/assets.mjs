// A real API server for tests. `KUBEBUILDER_ASSETS` names a folder with etcd and kube-apiserver, as envtest
// has it. Without it, kube-apiserver and kube-controller-manager are built once from Debian's source package
// with Debian's Go (some seven minutes on two cores), and kept with Debian's etcd and kubectl below
// XDG_CACHE_HOME. Packages come through an apt configuration of their own, and are unpacked, not installed: the
// sources of the host stay as they are, no service starts, and a kubectl that is installed stays.
import { accessSync, constants, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const VERSION = '1.20.2';
const SUITE = 'bookworm';
// The source's own reflect2 writes beyond its memory when it is built with Go 1.18 or later.
const REFLECT = 'github.com/modern-go/reflect2';
const PACKAGES = [
  ...['golang-1.19-go', 'golang-1.19-src', 'golang-github-modern-go-reflect2-dev'],
  ...['etcd-server', 'kubernetes-client'],
];
const BUILT = ['kube-apiserver', 'kube-controller-manager'];
const UNPACKED = ['etcd', 'kubectl'];
const IMPORT_PATH = 'k8s.io/kubernetes/vendor/k8s.io/component-base/version';

/** Makes sources.list. Each line of the host's sources is one mirror; the first of Debian itself will do. */
export const WRITE_SOURCES = `mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Identifier: Packages' |
      sed -n '/security/d; s/^Debian //p' | head -n 1)
    for kind in deb deb-src; do
      echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror ${SUITE} main"
    done > sources.list`;

/** Where what is built once is kept. */
export function cacheFolder(name = `kubernetes-${VERSION}`) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'holdfast', name);
}

export function hasAll(folder, names) {
  return names.every((name) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The folder with the programs; undefined where it has to be made first. */
export function findKubernetes() {
  const given = process.env.KUBEBUILDER_ASSETS;
  if (given) return hasAll(given, ['etcd', 'kube-apiserver']) ? given : undefined;
  const own = cacheFolder();
  return hasAll(own, [...BUILT, ...UNPACKED]) ? own : undefined;
}

/** A program of that folder, else one on PATH; undefined where there is none. */
export function findKubernetesProgram(name) {
  const folders = [findKubernetes(), ...(process.env.PATH ?? '').split(delimiter)];
  const folder = folders.find((entry) => entry && hasAll(entry, [name]));
  return folder === undefined ? undefined : join(folder, name);
}

/**
 * Builds what `findKubernetes` looks for. `run` runs a command quietly, shows what it said where it failed, and
 * resolves to whether it succeeded. Throws with a reason.
 */
export async function makeKubernetes(run, say) {
  if (process.env.KUBEBUILDER_ASSETS) {
    throw new Error('KUBEBUILDER_ASSETS names a folder without etcd and kube-apiserver');
  }
  const target = cacheFolder();
  const work = `${target}-work`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const goRoot = join(work, 'root/usr/lib/go-1.19');
  const env = {
    ...process.env,
    GOROOT: goRoot,
    GOPATH: join(work, 'go'),
    GOCACHE: join(work, 'go-cache'),
    GO111MODULE: 'off',
    GOFLAGS: '',
    CGO_ENABLED: '0',
    PATH: `${join(goRoot, 'bin')}${delimiter}${process.env.PATH}`,
  };
  const step = async (folder, command) => {
    // Somebody may be at work on this machine.
    const args = ['-n', '19', 'sh', '-ec', command];
    const isDone = await run('nice', args, { cwd: folder, env, mayBeInterrupted: true });
    if (!isDone) throw new Error(`kube-apiserver could not be built: ${command.split('\n', 1)[0]}`);
  };
  say(`building kube-apiserver ${VERSION} from Debian's source; some seven minutes, once`);
  const apt = privateApt(work);
  await step(
    work,
    `${WRITE_SOURCES}
    ${apt} update
    ${apt} --download-only source kubernetes
    ${apt} download ${PACKAGES.join(' ')}
    for file in *.deb; do dpkg -x "$file" root; done
    mkdir -p go/src/k8s.io
    dpkg-source --extract *.dsc go/src/k8s.io/kubernetes
    rm -r go/src/k8s.io/kubernetes/vendor/${REFLECT}
    cp -r root/usr/share/gocode/src/${REFLECT} go/src/k8s.io/kubernetes/vendor/${REFLECT}`,
  );
  const source = join(work, 'go/src/k8s.io/kubernetes');
  await step(source, 'make generated_files');
  const variables = [`gitVersion=v${VERSION}`, `gitMajor=1`, `gitMinor=20`, `gitTreeState=clean`]
    .map((entry) => `-X ${IMPORT_PATH}.${entry}`)
    .join(' ');
  const commands = BUILT.map((name) => `./cmd/${name}`).join(' ');
  await step(
    source,
    `go build -trimpath -ldflags '-s -w ${variables}' -o ${work}/bin/ ${commands}`,
  );
  for (const name of UNPACKED)
    renameSync(join(work, 'root/usr/bin', name), join(work, 'bin', name));
  rmSync(target, { recursive: true, force: true });
  renameSync(join(work, 'bin'), target);
  // Go keeps folders without write bits in its caches; root does not mind.
  rmSync(work, { recursive: true, force: true });
  say(`kube-apiserver, kube-controller-manager, etcd and kubectl are in ${target}`);
}

/** `apt-get` with lists, sources and archives of its own in `work`. */
export function privateApt(work) {
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const options = [
    `Dir::Etc::sourcelist=${work}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    'APT::Sandbox::User=root',
  ];
  return `apt-get -q ${options.map((option) => `-o ${option}`).join(' ')}`;
}
