/** keepalived's own, where a command line names none. */
export const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
