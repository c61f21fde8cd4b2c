import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  newMachine,
  readIfThere,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

const FIREWALL = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/firewall.sh');
const CHAIN = 'GITLAB-RUNNER-METRICS';

let machine: Machine;

/** The rules of a table as the stand-ins of iptables hold them: a chain is replaced, rules of INPUT are kept. */
const rules = (tables: string): string[] =>
  [`${tables}.INPUT`, `${tables}.chain`].flatMap((file) =>
    readIfThere(path.join(machine.dir, file)).split('\n').filter(Boolean),
  );

beforeEach(() => {
  machine = newMachine();
  for (const tables of ['iptables', 'ip6tables']) {
    const file = path.join(machine.dir, tables);
    stub(machine, `${tables}-restore`, `[[ $* == '-w --noflush' ]] && cat >'${file}.chain'`);
    const rule = `-A INPUT -j ${CHAIN}`;
    stub(
      machine,
      tables,
      `case "$*" in
        '-w -C INPUT -j ${CHAIN}') grep -qFx -e '${rule}' '${file}.INPUT' ;;
        '-w -I INPUT -j ${CHAIN}') echo '${rule}' >>'${file}.INPUT' ;;
        *) exit 64 ;;
      esac`,
    );
  }
  routes('default via 10.0.0.1 dev ens5 proto dhcp src 10.0.0.5 metric 512');
  fs.writeFileSync(path.join(machine.dir, 'environment'), 'METRICS_PORT=9300\n');
});

afterEach(discardMachines);

const routes = (ipv4: string, ipv6 = ''): void =>
  stub(
    machine,
    'ip',
    `case "$1" in -4) printf '${ipv4 && `${ipv4}\\n`}' ;; -6) printf '${ipv6 && `${ipv6}\\n`}' ;; esac
     [[ $* == *' -o route show default' ]]`,
  );

const protect = (extra: Record<string, string> = {}): Outcome =>
  run(machine, ['bash', FIREWALL], {
    ENVIRONMENT_FILE: path.join(machine.dir, 'environment'),
    IPV6: machine.dir,
    ...extra,
  });

const protectedBy = (...interfaces: string[]): string[] => [
  `-A INPUT -j ${CHAIN}`,
  '*filter',
  `:${CHAIN} - [0:0]`,
  ...['lo', ...interfaces].map((name) => `-A ${CHAIN} -i ${name} -j RETURN`),
  `-A ${CHAIN} -p tcp --dport 9300 -j DROP`,
  'COMMIT',
];

describe('the firewall', () => {
  test('lets the machine and its network to the metrics, and nothing else, whatever bridge it comes over', () => {
    const { status, stdout, stderr } = protect();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toBe('firewall: port 9300 is open to this machine and ens5\n');
    expect(rules('iptables')).toEqual(protectedBy('ens5'));
    expect(rules('ip6tables')).toEqual(protectedBy('ens5'));
  });

  test('fills the chain before anything is sent through it', () => {
    protect();
    expect(calls(machine, 'iptables')).toEqual([
      'iptables-restore -w --noflush',
      `iptables -w -C INPUT -j ${CHAIN}`,
      `iptables -w -I INPUT -j ${CHAIN}`,
    ]);
  });

  test('changes nothing the second time', () => {
    protect();
    const before = [rules('iptables'), rules('ip6tables')];
    expect(protect().status).toBe(0);
    expect([rules('iptables'), rules('ip6tables')]).toEqual(before);
  });

  test('knows the network of IPv6 too, where it is another one', () => {
    routes(
      'default via 10.0.0.1 dev ens5',
      'default proto ra metric 512 nexthop via fe80::1 dev ens6 weight 1',
    );
    expect(protect().status).toBe(0);
    expect(rules('ip6tables')).toEqual(protectedBy('ens5', 'ens6'));
  });

  test('leaves out IPv6 where the kernel has none', () => {
    expect(protect({ IPV6: path.join(machine.dir, 'none') }).status).toBe(0);
    expect(rules('ip6tables')).toEqual([]);
    expect(rules('iptables')).toEqual(protectedBy('ens5'));
  });

  test('fails as long as there is no network, so that gitlab-runner is started later', () => {
    routes('');
    const { status, stderr } = protect();
    expect(status).toBe(1);
    expect(stderr).toContain('no default route yet');
    expect(rules('iptables')).toEqual([]);
  });

  test.each(['iptables-restore', 'ip6tables-restore'])('fails when %s does', (name) => {
    stub(machine, name, 'exit 4');
    expect(protect().status).not.toBe(0);
  });
});
