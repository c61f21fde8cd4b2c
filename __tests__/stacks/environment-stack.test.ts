import { AnnotationMetadataEntryType, App, Testing } from 'cdktf';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { loadEnvironments } from '../../src/config/load';
import type { Environment } from '../../src/config/model';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { EnvironmentStack } from '../../src/stacks/environment-stack';
import { errorsOf } from '../../src/stacks/errors';
import { renderConfigTemplate } from '../../src/rendering/config-toml';
import { renderDrainDocument } from '../../src/rendering/drain-document';
import { renderPackerTemplate } from '../../src/rendering/packer-template';
import {
  KEY_ARN,
  minimal,
  parsed,
  withAutoscaler,
  withFargate,
  withFleet,
  withImage,
  withMachine,
  withRunner,
  withValue,
} from '../support/environments';
import { maximal } from '../support/maximal';
import { REPOSITORY, discardFolders, newFolder } from '../support/folders';
import {
  addressesOf,
  blockAt,
  blockOf,
  blocksOf,
  isRefused,
  parseTerraform,
  provisioning,
  synthesize,
  textOf,
  type Terraform,
} from '../support/synth';

/** The stack of an environment: what all fleets share, and every field of the model in some output. */

afterAll(discardFolders);

describe('the provider', () => {
  test('of the smallest environment has region and tags', () => {
    expect(synthesize(minimal()).provider).toEqual({
      aws: [
        {
          region: 'eu-central-1',
          default_tags: [
            { tags: { 'gitlab-runner-aws:project': 'acme', 'gitlab-runner-aws:environment': 'dev' } },
          ],
        },
      ],
    });
  });

  test('assumes the role and refuses other accounts', () => {
    expect(synthesize(maximal()).provider.aws).toEqual([
      {
        region: 'eu-central-1',
        allowed_account_ids: ['111122223333'],
        assume_role: [{ role_arn: 'arn:aws:iam::111122223333:role/terraform', session_name: 'terraform' }],
        default_tags: [
          {
            tags: {
              team: 'platform',
              'gitlab-runner-aws:project': 'acme',
              'gitlab-runner-aws:environment': 'dev',
            },
          },
        ],
      },
    ]);
  });

  test('is of exactly one version, on a Terraform that knows lock files', () => {
    expect(synthesize(minimal()).terraform).toMatchObject({
      required_version: '>= 1.10',
      required_providers: { aws: { source: 'aws', version: '5.100.0' } },
    });
  });
});

describe('the state', () => {
  test('is a local file, by a path that is no computer’s own', () => {
    expect(synthesize(minimal(), 'prod').terraform.backend).toEqual({
      local: { path: '../../../terraform.prod.tfstate' },
    });
  });

  test('is in S3 with its own lock file', () => {
    const input = withValue(minimal(), 'state', { bucket: 'acme-state', region: 'eu-west-1' });
    expect(synthesize(input).terraform.backend).toEqual({
      s3: {
        bucket: 'acme-state',
        region: 'eu-west-1',
        key: 'acme/dev/terraform.tfstate',
        encrypt: true,
        use_lockfile: true,
      },
    });
  });

  test('is in S3 with key and role', () => {
    expect(synthesize(maximal(), 'prod').terraform.backend).toEqual({
      s3: {
        bucket: 'acme-terraform-state',
        region: 'eu-central-1',
        key: 'acme/prod/terraform.tfstate',
        encrypt: true,
        kms_key_id: KEY_ARN,
        use_lockfile: true,
        assume_role: { role_arn: 'arn:aws:iam::444455556666:role/state' },
      },
    });
  });
});

describe('the key', () => {
  test('is made, and used by everything', () => {
    const terraform = synthesize(minimal());
    const [address = ''] = addressesOf(terraform).filter((one) => one.startsWith('aws_kms_key.'));
    expect(blockOf(terraform, 'aws_kms_alias').name).toBe('alias/acme-dev');
    const used = [
      ...blocksOf(terraform, 'aws_secretsmanager_secret'),
      ...blocksOf(terraform, 'aws_cloudwatch_log_group'),
    ];
    expect(used).toHaveLength(3);
    for (const { kms_key_id: key } of used) expect(key).toBe(`\${${address}.arn}`);
    expect(terraform.output).not.toHaveProperty('key_policy_to_add');
  });

  test('has a policy for the account that deploys, where it is not known before', () => {
    const unknown = String(blockOf(synthesize(minimal()), 'aws_kms_key').policy);
    expect(unknown).toMatch(/arn:aws:iam::\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}:root/);
    const known = synthesize(withValue(minimal(), 'aws.accountId', '111122223333'));
    expect(String(blockOf(known, 'aws_kms_key').policy)).toContain('arn:aws:iam::111122223333:root');
    expect(known.data).not.toHaveProperty('aws_caller_identity');
  });

  test('that is given is used as it is, and its owner is told what to add', () => {
    const terraform = synthesize(maximal());
    expect(terraform.resource).not.toHaveProperty('aws_kms_key');
    expect(terraform.resource).not.toHaveProperty('aws_kms_alias');
    for (const { kms_key_id: key } of blocksOf(terraform, 'aws_cloudwatch_log_group'))
      expect(key).toBe(KEY_ARN);
    const policy = JSON.parse(String(terraform.output.key_policy_to_add?.value)) as {
      Statement: { Sid: string }[];
    };
    expect(policy.Statement.map(({ Sid }) => Sid)).toEqual([
      'LogsOfThisEnvironment',
      'VolumesOfAutoScaling',
      'GrantsOfAutoScaling',
    ]);
    expect(JSON.stringify(policy)).toContain('log-group:acme-dev-*');
  });
});

describe('sessions', () => {
  const sessionDocument = (terraform: Terraform) => {
    const [address = ''] = addressesOf(terraform).filter((one) =>
      one.startsWith('aws_ssm_document.session-document'),
    );
    return { address, document: blockAt(terraform, address) };
  };

  test('are logged by a document of their own', () => {
    const terraform = synthesize(minimal());
    const { document } = sessionDocument(terraform);
    expect(document.name).toBe('acme-dev-ec2-session');
    expect(JSON.parse(String(document.content))).toMatchObject({
      inputs: { cloudWatchLogGroupName: 'acme-dev-ec2-session' },
    });
    expect(terraform.import).toBeUndefined();
  });

  test('are logged by the account’s document, which is taken over', () => {
    const terraform = synthesize(maximal());
    const { address, document } = sessionDocument(terraform);
    expect(document.name).toBe('SSM-SessionManagerRunShell');
    expect(terraform.import).toEqual([{ id: 'SSM-SessionManagerRunShell', to: address }]);
  });
});

test('an instance is drained on demand by a document of the environment', () => {
  const documents = blocksOf(synthesize(minimal()), 'aws_ssm_document');
  const commands = documents.filter(({ document_type: type }) => type === 'Command');
  expect(commands.map(({ name, content }) => [name, content])).toEqual([
    ['acme-dev-drain', renderDrainDocument()],
  ]);
});

describe('outputs', () => {
  test('are those of environment and fleets, as they are called', () => {
    const { output } = synthesize(minimal());
    expect(Object.keys(output).sort()).toEqual([
      'cache_bucket',
      'drain_command',
      'linux_group_console',
      'linux_group_name',
      'linux_log_console',
      'linux_log_group',
      'linux_secret_console',
      'linux_secret_names',
      'linux_set_token_commands',
      'session_logs_console',
      'session_logs_name',
      'session_start_command',
    ]);
    expect(output.linux_set_token_commands?.value).toEqual({
      default:
        'aws secretsmanager put-secret-value --region eu-central-1 --secret-id acme-dev-linux-default-token --secret-string file:///dev/stdin',
    });
  });
});

describe('annotations', () => {
  /** Text that can't be compressed. */
  const noise = (length: number, seed = 0) => {
    const parts = Array.from({ length: length / 8 }, (_, index) =>
      Math.sin(index + seed * length)
        .toString(36)
        .slice(2, 10),
    );
    return parts.join('');
  };
  const stackOf = (input: unknown) => {
    const app = new App({ stackTraces: false });
    return { app, stack: new EnvironmentStack(app, parsed(input), provisioning) };
  };
  const warningsOf = (input: unknown) =>
    stackOf(input)
      .stack.node.metadata.filter(({ type }) => type === (AnnotationMetadataEntryType.WARN as string))
      .map(({ data }) => String(data));

  test('say what should be known, by field', () => {
    expect(warningsOf(minimal())).toEqual([]);
    const { warnings } = parsed(maximal());
    expect(warnings.length).toBeGreaterThan(5);
    expect(warningsOf(maximal())).toEqual(warnings.map(({ path: field, message }) => `${field} ${message}`));
  });

  test('refuse user data that is too large, with the number', () => {
    const { app } = stackOf(withRunner({ preBuildScript: noise(90_000) }));
    expect(errorsOf(app)).toEqual([
      expect.stringMatching(
        /^dev\.ts: fleets\.linux must not make user data larger than 16384 bytes \(build an image with Packer, or carry less\), got \d{5}$/,
      ),
    ]);
    expect(errorsOf(stackOf(minimal()).app)).toEqual([]);
  });

  test('refuse a task definition that is too large, with the number', () => {
    const runners = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`r${index}`, { preBuildScript: noise(10_000, index) }]),
      );
    const { app } = stackOf(withFargate({ runners: runners(12) }));
    expect(errorsOf(app)).toEqual([
      expect.stringMatching(
        /^dev\.ts: fleets\.jobs must not make a task definition larger than 65536 bytes \(have fewer runners, or carry less in their scripts and certificates\), got \d{5,6}$/,
      ),
    ]);
    expect(errorsOf(stackOf(withFargate({ runners: runners(2) })).app)).toEqual([]);
  });
});

describe('what is written', () => {
  const synthesized = (): Record<string, string> => {
    const outdir = newFolder();
    const app = new App({ stackTraces: false, outdir });
    for (const [name, input] of Object.entries({ dev: minimal(), prod: maximal() }))
      new EnvironmentStack(app, parsed(input, name), provisioning);
    app.synth();
    const files = fs
      .readdirSync(outdir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile());
    return Object.fromEntries(
      files.map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(outdir, file), fs.readFileSync(file, 'latin1')];
      }),
    );
  };

  test('is byte by byte the same twice, and has no path of this computer', () => {
    const once = synthesized();
    expect(Object.keys(once).sort()).toEqual([
      'manifest.json',
      'stacks/dev/cdk.tf.json',
      expect.stringMatching(/^stacks\/prod\/assets\/[^/]+\/[0-9A-F]{32}\/machine-orphans\.zip$/),
      expect.stringMatching(/^stacks\/prod\/assets\/[^/]+\/[0-9A-F]{32}\/scaling\.zip$/),
      expect.stringMatching(/^stacks\/prod\/assets\/[^/]+\/[0-9A-F]{32}\/task-orphans\.zip$/),
      'stacks/prod/cdk.tf.json',
    ]);
    expect(synthesized()).toEqual(once);
    expect(JSON.stringify(once)).not.toContain(REPOSITORY);
    expect(JSON.stringify(once)).not.toContain('environments-');
  });

  test('has no token, and nothing that would hold one', () => {
    const all = Object.values(synthesized()).join('\n');
    expect(all).not.toContain('glrt-');
    expect(all).not.toContain('aws_secretsmanager_secret_version');
    expect(all).toContain('aws_secretsmanager_secret');
  });
});

describe('addresses', () => {
  const folders = ['environments', 'environments/examples'];
  const environments = folders.flatMap((folder) =>
    loadEnvironments(path.join(REPOSITORY, folder), REPOSITORY),
  );
  const file = (name: string) => path.join(__dirname, 'addresses', `${name}.txt`);
  const addressesOfModel = (environment: Environment) => {
    const stack = new EnvironmentStack(new App({ stackTraces: false }), environment, provisioning);
    return addressesOf(parseTerraform(Testing.synth(stack)));
  };

  test('are kept for every environment, and for none that is gone', () => {
    const kept = fs.readdirSync(path.join(__dirname, 'addresses')).sort();
    expect(kept).toEqual(environments.map(({ name }) => `${name}.txt`).sort());
  });

  test.each(environments.map((environment) => [environment.name, environment] as const))(
    'of %s are as they were',
    (name, environment) => {
      const addresses = addressesOfModel(environment);
      const kept = fs.readFileSync(file(name), 'utf8').trim().split('\n');
      const gone = kept.filter((address) => !addresses.includes(address));
      const added = addresses.filter((address) => !kept.includes(address));
      if (gone.length > 0 || added.length > 0)
        throw new Error(
          [
            `Addresses of ${name} changed. A resource whose address changes is destroyed and made again, with everything in it.`,
            ...gone.map((address) => `gone:  ${address}`),
            ...added.map((address) => `added: ${address}`),
            `Where that is meant, write it to __tests__/stacks/addresses/${name}.txt.`,
          ].join('\n'),
        );
      expect(kept.length).toBeGreaterThan(10);
    },
  );
});

describe('every field of the model changes some output', () => {
  /** Less to compress than the real scripts. */
  const user = ['tools.sh', 'gitconfig'].map((name) => `__tests__/fixtures/user/${name}`);
  const small = readProvisioning(
    newFolder({
      'packer/scripts/provision.sh': '#!/bin/bash\n',
      'packer/files/etc/file': '',
      'packer/files/usr/local/lib/gitlab-runner-aws/load-tokens.sh': '',
      ...Object.fromEntries(
        ['scaling', 'task-orphans', 'machine-orphans'].map((name) => [
          `src/functions/${name}/handler.ts`,
          'export const handler = () => undefined;\n',
        ]),
      ),
      'docker/gitlab-runner.repo': '',
      'docker/manager/Dockerfile': 'FROM scratch\n',
      'docker/worker/Dockerfile': 'FROM scratch\n',
      ...Object.fromEntries(user.map((name) => [name, fs.readFileSync(path.join(REPOSITORY, name), 'utf8')])),
    }),
  );

  /** What is quick to make: config.toml of every fleet, and the templates of images. */
  const quickOutputs = (environment: Environment): string =>
    JSON.stringify([
      environment.fleets.map((fleet) => renderConfigTemplate(fleet, environment)),
      environment.images.map((image) => renderPackerTemplate(image, environment, small.hashOf(image))),
    ]);
  const terraformOf = (input: object): string => textOf(input, 'dev', small);

  const differs = (one: object, other: object): boolean =>
    quickOutputs(parsed(one)) !== quickOutputs(parsed(other)) || terraformOf(one) !== terraformOf(other);
  const quickMaximal = quickOutputs(parsed(maximal()));
  const terraformOfMaximal = terraformOf(maximal());
  const changesMaximal = (input: object): boolean =>
    quickOutputs(parsed(input)) !== quickMaximal || terraformOf(input) !== terraformOfMaximal;

  type Path = readonly (string | number)[];
  const leavesOf = (value: unknown, here: Path = []): Path[] => {
    if (value === null || typeof value !== 'object') return [here];
    return Object.entries(value).flatMap(([key, inner]) =>
      leavesOf(inner, [...here, Array.isArray(value) ? Number(key) : key]),
    );
  };

  type Parent = Record<string | number, unknown>;
  const at = (root: unknown, parts: Path): Parent =>
    parts.reduce<unknown>((value, part) => (value as Parent)[part], root) as Parent;

  function otherValue(value: unknown, key: string | number): unknown {
    if (typeof value === 'boolean') return !value;
    if (key === 'memoryMib') return Number(value) + 1024;
    if (typeof value === 'number') return value + 1;
    if (key === 'source') return '__tests__/fixtures/user/tools.sh';
    const text = String(value);
    return /\d/.test(text)
      ? text.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))
      : `${text}x`;
  }

  /** The environment without a field, and with another value of it. */
  const changes = (field: Path): object[] => {
    const last = field.at(-1) as string | number;
    const edit = (change: (parent: Parent) => void): object => {
      const copy: object = structuredClone(maximal());
      change(at(copy, field.slice(0, -1)));
      return copy;
    };
    return [
      edit((parent) => {
        if (Array.isArray(parent)) parent.splice(Number(last), 1);
        else Reflect.deleteProperty(parent, last);
      }),
      edit((parent) => {
        parent[last] = otherValue(parent[last], last);
      }),
    ];
  };

  /** Of these there is only one value yet, or they change together with others: see below. */
  const byHand =
    /^(network\.(type|interfaceEndpoints)|registryMirror\.type|aws\.region|state\.region|images\.base\.(base|architecture)|fleets\.\w+\.((manager|runners\.\w+\.(workers|machine))\.)?(type|scaling\.type|launch\.type|rootVolume\.type|image\.(packer|stock|architecture)|(runners\.\w+\.task\.)?cluster\.type))$/;
  const leaves = leavesOf(maximal()).filter((field) => !byHand.test(field.join('.')));

  /** An environment with one of its fleets: for a field of that, the others would be made again for nothing. */
  const withOnly = (input: object, name: string | number): object => {
    const { fleets } = input as { fleets: Record<string | number, object> };
    return { ...input, fleets: { [name]: fleets[name] } };
  };
  const unchanged = new Map<string | number, string>();
  const changesItsFleet = (input: object, name: string | number): boolean => {
    const before = unchanged.get(name) ?? terraformOf(withOnly(maximal(), name));
    unchanged.set(name, before);
    return quickOutputs(parsed(input)) !== quickMaximal || terraformOf(withOnly(input, name)) !== before;
  };
  const changesOutput = (input: object, [part, name = '']: Path): boolean =>
    part === 'fleets' ? changesItsFleet(input, name) : changesMaximal(input);

  test('there are many', () => {
    expect(leaves.length).toBeGreaterThan(200);
    expect(changesMaximal(maximal())).toBe(false);
  });

  test.each(leaves.map((field) => [field.join('.'), field] as const))('%s', (_, field) => {
    const sound = changes(field).filter((input) => !isRefused(input));
    expect(sound.length).toBeGreaterThan(0);
    expect(sound.some((input) => changesOutput(input, field))).toBe(true);
  });

  const arm = { stock: 'amazon-linux-2023', architecture: 'arm64' } as const;
  const ami = { ami: 'ami-0a1b2c3d4e5f60718' };
  const state = { bucket: 'acme-state', region: 'eu-west-1' };
  const cluster = { type: 'existing', arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/ci' } as const;
  const withTask = (task: object) => withFargate({ runners: { default: { task } } });
  const twoImages = (packer: string) => ({
    ...withFleet({ image: { packer } }),
    images: { one: {}, two: { rootVolumeGib: 31 } },
  });
  test.each<[string, object, object]>([
    ['aws.region', minimal(), withValue(minimal(), 'aws.region', 'eu-west-1')],
    ['state', minimal(), { ...minimal(), state }],
    ['state.region', { ...minimal(), state }, { ...minimal(), state: { ...state, region: 'eu-west-2' } }],
    ['image.packer', twoImages('one'), twoImages('two')],
    ['image.architecture of a stock image', minimal(), withFleet({ image: arm })],
    [
      'image.architecture of a given AMI',
      withFleet({ image: ami }),
      withFleet({ image: { ...ami, architecture: 'arm64' } }),
    ],
    ['machine.image.stock', withMachine({}), withMachine({ image: ami })],
    [
      'machine.image.architecture of a stock image',
      withMachine({}),
      withMachine({ image: { stock: 'ubuntu-24.04', architecture: 'arm64' } }),
    ],
    [
      'machine.image.architecture of a given AMI',
      withMachine({ image: ami }),
      withMachine({ image: { ...ami, architecture: 'arm64' } }),
    ],
    ['launch.type', minimal(), withFleet({ launch: { type: 'configuration' } })],
    ['cluster.type', withFargate(), withFargate({ cluster })],
    ['task.cluster.type', withTask({}), withTask({ cluster })],
    [
      'network.interfaceEndpoints',
      minimal(),
      { ...minimal(), network: { ...minimal().network, interfaceEndpoints: true } },
    ],
    ['registryMirror.type', withAutoscaler(), { ...withAutoscaler(), registryMirror: { type: 'own' } }],
    ['rootVolume.type', minimal(), withFleet({ rootVolume: { type: 'gp2' } })],
    ['images.architecture', withImage(), withImage({ architecture: 'arm64' })],
  ])('%s', (_, one, other) => {
    expect(differs(one, other)).toBe(true);
  });
});
