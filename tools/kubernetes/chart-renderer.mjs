// What renders the Helm chart in tests (render-chart/main.go): built once with Debian's Go and Debian's sources of the
// libraries that Helm uses, and kept below XDG_CACHE_HOME under the digest of its source.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, hasAll, privateApt, WRITE_SOURCES } from './assets.mjs';

const SOURCE = fileURLToPath(new URL('render-chart/main.go', import.meta.url));
const NAME = 'render-chart';
const MASTERMINDS = ['goutils', 'semver', 'sprig'].map((name) => `github-masterminds-${name}`);
const PACKAGES = [
  ...['golang-1.19-go', 'golang-1.19-src'],
  ...[
    ...MASTERMINDS,
    ...['github-google-uuid', 'github-huandu-xstrings', 'github-imdario-mergo'],
    ...['github-mitchellh-copystructure', 'github-mitchellh-reflectwalk'],
    ...['github-shopspring-decimal', 'github-spf13-cast', 'golang-x-crypto', 'golang-x-sys'],
    ...['gopkg-yaml.v2', 'gopkg-yaml.v3', 'k8s-sigs-yaml'],
  ].map((name) => `golang-${name}-dev`),
];

function folder() {
  const digest = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
  return cacheFolder(`${NAME}-${digest}`);
}

/** The program; undefined where it has to be made first. */
export function findChartRenderer() {
  return hasAll(folder(), [NAME]) ? join(folder(), NAME) : undefined;
}

/** Builds it; `run` and `say` as in assets.mjs. Throws with a reason. */
export async function makeChartRenderer(run, say) {
  say("building the chart's renderer with Debian's Go and sprig; half a minute, once");
  const target = folder();
  const work = `${target}-work`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const goRoot = join(work, 'root/usr/lib/go-1.19');
  const env = {
    ...process.env,
    ...{ GOROOT: goRoot, GOPATH: join(work, 'root/usr/share/gocode') },
    ...{ GOCACHE: join(work, 'go-cache'), GO111MODULE: 'off', GOFLAGS: '', CGO_ENABLED: '0' },
    PATH: `${join(goRoot, 'bin')}${delimiter}${process.env.PATH}`,
  };
  const apt = privateApt(work);
  const script = `${WRITE_SOURCES}
    ${apt} update
    ${apt} download ${PACKAGES.join(' ')}
    for file in *.deb; do dpkg -x "$file" root; done
    go build -trimpath -ldflags '-s -w' -o bin/${NAME} '${SOURCE}'`;
  const args = ['-n', '19', 'sh', '-ec', script];
  const isDone = await run('nice', args, { cwd: work, env, mayBeInterrupted: true });
  if (!isDone) throw new Error("the chart's renderer could not be built");
  rmSync(target, { recursive: true, force: true });
  renameSync(join(work, 'bin'), target);
  rmSync(work, { recursive: true, force: true });
}
