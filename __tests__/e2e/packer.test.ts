import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { forOldPacker } from '../../scripts/packer/validate';
import type { EnvironmentInput } from '../../src/config/environment';
import { imageBuilderStatements } from '../../src/policies/image-builder';
import { buildTag } from '../../src/rendering/packer-template';
import type { PackerTemplate } from '../../src/rendering/packer-types';
import { askAws, type AskAwsProps } from '../support/ask-aws';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';
import { fileOf } from '../support/folders';
import { parsed } from '../support/environments';
import { maximal } from '../support/maximal';
import { removeShells, shell, stubPacker, type Shell } from '../scripts/commands';
import { ProjectCopy } from '../scripts/project-copy';

/** The generated templates with a real Packer: Debian's 1.6.6, which knows most of their fields, or a current one. */

jest.setTimeout(120_000);

/** A build would ask the real AWS for whatever is not given to it: nothing but loopback is in reach. */
const offline = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
};

const installed = (): readonly [major: number, minor: number] => {
  const { stdout } = spawnSync('packer', ['version'], {
    encoding: 'utf8',
    env: { ...process.env, CHECKPOINT_DISABLE: '1' },
  });
  const [major = 0, minor = 0] = ((/v(\d+)\.(\d+)/.exec(stdout) ?? []) as string[]).slice(1).map(Number);
  return [major, minor];
};

describeWith(['packer'], 'npm run packer:validate with a real Packer', () => {
  let project: ProjectCopy;
  beforeAll(() => {
    project = new ProjectCopy();
  });
  afterAll(() => project.remove());

  const validate = (folder: string) =>
    project.run(['npm', 'run', '--silent', 'packer:validate'], { ENVIRONMENTS_DIR: folder, ...offline });

  /** Every field of an image, and each way to reach the build machine with and without a profile. */
  const everything = (): EnvironmentInput => {
    const base = maximal();
    const builds = (['session_manager', 'private_ip', 'public_ip'] as const).flatMap((sshInterface) => [
      { sshInterface },
      { sshInterface, iamInstanceProfile: 'packer' },
    ]);
    const images = [
      ...builds.map((build, index) => [`reach-${index}`, { packages: ['jq'], build }]),
      ['ubuntu', { base: 'ubuntu-24.04', architecture: 'arm64', packages: ['jq'] }],
    ];
    return { ...base, images: { ...base.images, ...(Object.fromEntries(images) as typeof base.images) } };
  };

  test.each([
    ['the environments', 'environments', 1],
    ['the examples', 'environments/examples', 1],
    ['every field of an image', 'everything', 8],
  ])('finds nothing wrong with %s', async (_, folder, images) => {
    project.write('everything/all.ts', fileOf(everything()));
    const { code, stdout, stderr } = await validate(folder);
    expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' });
    expect(stderr.match(/^packer validate packer\.out\//gm)).toHaveLength(images);
  });

  test('would find it: a template with an unknown field is refused', async () => {
    const template = (field: object) => ({
      source: { 'amazon-ebs': { x: { region: 'eu-central-1', ...field } } },
      build: [{ sources: ['source.amazon-ebs.x'] }],
    });
    project.write('bad/image.pkr.json', JSON.stringify(template({ no_such_field: true })));
    const { code, stdout } = await project.run(['packer', 'validate', 'bad'], offline);
    expect(code).toBe(1);
    expect(stdout).toContain('no_such_field');
  });
});

const region = 'eu-central-1';
const account = '111122223333';

const prod: EnvironmentInput = {
  project: 'acme',
  aws: { region, accountId: account },
  network: {
    type: 'existing',
    vpcId: 'vpc-0f1e2d3c4b5a69788',
    subnetIds: ['subnet-0f1e2d3c4b5a69788'],
  },
  images: { linux: { packages: ['git-lfs'] }, ubuntu: { base: 'ubuntu-24.04' } },
  fleets: {
    'gitlab-runner': {
      type: 'autoscaling-group',
      capacity: { min: 1, max: 2 },
      image: { packer: 'linux' },
    },
  },
};

/** The distributions' own images, which the templates look for, and some for which they must not be taken. */
const source = {
  accountId: account,
  region,
  images: [
    {
      imageId: 'ami-0a1b2c3d4e5f60777',
      name: 'al2023-ami-2023.9.20260101.0-kernel-6.1-x86_64',
      ownerAccountId: '137112412989',
      architecture: 'x86_64' as const,
    },
    ...(
      [
        ['ami-0a1b2c3d4e5f60778', 'server-20260101', '099720109477', 'x86_64'],
        ['ami-0a1b2c3d4e5f60779', 'server-20260102', '444455556666', 'x86_64'],
        ['ami-0a1b2c3d4e5f6077a', 'pro-server-20260103', '099720109477', 'x86_64'],
      ] as const
    ).map(([imageId, name, ownerAccountId, architecture]) => ({
      imageId,
      name: `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-${name}`,
      ownerAccountId,
      architecture,
      rootDeviceName: '/dev/sda1',
    })),
  ],
};

/** Passes everything on to the emulated AWS, and notes which actions were asked for. */
async function listenBetween(url: string): Promise<{ server: Server; url: string; actions: Set<string> }> {
  const actions = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      actions.add(`ec2:${new URLSearchParams(body).get('Action')}`);
      const headers = {
        Authorization: request.headers.authorization ?? '',
        'Content-Type': request.headers['content-type'] ?? '',
      };
      fetch(url, { method: 'POST', body, headers })
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
        .catch(() => response.writeHead(502).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, actions };
}

/** What would leave this machine, or what this moto and an old Packer can't do, is taken away: facts 10.6. */
function forEmulator(template: PackerTemplate, endpoint: string, isOld: boolean): object {
  const away = [
    ...['communicator', 'ssh_interface', 'ssh_username', 'ssh_timeout', 'ssh_clear_authorized_keys'],
    ...['temporary_iam_instance_profile_policy_document', 'temporary_security_group_source_cidrs'],
    ...['iam_instance_profile', 'temporary_key_pair_type', 'deprecate_at', 'aws_polling', 'assume_role'],
  ];
  const sources = Object.entries(template.source['amazon-ebs']).map(([name, fields]) => [
    name,
    {
      ...Object.fromEntries(Object.entries(fields).filter(([field]) => !away.includes(field))),
      communicator: 'none',
      custom_endpoint_ec2: endpoint,
      skip_region_validation: true,
      skip_credential_validation: true,
      ...(isOld ? {} : { skip_ami_run_tags: true }),
    },
  ]);
  const [build] = template.build;
  const changed = {
    source: { 'amazon-ebs': Object.fromEntries(sources) as object },
    build: [{ name: build.name, sources: build.sources, 'post-processor': build['post-processor'] }],
  } as unknown as PackerTemplate;
  return isOld ? forOldPacker(changed) : changed;
}

describeWith(
  ['terraform', 'moto', 'packer'],
  'an image that a real Packer builds on the emulated AWS',
  () => {
    let at: Shell;
    let deployment: Deployment;
    let asker: AskAwsProps;
    let between: Awaited<ReturnType<typeof listenBetween>>;
    beforeAll(async () => {
      at = shell({ prod });
      deployment = await Deployment.start('prod', prod, false, [source]);
      asker = { url: deployment.emulator.url, region, account };
      between = await listenBetween(deployment.emulator.url);
      deployment.synth(prod);
    });
    afterAll(async () => {
      between.server.close();
      await deployment.stop();
      removeShells();
    });

    const [, minor] = installed();
    const isOld = minor < 7;
    let hash: string;
    let amiId: string;

    test('is missed by the plan before', () => {
      const { code, output } = deployment.try('plan', '-input=false', '-no-color');
      expect(code).toBe(1);
      expect(output.replace(/[│\s]+/g, ' ')).toContain('npm run packer:build -- prod linux');
    });

    /** Builds an image by the template that was written for it. */
    async function buildImage(name: string) {
      const path = join(at.folder, `packer.out/prod/${name}/image.pkr.json`);
      const template = JSON.parse(readFileSync(path, 'utf8')) as PackerTemplate;
      const built = template.source['amazon-ebs'][name]?.tags['gitlab-runner-aws:image-hash'] ?? '';
      expect(built).toMatch(/^[0-9a-f]{32}$/);
      const folder = join(at.folder, `adapted-${name}`);
      mkdirSync(folder);
      writeFileSync(
        join(folder, 'image.pkr.json'),
        JSON.stringify(forEmulator(template, between.url, isOld)),
      );
      // The emulated environment's own packer, which lets nothing out, comes first on the path.
      const env = { ...deployment.env, ...offline };
      const { code, stdout, stderr } = await at.run(['packer', 'build', '-color=false', folder], env);
      expect({ code, output: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, output: '' });
      const images = await askAws(asker, 'ec2', 'DescribeImages', {
        'Owner.1': 'self',
        'Filter.1.Name': 'tag:gitlab-runner-aws:image-hash',
        'Filter.1.Value.1': built,
      });
      expect(images.all('imageId')).toEqual([expect.stringMatching(/^ami-/)]);
      return { hash: built, images, folder };
    }

    test('comes of the generated template', async () => {
      expect(await at.packer(['template', 'prod'])).toMatchObject({ code: 0 });
      const { images, folder, ...built } = await buildImage('linux');
      hash = built.hash;
      [amiId = ''] = images.all('imageId');
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
        builds: { artifact_id: string; custom_data: object }[];
      };
      expect(manifest.builds).toMatchObject([
        { artifact_id: `${region}:${amiId}`, custom_data: { environment: 'prod', image: 'linux', hash } },
      ]);
    });

    test('on Ubuntu comes of the image that Canonical itself publishes', async () => {
      const { images } = await buildImage('ubuntu');
      const tags = Object.fromEntries(
        images.all('key').map((key, index) => [key, images.all('value')[index]]),
      );
      expect(tags).toMatchObject({
        'gitlab-runner-aws:base': 'ubuntu-24.04',
        'gitlab-runner-aws:base-ami': 'ami-0a1b2c3d4e5f60778',
      });
      expect(images.all('rootDeviceName')).toEqual(['/dev/sda1']);
    });

    test('leaves nothing behind but itself', async () => {
      const [groups, keys, instances] = await Promise.all([
        askAws(asker, 'ec2', 'DescribeSecurityGroups'),
        askAws(asker, 'ec2', 'DescribeKeyPairs'),
        askAws(asker, 'ec2', 'DescribeInstances'),
      ]);
      expect(groups.all('groupName').filter((name) => name.startsWith('packer'))).toEqual([]);
      expect(groups.all('groupName').length).toBeGreaterThan(0);
      expect(keys.all('keyName')).toEqual([]);
      expect(instances.all('name').filter((name) => name !== 'terminated')).toEqual([]);
    });

    test('was built with no call that the builder’s policy does not name', () => {
      const environment = parsed(prod, 'prod');
      const image = environment.images[0];
      if (image === undefined) throw new Error('there is no image');
      // Without Session Manager, since there was none.
      const direct = { ...image, build: { ...image.build, sshInterface: 'private_ip' as const } };
      const statements = imageBuilderStatements(direct, environment, { buildTag, sourceOwner: 'amazon' });
      const named = statements.flatMap(({ Action }) => Action);
      expect(between.actions.size).toBeGreaterThan(8);
      expect([...between.actions]).toEqual(expect.arrayContaining(['ec2:CreateImage', 'ec2:RunInstances']));
      expect([...between.actions].filter((action) => !named.includes(action))).toEqual([]);
    });

    test('is found by its hash: by the plan, and by packer:build, which builds no second one', async () => {
      deployment.run('plan', '-input=false', '-no-color', '-out=plan.tfplan');
      expect(deployment.run('show', '-json', 'plan.tfplan')).toContain(`"image_id":"${amiId}"`);
      at.stub('packer', stubPacker());
      at.stub('session-manager-plugin', '');
      const env = { ...deployment.env, PATH: [join(at.folder, 'bin'), process.env.PATH].join(delimiter) };
      const { code, stdout } = await at.packer(['build', 'prod', 'linux'], env);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `prod linux: ${amiId} has the hash ${hash} already; --force builds another one.\nNext: npx cdktf diff prod\n`,
      });
    });
  },
);
