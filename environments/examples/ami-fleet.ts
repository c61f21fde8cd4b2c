/** The fleet type `autoscaling-group` on an image of our own, built by Packer and launched by a launch template. */
export default {
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: {
    type: 'existing',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
  },
  secretRecoveryDays: 0,
  images: {
    linux: { architecture: 'arm64', packages: ['git-lfs'] },
  },
  fleets: {
    linux: {
      type: 'autoscaling-group',
      image: { packer: 'linux' },
      capacity: { min: 1, max: 4 },
      concurrent: 4,
      runners: {
        small: { limit: 4, requestConcurrency: 2 },
        images: { limit: 1, requestConcurrency: 2, docker: { image: 'docker:28', privileged: true } },
      },
    },
  },
} satisfies EnvironmentInput;
