/** The estate of a company: an image built by Packer, a launch configuration, everything encrypted and logged. */
export default {
  project: 'acme',
  aws: {
    region: 'eu-central-1',
    accountId: '111122223333',
    assumeRoleArn: 'arn:aws:iam::111122223333:role/terraform',
    permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  },
  gitlab: { url: 'https://gitlab.example.com' },
  state: { bucket: 'acme-terraform-state', region: 'eu-central-1' },
  network: {
    type: 'existing',
    vpcId: 'vpc-0f1e2d3c4b5a69788',
    subnetIds: ['subnet-0f1e2d3c4b5a69788', 'subnet-0f1e2d3c4b5a69789'],
  },
  logs: { retentionDays: 365 },
  sessionLogging: { document: 'account-default' },
  tags: { team: 'platform' },
  images: {
    linux: { packages: ['git-lfs'] },
  },
  fleets: {
    'gitlab-runner': {
      type: 'autoscaling-group',
      image: { packer: 'linux' },
      launch: { type: 'configuration', instanceType: 'm5.large' },
      rootVolume: { sizeGib: 50 },
      capacity: { min: 2, max: 8 },
      runners: {
        default: { token: { secretName: 'gitlab-token' } },
      },
    },
  },
} satisfies EnvironmentInput;
