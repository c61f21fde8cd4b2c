/** The smallest useful estate: one machine or two on Amazon's own image, provisioned at first boot. */
export default {
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: {
    type: 'existing',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718'],
  },
  fleets: {
    linux: { type: 'autoscaling-group', capacity: { min: 1, max: 2 } },
  },
} satisfies EnvironmentInput;
