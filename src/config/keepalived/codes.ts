import { type CodeEntry, entry } from './code-entry.ts';
import { SERVER_CODES } from './server-codes.ts';

/** Everything that can be said about a keepalived.conf. Codes are never renamed. */
export const CODES = {
  // Files and lines
  'config-unreadable': entry('fatal', 'fatal', 'The configuration file cannot be read.'),
  'include-missing': entry(
    'warning',
    'silent',
    'An included file does not exist or cannot be read.',
  ),
  'include-required': entry(
    'error',
    'security',
    'An include that must find a readable file does not.',
  ),
  'include-quoted': entry(
    'warning',
    'silent',
    'Quotes around the name of an included file, which keepalived does not take away.',
  ),
  'include-empty': entry('error', 'config', 'An include without the name of a file.'),
  'include-loop': entry('error', 'config', 'A file includes itself, directly or through others.'),
  'include-too-deep': entry('error', 'config', 'Files include each other too deeply.'),
  'executable-config': entry(
    'warning',
    'silent',
    'A configuration file is executable and is therefore skipped, as keepalived does.',
  ),
  'byte-order-mark': entry(
    'warning',
    'config',
    'A file begins with a byte order mark, which keepalived does not skip.',
  ),
  'line-too-long': entry(
    'warning',
    'config',
    'A line that keepalived would cut; all of it is read here.',
  ),
  'nul-in-line': entry('warning', 'silent', 'A line contains a NUL byte and is ignored.'),
  'unterminated-quote': entry('error', 'config', 'A " has no partner on its line.'),
  'malformed-sequence': entry('error', 'config', 'A ~SEQ or ~LST line cannot be read.'),
  'expansion-too-large': entry(
    'error',
    'config',
    'Definitions or sequences refer to themselves or produce too much text.',
  ),
  'slash-comment': entry(
    'error',
    'config',
    '// or /* is taken for something else: they do not begin comments.',
  ),
  'slash-comment-behind': entry(
    'warning',
    'silent',
    'Words after // are ignored, but only by luck: // does not begin a comment.',
  ),
  // Blocks and keywords
  'unknown-keyword': entry('error', 'config', 'A word stands where a keyword must, and is none.'),
  'missing-open-brace': entry('error', 'config', 'A keyword that needs a block has no {.'),
  'missing-close-brace': entry('error', 'config', 'A block is never closed.'),
  'unexpected-open-brace': entry('error', 'config', 'A { opens nothing.'),
  'extra-close-brace': entry('error', 'config', 'A } closes nothing.'),
  'not-yet': entry(
    'warning',
    'silent',
    'keepalived knows this keyword; this version of holdfast does not act upon it.',
  ),
  deprecated: entry('warning', 'config', 'An old spelling, still understood.'),
  'old-spelling': entry('warning', 'silent', 'An old spelling, which keepalived takes silently.'),
  'missing-parameter': entry('error', 'parameter', 'A keyword stands without the word it needs.'),
  'missing-value': entry('error', 'config', 'A keyword stands without its value and is ignored.'),
  'surplus-words': entry('warning', 'config', 'Words behind a statement that allows no more.'),
  'extra-words': entry('warning', 'silent', 'Words behind a complete statement are ignored.'),
  // Values
  'invalid-number': entry('error', 'config', 'Not a decimal number.'),
  'number-out-of-range': entry(
    'error',
    'config',
    'A number below the least or above the most allowed.',
  ),
  'number-with-junk': entry('warning', 'config', 'A number with something else glued to it.'),
  'too-many-places': entry('warning', 'config', 'More decimal places than are kept.'),
  'invalid-choice': entry('error', 'config', 'A word other than those that are allowed here.'),
  'invalid-bool': entry('error', 'config', 'Neither true, on, yes nor false, off, no.'),
  'invalid-address': entry('error', 'config', 'Not an IP address.'),
  'invalid-script': entry('error', 'config', 'A command line that cannot be split into words.'),
  'placeholder-left': entry(
    'error',
    'config',
    'A variable or template placeholder was never replaced by a value.',
  ),
  'repeated-keyword': entry(
    'warning',
    'config',
    'A script or a pipe is given twice; the first one counts.',
  ),
  // Pipes
  'pipe-shared': entry(
    'warning',
    'silent',
    'Two pipes have the same path; only notify_fifo is written to.',
  ),
  'pipe-reader-unused': entry('warning', 'silent', 'A reader is given for a pipe that is not.'),
  // Global definitions
  'not-multicast': entry('error', 'config', 'A group address outside the multicast range.'),
  'group-scope': entry(
    'warning',
    'config',
    'An IPv6 group address whose scope is wider than the link.',
  ),
  'name-too-long': entry('warning', 'config', 'A name longer than the kernel keeps; it is cut.'),
  'invalid-cpu-list': entry('error', 'config', 'Not a list of processor numbers.'),
  'invalid-umask': entry('error', 'config', 'Not a file mode mask.'),
  'missing-net-namespace': entry(
    'warning',
    'silent',
    'The network namespace of net_namespace or -s does not exist, or may not be entered.',
  ),
  'name-with-slash': entry(
    'error',
    'silent',
    'A name that becomes part of a path has a slash in it.',
  ),
  'relative-file': entry(
    'warning',
    'silent',
    'A file of a reload is not named by an absolute path; keepalived takes it as it is.',
  ),
  'relative-path': entry('error', 'config', 'A file or socket is not named by an absolute path.'),
  'invalid-listen': entry('error', 'config', 'Not an address and a port to listen on.'),
  'mail-incomplete': entry(
    'warning',
    'silent',
    'A mail server without recipients, or recipients without a server: no mail is sent.',
  ),
  'mail-password-open': entry(
    'warning',
    'silent',
    'smtp_login without smtp_tls: the password is sent without encryption.',
  ),
  // Scripts
  'missing-script': entry('error', 'config', 'A vrrp_script block without a script line.'),
  'duplicate-script': entry(
    'warning',
    'silent',
    'Two vrrp_script blocks have one name; the first counts.',
  ),
  'zero-interval': entry('warning', 'config', 'An interval or timeout below 0.001 s; 1 s is used.'),
  'script-timeout-over-interval': entry(
    'info',
    'silent',
    'A check may run longer than its interval, so some of its turns are left out.',
  ),
  // Instances
  'missing-name': entry('error', 'config', 'A block that needs a name has none; it is left out.'),
  'duplicate-instance': entry(
    'error',
    'config',
    'Two instances have one name; the second is left out.',
  ),
  'duplicate-vrid': entry(
    'error',
    'config',
    'Two instances share interface, virtual_router_id and group; the second is left out.',
  ),
  'missing-interface': entry('error', 'config', 'An instance without an interface is left out.'),
  'loopback-interface': entry('error', 'config', 'VRRP cannot run on a loopback interface.'),
  'missing-vrid': entry('error', 'config', 'An instance without virtual_router_id is left out.'),
  'owner-by-default': entry(
    'warning',
    'silent',
    'state MASTER without priority makes the host the address owner, priority 255.',
  ),
  'master-not-owner': entry(
    'error',
    'config',
    'Strict mode allows state MASTER to the owner only.',
  ),
  'nopreempt-cleared': entry(
    'error',
    'config',
    'nopreempt needs state BACKUP and a priority below 255.',
  ),
  'preempt-delay-cleared': entry(
    'error',
    'config',
    'preempt_delay needs state BACKUP, preemption and no strict mode.',
  ),
  'interval-rounded': entry(
    'warning',
    'config',
    'The wire cannot carry this advertisement interval.',
  ),
  'strict-mode-overrides': entry('warning', 'config', 'Strict mode does not allow this setting.'),
  'owner-ignores': entry(
    'warning',
    'config',
    'owner_ignore_adverts counts for an owner, and always then.',
  ),
  'password-truncated': entry(
    'warning',
    'config',
    'Only 8 bytes of a password fit into an advert.',
  ),
  'authentication-ignored': entry(
    'warning',
    'config',
    'There is no authentication in VRRP version 3, nor in strict mode.',
  ),
  'authentication-incomplete': entry(
    'warning',
    'config',
    'auth_type without auth_pass: no authentication.',
  ),
  'authentication-untyped': entry(
    'warning',
    'silent',
    'auth_pass without auth_type: no authentication.',
  ),
  'invalid-key': entry('error', 'config', 'A key that is too short, too long or malformed.'),
  'setting-without-effect': entry(
    'warning',
    'config',
    'A setting contradicts the instance it stands in, or lacks what it is about.',
  ),
  'invalid-version': entry('warning', 'config', 'IPv6 needs version 3 in strict mode.'),
  'no-addresses': entry(
    'warning',
    'config',
    'An instance without virtual addresses protects nothing.',
  ),
  'link-local-first': entry(
    'warning',
    'config',
    'Strict mode asks for a link-local address first among IPv6 addresses.',
  ),
  // Addresses
  'wrong-family': entry('error', 'config', 'An address of another family than what it belongs to.'),
  'invalid-prefix': entry('error', 'config', 'A prefix length that this family does not have.'),
  'quoted-address': entry('warning', 'config', 'Quotes around a whole address line.'),
  'two-addresses': entry('error', 'config', 'A second address on one line is ignored.'),
  'unknown-address-option': entry('error', 'config', 'A word that an address line does not know.'),
  'missing-option-value': entry('error', 'config', 'An option of an address lacks its value.'),
  'label-too-long': entry(
    'error',
    'config',
    'A label longer than 15 characters; the address is left out.',
  ),
  'duplicate-address': entry('warning', 'silent', 'An address is listed twice.'),
  'too-many-addresses': entry(
    'warning',
    'config',
    'More addresses than an advert can carry; the rest is held but not advertised.',
  ),
  // Routes and rules
  'invalid-route': entry('error', 'config', 'A route that cannot be read; it is left out.'),
  'invalid-rule': entry('error', 'config', 'A rule that cannot be read; it is left out.'),
  'route-untracked': entry('warning', 'config', 'A route without an interface cannot be tracked.'),
  'protocol-reset': entry(
    'warning',
    'config',
    'A route or rule that is tracked must have the protocol keepalived.',
  ),
  'rule-without-preference': entry('warning', 'config', 'A rule without a preference gets one.'),
  'unknown-number-name': entry(
    'error',
    'config',
    'The files of iproute2 know no table, protocol, scope, realm or group of this name.',
  ),
  // Unicast
  'no-peers': entry('warning', 'config', 'unicast_peer without another host: multicast is used.'),
  'prefix-ignored': entry(
    'warning',
    'silent',
    'A single address has no prefix length or range; it is ignored.',
  ),
  'own-address-among-peers': entry(
    'warning',
    'silent',
    'The own source address is listed as a peer.',
  ),
  'duplicate-peer': entry('warning', 'silent', 'A peer is listed twice.'),
  // Tracking
  'unknown-script': entry(
    'error',
    'config',
    'track_script names a script that is not defined above it.',
  ),
  'duplicate-track-check': entry(
    'error',
    'config',
    'A second track_check of the same name is left out.',
  ),
  'unknown-tracking-option': entry('error', 'config', 'A word that a tracking line does not know.'),
  'unknown-tracked': entry(
    'error',
    'config',
    'A line names something to track that is not defined above it.',
  ),
  'no-proxy': entry(
    'error',
    'config',
    'track_proxy stands in a run that no haproxy.cfg belongs to; it is not tracked.',
  ),
  'impossible-min': entry(
    'error',
    'config',
    'track_proxy wants more servers than the backend has; it is not tracked.',
  ),
  'own-interface-tracked': entry(
    'warning',
    'config',
    "track_interface names the instance's own interface, which is tracked anyway.",
  ),
  'definition-incomplete': entry(
    'error',
    'config',
    'A block lacks what it cannot be without, or contradicts another; it is left out.',
  ),
  'duplicate-tracking': entry(
    'error',
    'config',
    'Something is tracked twice; the first line counts.',
  ),
  'weight-in-group': entry(
    'warning',
    'config',
    'The weight of something that is tracked does nothing here.',
  ),
  'weight-on-owner': entry(
    'error',
    'config',
    "An address owner's priority cannot be changed by weights.",
  ),
  // Sync groups
  'unknown-member': entry('error', 'config', 'A sync group names an instance that does not exist.'),
  'lonely-group': entry('warning', 'config', 'A sync group with fewer than two members.'),
  'duplicate-member': entry('error', 'config', 'An instance is in two sync groups.'),
  // Virtual servers
  ...SERVER_CODES,
  // This host
  'interface-not-found': entry('error', 'config', 'The host has no such interface.'),
  'script-not-found': entry('error', 'config', 'The script does not exist; it is not run.'),
  'unknown-interface': entry(
    'error',
    'fatal',
    'A block about links names an interface that this host does not have.',
  ),
  'key-file-open': entry('security', 'security', 'Others than root may read or change a key.'),
  'key-file-unusable': entry('error', 'config', 'The file of a key cannot be read or holds none.'),
  'script-not-executable': entry(
    'error',
    'silent',
    'The script may not be executed; it is not run.',
  ),
  'script-refused': entry(
    'error',
    'config',
    'Script security forbids a check that others than root may change; it is not run.',
  ),
  'notify-unusable': entry(
    'error',
    'silent',
    'A script other than a vrrp_script cannot be run, which keepalived notices too late.',
  ),
  'script-writable': entry(
    'security',
    'security',
    'Others than root may change a script run as root.',
  ),
  'scripts-unprotected': entry(
    'security',
    'security',
    'Scripts are run without enable_script_security.',
  ),
  'unknown-user': entry(
    'error',
    'config',
    'The user or group does not exist; the script is not run.',
  ),
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;
