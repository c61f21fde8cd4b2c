import { image, type Base } from '../../src/config/image';
import { imageChoice } from '../../src/config/image-choice';
import { baseOfImage, baseRules, isDockerMachineChecked } from '../../src/config/rules/machine';
import { parsed, refusals, withAutoscaler, withFleet, withImage, withWorkers } from '../support/environments';
import { fleet, put, putImage, rejects } from '../support/refusals';

/** The distributions of images: which machines take which, and where Docker Machine is. */

const sum = '0123456789abcdef'.repeat(4);
const onUbuntu = { ubuntu: { base: 'ubuntu-24.04' } } as const;
const ubuntu = { packer: 'ubuntu' };
const ofDockerMachine =
  'must name an image on amazon-linux-2023 (ubuntu-24.04 is for machines of Docker Machine)';

rejects('an image on ubuntu-24.04 for', [
  [
    'a group of instances',
    { ...withFleet({ image: ubuntu }), images: onUbuntu },
    `${fleet}.image.packer ${ofDockerMachine}, got "ubuntu"`,
  ],
  [
    'a manager and its workers',
    {
      ...withAutoscaler({
        manager: { image: ubuntu },
        runners: { default: { workers: { image: ubuntu } } },
      }),
      images: onUbuntu,
    },
    `fleets.builds.manager.image.packer ${ofDockerMachine}, got "ubuntu"`,
    `fleets.builds.runners.default.workers.image.packer ${ofDockerMachine}, got "ubuntu"`,
  ],
  [
    'a group of another architecture, of which both is said',
    {
      ...withFleet({ image: ubuntu, launch: { type: 'template', instanceTypes: ['m7g.large'] } }),
      images: onUbuntu,
    },
    `${fleet}.image.packer ${ofDockerMachine}, got "ubuntu"`,
    `${fleet}.launch.instanceTypes[0] must be an x86_64 instance type, as the image is, got "m7g.large"`,
  ],
]);

rejects('of an image on ubuntu-24.04', [
  [
    'a checksum of Docker Machine, which it does not have',
    put('images.ubuntu', { base: 'ubuntu-24.04', dockerMachineSha256: sum }),
    `images.ubuntu.dockerMachineSha256 must not be given on ubuntu-24.04: Docker Machine is on images on amazon-linux-2023 only, got "${sum}"`,
  ],
]);

test('says nothing of the base of an image that is not sound, but what is wrong with it', () => {
  expect(refusals(putImage('base', 'debian-12'))).toEqual([
    'environments/dev.ts: images.base.base must be one of amazon-linux-2023, ubuntu-24.04, got "debian-12"',
  ]);
});

test('takes an image on ubuntu-24.04 that no such fleet uses, with everything of an image', () => {
  const input = {
    ...withFleet({}),
    images: {
      ubuntu: {
        base: 'ubuntu-24.04' as const,
        architecture: 'arm64' as const,
        rootVolumeGib: 60,
        packages: ['zip'],
        scripts: ['__tests__/fixtures/user/tools.sh'],
        files: [{ source: '__tests__/fixtures/user/gitconfig', destination: '/etc/gitconfig' }],
        deprecateAfterDays: 30,
      },
    },
  };
  expect(parsed(input).images).toMatchObject([
    { ...input.images.ubuntu, files: [{ destination: '/etc/gitconfig' }] },
  ]);
});

describe('the base of', () => {
  const images = { linux: image.parse({}), ubuntu: image.parse({ base: 'ubuntu-24.04' }) };

  test.each<[string, Parameters<typeof baseOfImage>[0], Base | undefined]>([
    ['an image of ours', { packer: 'linux' }, 'amazon-linux-2023'],
    ['an image of ours on Ubuntu', ubuntu, 'ubuntu-24.04'],
    ['an image that no one defines', { packer: 'constructor' }, undefined],
    ['a stock image', { stock: 'ubuntu-24.04' }, 'ubuntu-24.04'],
    ['an AMI, which its owner knows', { ami: 'ami-0a1b2c3d4e5f60718' }, undefined],
  ])('%s', (_, choice, base) => {
    expect(baseOfImage(choice, images)).toBe(base);
  });

  test('an image is the one that is needed, or refused by its name', () => {
    expect(baseRules({ packer: 'linux' }, images, 'ubuntu-24.04')).toEqual([
      {
        path: ['image', 'packer'],
        rule: 'must name an image on ubuntu-24.04 (Docker Machine cannot set up amazon-linux-2023)',
        value: 'linux',
      },
    ]);
    for (const choice of [ubuntu, { packer: 'other' }, { ami: 'ami-0a1b2c3d4e5f60718' }])
      expect(baseRules(choice, images, 'ubuntu-24.04')).toEqual([]);
  });
});

describe('Docker Machine is checked', () => {
  const images = { plain: image.parse({}), checked: image.parse({ dockerMachineSha256: sum }) };

  test.each([
    ['on an image with its checksum', { packer: 'checked' }, true],
    ['on an image without', { packer: 'plain' }, false],
    ['on an image that no one defines', { packer: 'constructor' }, false],
    ['on a stock image with its checksum', { stock: 'amazon-linux-2023', dockerMachineSha256: sum }, true],
    ['on a stock image without', { stock: 'amazon-linux-2023' }, false],
    ['by whoever made an AMI that has it', { ami: 'ami-0a1b2c3d4e5f60718' }, true],
    ['on an AMI that is provisioned', { ami: 'ami-0a1b2c3d4e5f60718', provisioned: false }, false],
  ])('%s', (_, choice, isChecked) => {
    expect(isDockerMachineChecked(imageChoice.parse(choice), images)).toBe(isChecked);
  });

  test('by what the model carries to each machine', () => {
    const stock = { stock: 'amazon-linux-2023', dockerMachineSha256: sum } as const;
    const [own] = parsed(withImage({ dockerMachineSha256: sum })).images;
    expect(own?.dockerMachineSha256).toBe(sum);
    expect(parsed(withFleet({ image: stock })).fleets).toMatchObject([
      { image: { firstBoot: { dockerMachineSha256: sum } } },
    ]);
    expect(parsed(withWorkers({ image: stock })).fleets).toMatchObject([
      { runners: [{ workers: { image: { firstBoot: { dockerMachineSha256: sum } } } }] },
    ]);
  });
});
