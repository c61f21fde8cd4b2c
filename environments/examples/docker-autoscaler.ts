/**
 * The fleet type `docker-autoscaler`: one manager that runs no jobs itself, and for each runner machines that it starts
 * for them, in private subnets of a network that is made. One runner has several types on spot capacity and keeps two
 * places ready in working hours, one is on Arm with two jobs on each machine.
 */
export default {
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: {
    type: 'create',
    cidr: '10.20.0.0/16',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  },
  secretRecoveryDays: 0,
  fleets: {
    builds: {
      type: 'docker-autoscaler',
      concurrent: 24,
      runners: {
        linux: {
          limit: 20,
          requestConcurrency: 2,
          workers: {
            instanceTypes: ['m6i.large', 'm5.large', 'm6a.large'],
            spot: { onDemandBase: 2, onDemandPercentage: 0 },
            maxUseCount: 20,
            policies: [
              { idleTimeSeconds: 300 },
              { periods: ['* 8-17 * * MON-FRI'], timezone: 'Europe/Berlin', idleCount: 2 },
            ],
          },
        },
        arm: {
          limit: 4,
          requestConcurrency: 2,
          workers: {
            image: { stock: 'amazon-linux-2023', architecture: 'arm64' },
            capacityPerInstance: 2,
          },
        },
      },
    },
  },
} satisfies EnvironmentInput;
