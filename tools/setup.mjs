// Prepares a fresh clone for `npm test` and `npm run demo`: npm packages always, Debian packages
// when root; for `kubernetes` a real API server too. Needs nothing but Node. Does nothing, and says
// nothing, when all is there.
//
//   node tools/setup.mjs test|demo|vm|kubernetes|packages|containers
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findKubernetes, makeKubernetes } from './kubernetes/assets.mjs';
import { findChartRenderer, makeChartRenderer } from './kubernetes/chart-renderer.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lowestNode = [20, 19];
const policyFile = '/usr/sbin/policy-rc.d';
const policyText =
  '#!/bin/sh\n# holdfast setup: installing a package starts no service\nexit 101\n';

/** command → Debian package, and what needs it. */
const commands = {
  ip: { package: 'iproute2', purpose: 'hosts in network namespaces', demo: true },
  keepalived: { package: 'keepalived', purpose: 'the peer in the interoperability tests' },
  haproxy: { package: 'haproxy', purpose: "the operators' set-ups under test" },
  nft: { package: 'nftables', purpose: 'cutting links and losing packets in tests' },
  'iptables-legacy': { package: 'iptables', purpose: 'rules of firewalls under test' },
  curl: { package: 'curl', purpose: "the operators' check scripts" },
  openssl: { package: 'openssl', purpose: 'certificates of the TLS servers under test' },
  pkill: { package: 'procps', purpose: "the operators' check scripts" },
  killall: { package: 'psmisc', purpose: "the operators' check scripts" },
  netstat: { package: 'net-tools', purpose: "an operator's check script" },
  tcpdump: { package: 'tcpdump', purpose: 'recording packets in tests' },
  ping: { package: 'iputils-ping', purpose: 'what a user types first' },
  wrk: { package: 'wrk', purpose: 'clients of balanced servers under test' },
  nginx: { package: 'nginx-light', purpose: 'the web server behind the HTTP checks under test' },
  unbound: { package: 'unbound', purpose: 'the name server behind the DNS checks under test' },
  dig: { package: 'bind9-dnsutils', purpose: 'asking the name servers behind an address' },
  dropbear: { package: 'dropbear-bin', purpose: 'the hosts to which a plan is brought by ssh' },
  ssh: { package: 'openssh-client', purpose: 'bringing a plan to its hosts' },
  chromium: { package: 'chromium', purpose: 'the browser in front of the stats page under test' },
  cc: { package: 'gcc', purpose: "keepalived's checkers where the kernel has no IPVS" },
  socat: { package: 'socat', purpose: 'typing orders at the socket of the proxy' },
  groff: { package: 'groff-base', purpose: 'reading the man pages' },
  zsh: { package: 'zsh', purpose: 'completion in that shell' },
  fish: { package: 'fish', purpose: 'completion in that shell' },
  // No program that sends the host's mail: installing one would remove another that is there.
  aiosmtpd: { package: 'python3-aiosmtpd', purpose: 'the mail server behind the SMTP checks' },
  'qemu-system-x86_64': { package: 'qemu-system-x86', purpose: 'a kernel with IPVS', vm: true },
  xz: { package: 'xz-utils', purpose: 'unpacking that kernel', vm: true },
  ipvsadm: { package: 'ipvsadm', purpose: 'what that kernel balances', vm: true },
  'dpkg-source': { package: 'dpkg-dev', purpose: "unpacking the API server's source", build: true },
  make: { package: 'make', purpose: 'building it', build: true },
  rsync: { package: 'rsync', purpose: 'building it', build: true },
  jq: { package: 'jq', purpose: 'building it', build: true },
  'dpkg-deb': { package: 'dpkg', purpose: 'making the .deb', packages: true },
  rpmbuild: { package: 'rpm', purpose: 'making the .rpm, and trying it', packages: true },
  debootstrap: {
    package: 'debootstrap',
    purpose: 'a Debian for packages and containers',
    packages: true,
    containers: true,
  },
};

let running;
let interrupted = false;

function say(text) {
  console.error(`setup: ${text}`);
}

function findCommand(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder || '.', name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function modifiedMs(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Runs `action` while no other set-up runs it. The lock is an abstract socket, which the kernel
 * releases with the process, however that ends; elsewhere than on Linux there is none.
 */
async function exclusively(name, action) {
  if (process.platform !== 'linux') return action();
  let server;
  for (let tries = 0; ; tries++) {
    server = createServer();
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen(`\0holdfast-setup-${name}`, () => resolve(undefined));
    });
    if (error === undefined) break;
    if (error.code !== 'EADDRINUSE') throw error;
    if (tries === 0) say('another set-up is at work; waiting for it');
    await sleep(200);
  }
  try {
    return await action();
  } finally {
    server.close();
  }
}

/** Runs a command quietly; on failure shows what it said. Resolves to whether it succeeded. */
function run(command, args, options) {
  return new Promise((resolve) => {
    const { mayBeInterrupted, ...spawnOptions } = options;
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a process group of its own Ctrl-C does not reach it: we decide.
      detached: true,
      ...spawnOptions,
    });
    running = { child, mayBeInterrupted };
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (status) => {
      running = undefined;
      if (status !== 0 && !interrupted) process.stderr.write(Buffer.concat(output));
      resolve(status === 0);
    });
  });
}

function needsNpmPackages() {
  return modifiedMs('node_modules/.package-lock.json') < modifiedMs('package-lock.json');
}

async function installNpmPackages() {
  if (!needsNpmPackages()) return;
  const path = statSync(root);
  await exclusively(`npm-${path.dev}-${path.ino}`, async () => {
    if (!needsNpmPackages() || interrupted) return;
    say('installing npm packages (npm ci)');
    const npm = process.env.npm_execpath;
    const [command, ...args] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
    const isInstalled = await run(command, [...args, 'ci', '--include=dev'], {
      mayBeInterrupted: true,
    });
    if (!isInstalled && !interrupted) throw new Error('npm ci failed');
  });
}

function isNeeded({ demo, vm, build, packages, containers }, mode) {
  if (mode === 'demo') return demo;
  if (mode === 'containers' && containers) return true;
  if (packages) return mode === 'packages';
  if (build) return mode === 'kubernetes' && needsKubernetes();
  return mode === 'vm' || !vm;
}

/** Where KUBEBUILDER_ASSETS says what to take, nothing is built. */
function needsKubernetes() {
  return findKubernetes() === undefined && !process.env.KUBEBUILDER_ASSETS;
}

function listMissing(mode) {
  return Object.entries(commands)
    .filter(([, entry]) => isNeeded(entry, mode))
    .filter(([name]) => !findCommand(name))
    .map(([, entry]) => entry);
}

function describe(packages) {
  return packages.map((entry) => `${entry.package} (${entry.purpose})`).join(', ');
}

/** A package's service must not start on this machine: that is what policy-rc.d is for. */
async function withoutStartingServices(action) {
  const remove = () => rmSync(policyFile, { force: true });
  try {
    // Left behind by a set-up that was killed.
    if (readFileSync(policyFile, 'utf8') === policyText) remove();
  } catch {
    // There is none.
  }
  let isOurs = false;
  try {
    writeFileSync(policyFile, policyText, { flag: 'wx', mode: 0o755 });
    isOurs = true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    return await action();
  } finally {
    if (isOurs) remove();
  }
}

async function installDebianPackages(mode) {
  await exclusively('apt', async () => {
    const missing = listMissing(mode);
    if (missing.length === 0 || interrupted) return;
    say(`installing Debian packages: ${describe(missing)}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], { env });
    await withoutStartingServices(async () => {
      await apt('update');
      if (interrupted) return;
      const names = missing.map((entry) => entry.package);
      await apt('install', '-y', '--no-install-recommends', ...names);
    });
  });
}

async function prepareKubernetes() {
  if (findKubernetes() !== undefined && findChartRenderer() !== undefined) return;
  await exclusively('kubernetes', async () => {
    if (findKubernetes() === undefined && !interrupted) await makeKubernetes(run, say);
    if (findChartRenderer() === undefined && !interrupted) await makeChartRenderer(run, say);
  });
}

function explainMissing(mode) {
  const isRoot = process.getuid?.() === 0;
  const missing = listMissing(mode);
  const consequence = {
    test: 'the tests that need it are skipped',
    vm: 'the tests of IPVS cannot run',
    kubernetes: 'the tests with an API server cannot run',
    packages: 'packages cannot be made and tried',
    containers: 'the containers cannot be built and run',
    demo: 'the demo runs on the simulator instead of real hosts',
  }[mode];
  if (process.platform !== 'linux') say(`this is not Linux: ${consequence}`);
  else if (!isRoot) say(`not root, so no network namespaces: ${consequence}`);
  if (process.platform === 'linux' && missing.length > 0) {
    say(`missing: ${describe(missing)}: ${consequence}`);
    if (!isRoot) say(`to have it: apt-get install ${missing.map((m) => m.package).join(' ')}`);
  }
}

function interrupt() {
  if (!interrupted && running !== undefined && !running.mayBeInterrupted) {
    say('waiting for apt-get: stopping it now would leave packages half installed');
  }
  interrupted = true;
  if (running?.mayBeInterrupted) {
    try {
      process.kill(-running.child.pid, 'SIGTERM');
    } catch {
      // It ended in the meantime.
    }
  }
}

async function main(mode) {
  if (!['test', 'demo', 'vm', 'kubernetes', 'packages', 'containers'].includes(mode)) {
    console.error('usage: node tools/setup.mjs test|demo|vm|kubernetes|packages|containers');
    return 2;
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < lowestNode[0] || (major === lowestNode[0] && minor < lowestNode[1])) {
    say(`Node ${lowestNode.join('.')} or later is needed; this is ${process.versions.node}`);
    return 1;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  // npm hands a signal to its shell only; that the shell is gone is how we learn of it.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && interrupt(), 200);
  try {
    await installNpmPackages();
    const isDebianRoot = process.getuid?.() === 0 && findCommand('apt-get');
    if (!interrupted && isDebianRoot && listMissing(mode).length > 0) {
      await installDebianPackages(mode);
    }
    if (!interrupted) explainMissing(mode);
    if (!interrupted && isDebianRoot && mode === 'kubernetes') await prepareKubernetes();
  } catch (error) {
    say(error.message);
    return 1;
  } finally {
    clearInterval(watch);
  }
  return interrupted ? 130 : 0;
}

process.exitCode = await main(process.argv[2]);
