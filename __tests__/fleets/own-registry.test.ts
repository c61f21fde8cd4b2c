import { gunzipSync } from 'node:zlib';
import { userDataLimit } from '../../src/rendering/cloud-init';
import { withAutoscaler, withValue, type AutoscalerInput } from '../support/environments';
import { addressesOf, addressOf, blockOf, blocksOf, needs, synthesize, type Block } from '../support/synth';

/** A mirror of Docker Hub on a manager, for its workers. */

const runners: NonNullable<AutoscalerInput['runners']> = {
  linux: { workers: { egress: [{ cidr: '10.1.0.0/16', port: 443 }] } },
  tools: {},
};
const without = synthesize(withAutoscaler({ runners }));
const terraform = synthesize(withValue(withAutoscaler({ runners }), 'registryMirror', { type: 'own' }));

const manager = 'acme-dev-builds';
const groupOf = (name: string): string => {
  const found = Object.entries(terraform.resource.aws_security_group ?? {}).filter(
    ([, block]) => block.name_prefix === `${name}-`,
  );
  if (found.length !== 1 || found[0] === undefined) throw new Error(`there is not one group ${name}`);
  return `\${aws_security_group.${found[0][0]}.id}`;
};
const rules = (direction: 'ingress' | 'egress'): Block[] =>
  blocksOf(terraform, `aws_vpc_security_group_${direction}_rule`).filter(
    ({ from_port: port }) => port === 5000,
  );

test('has a name that the VPC knows', () => {
  expect(blockOf(terraform, 'aws_route53_zone')).toMatchObject({
    name: `registry.${manager}.internal`,
    vpc: [{ vpc_id: 'vpc-0a1b2c3d4e5f60718' }],
  });
});

test('is reached by the workers of each runner, whose ways out lead there too, and by nobody else', () => {
  const workers = [`${manager}-linux`, `${manager}-tools`];
  expect(rules('ingress')).toEqual(
    workers.map((name): unknown =>
      expect.objectContaining({
        security_group_id: groupOf(manager),
        referenced_security_group_id: groupOf(name),
        ip_protocol: 'tcp',
        to_port: 5000,
      }),
    ),
  );
  expect(rules('egress')).toEqual(
    workers.map((name): unknown =>
      expect.objectContaining({
        security_group_id: groupOf(name),
        referenced_security_group_id: groupOf(manager),
        ip_protocol: 'tcp',
        to_port: 5000,
      }),
    ),
  );
});

test('is there before the manager, and goes after it', () => {
  const group =
    addressesOf(terraform).find((one) => /^aws_autoscaling_group\.fleet-builds_group_/.test(one)) ?? '';
  const kept = needs(terraform, group);
  expect(kept.has(addressOf(terraform, 'aws_route53_zone'))).toBe(true);
  for (const address of addressesOf(terraform).filter((one) => one.includes('registry'))) {
    expect(kept.has(address)).toBe(true);
  }
});

test('adds to what is there, and moves nothing of it', () => {
  const before = addressesOf(without);
  const added = addressesOf(terraform).filter((address) => !before.includes(address));
  expect(before.filter((address) => !addressesOf(terraform).includes(address))).toEqual([]);
  expect(added.map((address) => address.replace(/_[0-9A-F]{8}$/, ''))).toEqual([
    'aws_route53_zone.fleet-builds_registry',
    'aws_vpc_security_group_egress_rule.fleet-builds_workers_linux_security-group_egress-to-manager-5000',
    'aws_vpc_security_group_egress_rule.fleet-builds_workers_tools_security-group_egress-to-manager-5000',
    'aws_vpc_security_group_ingress_rule.fleet-builds_registry-access_linux',
    'aws_vpc_security_group_ingress_rule.fleet-builds_registry-access_tools',
  ]);
});

describe('user data', () => {
  const written = (name: string): { path: string; content: string }[] => {
    const launch = blocksOf(terraform, 'aws_launch_template').find((one) => one.name === name);
    const text = gunzipSync(Buffer.from(String(launch?.user_data), 'base64')).toString('utf8');
    return (JSON.parse(text.split('\n')[1] ?? '') as { write_files: { path: string; content: string }[] })
      .write_files;
  };
  const contentOf = (name: string, path: string) => written(name).find((one) => one.path === path)?.content;
  const settings = '/etc/gitlab-runner-aws/registry.json';

  test('of the manager has its settings: a folder in the bucket of the cache, and Docker Hub behind it', () => {
    expect(JSON.parse(contentOf(manager, settings) ?? '')).toEqual({
      version: '0.1',
      log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
      storage: {
        s3: {
          region: 'eu-central-1',
          bucket: 'acme-dev-cache-@account-id@',
          rootdirectory: '/_registry/builds',
        },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: ':5000' },
      proxy: { remoteurl: 'https://registry-1.docker.io', ttl: '0s' },
    });
    expect(contentOf(manager, '/etc/gitlab-runner-aws/environment')).toContain(
      `REGISTRY_HOST=registry.${manager}.internal\n`,
    );
  });

  test('of a stock manager fits, also with a proxy', () => {
    const proxied = withValue(
      withValue(withAutoscaler({ runners }), 'registryMirror', { type: 'own' }),
      'proxy',
      { http: 'http://proxy.acme.example:3128' },
    );
    const sizes = blocksOf(synthesize(proxied), 'aws_launch_template').map(
      ({ user_data: data }) => Buffer.from(String(data), 'base64').length,
    );
    expect(Math.max(...sizes)).toBeLessThan(userDataLimit * 0.97);
  });

  test('of a stock manager carries what runs it; that of workers does not, nor its settings', () => {
    const ofMirror = (name: string) =>
      written(name)
        .map(({ path }) => path.split('/').at(-1))
        .filter((one) => /registry\.|-registry\./.test(one ?? ''))
        .sort();
    expect(ofMirror(manager)).toEqual(['gitlab-runner-registry.service', 'registry.json', 'registry.sh']);
    expect(ofMirror(`${manager}-linux`)).toEqual([]);
  });
});
