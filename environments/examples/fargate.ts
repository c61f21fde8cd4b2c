/**
 * The fleet type `fargate`: one manager as an ECS service, and every job a task of its own. Two runners, one on Arm
 * and on spot capacity, in different zones.
 */
export default {
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: {
    type: 'existing',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
  },
  secretRecoveryDays: 0,
  fleets: {
    jobs: {
      type: 'fargate',
      concurrent: 10,
      runners: {
        node: {
          limit: 8,
          requestConcurrency: 2,
          task: { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/ci/node:22' },
        },
        tools: {
          limit: 4,
          requestConcurrency: 2,
          task: {
            cpu: 2048,
            memoryMib: 4096,
            ephemeralStorageGib: 50,
            architecture: 'arm64',
            spot: true,
            subnetId: 'subnet-0a1b2c3d4e5f60719',
          },
        },
      },
    },
  },
} satisfies EnvironmentInput;
